//! Tails of the store as streams of calls.

use std::pin::Pin;

use causeway_proto::{ccip::v1::WatchMessagesResponse, ops::v1::WatchEventsResponse};
use causeway_runtime::CancellationToken;
use futures_util::{Stream, stream};
use tonic::Status;

use super::convert::{message, timestamp};
use crate::{
    app::watch::{Events, Messages},
    ports::EventRow,
};

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

/// As [`messages`].
pub(super) fn events(tail: Events, draining: CancellationToken) -> Answers<WatchEventsResponse> {
    let answers = stream::unfold(Some(tail), |tail| async move {
        let mut tail = tail?;
        match tail.next().await {
            Ok(row) => Some((Ok(event(row)), Some(tail))),
            Err(error) => Some((Err(error.into()), None)),
        }
    });
    Box::pin(causeway_grpc::until_stopped(Box::pin(answers), draining))
}

fn event(row: EventRow) -> WatchEventsResponse {
    WatchEventsResponse {
        sequence: row.sequence,
        at: timestamp(row.at),
        kind: row.kind,
        subject: row.subject,
        summary: row.summary,
        detail_json: row.detail_json,
        trace_id: row.trace_id.unwrap_or_default(),
    }
}
