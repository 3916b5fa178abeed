//! Why a scan does not go on, and what a failed attempt asks for.

use super::check::Fault;
use crate::{
    endpoints::{EndpointIndex, Error as EndpointError},
    rpc::{self, Refusal, RefusalKind},
};

/// Why a scan does not go on. The scanner stands where it stood: calling it again tries again.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No endpoint answered.
    #[error("the chain could not be read")]
    Chain(#[from] EndpointError),
    /// Even the logs of a single block are refused: as a range, by hash, and as receipts.
    #[error("the logs of block {block} are refused")]
    BlockRefused {
        /// Which one.
        block: u64,
        /// What the last endpoint said.
        #[source]
        source: EndpointError,
    },
    /// The answer of the last endpoint that was asked does not fit together.
    #[error("endpoint {endpoint} contradicts itself")]
    Inconsistent {
        /// Which one.
        endpoint: EndpointIndex,
        /// Where.
        #[source]
        fault: Fault,
    },
    /// No endpoint has this block, although one told of it, or of a later one.
    #[error("no endpoint has block {block}")]
    NotServed {
        /// Which one.
        block: u64,
    },
    /// There is no other endpoint that could be asked.
    #[error("there is no other endpoint to ask")]
    NoOtherEndpoint,
}

/// Why one attempt at one window failed.
#[derive(Debug)]
pub(super) enum Failure {
    Chain(EndpointError),
    /// A single block, in every form.
    Block(EndpointError),
    Fault(Fault),
    /// The endpoint has not come so far.
    Lagging,
}

/// What a failure asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    /// Fewer blocks: these exceed a limit; as many as the endpoint suggests, if it does.
    Narrower(Limit, Option<u64>),
    /// Fewer requests.
    Busy,
    /// Another endpoint, or else fewer blocks: the endpoint says nothing that we understand, or nothing at all.
    Unclear,
    /// Another endpoint, or later.
    Elsewhere,
}

/// Which limit of an endpoint a range exceeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Limit {
    /// How many blocks it answers, whatever is in them.
    Width,
    /// How much it answers, in logs, bytes or time.
    Content,
}

impl Failure {
    pub(super) fn cause(&self) -> Cause {
        match self {
            Self::Chain(error) => Cause::of(error),
            Self::Block(_) | Self::Fault(_) | Self::Lagging => Cause::Elsewhere,
        }
    }

    /// The last attempt's failure as the scan's.
    pub(super) fn into_error(self, endpoint: EndpointIndex, block: u64) -> Error {
        match self {
            Self::Chain(source) => Error::Chain(source),
            Self::Block(source) => Error::BlockRefused { block, source },
            Self::Fault(fault) => Error::Inconsistent { endpoint, fault },
            Self::Lagging => Error::NotServed { block },
        }
    }
}

impl Cause {
    pub(super) fn of(error: &EndpointError) -> Self {
        match error {
            EndpointError::Call { source, .. } => cause_of(source),
            EndpointError::NoEndpoints
            | EndpointError::WrongChain { .. }
            | EndpointError::HeadWentBack { .. }
            | EndpointError::CircuitOpen { .. }
            | EndpointError::AllFailed { .. } => Self::Elsewhere,
        }
    }
}

fn cause_of(error: &rpc::Error) -> Cause {
    match error {
        rpc::Error::Refused(refusal) => cause_of_refusal(refusal),
        rpc::Error::TooLong(_) | rpc::Error::Status { status: 413, .. } => Cause::Narrower(Limit::Content, None),
        // Too much to find, or an endpoint that finds nothing any more.
        rpc::Error::Timeout(_) => Cause::Unclear,
        rpc::Error::Status { status: 429, .. } => Cause::Busy,
        rpc::Error::Status { .. } | rpc::Error::Unreachable(_) | rpc::Error::Empty | rpc::Error::Shape(_) => {
            Cause::Elsewhere
        }
    }
}

fn cause_of_refusal(refusal: &Refusal) -> Cause {
    match refusal.kind() {
        RefusalKind::RangeTooWide => Cause::Narrower(Limit::Width, refusal.suggested_span()),
        RefusalKind::TooManyResults => Cause::Narrower(Limit::Content, refusal.suggested_span()),
        RefusalKind::RateLimited => Cause::Busy,
        RefusalKind::BlockUnavailable | RefusalKind::MethodMissing => Cause::Elsewhere,
        // Kinds of refused transactions among them: a text about logs that happens to hold their words.
        RefusalKind::Invalid
        | RefusalKind::Other
        | RefusalKind::AlreadyKnown
        | RefusalKind::NonceTooLow
        | RefusalKind::NonceTooHigh
        | RefusalKind::ReplacementUnderpriced
        | RefusalKind::Underpriced
        | RefusalKind::InsufficientFunds
        | RefusalKind::GasTooLow
        | RefusalKind::GasAboveBlock
        | RefusalKind::PoolFull
        | RefusalKind::WrongChain
        | RefusalKind::NotPermitted
        | RefusalKind::Reverted => Cause::Unclear,
    }
}
