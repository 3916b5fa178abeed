//! The chain as feeds need it: read at one block that enough endpoints agree on, written by intents.

use std::fmt;

use async_trait::async_trait;
use causeway_chain::intent::Intent;
use causeway_primitives::{Address, Answer, B256, FeedId, Monotonic, RoundId, Timestamp};

use crate::{app::view::PositionView, domain::decide::OnChain};

/// A feed on chain, read at one block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedReading {
    /// What the decision looks at.
    pub on_chain: OnChain,
    /// The block with its hash, for people.
    pub position: PositionView,
    /// Where rounds are written at that block: behind a proxy, the aggregator of its phase.
    pub target: Address,
}

/// Why a feed cannot be read on chain, or an answer not be written.
#[derive(Debug, thiserror::Error)]
pub enum ChainGap {
    /// Too few endpoints answered.
    #[error("no evidence")]
    NoEvidence(#[source] causeway_chain::endpoints::Gap),
    /// Endpoints contradict each other.
    #[error("endpoints contradict each other: {camps:?}")]
    Disagreement {
        /// Who agrees with whom.
        camps: Vec<Vec<usize>>,
    },
    /// The contract's write function cannot hold the answer.
    #[error("the contract cannot hold the answer")]
    Unwritable,
    /// The contract answered something that no aggregator answers.
    #[error("the contract does not answer like an aggregator")]
    NotAnAggregator,
}

/// The chain as a feed needs it.
#[async_trait]
pub trait FeedChain: Send + Sync + fmt::Debug {
    /// Reads a feed at one block that enough endpoints agree on.
    async fn read(&self, aggregator: Address) -> Result<FeedReading, ChainGap>;

    /// The transaction that would write an answer.
    ///
    /// # Errors
    /// [`ChainGap::Unwritable`], [`ChainGap::NotAnAggregator`].
    fn intent(&self, wanted: &Wanted<'_>) -> Result<Intent, ChainGap>;

    /// Tells the sender that there is something new in the journal.
    fn wake_sender(&self);
}

/// Who knows the round that a transaction wrote.
#[async_trait]
pub trait RoundFinder: Send + Sync + fmt::Debug {
    /// The round, from the transaction's receipt; `None` when it cannot be told now.
    async fn find_round(&self, tx_hash: B256) -> Option<RoundId>;
}

/// What a transaction is to be made for.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The feed.
    pub feed: &'a FeedId,
    /// The address of the configuration.
    pub aggregator: Address,
    /// Where rounds are written.
    pub target: Address,
    /// The round on chain that the decision started from.
    pub based_on_round: RoundId,
    /// The answer.
    pub answer: Answer,
    /// When it was decided.
    pub decided_at: Timestamp,
    /// When the tick came that it follows.
    pub tick: Monotonic,
}
