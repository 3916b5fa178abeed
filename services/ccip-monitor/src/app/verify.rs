//! Whether everything was seen: what ramps have counted against what is stored, at the very block up to which we read.
//!
//! An endpoint may answer a range of logs with success and leave some out; nothing in the answer shows it. The ramp's own
//! counter does.

use std::{collections::BTreeMap, ops::RangeInclusive, sync::Arc};

use causeway_primitives::{Address, ChainId};
use causeway_store::Error as StoreError;

use super::sites::{ChainSite, RampSite, Sites};
use crate::{
    domain::{
        diagnose::{Gap, Read},
        lane::LaneKey,
        sequence::missing_at_end,
    },
    ports::{ChainReads, Cursor, Dossier, Missing, Numbers, Pin, RampAsk},
};

/// Ranges of missing numbers that are named; a ramp with more has another problem than holes.
const NAMED_RANGES: u32 = 100;

/// A ramp, compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RampCheck {
    /// The lane.
    pub lane: LaneKey,
    /// The ramp.
    pub on_ramp: Address,
    /// The block at which it was compared; `None`: its chain was not read yet.
    pub block: Option<u64>,
    /// Messages that are stored.
    pub seen: u64,
    /// The highest number that is stored.
    pub highest: Option<u64>,
    /// What it came to.
    pub outcome: Outcome,
}

/// Lanes, compared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verified {
    /// The ramps of those that count their messages.
    pub ramps: Vec<RampCheck>,
    /// Those whose dialect does not count: what was left out shows in nothing.
    pub uncounted: Vec<LaneKey>,
}

/// What a comparison came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Everything that the ramp counted is stored.
    Whole {
        /// So many messages since it is watched.
        expected: u64,
    },
    /// Messages are missing.
    Holes {
        /// So many messages since it is watched.
        expected: u64,
        /// Which.
        missing: Vec<Missing>,
    },
    /// It could not be found out. Never to be read as whole.
    Unknown {
        /// Why.
        gap: Gap,
    },
}

/// Compares.
#[derive(Debug)]
pub struct Verifier {
    dossier: Arc<dyn Dossier>,
    chains: BTreeMap<ChainId, Arc<dyn ChainReads>>,
    sites: Arc<Sites>,
}

impl Verifier {
    /// Compares what is stored with what these chains say.
    pub const fn new(
        dossier: Arc<dyn Dossier>,
        chains: BTreeMap<ChainId, Arc<dyn ChainReads>>,
        sites: Arc<Sites>,
    ) -> Self {
        Self { dossier, chains, sites }
    }

    /// Every ramp of these lanes that counts its messages, and which lanes do not count: nothing can be said of those.
    ///
    /// # Errors
    /// [`StoreError`]: what chains do not answer is an outcome.
    pub async fn verify(&self, wanted: impl Fn(&LaneKey) -> bool) -> Result<Verified, StoreError> {
        let mut verified = Verified::default();
        for (lane, site) in self.sites.lanes.iter().filter(|(lane, _)| wanted(lane)) {
            if !lane.dialect.capabilities().sequences {
                verified.uncounted.push(lane.clone());
                continue;
            }
            for ramp in &site.on_ramps {
                verified.ramps.push(self.check(lane, ramp).await?);
            }
        }
        Ok(verified)
    }

    /// Up to where a chain was read.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn find_cursor(&self, chain: ChainId) -> Result<Option<Cursor>, StoreError> {
        self.dossier.find_cursor(chain).await
    }

    /// What a ramp in service will give its next message, at the block up to which its chain was read. One question to
    /// the chain, whatever is stored.
    ///
    /// # Errors
    /// [`Gap`].
    pub async fn next_number(&self, lane: &LaneKey, ramp: &RampSite, on: Cursor) -> Result<u64, Gap> {
        let Some(site) = self.sites.chain(lane.source) else {
            return Err(Gap::NotConfigured { missing: "the source chain" });
        };
        let Some(reads) = self.chains.get(&site.id) else {
            return Err(Gap::NotConfigured { missing: "the source chain's endpoints" });
        };
        let last = ramp.until_block.map_or(on.position.number, |until| until.min(on.position.number));
        let span = Span { lane, ramp, site, cursor: on, last };
        span.next(reads.as_ref()).await
    }

    /// One ramp, at the block up to which its chain was read, or at its last one.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn check(&self, lane: &LaneKey, ramp: &RampSite) -> Result<RampCheck, StoreError> {
        let unknown = |block, gap| RampCheck {
            lane: lane.clone(),
            on_ramp: ramp.address,
            block,
            seen: 0,
            highest: None,
            outcome: Outcome::Unknown { gap },
        };
        let Some(site) = self.sites.chain(lane.source) else {
            return Ok(unknown(None, Gap::NotConfigured { missing: "the source chain" }));
        };
        let Some(cursor) = self.dossier.find_cursor(site.id).await? else {
            return Ok(unknown(None, Gap::Needs { needs: "a first block that was read" }));
        };
        let Some(reads) = self.chains.get(&site.id) else {
            return Ok(unknown(None, Gap::NotConfigured { missing: "the source chain's endpoints" }));
        };
        let last = ramp.until_block.map_or(cursor.position.number, |until| until.min(cursor.position.number));
        let numbers = self.dossier.read_numbers(lane, ramp.address, last, NAMED_RANGES).await?;
        let span = Span { lane, ramp, site, cursor, last };
        let outcome = match span.counted(reads.as_ref()).await {
            Ok(counted) => compare(&numbers, &counted),
            Err(gap) => Outcome::Unknown { gap },
        };
        let Numbers { seen, highest, .. } = numbers;
        Ok(RampCheck { lane: lane.clone(), on_ramp: ramp.address, block: Some(last), seen, highest, outcome })
    }
}

