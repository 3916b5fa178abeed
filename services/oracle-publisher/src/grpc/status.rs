//! The service's errors as gRPC refusals.

use causeway_grpc::{Code, Refusal};
use tonic::Status;

use crate::error::Error;

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        let code = match &error {
            Error::FeedUnknown { .. }
            | Error::SourceUnknown { .. }
            | Error::RoundUnknown { .. }
            | Error::ActionUnknown => Code::NotFound,
            Error::Invalid { field, expected } => return Refusal::field(*field, expected).into(),
            Error::NotLeader => Code::FailedPrecondition,
            Error::Busy { .. } | Error::Store(_) => Code::Unavailable,
            Error::Record(_) => Code::Internal,
        };
        if matches!(error, Error::Busy { .. } | Error::Store(_) | Error::Record(_)) {
            tracing::error!(error = %causeway_telemetry::Chain(&error), "call failed");
        }
        Refusal::new(code, error.reason(), error.to_string()).into()
    }
}
