//! The service's errors as gRPC refusals.

use causeway_grpc::{Code, Refusal};
use tonic::Status;

use crate::error::Error;

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        let code = match &error {
            Error::FeedUnknown { .. } | Error::SourceUnknown { .. } | Error::RoundUnknown { .. } => Code::NotFound,
            Error::Invalid { field, expected } => return Refusal::field(*field, expected).into(),
            Error::NotLeader => Code::FailedPrecondition,
            Error::Busy { .. } => Code::Unavailable,
            Error::Store(error) if error.is_retryable() => Code::Unavailable,
            Error::Store(_) | Error::Record(_) => Code::Internal,
        };
        if matches!(error, Error::Busy { .. } | Error::Store(_) | Error::Record(_)) {
            tracing::error!(error = %causeway_telemetry::Chain(&error), "call failed");
        }
        Refusal::new(code, error.reason(), error.to_string()).into()
    }
}

#[cfg(test)]
mod tests {
    use causeway_store::Error as StoreError;
    use tonic::Code as Wire;

    use super::*;

    #[test]
    fn every_error_has_the_code_that_tells_a_caller_what_to_do() {
        let feed = || "eur-usd".parse().unwrap();
        let cases = [
            (Error::FeedUnknown { feed: feed() }, Wire::NotFound),
            (Error::SourceUnknown { id: "kraken-eur-usd".parse().unwrap() }, Wire::NotFound),
            (Error::RoundUnknown { feed: feed() }, Wire::NotFound),
            (Error::Invalid { field: "reason", expected: "a reason" }, Wire::InvalidArgument),
            (Error::NotLeader, Wire::FailedPrecondition),
            (Error::Busy { feed: feed() }, Wire::Unavailable),
            (Error::Store(StoreError::Timeout { query: "x", limit: std::time::Duration::ZERO }), Wire::Unavailable),
            (Error::Store(StoreError::Unreadable { column: "x" }), Wire::Internal),
            (Error::Record(crate::app::record::Error::Policy), Wire::Internal),
        ];
        for (error, code) in cases {
            let text = error.to_string();
            assert_eq!(Status::from(error).code(), code, "{text}");
        }
    }
}
