//! The chain as the service needs it: feeds read as evidence, answers turned into intents, aggregators as sources.

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
};

use async_trait::async_trait;
use causeway_chain::{
    aggregator::{self, AnswerUpdate, Snapshot, WriteDialect, answer_updated, snapshot_at},
    endpoints::{EndpointSet, Evidence},
    intent::{Expectation, Intent, OnNonceTaken},
    sender::Sender,
};
use causeway_primitives::{Address, B256, Bytes, ChainId, RoundId, U256};

use super::venues::{Round as VenueRound, RoundError, RoundReader};
use crate::{
    app::{
        publisher::{InFlight, key_of},
        view::PositionView,
    },
    domain::decide::{Block, OnChain, Round},
    ports::{ChainGap, FeedChain, FeedReading, RoundFinder, Wanted},
};

/// An intent that was not signed within so many heartbeats says nothing that is still true.
const EXPIRES_AFTER_SECONDS: u64 = 120;

/// The chain. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Chain {
    endpoints: EndpointSet,
    read_quorum: usize,
    publisher: Address,
    dialects: Arc<HashMap<Address, WriteDialect>>,
    sender: Arc<OnceLock<Sender>>,
    in_flight: InFlight,
}

/// What the start found out about an aggregator.
#[derive(Debug, Clone, Copy)]
pub struct Known {
    /// The address of the configuration: the aggregator, or its proxy.
    pub address: Address,
    /// How it is written.
    pub dialect: WriteDialect,
}

impl Chain {
    /// `publisher` is the account whose nonce belongs to each reading.
    pub fn new(endpoints: EndpointSet, read_quorum: usize, publisher: Address, known: &[Known]) -> Self {
        Self {
            endpoints,
            read_quorum,
            publisher,
            dialects: Arc::new(known.iter().map(|known| (known.address, known.dialect)).collect()),
            sender: Arc::default(),
            in_flight: InFlight::default(),
        }
    }

    /// Gives the sender that is woken after a decision; without one nothing is sent.
    pub fn attach(&self, sender: Sender) {
        // Set once, by the wiring.
        let _ = self.sender.set(sender);
    }

    /// The times of what is on its way.
    pub fn in_flight(&self) -> InFlight {
        self.in_flight.clone()
    }

    async fn snapshot(&self, aggregator: Address) -> Result<Snapshot, ChainGap> {
        let evidence = self.endpoints.evidence(self.read_quorum);
        let height = agreed(evidence.height().await)?;
        let block = agreed(evidence.pin(height).await)?;
        let publisher = self.publisher;
        let read = |session| async move { snapshot_at(&session, block, aggregator, publisher).await.ok() };
        agreed(evidence.agree(read).await)
    }
}

fn agreed<T>(evidence: Evidence<T>) -> Result<T, ChainGap> {
    match evidence {
        Evidence::Agreed { value, voters: _, dissenters } => {
            if !dissenters.is_empty() {
                tracing::warn!(endpoints = ?dissenters, "endpoints contradict the others");
            }
            Ok(value)
        }
        Evidence::Disagreement { camps } => {
            let voters: Vec<_> = camps.into_iter().map(|(_, voters)| voters).collect();
            Err(ChainGap::Disagreement { camps: voters })
        }
        Evidence::Unknown(gap) => Err(ChainGap::NoEvidence(gap)),
    }
}

#[async_trait]
impl FeedChain for Chain {
    async fn read(&self, aggregator: Address) -> Result<FeedReading, ChainGap> {
        let snapshot = self.snapshot(aggregator).await?;
        let latest = snapshot.latest.map(|round| Round {
            id: round.round,
            answer: round.answer,
            started_at: round.started_at,
            updated_at: round.updated_at,
        });
        let block = Block { number: snapshot.block.number, hash: Some(snapshot.block.hash), time: snapshot.block.time };
        Ok(FeedReading {
            on_chain: OnChain { block, latest },
            position: PositionView {
                chain_id: self.endpoints.chain_id().get(),
                block_number: snapshot.block.number,
                block_hash: snapshot.block.hash,
                block_time: snapshot.block.time,
            },
            target: snapshot.target,
        })
    }

    fn intent(&self, wanted: &Wanted<'_>) -> Result<Intent, ChainGap> {
        let dialect = self.dialects.get(&wanted.aggregator).ok_or(ChainGap::NotAnAggregator)?;
        // Within the aggregator rounds count without the proxy's phase.
        let round = RoundId::new(u128::from(wanted.based_on_round.round())).next();
        let data: Bytes = dialect.calldata(wanted.answer, round).map_err(|_| ChainGap::Unwritable)?;
        let named = (*dialect == WriteDialect::SubmitRound).then_some(round);
        let key = key_of(wanted.feed, wanted.based_on_round, wanted.decided_at.as_millis());
        let key = key.ok_or(ChainGap::Unwritable)?;
        self.in_flight.begin(&key, wanted.tick);
        Ok(Intent {
            key,
            to: wanted.target,
            value: U256::ZERO,
            data,
            expect: Expectation::Event(answer_updated(wanted.target, wanted.answer, named)),
            on_nonce_taken: OnNonceTaken::Fail,
            expires_at: Some(wanted.decided_at.after(std::time::Duration::from_secs(EXPIRES_AFTER_SECONDS))),
            traceparent: causeway_telemetry::propagation::current_traceparent(),
        })
    }

    fn wake_sender(&self) {
        if let Some(sender) = self.sender.get() {
            sender.wake();
        }
    }
}

#[async_trait]
impl RoundFinder for Chain {
    async fn find_round(&self, tx_hash: B256) -> Option<RoundId> {
        let read = |session: causeway_chain::endpoints::Session| async move { session.find_receipt(tx_hash).await };
        let receipt = self.endpoints.liveness().run(read).await.ok()??;
        receipt.logs().iter().find_map(AnswerUpdate::decode).map(|update| update.round)
    }
}

#[async_trait]
impl RoundReader for Chain {
    async fn latest_round(&self, chain: ChainId, address: Address) -> Result<VenueRound, RoundError> {
        if chain != self.endpoints.chain_id() {
            return Err(RoundError::UnknownChain);
        }
        let publisher = self.publisher;
        let read = |session: causeway_chain::endpoints::Session| async move {
            let description = aggregator::describe(&session, address).await;
            let snapshot = aggregator::snapshot(&session, address, publisher).await;
            match (description, snapshot) {
                (Err(aggregator::Error::Chain(error)), _) | (_, Err(aggregator::Error::Chain(error))) => Err(error),
                (Err(error), _) | (_, Err(error)) => Ok(Err(error)),
                (Ok(description), Ok(snapshot)) => Ok(Ok((description, snapshot))),
            }
        };
        let answered = self.endpoints.liveness().run(read).await.map_err(|_| RoundError::Unreachable)?;
        let (description, snapshot) = answered.map_err(|_| RoundError::NotAnAggregator)?;
        let latest = snapshot.latest.ok_or(RoundError::Empty)?;
        Ok(VenueRound {
            id: latest.round,
            answer: latest.answer,
            decimals: description.decimals,
            updated_at: latest.updated_at,
        })
    }
}
