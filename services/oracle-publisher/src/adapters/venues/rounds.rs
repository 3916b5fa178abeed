//! Aggregator contracts as sources: their latest answer is one more price.
//!
//! How a chain is read (which endpoints, how many must agree) is the reader's business; this file paces
//! the reads and turns rounds into ticks. The venue's time of such a tick is the round's `updatedAt`: an
//! abandoned contract looks as old as it is.

use std::{convert::Infallible, fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use causeway_primitives::{Address, Answer, ChainId, Decimals, RoundId, Timestamp};
use causeway_runtime::CancellationToken;
use futures_util::future::join_all;

use super::{
    dialects::Quote,
    line::{Line, Trouble, Via},
    settings::{AggregatorStream, Backoff},
};
use crate::ports::Fault;

/// The latest round of an aggregator, with what is needed to read its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Round {
    /// Its id, the phase of a proxy included.
    pub id: RoundId,
    /// Its answer, scaled by `decimals`.
    pub answer: Answer,
    /// The contract's decimals.
    pub decimals: Decimals,
    /// The block time of the answer.
    pub updated_at: Timestamp,
}

/// Why there is no round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RoundError {
    /// No endpoint of the chain answered.
    #[error("no endpoint of the chain answered")]
    Unreachable,
    /// The chain is none that this process reads.
    #[error("the chain is not configured")]
    UnknownChain,
    /// The contract has no round yet: it reverts, or answers zeros.
    #[error("the aggregator has no round yet")]
    Empty,
    /// What is at the address does not answer like an AggregatorV3.
    #[error("the contract does not answer like an aggregator")]
    NotAnAggregator,
}

impl RoundError {
    const fn fault(self) -> Fault {
        match self {
            Self::Unreachable => Fault::Connect,
            Self::UnknownChain => Fault::Subscription,
            Self::Empty => Fault::BadPrice,
            Self::NotAnAggregator => Fault::Payload,
        }
    }
}

/// Reads aggregator contracts on the chains that the process knows.
#[async_trait]
pub trait RoundReader: Send + Sync + fmt::Debug {
    /// The latest round of the contract, or of the one behind the proxy.
    ///
    /// # Errors
    /// [`RoundError`] when there is none to be had.
    async fn latest_round(&self, chain: ChainId, address: Address) -> Result<Round, RoundError>;
}

/// Polls the aggregators of one venue.
#[derive(Debug)]
pub(crate) struct Rounds {
    pub(crate) line: Arc<Line>,
    pub(crate) reader: Arc<dyn RoundReader>,
    pub(crate) poll_interval: Duration,
    pub(crate) request_timeout: Duration,
    pub(crate) backoff: Backoff,
}

impl Rounds {
    /// Polls the streams until it is told to stop; each has its own loop.
    pub(crate) async fn run(self, streams: Vec<AggregatorStream>, token: CancellationToken) -> Result<(), Infallible> {
        let loops = streams.iter().enumerate().map(|(index, stream)| self.follow(index, stream));
        token.run_until_cancelled(join_all(loops)).await;
        Ok(())
    }

    async fn follow(&self, index: usize, stream: &AggregatorStream) {
        let mut failures = 0_u32;
        loop {
            let pause = match self.read(stream).await {
                Ok(quote) => {
                    failures = 0;
                    self.line.quote(Via::Chain, index, quote);
                    self.poll_interval
                }
                Err(trouble) => {
                    failures = failures.saturating_add(1);
                    self.line.trouble(Via::Chain, &[index], &trouble);
                    self.backoff.delay(failures, rand::random_range(0..=1_000)).max(self.poll_interval)
                }
            };
            tokio::time::sleep(pause).await;
        }
    }

    async fn read(&self, stream: &AggregatorStream) -> Result<Quote, Trouble> {
        let reading = self.reader.latest_round(stream.chain, stream.address);
        let round = tokio::time::timeout(self.request_timeout, reading)
            .await
            .map_err(|_| Trouble::new(Fault::Timeout, "no answer within the request timeout"))?
            .map_err(|error| Trouble::new(error.fault(), error))?;
        let price = round.answer.to_price(round.decimals).map_err(|error| Trouble::new(Fault::BadPrice, error))?;
        Ok(Quote { price, venue_time: Some(round.updated_at) })
    }
}
