//! The ten ways in which a call of ours can fail, and their translation to and from the wire.
//!
//! A refusal has a code for machines, a reason that names the case within its code, a message for
//! people, and where they apply the offending fields and the pause to make. On the wire the reason
//! travels as `ErrorInfo` of the domain `causeway`. Internal text never leaves the process.

use std::{borrow::Cow, collections::HashMap, error::Error as StdError, fmt, time::Duration};

use tonic::{Status, TimeoutExpired};
use tonic_types::{ErrorDetails, StatusExt};

/// The domain of our reasons.
const DOMAIN: &str = "causeway";

/// What tonic says when a deadline passes on the client's side, with the code CANCELLED.
const TIMEOUT_MESSAGE: &str = "Timeout expired";

/// The kind of a refusal. A subset of the gRPC codes, because callers can act on no more than these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Code {
    /// The request can never succeed as it is.
    InvalidArgument,
    /// What it asks for does not exist.
    NotFound,
    /// The state of the system does not allow it now, and waiting alone will not help.
    FailedPrecondition,
    /// Somebody else changed the same thing, or it exists already: read again, then decide.
    Conflict,
    /// Nobody could answer. The call may or may not have had its effect.
    Unavailable,
    /// The answer did not come in time. The call may or may not have had its effect.
    DeadlineExceeded,
    /// The caller is known and may not.
    PermissionDenied,
    /// The caller is not known.
    Unauthenticated,
    /// Too much at once.
    ResourceExhausted,
    /// A fault of the server.
    Internal,
}

impl Code {
    /// The code on the wire.
    pub const fn to_wire(self) -> tonic::Code {
        match self {
            Self::InvalidArgument => tonic::Code::InvalidArgument,
            Self::NotFound => tonic::Code::NotFound,
            Self::FailedPrecondition => tonic::Code::FailedPrecondition,
            Self::Conflict => tonic::Code::Aborted,
            Self::Unavailable => tonic::Code::Unavailable,
            Self::DeadlineExceeded => tonic::Code::DeadlineExceeded,
            Self::PermissionDenied => tonic::Code::PermissionDenied,
            Self::Unauthenticated => tonic::Code::Unauthenticated,
            Self::ResourceExhausted => tonic::Code::ResourceExhausted,
            Self::Internal => tonic::Code::Internal,
        }
    }

    /// The nearest of our codes. A call that failed with "OK" broke the protocol.
    const fn from_wire(code: tonic::Code) -> Self {
        match code {
            tonic::Code::InvalidArgument | tonic::Code::OutOfRange => Self::InvalidArgument,
            tonic::Code::NotFound => Self::NotFound,
            tonic::Code::FailedPrecondition => Self::FailedPrecondition,
            tonic::Code::Aborted | tonic::Code::AlreadyExists => Self::Conflict,
            tonic::Code::Unavailable | tonic::Code::Cancelled => Self::Unavailable,
            tonic::Code::DeadlineExceeded => Self::DeadlineExceeded,
            tonic::Code::PermissionDenied => Self::PermissionDenied,
            tonic::Code::Unauthenticated => Self::Unauthenticated,
            tonic::Code::ResourceExhausted => Self::ResourceExhausted,
            tonic::Code::Ok
            | tonic::Code::Unknown
            | tonic::Code::Unimplemented
            | tonic::Code::Internal
            | tonic::Code::DataLoss => Self::Internal,
        }
    }

