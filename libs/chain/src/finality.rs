//! When a block can no longer be undone.
//!
//! Configured per chain, because a chain does not say it reliably: Besu with QBFT or IBFT is final at once
//! and answers neither `finalized` nor `safe`; a chain with proof of work never is and only gets deeper.

use std::{fmt, str::FromStr};

use crate::{
    endpoints::{BlockTag, Error as EndpointError, Session},
    rpc::{self, RefusalKind},
};

/// Not one of the notations of [`Finality`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("finality is `instant`, `depth(n)` with n from 1 to 10000, or `finalized`")]
pub struct FinalityError;

/// The rule of one chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Finality {
    /// A block is final when it is there: QBFT, IBFT.
    Instant,
    /// A block is final under so many others.
    Depth(u64),
    /// The chain says which block is final.
    Finalized,
}

/// Deeper than any chain that is in use; a larger number is a slip of the keyboard.
const DEEPEST: u64 = 10_000;

impl Finality {
    /// The height up to which blocks are final, from the last block and what the chain calls finalized.
    /// `None` when there is no such block yet.
    pub fn height(self, head: u64, finalized: Option<u64>) -> Option<u64> {
        match self {
            Self::Instant => Some(head),
            Self::Depth(depth) => head.checked_sub(depth),
            Self::Finalized => finalized,
        }
    }

    /// Which block the node must be asked for besides its head.
    ///
    /// # Errors
    /// [`EndpointError`] where the chain has no finalized block although the rule says so: the rule is none for
    /// it, or its node has just come up; see [`is_unknown`].
    pub async fn read(self, session: &Session, head: u64) -> Result<Option<u64>, EndpointError> {
        match self {
            Self::Instant | Self::Depth(_) => Ok(self.height(head, None)),
            Self::Finalized => Ok(Some(session.block(BlockTag::Finalized).await?.number)),
        }
    }
}

/// Whether an endpoint answered [`Finality::read`], and knows no block that is final, by now or ever.
pub fn is_unknown(error: &EndpointError) -> bool {
    match error {
        EndpointError::Call { source: rpc::Error::Empty, .. } => true,
        EndpointError::Call { source: rpc::Error::Refused(refusal), .. } => {
            refusal.kind() == RefusalKind::BlockUnavailable
        }
        EndpointError::AllFailed { last, .. } => is_unknown(last),
        EndpointError::Call { .. }
        | EndpointError::NoEndpoints
        | EndpointError::WrongChain { .. }
        | EndpointError::HeadWentBack { .. }
        | EndpointError::CircuitOpen { .. } => false,
    }
}

impl FromStr for Finality {
    type Err = FinalityError;

    fn from_str(text: &str) -> Result<Self, FinalityError> {
        match text.trim() {
            "instant" => Ok(Self::Instant),
            "finalized" => Ok(Self::Finalized),
            other => other
                .strip_prefix("depth(")
                .and_then(|rest| rest.strip_suffix(')'))
                .and_then(|digits| digits.trim().parse().ok())
                .filter(|depth| (1..=DEEPEST).contains(depth))
                .map(Self::Depth)
                .ok_or(FinalityError),
        }
    }
}

impl fmt::Display for Finality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Instant => f.write_str("instant"),
            Self::Depth(depth) => write!(f, "depth({depth})"),
            Self::Finalized => f.write_str("finalized"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_its_three_notations_and_no_other() {
        for text in ["instant", "finalized", "depth(1)", "depth(64)"] {
            assert_eq!(text.parse::<Finality>().map(|f| f.to_string()).as_deref(), Ok(text));
        }
        for text in ["", "safe", "depth(0)", "depth(-1)", "depth(10001)", "depth 3", "depth(3", "INSTANT"] {
            assert_eq!(text.parse::<Finality>(), Err(FinalityError), "{text:?}");
        }
    }

    #[test]
    fn ora_11_depth_counts_the_blocks_above() {
        assert_eq!(Finality::Depth(3).height(10, None), Some(7));
        assert_eq!(Finality::Depth(3).height(2, None), None);
        assert_eq!(Finality::Instant.height(10, Some(4)), Some(10));
        assert_eq!(Finality::Finalized.height(10, Some(4)), Some(4));
        assert_eq!(Finality::Finalized.height(10, None), None);
    }
}
