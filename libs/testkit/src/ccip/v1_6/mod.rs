//! CCIP 1.6: every chain has one on-ramp, one off-ramp and one fee quoter for all of its lanes.

mod admin;
mod contracts;
mod execution;
mod lane;
mod messages;
mod pool;
mod traffic;

pub(super) use self::contracts::Remote;
pub use self::{contracts::Contracts, lane::Lane, messages::Leaf, traffic::Traffic};
