//! The relayer's door and the operators': validate → call → convert.

mod actions;
mod convert;
mod guard;
mod lease;
mod pages;
mod request;
mod status;
mod streams;
mod tell;
mod verdicts;

pub use self::{actions::Actions, guard::GuardDoor, lease::LeaseDoor};
