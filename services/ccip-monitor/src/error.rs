//! What can go wrong for a caller of this service, and what he can do about it.

use causeway_primitives::{ChainId, MessageId};

use crate::app::diagnose;

/// An error with a code for machines and a sentence for people.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such message, as far as the chains were read.
    #[error("message {id} is not known; ListLanes says up to where each chain was read")]
    MessageUnknown {
        /// What was asked for.
        id: MessageId,
    },
    /// No such lane: a sum over nothing is not zero.
    #[error("there is no lane of that name; ListLanes names them")]
    LaneUnknown,
    /// A field of the request is not as it must be.
    #[error("`{field}` must be {expected}")]
    Invalid {
        /// The field.
        field: &'static str,
        /// What it must be.
        expected: &'static str,
    },
    /// No such finding, or it is closed.
    #[error("no finding like that is open; ListFindings names them")]
    FindingUnknown,
    /// A chain was not read far enough: an incomplete sum is no sum.
    #[error("chain {chain} was not read up to block {wanted} of the chain that was meant; its last stored block is {}",
        .read.map_or_else(|| "none".to_owned(), |block| block.to_string()))]
    NotCaughtUp {
        /// The chain.
        chain: ChainId,
        /// What was asked for.
        wanted: u64,
        /// What there is; `None` for a chain that is not read at all.
        read: Option<u64>,
    },
    /// Something of a chain is there and could not be read: a sum without it is no sum.
    #[error("{holes} things of chain {chain} could not be read yet; `ccip-monitor verify` names them")]
    Incomplete {
        /// The chain.
        chain: ChainId,
        /// How many.
        holes: u64,
    },
    /// As many streams are open as are allowed.
    #[error("too many streams are open; come back later")]
    TooManyStreams,
    /// There was no diagnosis in time.
    #[error("the message was not diagnosed in time; the chains answer too slowly, or too many ask")]
    TooSlow,
    /// An answer could not be put into words of its format.
    #[error("the answer could not be written")]
    Unwritable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The database did not do what it was asked.
    #[error("the database did not do what it was asked")]
    Store(#[from] causeway_store::Error),
}

impl Error {
    /// The reason on the wire: constant, for machines.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::MessageUnknown { .. } => "MESSAGE_UNKNOWN",
            Self::LaneUnknown => "LANE_UNKNOWN",
            Self::Invalid { .. } => "INVALID",
            Self::FindingUnknown => "FINDING_UNKNOWN",
            Self::NotCaughtUp { .. } => "NOT_CAUGHT_UP",
            Self::Incomplete { .. } => "INCOMPLETE",
            Self::TooManyStreams => "TOO_MANY_STREAMS",
            Self::TooSlow => "TOO_SLOW",
            Self::Unwritable(_) => "UNWRITABLE",
            Self::Store(error) if error.is_retryable() => "STORE_UNAVAILABLE",
            Self::Store(_) => "STORE_FAILED",
        }
    }

    /// True when the same call may go through later.
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::NotCaughtUp { .. } | Self::Incomplete { .. } | Self::TooManyStreams | Self::TooSlow => true,
            Self::Store(error) => error.is_retryable(),
            Self::MessageUnknown { .. }
            | Self::LaneUnknown
            | Self::Invalid { .. }
            | Self::FindingUnknown
            | Self::Unwritable(_) => false,
        }
    }
}

impl From<diagnose::Error> for Error {
    fn from(error: diagnose::Error) -> Self {
        match error {
            diagnose::Error::Store(error) => Self::Store(error),
            diagnose::Error::TooSlow => Self::TooSlow,
        }
    }
}