    /// Whether the same call may succeed later. Only a caller whose call is idempotent may act on it.
    pub const fn is_retryable(self) -> bool {
        match self {
            Self::Unavailable | Self::DeadlineExceeded | Self::ResourceExhausted => true,
            Self::InvalidArgument
            | Self::NotFound
            | Self::FailedPrecondition
            | Self::Conflict
            | Self::PermissionDenied
            | Self::Unauthenticated
            | Self::Internal => false,
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(wire_name(self.to_wire()))
    }
}

/// The name of a code in the gRPC specification, as spans and metrics carry it.
pub(crate) const fn wire_name(code: tonic::Code) -> &'static str {
    match code {
        tonic::Code::Ok => "OK",
        tonic::Code::Cancelled => "CANCELLED",
        tonic::Code::Unknown => "UNKNOWN",
        tonic::Code::InvalidArgument => "INVALID_ARGUMENT",
        tonic::Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        tonic::Code::NotFound => "NOT_FOUND",
        tonic::Code::AlreadyExists => "ALREADY_EXISTS",
        tonic::Code::PermissionDenied => "PERMISSION_DENIED",
        tonic::Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        tonic::Code::FailedPrecondition => "FAILED_PRECONDITION",
        tonic::Code::Aborted => "ABORTED",
        tonic::Code::OutOfRange => "OUT_OF_RANGE",
        tonic::Code::Unimplemented => "UNIMPLEMENTED",
        tonic::Code::Internal => "INTERNAL",
        tonic::Code::Unavailable => "UNAVAILABLE",
        tonic::Code::DataLoss => "DATA_LOSS",
        tonic::Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

/// A field that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Its path in the request, `page.size`.
    pub field: String,
    /// What is expected.
    pub description: String,
}

/// Why a call failed, on either side of the wire.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Refusal {
    /// The kind.
    pub code: Code,
    /// The case within its kind, in upper-case words such as `FEED_UNKNOWN`; empty when the other side
    /// is none of ours, or never answered.
    pub reason: Cow<'static, str>,
    /// For people.
    pub message: String,
    /// The offending fields.
    pub violations: Vec<Violation>,
    /// The pause to make before the next attempt.
    pub retry_after: Option<Duration>,
}

impl Refusal {
    /// A refusal with a reason of the contract's list and a message for people.
    pub fn new(code: Code, reason: &'static str, message: impl Into<String>) -> Self {
        let (reason, message) = (Cow::Borrowed(reason), message.into());
        Self { code, reason, message, violations: Vec::new(), retry_after: None }
    }

    /// One field of the request is not as it must be; `expected` completes "expected …".
    pub fn field(field: impl Into<String>, expected: impl fmt::Display) -> Self {
        let field = field.into();
        let refusal = Self::new(Code::InvalidArgument, "FIELD_INVALID", format!("{field}: expected {expected}"));
        refusal.with_violation(field, format!("expected {expected}"))
    }

    /// A fault of ours. Says nothing more: what happened is in the log, under the same trace.
    pub fn internal() -> Self {
        Self::new(Code::Internal, "INTERNAL", "internal error")
    }

    /// Adds an offending field.
    #[must_use]
    pub fn with_violation(mut self, field: impl Into<String>, description: impl Into<String>) -> Self {
        self.violations.push(Violation { field: field.into(), description: description.into() });
        self
    }

    /// Asks for a pause.
    #[must_use]
    pub const fn with_retry_after(mut self, pause: Duration) -> Self {
        self.retry_after = Some(pause);
        self
    }
}

impl From<Refusal> for Status {
    fn from(refusal: Refusal) -> Self {
        let mut details = ErrorDetails::with_error_info(refusal.reason, DOMAIN, HashMap::new());
        for Violation { field, description } in refusal.violations {
            details.add_bad_request_violation(field, description);
        }
        if refusal.retry_after.is_some() {
            details.set_retry_info(refusal.retry_after);
        }
        Self::with_error_details(refusal.code.to_wire(), refusal.message, details)
    }
}

impl From<Status> for Refusal {
    fn from(status: Status) -> Self {
        let details = status.get_error_details();
        let reason = details.error_info().filter(|info| info.domain == DOMAIN).map(|info| info.reason.clone());
        let violations = details.bad_request().map(|request| request.field_violations.as_slice()).unwrap_or_default();
        Self {
            code: Code::from_wire(wire_code(&status)),
            reason: reason.map(Cow::Owned).unwrap_or_default(),
            message: status.message().to_owned(),
            violations: violations
                .iter()
                .map(|violation| Violation {
                    field: violation.field.clone(),
                    description: violation.description.clone(),
                })
                .collect(),
            retry_after: details.retry_info().and_then(|info| info.retry_delay),
        }
    }
}

