//! Several calls as one HTTP request, so that one node's view serves them all and one round trip pays.

use serde_json::Value;

use super::{Answer, Error, RefusalKind, body::Body};

/// One call of a batch.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Call {
    /// The JSON-RPC method.
    pub(crate) method: &'static str,
    /// A JSON array.
    pub(crate) params: Value,
}

/// What came back for several calls.
#[derive(Debug)]
pub(crate) struct Answers(Form);

/// One body for all of them, or one for each.
#[derive(Debug)]
enum Form {
    Together { body: Body, count: usize },
    Single(Vec<Body>),
}

impl Answers {
    pub(super) const fn together(body: Body, count: usize) -> Self {
        Self(Form::Together { body, count })
    }

    pub(super) const fn single(bodies: Vec<Body>) -> Self {
        Self(Form::Single(bodies))
    }

    /// How many bytes there are to read.
    pub(crate) fn bytes(&self) -> usize {
        match &self.0 {
            Form::Together { body, .. } => body.bytes.len(),
            Form::Single(bodies) => bodies.iter().map(|body| body.bytes.len()).sum(),
        }
    }

    /// The answers in the order of the calls. A refusal of one call is that call's answer; what concerns the
    /// whole request is the error.
    pub(crate) fn read(&self) -> Result<Vec<Answer<'_>>, Error> {
        match &self.0 {
            Form::Together { body, count } => body.results(*count),
            Form::Single(bodies) => bodies
                .iter()
                .map(|body| match body.result() {
                    Ok(result) => Ok(Ok(result)),
                    Err(Error::Refused(refusal)) => Ok(Err(refusal)),
                    Err(other) => Err(other),
                })
                .collect(),
        }
    }
}

/// Whether an endpoint that answers a batch so would rather have its calls one by one. A wrong guess costs
/// one round trip: the single calls fail as well then, and nothing is remembered.
pub(crate) fn is_refused(error: &Error) -> bool {
    match error {
        Error::Status { status, .. } => matches!(status, 400 | 404 | 405 | 406 | 415 | 422 | 501),
        Error::Refused(refusal) => match refusal.kind() {
            RefusalKind::MethodMissing | RefusalKind::Invalid | RefusalKind::NotPermitted | RefusalKind::Other => true,
            RefusalKind::AlreadyKnown
            | RefusalKind::NonceTooLow
            | RefusalKind::NonceTooHigh
            | RefusalKind::ReplacementUnderpriced
            | RefusalKind::Underpriced
            | RefusalKind::InsufficientFunds
            | RefusalKind::GasTooLow
            | RefusalKind::GasAboveBlock
            | RefusalKind::PoolFull
            | RefusalKind::WrongChain
            | RefusalKind::Reverted
            | RefusalKind::RangeTooWide
            | RefusalKind::TooManyResults
            | RefusalKind::RateLimited
            | RefusalKind::BlockUnavailable => false,
        },
        // One object where a list must be.
        Error::Shape(_) => true,
        Error::Timeout(_) | Error::Unreachable(_) | Error::Empty | Error::TooLong(_) => false,
    }
}
