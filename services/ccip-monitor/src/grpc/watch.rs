//! Tails of the store as streams of calls.

use std::pin::Pin;

use causeway_proto::ccip::v1::WatchMessagesResponse;
use causeway_runtime::CancellationToken;
use futures_util::{Stream, stream};
use tonic::Status;

use super::convert::message;
use crate::app::watch::Messages;

/// What a streaming method returns.
pub(super) type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// Ends after the first failure: a caller that retries says itself where to go on.
pub(super) fn messages(tail: Messages, draining: CancellationToken) -> Answers<WatchMessagesResponse> {
    let answers = stream::unfold(Some(tail), |tail| async move {
        let mut tail = tail?;
        match tail.next().await {
            Ok(changed) => {
                let answer =
                    WatchMessagesResponse { sequence: changed.sequence, message: Some(message(&changed.message)) };
                Some((Ok(answer), Some(tail)))
            }
            Err(error) => Some((Err(error.into()), None)),
        }
    });
    Box::pin(causeway_grpc::until_stopped(Box::pin(answers), draining))
}
