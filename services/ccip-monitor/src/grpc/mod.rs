//! The gRPC face: validate → call → convert. No logic and no SQL.

mod ccip;
mod convert;
mod diagnosis;
mod lanes;
mod ops;
mod request;
mod status;
#[cfg(test)]
mod tests;
mod watch;

pub use self::{ccip::Ccip, ops::Ops};
