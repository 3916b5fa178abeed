//! Executions that leave no log, found by other evidence: a transaction on its way makes a message `executing`, and one
//! that was reverted as a whole is an attempt.
//!
//! Receipts by block cost a request a block, so blocks are looked at once, so many a turn at most, and only while messages
//! wait for their execution; what was passed over is counted. Where an endpoint answers neither question this is off, and
//! said once.

use std::{convert::Infallible, sync::Arc, time::Duration};

use causeway_primitives::{ChainId, ChainName, ChainSelector};
use causeway_runtime::{CancellationToken, health::Heartbeat};
use causeway_store::{Error as StoreError, lease::Leadership};
use tokio::sync::watch;

use crate::{
    domain::{diagnose::Gap, lane::LaneKey, message::Status},
    metrics::Metrics,
    ports::{
        ChainReads, Cursor, Dossier, Filter, Judgement, Ledger, LedgerError, Named, OffRampAsk, Records, Try, Verdict,
    },
};

/// Blocks whose receipts are read at once: what was found in them is stored before the next ones are read.
const BLOCKS_AT_ONCE: u64 = 32;

/// Blocks that are looked back at most, and so the requests of one turn. What was reverted earlier is not found any more; the
/// retries that succeeded are.
const DEPTH: u64 = 512;

/// States in which somebody may try to execute a message.
const OPEN: [Status; 4] = [Status::Delivered, Status::Executing, Status::Failed, Status::Expired];

/// Why a turn came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What waits is not known.
    #[error("the store could not be asked")]
    Store(#[from] StoreError),
    /// What was found is looked for again.
    #[error("judgements could not be stored")]
    Ledger(#[from] LedgerError),
}

/// A chain whose off-ramps are watched.
#[derive(Debug)]
pub struct Tried {
    /// The operators' word for it.
    pub name: ChainName,
    /// Its id.
    pub id: ChainId,
    /// CCIP's number of it.
    pub selector: ChainSelector,
    /// Who asks it.
    pub reads: Arc<dyn ChainReads>,
    /// Its off-ramps.
    pub off_ramps: Vec<OffRampAsk>,
}

/// What a watcher of tries works with.
#[derive(Debug)]
pub struct Parts {
    /// Whether messages wait, and by their ids.
    pub records: Arc<dyn Records>,
    /// Messages by their numbers, and how far the chain was read.
    pub dossier: Arc<dyn Dossier>,
    /// Stores.
    pub ledger: Arc<dyn Ledger>,
    /// Whether this replica stores.
    pub leadership: watch::Receiver<Option<Leadership>>,
    /// Between two turns.
    pub interval: Duration,
    /// Says that the loop turns.
    pub heartbeat: Heartbeat,
    /// Counts what was passed over.
    pub metrics: Metrics,
}

/// Watches one chain.
#[derive(Debug)]
pub struct Watcher {
    chain: Tried,
    parts: Parts,
    /// The last block whose receipts were looked at; `None`: this replica has not looked yet, and another may have been away.
    looked: Option<u64>,
    pending: Ability,
    receipts: Ability,
}

/// Whether the endpoints answer a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ability {
    Can,
    Cannot,
}

impl Watcher {
    /// Watches the off-ramps of a chain.
    pub const fn new(chain: Tried, parts: Parts) -> Self {
        Self { chain, parts, looked: None, pending: Ability::Can, receipts: Ability::Can }
    }

    /// Watches until it is told to stop.
    ///
    /// # Errors
    /// None: a turn that fails is said, and the next one is made.
    pub async fn run(mut self, token: CancellationToken) -> Result<(), Infallible> {
        loop {
            let turn = token.run_until_cancelled(self.turn()).await;
            match turn {
                None => return Ok(()),
                Some(Ok(_)) => {}
                Some(Err(error)) => {
                    tracing::warn!(chain = %self.chain.name, error = %causeway_telemetry::Chain(&error), "looking for tries failed and is tried again");
                }
            }
            self.parts.heartbeat.beat();
            if token.run_until_cancelled(tokio::time::sleep(self.parts.interval)).await.is_none() {
                return Ok(());
            }
            self.parts.heartbeat.beat();
        }
    }

    /// One turn; how many judgements were stored.
    ///
    /// # Errors
    /// [`Error`]: what chains do not answer is no error.
    pub async fn turn(&mut self) -> Result<u64, Error> {
        let leadership = self.parts.leadership.borrow().as_ref().filter(|lead| lead.is_valid()).cloned();
        let Some(leadership) = leadership else {
            // Whoever leads looks meanwhile.
            self.looked = None;
            return Ok(0);
        };
        let Some(cursor) = self.parts.dossier.find_cursor(self.chain.id).await? else { return Ok(0) };
        if self.chain.off_ramps.is_empty() || !self.anybody_waits().await? {
            // Nobody's attempt stands in what was read meanwhile.
            self.looked = Some(cursor.position.number);
            return Ok(0);
        }
        let on_their_way = self.on_their_way().await;
        let mut stored = self.store(&leadership, &on_their_way, &cursor).await?;
        while let Some((last, reverted)) = self.reverted(&cursor).await {
            stored = stored.saturating_add(self.store(&leadership, &reverted, &cursor).await?);
            self.looked = Some(last);
            self.parts.heartbeat.beat();
        }
        Ok(stored)
    }

