//! The run over a series: from block to block, but only to those at which something can change.
//!
//! Between two ticks the price stands still, so a block matters only when a tick came before it, when an
//! answer landed in it, or when the heartbeat falls due. A test holds this against a run over every block.

use std::{iter::Peekable, time::Duration};

use causeway_primitives::{Answer, Decimal, FeedId, I256, Ppm, Price, Timestamp};

use super::{chain::Chain, ledger::Ledger};
use crate::domain::{
    aggregate::Aggregate,
    breaker::{Breaker, Position},
    decide::{Decision, HoldReason, PublishReason},
    evaluation::{Inputs, Material, evaluate},
    policy::{self, Condition, FeedPolicy, Quorum, QuorumBelowThree},
    route::{Conversions, Leg, Operation},
};

/// The price from this moment on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tick {
    /// When.
    pub at: Timestamp,
    /// The price.
    pub price: Price,
}

/// What the chain is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// The time between blocks.
    pub block_time: Duration,
    /// The gas of one update.
    pub gas_per_update: u64,
}

/// Why a series cannot be run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No tick at all.
    #[error("a series of at least one price")]
    Empty,
    /// Time runs backwards.
    #[error("prices in order of time, but {at} comes after {previous}")]
    Order {
        /// The tick that is too early.
        at: Timestamp,
        /// The one before it.
        previous: Timestamp,
    },
    /// Blocks without time between them.
    #[error("a block time above zero")]
    BlockTime,
    /// Prices so far apart that their ratio has no representation.
    #[error("prices within 28 digits of each other")]
    Range,
    /// The policy cannot be reduced to one series.
    #[error("a policy that one series can follow")]
    Policy(#[from] policy::Error),
}

/// Rounds by reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rounds {
    /// First rounds: one, or none.
    pub first_round: u64,
    /// By deviation.
    pub deviation: u64,
    /// By heartbeat.
    pub heartbeat: u64,
}

impl Rounds {
    /// All of them.
    pub const fn total(&self) -> u64 {
        self.first_round.saturating_add(self.deviation).saturating_add(self.heartbeat)
    }

    fn count(&mut self, reason: PublishReason) {
        let counter = match reason {
            PublishReason::FirstRound => &mut self.first_round,
            PublishReason::Deviation => &mut self.deviation,
            PublishReason::Heartbeat => &mut self.heartbeat,
        };
        *counter = counter.saturating_add(1);
    }
}

/// What a policy would have cost and brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Prices in the series.
    pub ticks: u64,
    /// From the first tick to the last.
    pub span: Duration,
    /// Rounds by reason.
    pub rounds: Rounds,
    /// Evaluations that refused: out of bounds, for one series.
    pub refused: u64,
    /// The largest error of the answer on chain against the price, in ppm.
    pub max_error_ppm: Decimal,
    /// Its mean over time, in ppm.
    pub mean_error_ppm: Decimal,
    /// Rounds times gas per update.
    pub estimated_gas: u128,
}

/// Runs a policy over a series.
///
/// Block zero is at the first tick; an answer decided at one block is on chain in the next. Quorum,
/// ages, spread and confirmations do not apply to one series; everything else does.
///
/// # Errors
/// [`Error`] for a series or a setting that cannot be run.
pub fn run(policy: &FeedPolicy, ticks: impl IntoIterator<Item = Tick>, settings: &Settings) -> Result<Report, Error> {
    Run::start(policy, ticks.into_iter(), settings)?.finish(settings, Stride::Eventful)
}

/// Which blocks are looked at.
#[derive(Debug, Clone, Copy)]
pub(super) enum Stride {
    /// Those at which something can change.
    Eventful,
    /// All: slow, and the measure of the other.
    #[cfg(test)]
    EveryBlock,
}

pub(super) struct Run<I: Iterator<Item = Tick>> {
    policy: FeedPolicy,
    series: FeedId,
    inputs: Inputs,
    chain: Chain,
    ledger: Ledger,
    ticks: Peekable<I>,
    present: Tick,
    start: Timestamp,
    seen: u64,
    rounds: Rounds,
    refused: u64,
}

