//! Where exactly a deviation and a heartbeat begin, for each publisher whose feeds ours may replace.
//!
//! They differ only at the edges: at the threshold itself, at zero, below zero. All of them are computed
//! here in exact integers, including those whose originals use floats; what is kept is the rule, not its
//! rounding. `docs/decision.md` has the table with its sources, `boundaries.rs` tests every cell of it.

use std::{cmp::Ordering, time::Duration};

use causeway_primitives::{Answer, Ppm, Timestamp, U256};

use super::Round;
use crate::domain::exact::compare_share;

/// Whose boundary semantics a feed follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// Ours: at or above the threshold, relative to the answer on chain; an answer on chain of zero or
    /// below is no price and always deviates; due at exactly the heartbeat, by block time.
    Causeway,
    /// Chainlink OCR2's median plugin: as ours, but relative to the magnitude of a negative answer, and
    /// zero to zero is no deviation; due only *after* the heartbeat.
    Libocr,
    /// Chainlink's FluxMonitor: the relative threshold, inclusive, *and* an absolute one, exclusive; both
    /// zero always deviates. Due at exactly the idle time since the round began.
    FluxMonitor {
        /// The absolute threshold, in units of the answer.
        absolute: U256,
    },
    /// API3's airseeker: only for newer data than the round on chain; a threshold of zero never deviates.
    Airseeker,
    /// Pyth's price pusher: the divisor keeps its sign, so a negative answer on chain never deviates; zero
    /// to zero is no number and does not deviate. Due by the *source's* time, so a frozen source is never due.
    Pyth,
    /// RedStone's relayer: the divisor keeps its sign; an answer of zero on chain always deviates, to zero
    /// also.
    RedStone,
}

impl Profile {
    /// The label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Causeway => "causeway",
            Self::Libocr => "libocr",
            Self::FluxMonitor { .. } => "flux_monitor",
            Self::Airseeker => "airseeker",
            Self::Pyth => "pyth",
            Self::RedStone => "redstone",
        }
    }

    /// Whether `new` deviates from `old` by the threshold.
    pub fn deviates(self, old: Answer, new: Answer, threshold: Ppm) -> bool {
        let change = old.distance(new);
        let relative = || compare_share(change, old.magnitude(), threshold) != Ordering::Less;
        let sign = old.cmp(&ZERO);
        match self {
            Self::Causeway => sign != Ordering::Greater || relative(),
            Self::Libocr => match sign {
                Ordering::Equal => !change.is_zero(),
                Ordering::Less | Ordering::Greater => relative(),
            },
            Self::FluxMonitor { absolute } => {
                let always = threshold == Ppm::ZERO && absolute.is_zero();
                always || (change > absolute && (sign == Ordering::Equal || relative()))
            }
            Self::Airseeker => threshold != Ppm::ZERO && !change.is_zero() && (sign == Ordering::Equal || relative()),
            Self::Pyth => match sign {
                Ordering::Equal => !change.is_zero(),
                // |change| divided by a negative number reaches a threshold only when both are zero.
                Ordering::Less => threshold == Ppm::ZERO && change.is_zero(),
                Ordering::Greater => relative(),
            },
            Self::RedStone => match sign {
                Ordering::Equal => true,
                // The largest of the deviation and zero is compared, so a threshold of zero still fires.
                Ordering::Less => threshold == Ppm::ZERO,
                Ordering::Greater => relative(),
            },
        }
    }

    /// Whether the round on chain is old enough to be renewed, `after` so long. `as_of` is the time of
    /// the newest word behind the candidate.
    pub fn is_due(self, round: &Round, block_time: Timestamp, as_of: Timestamp, after: Duration) -> bool {
        match self {
            Self::Causeway | Self::Airseeker | Self::RedStone => block_time.since(round.updated_at) >= after,
            Self::Libocr => block_time.since(round.updated_at) > after,
            Self::FluxMonitor { .. } => block_time.since(round.started_at) >= after,
            Self::Pyth => as_of.since(round.updated_at) >= after,
        }
    }

    /// Whether words of this time may follow the round on chain at all.
    pub fn accepts(self, round: &Round, as_of: Timestamp) -> bool {
        match self {
            Self::Causeway | Self::Libocr | Self::FluxMonitor { .. } | Self::RedStone => true,
            Self::Airseeker => as_of > round.updated_at,
            Self::Pyth => as_of >= round.updated_at,
        }
    }
}

/// The answer of an empty or broken feed.
const ZERO: Answer = Answer::new(causeway_primitives::I256::ZERO);
