//! The service's errors as gRPC refusals.

use causeway_grpc::{Code, Refusal};
use tonic::Status;

use crate::error::Error;

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        let code = match &error {
            Error::MessageUnknown { .. } | Error::LaneUnknown | Error::FindingUnknown => Code::NotFound,
            Error::Invalid { field, expected } => return Refusal::field(*field, expected).into(),
            Error::NotCaughtUp { .. } | Error::Incomplete { .. } => Code::FailedPrecondition,
            Error::TooManyStreams => Code::ResourceExhausted,
            Error::TooSlow => Code::DeadlineExceeded,
            Error::Store(error) if error.is_retryable() => Code::Unavailable,
            Error::Store(_) | Error::Unwritable(_) => Code::Internal,
        };
        if matches!(error, Error::Store(_) | Error::Unwritable(_)) {
            tracing::error!(error = %causeway_telemetry::Chain(&error), "call failed");
        }
        Refusal::new(code, error.reason(), error.to_string()).into()
    }
}

#[cfg(test)]
mod tests {
    use causeway_primitives::{B256, ChainId, MessageId};
    use causeway_store::Error as StoreError;
    use tonic::Code as Wire;

    use super::*;

    #[test]
    fn ccip_18_every_error_has_the_code_that_tells_a_caller_what_to_do() {
        let chain = ChainId::new(138).unwrap();
        let cases = [
            (Error::MessageUnknown { id: MessageId::new(B256::ZERO) }, Wire::NotFound),
            (Error::LaneUnknown, Wire::NotFound),
            (Error::Invalid { field: "token", expected: "an address" }, Wire::InvalidArgument),
            (Error::NotCaughtUp { chain, wanted: 2, read: Some(1) }, Wire::FailedPrecondition),
            (Error::Incomplete { chain, holes: 1 }, Wire::FailedPrecondition),
            (Error::TooManyStreams, Wire::ResourceExhausted),
            (Error::Store(StoreError::Timeout { query: "x", limit: std::time::Duration::ZERO }), Wire::Unavailable),
            (Error::Store(StoreError::Unreadable { column: "x" }), Wire::Internal),
            (Error::TooSlow, Wire::DeadlineExceeded),
            (Error::Unwritable("x".into()), Wire::Internal),
        ];
        for (error, code) in cases {
            let text = error.to_string();
            assert_eq!(Status::from(error).code(), code, "{text}");
        }
    }
}
