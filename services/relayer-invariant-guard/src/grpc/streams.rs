//! The record's tail as a stream of a call.

use std::pin::Pin;

use causeway_proto::guard::v1::WatchEventsResponse;
use causeway_runtime::CancellationToken;
use futures_util::{Stream, stream};
use tonic::Status;

use super::{status::store, tell};
use crate::app::Tail;

/// What a streaming method returns.
pub(super) type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// Ends after the first failure: a caller that retries says itself where to go on.
pub(super) fn events(tail: Tail, draining: CancellationToken) -> Answers<WatchEventsResponse> {
    let answers = stream::unfold(Some(tail), |tail| async move {
        let mut tail = tail?;
        match tail.next().await {
            Ok(happened) => Some((Ok(WatchEventsResponse { event: Some(tell::event(happened)) }), Some(tail))),
            Err(error) => Some((Err(store(error)), None)),
        }
    });
    Box::pin(causeway_grpc::until_stopped(Box::pin(answers), draining))
}