    async fn store(&self, leadership: &Leadership, tries: &[Try], cursor: &Cursor) -> Result<u64, Error> {
        let mut judgements = Vec::new();
        for tried in tries {
            judgements.extend(self.judgements(tried, cursor).await?);
        }
        if judgements.is_empty() { Ok(0) } else { Ok(self.parts.ledger.judge(leadership, &judgements).await?) }
    }

    async fn anybody_waits(&self) -> Result<bool, StoreError> {
        for status in OPEN {
            let filter = Filter { destination_chain: Some(self.chain.id), status: Some(status), ..Filter::default() };
            if !self.parts.records.list_messages(&filter, None, 1).await?.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn on_their_way(&mut self) -> Vec<Try> {
        if self.pending == Ability::Cannot {
            return Vec::new();
        }
        let read = self.chain.reads.pending_tries(&self.chain.off_ramps).await;
        match read.value {
            Ok(tries) => tries,
            Err(gap) => {
                self.pending = self.ability(&gap, "the pending block");
                Vec::new()
            }
        }
    }

    /// Of the next blocks that the follower has read, with the last of them: what it stored of the message comes first.
    /// `None`: all were looked at, or they cannot be for now.
    async fn reverted(&mut self, cursor: &Cursor) -> Option<(u64, Vec<Try>)> {
        if self.receipts == Ability::Cannot {
            return None;
        }
        let read_up_to = cursor.position.number;
        let deepest = read_up_to.saturating_sub(DEPTH);
        // A reorganisation may have taken the cursor back.
        let looked = self.looked.unwrap_or(deepest).min(read_up_to);
        self.pass_over(deepest.saturating_sub(looked));
        let looked = looked.max(deepest);
        self.looked = Some(looked);
        let last = read_up_to.min(looked.saturating_add(BLOCKS_AT_ONCE));
        if last <= looked {
            return None;
        }
        let read = self.chain.reads.reverted_tries(looked.saturating_add(1)..=last, &self.chain.off_ramps).await;
        match read.value {
            Ok(tries) => Some((last, tries)),
            Err(gap) => {
                self.receipts = self.ability(&gap, "receipts of a block");
                None
            }
        }
    }

    /// Blocks in which nobody will look any more.
    fn pass_over(&self, blocks: u64) {
        if blocks > 0 {
            tracing::warn!(chain = %self.chain.name, blocks, "blocks were passed over; executions that were reverted in them are not seen");
            self.parts.metrics.passed_over(self.chain.name.as_str(), blocks);
        }
    }

    fn ability(&self, gap: &Gap, what: &'static str) -> Ability {
        match gap {
            Gap::Unsupported { .. } => {
                tracing::info!(chain = %self.chain.name, question = what, "endpoints do not answer; such tries are not seen here");
                Ability::Cannot
            }
            Gap::NotConfigured { .. }
            | Gap::Needs { .. }
            | Gap::Unanswered { .. }
            | Gap::Refused { .. }
            | Gap::Nonsense { .. }
            | Gap::Store { .. } => Ability::Can,
        }
    }

    /// A judgement for each message that the transaction names and that is known.
    async fn judgements(&self, tried: &Try, cursor: &Cursor) -> Result<Vec<Judgement>, StoreError> {
        let mut judgements = Vec::new();
        for name in &tried.names {
            let Some(message) = self.find(tried, name).await? else { continue };
            let (verdict, at, cause) = match tried.reverted_in {
                None => {
                    (Verdict::Underway(tried.tx), cursor.time, "a transaction to the off-ramp is pending".to_owned())
                }
                Some(block) => (
                    Verdict::Reverted(tried.tx),
                    block.time,
                    format!("a transaction to the off-ramp was reverted in block {}", block.number),
                ),
            };
            judgements.push(Judgement { message, verdict, at, cause });
        }
        Ok(judgements)
    }

    async fn find(&self, tried: &Try, name: &Named) -> Result<Option<u64>, StoreError> {
        match name {
            Named::Id(id) => Ok(self.parts.records.find_message(*id).await?.map(|message| message.key)),
            Named::Number { source, sequence } => {
                let lane =
                    LaneKey { dialect: tried.dialect.clone(), source: *source, destination: self.chain.selector };
                Ok(self.parts.dossier.find_numbered(&lane, *sequence).await?.map(|(key, _)| key))
            }
        }
    }
}
