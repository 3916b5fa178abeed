//! What went wrong, and what to do next.

use causeway_grpc::{Code, Refusal};
use tonic::Status;

/// A failure with its next step.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// The console said no, or nothing.
    #[error("{message}\n{next}")]
    Console {
        /// What it said.
        message: String,
        /// What to do.
        next: &'static str,
    },
    /// The connection cannot be set up.
    #[error("the connection cannot be set up; check --console and the TLS files")]
    Connection(#[from] causeway_grpc::Error),
    /// A parameter is not `name=value`.
    #[error("{0}: expected name=value, for example source_id=kraken-eur-usd")]
    Parameter(String),
    /// An answer without what it is about.
    #[error("the console's answer lacks what it is about; is it of another version?")]
    Empty,
    /// The record does not hold.
    #[error(
        "the record does not hold at line {0}: keep the database as it is, and compare with the links in the tickets"
    )]
    Broken(u64),
    /// It cannot be written as JSON.
    #[error("the answer cannot be written")]
    Json(#[from] serde_json::Error),
}

impl From<Status> for Error {
    fn from(status: Status) -> Self {
        let refusal = Refusal::from(status);
        let next = match refusal.code {
            Code::Unavailable | Code::DeadlineExceeded => {
                "Does the console run, and is --console its gRPC address? A change that you asked for may be filed: look \
                 with `causectl changes list`."
            }
            Code::Unauthenticated => {
                "Use a certificate with your account's name (--tls-certificate, --tls-key, --tls-ca); an admin makes \
                 accounts with `ops-console account put`. Where a provider vouches for people, sign in on the pages first."
            }
            Code::PermissionDenied => "Ask one of those who may.",
            Code::NotFound => "See `causectl changes list` and `causectl actions` for what there is.",
            Code::FailedPrecondition | Code::Conflict => "See `causectl changes show` for where it stands now.",
            Code::InvalidArgument => "See `causectl actions` for what each takes.",
            Code::ResourceExhausted => "Try again in a moment.",
            Code::Internal => "Look at the console's log.",
        };
        Self::Console { message: refusal.message, next }
    }
}
