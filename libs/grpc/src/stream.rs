//! Streams that end when the server does, and say so.

use futures_util::{Stream, StreamExt, stream};
use tokio_util::sync::CancellationToken;
use tonic::Status;

use crate::{Code, Refusal};

/// The stream's items until `stop`, then one UNAVAILABLE, so that a watcher reconnects elsewhere instead
/// of holding up the drain.
pub fn until_stopped<S, T>(items: S, stop: CancellationToken) -> impl Stream<Item = Result<T, Status>> + Send
where
    S: Stream<Item = Result<T, Status>> + Send + Unpin,
    T: Send,
{
    stream::unfold(Some((items, stop)), |state| async move {
        let (mut items, stop) = state?;
        tokio::select! {
            biased;
            () = stop.cancelled() => {
                let refusal = Refusal::new(Code::Unavailable, "DRAINING", "the server is stopping");
                Some((Err(refusal.into()), None))
            }
            item = items.next() => Some((item?, Some((items, stop)))),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_watcher_is_told_that_the_server_stops() {
        let stop = CancellationToken::new();
        let endless = stream::iter([Ok(1), Ok(2)]).chain(stream::pending());
        let mut items = std::pin::pin!(until_stopped(endless, stop.clone()));
        assert_eq!(items.next().await.unwrap().unwrap(), 1);
        stop.cancel();
        assert_eq!(Refusal::from(items.next().await.unwrap().unwrap_err()).reason, "DRAINING");
        assert!(items.next().await.is_none());
    }

    #[tokio::test]
    async fn a_stream_that_ends_by_itself_just_ends() {
        let items = until_stopped(stream::iter([Ok::<_, Status>(1)]), CancellationToken::new());
        assert_eq!(items.count().await, 1);
    }
}
