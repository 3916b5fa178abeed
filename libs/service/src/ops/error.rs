//! What can go wrong for a caller of these methods.

use causeway_alerting::Refused;
use causeway_grpc::{Code, Refusal};
use tonic::Status;

/// An error with a code for machines and a sentence for people.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A field of the request is not as it must be.
    #[error("`{field}` must be {expected}")]
    Invalid {
        /// The field.
        field: &'static str,
        /// What it must be.
        expected: String,
    },
    /// No such action.
    #[error("there is no action of that name; ListActions names them")]
    ActionUnknown,
    /// The alerting desk did not do it.
    #[error("the alerting desk did not do it: {0}")]
    Desk(#[from] Refused),
    /// The database did not do what it was asked.
    #[error("the database did not do what it was asked")]
    Store(#[from] causeway_store::Error),
}

impl Error {
    /// The reason on the wire: constant, for machines.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Invalid { .. } => "INVALID",
            Self::ActionUnknown => "ACTION_UNKNOWN",
            Self::Desk(Refused::NotFiring) => "ALERT_UNKNOWN",
            Self::Desk(Refused::NotLeader) => "NOT_LEADER",
            Self::Desk(Refused::NotStored | Refused::NoAnswer) => "STORE_UNAVAILABLE",
            Self::Store(error) if error.is_retryable() => "STORE_UNAVAILABLE",
            Self::Store(_) => "STORE_FAILED",
        }
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        let code = match &error {
            Error::ActionUnknown | Error::Desk(Refused::NotFiring) => Code::NotFound,
            Error::Invalid { field, expected } => return Refusal::field(*field, expected).into(),
            Error::Desk(Refused::NotLeader) => Code::FailedPrecondition,
            Error::Desk(Refused::NotStored | Refused::NoAnswer) => Code::Unavailable,
            Error::Store(error) => {
                tracing::error!(error = %causeway_telemetry::Chain(error), "call failed");
                if error.is_retryable() { Code::Unavailable } else { Code::Internal }
            }
        };
        Refusal::new(code, error.reason(), error.to_string()).into()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use causeway_store::Error as StoreError;
    use tonic::Code as Wire;

    use super::*;

    #[test]
    fn every_error_has_the_code_that_tells_a_caller_what_to_do() {
        let cases = [
            (Error::ActionUnknown, Wire::NotFound),
            (Error::Invalid { field: "reason", expected: "a reason".to_owned() }, Wire::InvalidArgument),
            (Error::Desk(Refused::NotFiring), Wire::NotFound),
            (Error::Desk(Refused::NotLeader), Wire::FailedPrecondition),
            (Error::Desk(Refused::NotStored), Wire::Unavailable),
            (Error::Desk(Refused::NoAnswer), Wire::Unavailable),
            (Error::Store(StoreError::Timeout { query: "x", limit: Duration::ZERO }), Wire::Unavailable),
            (Error::Store(StoreError::Unreadable { column: "x" }), Wire::Internal),
        ];
        for (error, code) in cases {
            let text = error.to_string();
            assert_eq!(Status::from(error).code(), code, "{text}");
        }
    }
}
