//! Follows what a service tells of its own things, such as prices or messages, so that its pages are renewed when one of them
//! moves and not when a clock says so. What it tells is not kept: a page asks for itself again.

use std::{convert::Infallible, future::Future, time::Duration};

use causeway_grpc::Unbounded;
use causeway_proto::{
    ccip::v1::{WatchMessagesRequest, ccip_service_client::CcipServiceClient},
    oracle::v1::{WatchPricesRequest, oracle_service_client::OracleServiceClient},
};
use causeway_runtime::{CancellationToken, task::ticks};
use tokio::time::sleep;
use tonic::Streaming;

use super::Board;
use crate::adapters::siblings::{Sibling, Unanswered};

/// Before a broken stream is begun again.
const PAUSE: Duration = Duration::from_secs(2);

/// A bell rings at most so often, however fast prices come: well under the second within which a page shows them.
const AT_MOST_EVERY: Duration = Duration::from_millis(400);

/// See the module.
#[derive(Debug)]
pub struct Follower {
    sibling: Sibling,
    board: Board,
}

impl Follower {
    /// Of this service.
    pub const fn new(sibling: Sibling, board: Board) -> Self {
        Self { sibling, board }
    }

    /// Follows prices until it is told to stop.
    ///
    /// # Errors
    /// None: while nothing is told, pages renew themselves by the clock.
    pub async fn prices(self, token: CancellationToken) -> Result<(), Infallible> {
        let open = || {
            self.sibling.ask(WatchPricesRequest::default(), |client, mut request| async move {
                request.extensions_mut().insert(Unbounded);
                OracleServiceClient::new(client).watch_prices(request).await
            })
        };
        self.follow(open, token).await
    }

    /// The same with messages.
    ///
    /// # Errors
    /// None.
    pub async fn messages(self, token: CancellationToken) -> Result<(), Infallible> {
        let open = || {
            self.sibling.ask(WatchMessagesRequest::default(), |client, mut request| async move {
                request.extensions_mut().insert(Unbounded);
                CcipServiceClient::new(client).watch_messages(request).await
            })
        };
        self.follow(open, token).await
    }

    async fn follow<T, F>(&self, open: impl Fn() -> F, token: CancellationToken) -> Result<(), Infallible>
    where
        F: Future<Output = Result<Streaming<T>, Unanswered>>,
    {
        loop {
            tokio::select! {
                () = token.cancelled() => return Ok(()),
                opened = open() => match opened {
                    Ok(told) => self.listen(told, &token).await,
                    Err(why) => tracing::debug!(service = self.sibling.name(), error = %why, "not followed"),
                },
            }
            tokio::select! {
                () = token.cancelled() => return Ok(()),
                () = sleep(PAUSE) => {}
            }
        }
    }

    /// Until the stream ends. What is told is read as fast as it comes, so that nobody has to wait for us.
    async fn listen<T>(&self, mut told: Streaming<T>, token: &CancellationToken) {
        let mut ticks = ticks(AT_MOST_EVERY);
        let mut is_news = false;
        loop {
            tokio::select! {
                () = token.cancelled() => return,
                next = told.message() => match next {
                    Ok(Some(_)) => is_news = true,
                    Ok(None) | Err(_) => break,
                },
                _ = ticks.tick(), if is_news => {
                    self.board.ring_of(self.sibling.name());
                    is_news = false;
                }
            }
        }
        if is_news {
            self.board.ring_of(self.sibling.name());
        }
    }
}
