//! The gRPC face: validate → call → convert. No logic and no SQL.

mod actions;
mod ccip;
mod convert;
mod diagnosis;
mod lanes;
mod request;
mod status;
#[cfg(test)]
mod tests;
mod watch;

pub use self::{actions::Actions, ccip::Ccip};
