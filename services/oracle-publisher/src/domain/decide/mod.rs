//! Whether an answer goes on chain, waits, or must not go: the one decision that the service takes.

mod assess;
mod outcome;
mod profile;
mod publish;

#[cfg(test)]
mod boundaries;
#[cfg(test)]
mod tests;

pub use assess::{Assessment, assess};
pub use outcome::{Block, Decision, HoldReason, OnChain, Pending, PublishReason, RefuseReason, Round};
pub use profile::Profile;
pub(in crate::domain) use publish::covers;
pub use publish::decide;
