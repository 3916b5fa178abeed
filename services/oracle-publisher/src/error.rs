//! What can go wrong for a caller of this service, and what he can do about it.

use causeway_primitives::{FeedId, SourceId};

use crate::app::record;

/// An error with a code for machines and a sentence for people.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such feed.
    #[error("there is no feed `{feed}`; ListFeeds names them")]
    FeedUnknown {
        /// What was asked for.
        feed: FeedId,
    },
    /// No such source.
    #[error("there is no source `{id}`; ListSources names them")]
    SourceUnknown {
        /// What was asked for.
        id: SourceId,
    },
    /// No such round or decision.
    #[error("feed `{feed}` has no such round or decision")]
    RoundUnknown {
        /// The feed.
        feed: FeedId,
    },
    /// A field of the request is not as it must be.
    #[error("`{field}` must be {expected}")]
    Invalid {
        /// The field.
        field: &'static str,
        /// What it must be.
        expected: &'static str,
    },
    /// The change belongs to the replica that leads the feed.
    #[error("this replica does not publish the feed; ask the one that does")]
    NotLeader,
    /// A feed did not answer within the bound.
    #[error("feed `{feed}` did not answer in time; look at its heartbeat in /health")]
    Busy {
        /// The feed.
        feed: FeedId,
    },
    /// A stored record cannot be read.
    #[error("the stored record cannot be read")]
    Record(#[from] record::Error),
    /// The database did not do what it was asked.
    #[error("the database did not do what it was asked")]
    Store(#[from] causeway_store::Error),
}

impl Error {
    /// The reason on the wire: constant, for machines.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::FeedUnknown { .. } => "FEED_UNKNOWN",
            Self::SourceUnknown { .. } => "SOURCE_UNKNOWN",
            Self::RoundUnknown { .. } => "ROUND_UNKNOWN",
            Self::Invalid { .. } => "INVALID",
            Self::NotLeader => "NOT_LEADER",
            Self::Busy { .. } => "BUSY",
            Self::Record(_) => "RECORD_UNREADABLE",
            Self::Store(error) if error.is_retryable() => "STORE_UNAVAILABLE",
            Self::Store(_) => "STORE_FAILED",
        }
    }

    /// True when the same call may go through later.
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::NotLeader | Self::Busy { .. } => true,
            Self::Store(error) => error.is_retryable(),
            Self::FeedUnknown { .. }
            | Self::SourceUnknown { .. }
            | Self::RoundUnknown { .. }
            | Self::Invalid { .. }
            | Self::Record(_) => false,
        }
    }
}
