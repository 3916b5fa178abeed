//! The relayer's door and the operators'.

mod convert;
mod guard;
mod lease;
mod pages;
mod request;
mod status;
mod streams;
mod tell;
mod verdicts;

pub use self::{guard::GuardDoor, lease::LeaseDoor};
