//! The tail of steps as a stream of a call.

use std::pin::Pin;

use causeway_proto::tokenization::v1::WatchRequestsResponse;
use causeway_runtime::CancellationToken;
use futures_util::{Stream, stream};
use tonic::Status;

use super::{convert, status::unread};
use crate::app::Tail;

/// What a streaming method returns.
pub(crate) type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// Ends after the first failure: a caller that retries says itself where to go on.
pub(super) fn steps(tail: Tail, draining: CancellationToken) -> Answers<WatchRequestsResponse> {
    let answers = stream::unfold(Some(tail), |tail| async move {
        let mut tail = tail?;
        match tail.next().await {
            Ok(row) => {
                let entry = Some(convert::step(&row));
                let request_id = row.request.to_string();
                Some((Ok(WatchRequestsResponse { sequence: row.sequence, request_id, entry }), Some(tail)))
            }
            Err(error) => Some((Err(unread(error)), None)),
        }
    });
    Box::pin(causeway_grpc::until_stopped(Box::pin(answers), draining))
}
