//! What can go wrong for a caller, as gRPC refusals: a code for machines, a reason that names the case, words for people.

use std::borrow::Cow;

use causeway_grpc::{Code, Refusal};
use causeway_telemetry::Chain;
use tonic::Status;

use crate::{
    app::{Error, NotAdmitted, NotCalled, NotDecided, NotTaken},
    intake::{self, Finding},
};

/// So many findings are told: a status travels in the trailers, which are small.
const FINDINGS: usize = 16;
/// So many characters of each.
const FINDING: usize = 200;

/// A fault of the machinery. What it is, is in the log.
pub(super) fn failed(error: &Error) -> Status {
    tracing::error!(error = %Chain(error), "call failed");
    let code = if error.is_retryable() { Code::Unavailable } else { Code::Internal };
    refusal(code, error.reason(), error.to_string()).into()
}

/// The same of a question to the database.
pub(super) fn unread(error: causeway_store::Error) -> Status {
    failed(&Error::from(error))
}

/// Reasons on the wire are our labels in capitals.
fn refusal(code: Code, reason: &str, message: String) -> Refusal {
    Refusal { reason: Cow::Owned(reason.to_uppercase()), ..Refusal::new(code, "", message) }
}

pub(super) fn not_admitted(refused: NotAdmitted) -> Status {
    let (code, reason) = match refused {
        NotAdmitted::Unknown => (Code::Unauthenticated, "CALLER_UNKNOWN"),
        NotAdmitted::MayNot => (Code::PermissionDenied, "CALLER_NOT_ALLOWED"),
    };
    Refusal::new(code, reason, refused.to_string()).into()
}

pub(super) fn not_taken(refused: NotTaken) -> Status {
    refusal(Code::FailedPrecondition, refused.reason(), refused.to_string()).into()
}

pub(super) fn not_decided(refused: NotDecided) -> Status {
    let (code, reason) = match &refused {
        NotDecided::Unknown => (Code::NotFound, "REQUEST_UNKNOWN"),
        NotDecided::SamePerson => (Code::PermissionDenied, "SAME_PERSON"),
        NotDecided::NotAnApprover { .. } => (Code::PermissionDenied, "NOT_AN_APPROVER"),
        NotDecided::NotBefore { .. } => (Code::FailedPrecondition, "NOT_BEFORE"),
        NotDecided::NotWaiting { .. } => (Code::FailedPrecondition, "NOT_WAITING"),
    };
    Refusal::new(code, reason, refused.to_string()).into()
}

pub(super) fn not_called(refused: NotCalled<Status>) -> Status {
    let reason = match refused {
        NotCalled::Key => return Refusal::field("idempotency_key", "1 to 128 printable characters").into(),
        NotCalled::Running => "STILL_RUNNING",
        NotCalled::OtherCall => "KEY_REUSED",
        NotCalled::Failed(status) => return status,
        NotCalled::Machinery(error) => return failed(&error),
    };
    Refusal::new(Code::Conflict, reason, refused.to_string()).into()
}

/// A message that is refused, with where and why.
pub(super) fn not_read(refused: &intake::Refusal) -> Status {
    let (code, findings) = match refused {
        intake::Refusal::Malformed(finding) => (Code::InvalidArgument, std::slice::from_ref(finding)),
        intake::Refusal::Invalid { findings, .. } => (Code::InvalidArgument, findings.as_slice()),
        intake::Refusal::Unwanted { .. } => (Code::FailedPrecondition, [].as_slice()),
    };
    let told = refusal(code, refused.reason(), refused.to_string());
    let violation = |told: Refusal, finding: &Finding| {
        let Finding { rule, line, column, place, text } = finding;
        let what = if rule.is_empty() { text.clone() } else { format!("{rule}: {text}") };
        let words = format!("line {line}, column {column}: {what}");
        told.with_violation(place.clone(), words.chars().take(FINDING).collect::<String>())
    };
    findings.iter().take(FINDINGS).fold(told, violation).into()
}
