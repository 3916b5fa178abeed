//! Why the gateway could not go on with something. None of them says anything about the business.

use causeway_chain::journal;
use causeway_store::Error as StoreError;

use crate::{
    domain::{ledger, saga::Illegal},
    ports::Unread,
};

/// A failure of the machinery.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database did not do it.
    #[error("the database did not do it")]
    Store(#[from] StoreError),
    /// The sender's journal could not be read.
    #[error("the sender's journal could not be read")]
    Journal(#[from] journal::Error),
    /// A step that cannot be: a fault of the program.
    #[error("a step that cannot be was tried")]
    Step(#[from] Illegal),
    /// The stored books have no sum.
    #[error("the books have no sum")]
    Books(#[from] ledger::Error),
    /// The same names were taken by somebody else again and again.
    #[error("other calls took the same names each time")]
    Contended,
    /// An answer could not be written.
    #[error("an answer could not be written")]
    Answer(#[source] causeway_iso20022::DraftError),
}

impl From<Unread> for Error {
    fn from(unread: Unread) -> Self {
        match unread {
            Unread::Journal(error) => Self::Journal(error),
            Unread::Store(error) => Self::Store(error),
        }
    }
}

impl Error {
    /// Label and field value.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Store(_) => "store",
            Self::Journal(_) => "journal",
            Self::Step(_) => "step",
            Self::Books(_) => "books",
            Self::Contended => "contended",
            Self::Answer(_) => "answer",
        }
    }

    /// Whether another replica leads.
    pub const fn is_fenced(&self) -> bool {
        match self {
            Self::Store(error) => matches!(error, StoreError::Fenced { .. }),
            Self::Journal(error) => matches!(error, journal::Error::Fenced),
            Self::Step(_) | Self::Books(_) | Self::Contended | Self::Answer(_) => false,
        }
    }

    /// Whether the same may succeed at another moment.
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::Store(error) => error.is_retryable(),
            Self::Journal(_) | Self::Contended => true,
            Self::Step(_) | Self::Books(_) | Self::Answer(_) => false,
        }
    }
}