/// The code of a status, with tonic's client-side timeout put right.
pub(crate) fn wire_code(status: &Status) -> tonic::Code {
    if status.code() == tonic::Code::Cancelled && status.message() == TIMEOUT_MESSAGE {
        return tonic::Code::DeadlineExceeded;
    }
    status.code()
}

/// The status of a call that failed below gRPC, as the source chain tells it: a passed deadline, an
/// answer that is a status already, or else a connection that could not be made or broke.
pub(crate) fn of_transport(error: &(dyn StdError + 'static)) -> Status {
    for cause in std::iter::successors(Some(error), |&cause| cause.source()) {
        if cause.is::<TimeoutExpired>() {
            return Refusal::deadline_exceeded().into();
        }
        if let Some(status) = cause.downcast_ref::<Status>() {
            return of_stream(status.clone());
        }
    }
    Status::unavailable("the connection could not be made, or broke")
}

/// The status of a stream that ended with an error. One that carries a source was made on this side,
/// because the connection broke; tonic calls that UNKNOWN or CANCELLED.
pub(crate) fn of_stream(status: Status) -> Status {
    let made_here = StdError::source(&status).is_some();
    match status.code() {
        tonic::Code::Cancelled | tonic::Code::Unknown if made_here => Status::unavailable("the connection broke"),
        tonic::Code::Cancelled if wire_code(&status) == tonic::Code::DeadlineExceeded => {
            Refusal::deadline_exceeded().into()
        }
        tonic::Code::Ok
        | tonic::Code::Cancelled
        | tonic::Code::Unknown
        | tonic::Code::InvalidArgument
        | tonic::Code::DeadlineExceeded
        | tonic::Code::NotFound
        | tonic::Code::AlreadyExists
        | tonic::Code::PermissionDenied
        | tonic::Code::ResourceExhausted
        | tonic::Code::FailedPrecondition
        | tonic::Code::Aborted
        | tonic::Code::OutOfRange
        | tonic::Code::Unimplemented
        | tonic::Code::Internal
        | tonic::Code::Unavailable
        | tonic::Code::DataLoss
        | tonic::Code::Unauthenticated => status,
    }
}

impl Refusal {
    pub(crate) fn deadline_exceeded() -> Self {
        Self::new(Code::DeadlineExceeded, "DEADLINE_EXCEEDED", "the deadline has passed")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Code; 10] = [
        Code::InvalidArgument,
        Code::NotFound,
        Code::FailedPrecondition,
        Code::Conflict,
        Code::Unavailable,
        Code::DeadlineExceeded,
        Code::PermissionDenied,
        Code::Unauthenticated,
        Code::ResourceExhausted,
        Code::Internal,
    ];

    #[test]
    fn a_refusal_crosses_the_wire_whole() {
        for code in ALL {
            let refusal = Refusal::new(code, "SOME_REASON", "some message")
                .with_violation("page.size", "expected at most 1000")
                .with_retry_after(Duration::from_millis(1_500));
            assert_eq!(Refusal::from(Status::from(refusal.clone())), refusal);
        }
    }

    #[test]
    fn a_foreign_status_has_no_reason_of_ours() {
        let details = ErrorDetails::with_error_info("QUOTA", "example.com", HashMap::new());
        let status = Status::with_error_details(tonic::Code::ResourceExhausted, "quota", details);
        let refusal = Refusal::from(status);
        assert_eq!((refusal.code, refusal.reason.as_ref()), (Code::ResourceExhausted, ""));
    }

    #[test]
    fn the_clients_own_timeout_is_a_deadline_and_no_cancellation() {
        assert_eq!(Refusal::from(Status::cancelled("Timeout expired")).code, Code::DeadlineExceeded);
        assert_eq!(Refusal::from(Status::cancelled("by the caller")).code, Code::Unavailable);
    }
}
