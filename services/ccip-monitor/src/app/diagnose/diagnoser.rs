//! The question: one message id in, one diagnosis out.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use causeway_chain::logs::Position;
use causeway_primitives::{ChainId, MessageId, Timestamp};
use causeway_runtime::clock::Clock;
use causeway_store::Error as StoreError;
use tokio::sync::Semaphore;

use super::gather::gather;
use crate::{
    app::{lanes::LaneBook, sites::Sites, view::Views},
    domain::diagnose::{Diagnosis, diagnose, evidence::Failure},
    ports::{ChainReads, Cursor, Dossier, MessageView, Records},
};

/// Diagnoses at once: each asks both chains some thirty things.
const AT_ONCE: usize = 4;

/// For the whole of a diagnosis, the wait for its turn included: below what the doors give a request.
const WITHIN: Duration = Duration::from_secs(14);

/// Why there is no diagnosis.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store does not say what the message is. Everything else that is not known is part of the diagnosis.
    #[error("the message could not be read")]
    Store(#[from] StoreError),
    /// Too many diagnoses, or too slow chains.
    #[error("no diagnosis within {} s", WITHIN.as_secs())]
    TooSlow,
}

/// What a diagnosis is made with. Shared by all doors.
#[derive(Debug)]
pub struct Diagnoser {
    pub(super) records: Arc<dyn Records>,
    pub(super) dossier: Arc<dyn Dossier>,
    pub(super) chains: BTreeMap<ChainId, Arc<dyn ChainReads>>,
    pub(super) sites: Arc<Sites>,
    pub(super) lanes: Arc<LaneBook>,
    pub(super) views: Views,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) behind: Duration,
    pub(super) explain: fn(&[u8]) -> Failure,
    turns: Semaphore,
}

/// Who answers questions about the stored and the present.
#[derive(Debug)]
pub struct Parts {
    /// Messages.
    pub records: Arc<dyn Records>,
    /// What is stored around them.
    pub dossier: Arc<dyn Dossier>,
    /// The chains.
    pub chains: BTreeMap<ChainId, Arc<dyn ChainReads>>,
    /// Where contracts are.
    pub sites: Arc<Sites>,
    /// What is normal on a lane.
    pub lanes: Arc<LaneBook>,
    /// What was looked at last.
    pub views: Views,
    /// For ages.
    pub clock: Arc<dyn Clock>,
    /// A cursor so far behind its chain's head knows too little.
    pub behind: Duration,
    /// Reads what an execution returned.
    pub explain: fn(&[u8]) -> Failure,
}

/// A message and why it is where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnosed {
    /// The message.
    pub message: MessageView,
    /// Why it is where it is.
    pub diagnosis: Diagnosis,
    /// Up to where the source chain was read for this.
    pub source_position: Option<(ChainId, Position, Timestamp)>,
    /// Up to where the destination chain was read for this.
    pub destination_position: Option<(ChainId, Position, Timestamp)>,
}

impl Diagnoser {
    /// Diagnoses with these.
    pub fn new(parts: Parts) -> Self {
        let Parts { records, dossier, chains, sites, lanes, views, clock, behind, explain } = parts;
        let turns = Semaphore::new(AT_ONCE);
        Self { records, dossier, chains, sites, lanes, views, clock, behind, explain, turns }
    }

    /// Why this message is where it is; `None`: no such message was seen.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn diagnose(&self, id: MessageId) -> Result<Option<Diagnosed>, Error> {
        tokio::time::timeout(WITHIN, self.in_turn(id)).await.unwrap_or(Err(Error::TooSlow))
    }

    async fn in_turn(&self, id: MessageId) -> Result<Option<Diagnosed>, Error> {
        // Never closed.
        let _turn = self.turns.acquire().await;
        let Some(message) = self.records.find_message(id).await? else { return Ok(None) };
        let gathered = gather(self, &message).await;
        let diagnosis = diagnose(&gathered.evidence);
        let position = |chain: Option<ChainId>, cursor: Option<Cursor>| {
            cursor.and_then(|cursor| Some((chain?, cursor.position, cursor.time)))
        };
        Ok(Some(Diagnosed {
            source_position: position(message.source.chain_id, gathered.source_cursor),
            destination_position: position(message.destination.chain_id, gathered.destination_cursor),
            message,
            diagnosis,
        }))
    }
}
