//! What was refused, as gRPC says it.

use causeway_grpc::{Code, Refusal};
use causeway_telemetry::Chain;
use tonic::Status;

use crate::app::Error;

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        let code = match &error {
            Error::Store(error) if error.is_retryable() => Code::Unavailable,
            Error::Store(_) => Code::Internal,
            Error::VerdictUnknown
            | Error::IncidentUnknown
            | Error::HaltUnknown
            | Error::ResumeUnknown
            | Error::AdjustmentUnknown => Code::NotFound,
            Error::NotDurable | Error::NotEvaluated => Code::Unavailable,
            Error::AlreadyReleased
            | Error::ResumeOpen
            | Error::EvidenceChanged { .. }
            | Error::Incident(_)
            | Error::Resume(_)
            | Error::Adjustment(_)
            | Error::NotLeader
            | Error::AdjustmentDecided => Code::FailedPrecondition,
            Error::TooMany => Code::ResourceExhausted,
        };
        if let Error::Store(_) = &error {
            // Nothing of the cause leaves the process.
            tracing::error!(error = %Chain(&error), "store failed");
        }
        Refusal::new(code, error.reason(), error.to_string()).into()
    }
}

/// A failure of the store, said once.
pub(super) fn store(error: causeway_store::Error) -> Status {
    Error::Store(error).into()
}
