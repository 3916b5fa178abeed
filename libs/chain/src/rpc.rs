//! JSON-RPC over HTTP to one endpoint: a bounded call, and what its answer or its refusal means.
//!
//! Own code instead of alloy's HTTP transport for one reason: that one writes the whole URL, and with it
//! an API key, into spans and error texts. Here a URL prints as scheme and host only. Everything above the
//! wire (types, ABI, transactions) is alloy's.

mod batch;
mod body;
mod client;
mod refusal;
mod url;

use std::time::Duration;

pub(crate) use self::{
    batch::{Answers, Call, is_refused as is_batch_refused},
    body::Answer,
};
pub use self::{
    client::RpcClient,
    refusal::{Refusal, RefusalKind},
    url::{EndpointUrl, UrlError},
};

/// Why a call gave no value.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing came back in time; whether the call took effect is not known.
    #[error("no answer within {0:?}")]
    Timeout(Duration),
    /// The connection could not be made or broke.
    #[error("the endpoint cannot be reached")]
    Unreachable(#[source] reqwest::Error),
    /// An HTTP error without a JSON-RPC body.
    #[error("HTTP status {status}")]
    Status {
        /// The status code.
        status: u16,
        /// What the endpoint asks for in `Retry-After`.
        retry_after: Option<Duration>,
    },
    /// The endpoint understood and said no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// `null`, or `0x` where data must be: a node that lacks the block, or an account without code.
    #[error("the answer is empty")]
    Empty,
    /// The answer is no JSON-RPC, or its result has another type.
    #[error("the answer has another shape than the method promises")]
    Shape(#[source] serde_json::Error),
    /// The answer is longer than any that we ask for.
    #[error("the answer is longer than {0} bytes")]
    TooLong(usize),
}

impl Error {
    /// True when the endpoint itself is at fault, so that another one may do better. False when it gave
    /// an answer that we dislike: a revert is the same everywhere.
    pub fn blames_endpoint(&self) -> bool {
        match self {
            Self::Timeout(_)
            | Self::Unreachable(_)
            | Self::Status { .. }
            | Self::Empty
            | Self::Shape(_)
            | Self::TooLong(_) => true,
            Self::Refused(refusal) => refusal.kind().blames_endpoint(),
        }
    }

    /// True when the failure says that the endpoint is unwell, not merely that it cannot answer this one
    /// question (a method that it lacks, a block that it has not seen yet).
    pub fn counts_against_endpoint(&self) -> bool {
        match self {
            Self::Timeout(_) | Self::Unreachable(_) | Self::Status { .. } | Self::Shape(_) | Self::TooLong(_) => true,
            Self::Empty => false,
            Self::Refused(refusal) => refusal.kind() == RefusalKind::RateLimited,
        }
    }

    /// How long the endpoint wants to be left alone, if it says so.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status { retry_after, .. } => *retry_after,
            Self::Refused(refusal) => refusal.retry_after(),
            Self::Timeout(_) | Self::Unreachable(_) | Self::Empty | Self::Shape(_) | Self::TooLong(_) => None,
        }
    }

    /// The metric label of this outcome.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Timeout(_) => "timeout",
            Self::Unreachable(_) => "unreachable",
            Self::Status { .. } => "http_status",
            Self::Refused(_) => "refused",
            Self::Empty => "empty",
            Self::Shape(_) => "malformed",
            Self::TooLong(_) => "too_long",
        }
    }
}
