//! Answers to calls as they are kept under their key: the message's bytes, or the refusal with its details.

use causeway_grpc::Refusal;
use prost::Message;
use serde::{Deserialize, Serialize};
use tonic::{Code, Status};

use crate::app::Kept;

/// What is kept.
#[derive(Debug, Serialize, Deserialize)]
struct Answer {
    /// For people; empty with an answer.
    message: String,
    /// The answer's bytes, or the details of the refusal, as hexadecimal digits.
    bytes: String,
}

/// An answer or a refusal, to be kept. Of a failure of ours nothing is: the next call may succeed.
///
/// # Errors
/// The status of a call that is to be made again.
pub(super) fn keep<M: Message>(outcome: Result<M, Status>) -> Result<Kept, Status> {
    let (code, message, bytes) = match outcome {
        Ok(answer) => (Code::Ok, String::new(), answer.encode_to_vec()),
        Err(status) => match status.code() {
            Code::InvalidArgument | Code::FailedPrecondition => {
                (status.code(), status.message().to_owned(), status.details().to_vec())
            }
            Code::Ok
            | Code::Cancelled
            | Code::Unknown
            | Code::DeadlineExceeded
            | Code::NotFound
            | Code::AlreadyExists
            | Code::PermissionDenied
            | Code::ResourceExhausted
            | Code::Aborted
            | Code::OutOfRange
            | Code::Unimplemented
            | Code::Internal
            | Code::Unavailable
            | Code::DataLoss
            | Code::Unauthenticated => return Err(status),
        },
    };
    let answer = serde_json::to_string(&Answer { message, bytes: hex::encode(bytes) });
    let answer = answer.map_err(|_| Refusal::internal())?;
    Ok(Kept { status: u16::try_from(i32::from(code)).unwrap_or_default(), answer })
}

/// What was kept, as it was first told.
///
/// # Errors
/// The refusal; or INTERNAL for a row that nobody of ours wrote.
pub(super) fn told<M: Message + Default>(kept: &Kept) -> Result<M, Status> {
    let broken = || Status::from(Refusal::internal());
    let answer: Answer = serde_json::from_str(&kept.answer).map_err(|_| broken())?;
    let bytes = hex::decode(answer.bytes).map_err(|_| broken())?;
    let code = Code::from_i32(kept.status.into());
    if code == Code::Ok {
        return M::decode(bytes.as_slice()).map_err(|_| broken());
    }
    Err(Status::with_details(code, answer.message, bytes.into()))
}

#[cfg(test)]
mod tests {
    use causeway_proto::tokenization::v1::{MintResponse, Request};

    use super::*;

    #[test]
    fn tok_7_what_is_kept_is_told_as_it_was_first_told() {
        let request = Request { request_id: "x".to_owned(), ..Request::default() };
        let answer = MintResponse { request: Some(request) };
        assert_eq!(told::<MintResponse>(&keep(Ok(answer.clone())).unwrap()).unwrap(), answer);
        let refused = || Status::from(Refusal::field("to", "an address"));
        let again = told::<MintResponse>(&keep::<MintResponse>(Err(refused())).unwrap()).unwrap_err();
        assert_eq!(Refusal::from(again), Refusal::from(refused()));
    }

    #[test]
    fn tok_7_a_failure_of_ours_is_not_kept() {
        let failed = keep::<MintResponse>(Err(Status::unavailable("later"))).unwrap_err();
        assert_eq!(failed.code(), Code::Unavailable);
    }
}
