//! CCIP 2.0: nothing is committed. A committee of verifiers signs each message, and whoever has the signatures
//! executes it, at once and as often as it takes.

mod contracts;
mod lane;

pub use self::{contracts::Contracts, lane::Lane};