impl<I: Iterator<Item = Tick>> Run<I> {
    pub(super) fn start(policy: &FeedPolicy, ticks: I, settings: &Settings) -> Result<Self, Error> {
        if settings.block_time.as_millis() == 0 {
            return Err(Error::BlockTime);
        }
        let mut ticks = ticks.peekable();
        let present = ticks.next().ok_or(Error::Empty)?;
        let chain = Chain::new(present.at, settings.block_time);
        // The series stands for a feed, and the policy's feed is derived from it: that path needs no
        // venue, and rounds and checks like the other.
        let series = policy.terms().feed.clone();
        let inputs = Inputs {
            now: present.at,
            condition: Condition::Normal,
            material: Material::Derived(vec![Leg { operation: Operation::Multiply, feed: series.clone() }]),
            conversions: Conversions::none(),
            on_chain: chain.read(),
            breaker: Breaker::CLOSED,
            pending: None,
        };
        let policy = for_one_series(policy)?;
        let ledger = Ledger::new(policy.terms().decimals, present.at);
        let start = present.at;
        let rounds = Rounds::default();
        Ok(Self { policy, series, inputs, chain, ledger, ticks, present, start, seen: 1, rounds, refused: 0 })
    }

    pub(super) fn finish(mut self, settings: &Settings, stride: Stride) -> Result<Report, Error> {
        // The last block is the first one that has seen the last tick.
        loop {
            let decision = self.evaluate();
            if self.ticks.peek().is_none() && !self.chain.has_sent() {
                break;
            }
            let block = match stride {
                Stride::Eventful => self.next_eventful(decision),
                #[cfg(test)]
                Stride::EveryBlock => self.inputs.on_chain.block.number.saturating_add(1),
            };
            self.move_to(block)?;
        }
        let gas = u128::from(self.rounds.total()).saturating_mul(u128::from(settings.gas_per_update));
        Ok(Report {
            ticks: self.seen,
            span: self.present.at.since(self.start),
            rounds: self.rounds,
            refused: self.refused,
            max_error_ppm: self.ledger.max_ppm(),
            mean_error_ppm: self.ledger.mean_ppm(),
            estimated_gas: gas,
        })
    }

    fn evaluate(&mut self) -> Decision {
        self.inputs.on_chain = self.chain.read();
        self.inputs.now = self.inputs.on_chain.block.time;
        self.inputs.conversions.insert(self.series.clone(), worth(self.present));
        let evaluation = evaluate(&self.policy, &self.inputs);
        self.inputs.breaker = evaluation.breaker;
        match evaluation.decision {
            Decision::Publish { answer, reason } => {
                self.rounds.count(reason);
                self.chain.send(answer);
            }
            Decision::Refuse(_) => self.refused = self.refused.saturating_add(1),
            Decision::Hold(_) => {}
        }
        evaluation.decision
    }

    /// The next block at which the decision can differ from the one just taken.
    fn next_eventful(&mut self, decision: Decision) -> u64 {
        let following = self.inputs.on_chain.block.number.saturating_add(1);
        let waits = decision == Decision::Hold(HoldReason::WithinThreshold);
        if !waits || self.inputs.breaker.effective() != Position::Closed {
            return following;
        }
        let tick = self.ticks.peek().map(|tick| self.chain.block_at(tick.at));
        let trigger = self.policy.terms().trigger;
        let after = trigger.heartbeat.saturating_sub(trigger.lead);
        let due = self.inputs.on_chain.latest.map(|round| self.chain.block_at(round.started_at.after(after)));
        tick.into_iter().chain(due).min().unwrap_or(following)
    }

    /// Lets time pass to that block: prices change on their way, and what was sent lands in the next.
    fn move_to(&mut self, block: u64) -> Result<(), Error> {
        let time = self.chain.time_of(block);
        while let Some(tick) = self.ticks.next_if(|tick| tick.at <= time) {
            if tick.at < self.present.at {
                return Err(Error::Order { at: tick.at, previous: self.present.at });
            }
            self.ledger.advance(tick.at, self.present.price, self.chain.answer())?;
            self.present = tick;
            self.seen = self.seen.saturating_add(1);
        }
        self.ledger.advance(time, self.present.price, self.chain.answer())?;
        self.chain.mine_to(block);
        Ok(())
    }
}

/// One series is one voice, with nobody to agree with.
fn for_one_series(policy: &FeedPolicy) -> Result<FeedPolicy, Error> {
    let mut terms = policy.terms().clone();
    terms.quorum = Quorum::acknowledged(1, 0, QuorumBelowThree)?;
    terms.jump.confirmations = 1;
    Ok(FeedPolicy::try_new(terms)?)
}

/// A tick as the value of a feed. Only its exact price is read: answer and rounding are the derived
/// feed's own.
fn worth(tick: Tick) -> Aggregate {
    Aggregate {
        exact: tick.price,
        price: tick.price,
        answer: Answer::new(I256::ZERO),
        spread: Ppm::ZERO,
        voices: 1,
        dissenting: 0,
        as_of: tick.at,
    }
}