/// Numbers that a ramp gave within a span of blocks.
type Counted = RangeInclusive<u64>;

/// The blocks over which a ramp is compared.
struct Span<'a> {
    lane: &'a LaneKey,
    ramp: &'a RampSite,
    site: &'a ChainSite,
    cursor: Cursor,
    last: u64,
}

impl Span<'_> {
    /// The numbers that the ramp gave from the first watched block on, up to the last one; empty when it gave none.
    async fn counted(&self, reads: &dyn ChainReads) -> Result<Counted, Gap> {
        let next = self.next(reads).await?;
        let first = self.first(reads).await?;
        Ok(first..=next.saturating_sub(1))
    }

    /// What the ramp would give the next message after the last of the blocks.
    async fn next(&self, reads: &dyn ChainReads) -> Result<u64, Gap> {
        reads.expected_next(self.pin(reads).await?, &self.ask()).await.value
    }

    fn ask(&self) -> RampAsk {
        RampAsk { dialect: self.lane.dialect.clone(), on_ramp: self.ramp.address, destination: self.lane.destination }
    }

    /// The cursor's own block by its hash: a block of that height on another fork would not do.
    async fn pin(&self, reads: &dyn ChainReads) -> Result<Pin, Gap> {
        if self.last == self.cursor.position.number {
            let position = self.cursor.position;
            return Ok(Pin { number: position.number, hash: position.hash, time: self.cursor.time, base_fee: None });
        }
        reads.block(self.last).await.value
    }

    /// What the ramp would have given before the first block that is watched: 1, unless watching began later.
    async fn first(&self, reads: &dyn ChainReads) -> Result<u64, Gap> {
        let first_block = self.site.start_block.max(self.ramp.from_block);
        let Some(before) = first_block.checked_sub(1) else { return Ok(1) };
        let pin = reads.block(before).await.value?;
        let read: Read<u64> = reads.expected_next(pin, &self.ask()).await;
        match read.value {
            // The ramp was not deployed yet.
            Err(Gap::Refused { .. }) => Ok(1),
            other => other,
        }
    }
}

fn compare(numbers: &Numbers, counted: &Counted) -> Outcome {
    let (first, last) = (*counted.start(), *counted.end());
    let expected = last.saturating_add(1).saturating_sub(first);
    let mut missing = Vec::new();
    let before = numbers.lowest.filter(|lowest| *lowest > first);
    if let Some(lowest) = before.filter(|_| expected > 0) {
        missing.push(Missing { first, last: lowest.saturating_sub(1), not_before: None, not_after: None });
    }
    missing.extend(numbers.missing.iter().copied());
    let highest = numbers.highest.or_else(|| first.checked_sub(1));
    if let Some((first, last)) = missing_at_end(highest, last.saturating_add(1)) {
        missing.push(Missing { first, last, not_before: None, not_after: None });
    }
    if missing.is_empty() { Outcome::Whole { expected } } else { Outcome::Holes { expected, missing } }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(lowest: u64, highest: u64, missing: &[(u64, u64)]) -> Numbers {
        let gap =
            |(first, last): &(u64, u64)| Missing { first: *first, last: *last, not_before: None, not_after: None };
        Numbers {
            seen: highest + 1 - lowest,
            lowest: Some(lowest),
            highest: Some(highest),
            missing: missing.iter().map(gap).collect(),
        }
    }

    fn ranges(outcome: &Outcome) -> Vec<(u64, u64)> {
        match outcome {
            Outcome::Holes { missing, .. } => missing.iter().map(|gap| (gap.first, gap.last)).collect(),
            Outcome::Whole { .. } | Outcome::Unknown { .. } => Vec::new(),
        }
    }

    #[test]
    fn ccip_13_a_ramp_whose_every_number_is_stored_is_whole() {
        assert_eq!(compare(&numbers(1, 9, &[]), &(1..=9)), Outcome::Whole { expected: 9 });
        assert_eq!(compare(&numbers(5, 9, &[]), &(5..=9)), Outcome::Whole { expected: 5 }, "watched from 5 on");
        #[allow(clippy::reversed_empty_ranges, reason = "a ramp that gave no number")]
        let none = 1..=0;
        assert_eq!(compare(&Numbers::default(), &none), Outcome::Whole { expected: 0 });
    }

    #[test]
    fn ccip_13_holes_are_found_at_the_beginning_in_the_middle_and_at_the_end() {
        assert_eq!(ranges(&compare(&numbers(3, 9, &[(5, 6)]), &(1..=11))), [(1, 2), (5, 6), (10, 11)]);
        assert_eq!(ranges(&compare(&Numbers::default(), &(1..=4))), [(1, 4)]);
        assert_eq!(ranges(&compare(&Numbers::default(), &(7..=9))), [(7, 9)]);
    }
}
