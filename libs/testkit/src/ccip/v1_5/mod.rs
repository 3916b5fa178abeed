//! CCIP 1.5: an on-ramp, a commit store and an off-ramp of their own for every lane, and roots that the risk
//! network must bless before anything is executed.

mod admin;
mod contracts;
mod execution;
mod lane;
mod messages;

pub use self::{contracts::Contracts, lane::Lane};
