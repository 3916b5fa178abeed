//! A chain of evenly spaced blocks that mines every transaction in the next one.

use std::time::Duration;

use causeway_primitives::{Answer, RoundId, Timestamp};

use crate::domain::decide::{Block, OnChain, Round};

/// The chain, and the one answer that is under way.
#[derive(Debug)]
pub(super) struct Chain {
    genesis: Timestamp,
    block_millis: u64,
    block: Block,
    latest: Option<Round>,
    sent: Option<Answer>,
}

impl Chain {
    /// A chain whose block zero is at `genesis`. `spacing` must not be zero.
    pub(super) fn new(genesis: Timestamp, spacing: Duration) -> Self {
        let block = Block { number: 0, hash: None, time: genesis };
        Self { genesis, block_millis: millis(spacing).max(1), block, latest: None, sent: None }
    }

    pub(super) fn read(&self) -> OnChain {
        OnChain { block: self.block, latest: self.latest }
    }

    pub(super) const fn answer(&self) -> Option<Answer> {
        match &self.latest {
            Some(round) => Some(round.answer),
            None => None,
        }
    }

    /// Sends an answer: it is in the next block.
    pub(super) fn send(&mut self, answer: Answer) {
        self.sent = Some(answer);
    }

    pub(super) const fn has_sent(&self) -> bool {
        self.sent.is_some()
    }

    /// The number of the first block at or after that time, and never the present one.
    pub(super) fn block_at(&self, time: Timestamp) -> u64 {
        let elapsed = millis(time.since(self.genesis));
        elapsed.div_ceil(self.block_millis).max(self.block.number.saturating_add(1))
    }

    pub(super) fn time_of(&self, number: u64) -> Timestamp {
        self.genesis.after(Duration::from_millis(number.saturating_mul(self.block_millis)))
    }

    /// Mines up to that block. What was sent is in the first of them.
    pub(super) fn mine_to(&mut self, number: u64) {
        if let Some(answer) = self.sent.take() {
            let time = self.time_of(self.block.number.saturating_add(1));
            let id = self.latest.map_or(RoundId::ZERO, |round| round.id).next();
            self.latest = Some(Round { id, answer, started_at: time, updated_at: time });
        }
        self.block = Block { number, hash: None, time: self.time_of(number) };
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
