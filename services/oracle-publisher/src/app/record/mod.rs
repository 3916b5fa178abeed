//! Decisions as they are stored: canonical JSON that holds every input, so that the same decision can be
//! computed again, byte for byte, years later.
//!
//! Canonical means: fields in the order of the types here, no white space, numbers that may exceed 53 bits
//! and all decimals as text. The policy is stored once per version, under its own digest. The format has a
//! version; an old record is replayed by the types of its version or not at all, never half.

mod canonical;
mod decision;
mod error;
mod inputs;
mod policy;
mod result;
mod state;
mod terms;
#[cfg(test)]
mod tests;
mod values;

pub use self::{
    canonical::raw,
    decision::{Explained, Replay, decided_at, explain, replay, write},
    error::Error,
    policy::Policy,
    state::{read_breaker, read_source, write_breaker, write_source},
};
pub use crate::domain::explain::Explanation;
