//! What is missing, looked for again. Two things are done whenever a chain was read to its end: each ramp's own counter
//! is compared with what was seen, since an endpoint that leaves the newest messages out shows it in nothing else; and
//! every open hole is read again from every endpoint, until what was in it is there.
//!
//! It is done by whoever follows the chain, between two windows: so nothing is reorganised meanwhile.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::RangeInclusive,
    sync::Arc,
    time::Duration,
};

use causeway_chain::logs::{Position, Scanner, Window};
use causeway_primitives::{Address, ChainId, ChainName};
use causeway_runtime::health::Heartbeat;
use causeway_store::lease::Leadership;
use tokio::time::Instant;

use super::{
    collect::{Collector, Numbered, Sequences},
    count::Counter,
    sites::RampSite,
    traces,
    verify::{Outcome, Verifier},
};
use crate::{
    domain::{
        diagnose::Gap,
        event::{LaneEvent, Located},
        lane::LaneKey,
    },
    ports::{Cursor, Hole, HoleCause, Ledger, LedgerError, Missing, OpenHole},
};

/// Open holes that are looked at in one round. More are a broken deployment, and they come in their turn.
const HOLES: u32 = 100;

/// Pieces of holes that are read again in one round from each endpoint: what is missing for good must not eat a paid
/// endpoint's allowance.
const PIECES: usize = 8;

/// Of these, pieces of one hole: what is missing for good must not keep the others waiting either.
const PIECES_OF_A_HOLE: usize = 2;

/// A log that no endpoint tells otherwise is asked for at least so often: a deployment reads through other endpoints one day,
/// and dozens of such logs cost nobody's allowance.
const RAREST: Duration = Duration::from_secs(3_600);

/// Mends one chain.
#[derive(Debug)]
pub struct Mender {
    /// The chain.
    pub chain: ChainId,
    /// Its name.
    pub name: ChainName,
    /// Its ramps that count their messages.
    pub ramps: Vec<(LaneKey, RampSite)>,
    /// Asks the ramps.
    pub verifier: Arc<Verifier>,
    /// Keeps holes and what was in them.
    pub ledger: Arc<dyn Ledger>,
    /// Decodes.
    pub collector: Collector,
    /// How many endpoints the chain has.
    pub endpoints: usize,
    /// Blocks of a piece.
    pub piece: u64,
    /// Between two rounds.
    pub every: Duration,
    /// Counts.
    pub counter: Counter,
    /// Beats between two pieces: mending is work, not silence.
    pub heartbeat: Heartbeat,
}

/// What is known from the rounds before, since this replica leads.
#[derive(Debug, Default)]
pub(super) struct Memory {
    due: Option<Instant>,
    /// What each ramp would give next when it was last compared.
    compared: BTreeMap<(LaneKey, Address), u64>,
    /// Ramps whose counter could not be read; said once.
    unknown: BTreeSet<(LaneKey, Address)>,
    /// The hole that the next round begins after.
    after: u64,
    /// The block that a hole is read on from.
    read_from: BTreeMap<u64, u64>,
    /// Logs that were told again and are no better: another endpoint may tell them otherwise, and another program may know
    /// them.
    undecodable: BTreeMap<u64, Later>,
}

/// When something is looked at again.
#[derive(Debug, Clone, Copy)]
struct Later {
    due: Instant,
    /// How long was waited for that.
    wait: Duration,
}

/// A caught-up reading, as far as mending concerns it.
pub(super) struct Ground<'a> {
    pub(super) leadership: &'a Leadership,
    pub(super) scanner: &'a Scanner,
    pub(super) sequences: &'a mut Sequences,
    pub(super) memory: &'a mut Memory,
}

impl Memory {
    fn is_for_later(&self, hole: u64) -> bool {
        self.undecodable.get(&hole).is_some_and(|later| Instant::now() < later.due)
    }

    /// For twice as long as the last time.
    fn put_off(&mut self, hole: u64, first: Duration) {
        let wait = self.undecodable.get(&hole).map_or(first, |later| later.wait.saturating_mul(2)).min(RAREST);
        if let Some(due) = Instant::now().checked_add(wait) {
            self.undecodable.insert(hole, Later { due, wait });
        }
    }
}

impl Mender {
    /// A round, when one is due.
    pub(super) async fn run(&self, mut ground: Ground<'_>) -> Result<(), LedgerError> {
        let now = Instant::now();
        if ground.memory.due.is_some_and(|due| now < due) {
            return Ok(());
        }
        ground.memory.due = now.checked_add(self.every);
        let Some(cursor) = self.verifier.find_cursor(self.chain).await? else { return Ok(()) };
        for (lane, ramp) in &self.ramps {
            self.heartbeat.beat();
            self.compare(&mut ground, cursor, (lane, ramp)).await?;
        }
        self.mend(&mut ground, cursor.position).await
    }

    /// One ramp's counter beside what was seen of it. Numbers that are missing become holes.
    async fn compare(
        &self,
        ground: &mut Ground<'_>,
        cursor: Cursor,
        (lane, ramp): (&LaneKey, &RampSite),
    ) -> Result<(), LedgerError> {
        let key = (lane.clone(), ramp.address);
        let next = match self.verifier.next_number(lane, ramp, cursor).await {
            Ok(next) => next,
            Err(gap) => {
                self.cannot_compare(ground.memory, key, &gap);
                return Ok(());
            }
        };
        ground.memory.unknown.remove(&key);
        let last = ground.sequences.get(&key).map(|seen| seen.number);
        let follows = last.is_some_and(|last| last.saturating_add(1) == next);
        match ground.memory.compared.get(&key) {
            Some(before) if *before == next => return Ok(()),
            // Holes between numbers show by themselves.
            Some(_) if follows => {
                ground.memory.compared.insert(key, next);
                return Ok(());
            }
            Some(_) | None => {}
        }
        let check = self.verifier.check(lane, ramp).await?;
        match check.outcome {
            Outcome::Whole { .. } => {}
            Outcome::Unknown { gap } => {
                self.cannot_compare(ground.memory, key, &gap);
                return Ok(());
            }
            Outcome::Holes { missing, .. } => {
                let block = cursor.position.number;
                self.remember(ground.leadership, block, (lane, ramp), &missing).await?;
                // What is missing at the end is a hole now; the next message follows it.
                ground.sequences.insert(key.clone(), Numbered { number: next.saturating_sub(1), block });
            }
        }
        ground.memory.compared.insert(key, next);
        Ok(())
    }

    fn cannot_compare(&self, memory: &mut Memory, key: (LaneKey, Address), gap: &Gap) {
        if memory.unknown.insert(key.clone()) {
            let (lane, on_ramp) = key;
            tracing::warn!(chain = %self.name, %lane, %on_ramp, %gap, "the counter of a ramp cannot be compared for now");
        }
    }

    async fn remember(
        &self,
        leadership: &Leadership,
        read_up_to: u64,
        (lane, ramp): (&LaneKey, &RampSite),
        missing: &[Missing],
    ) -> Result<(), LedgerError> {
        let first_block = ramp.from_block;
        let hole = |missing: &Missing| Hole {
            chain: self.chain,
            first_block: missing.not_before.unwrap_or(first_block),
            last_block: missing.not_after.unwrap_or(read_up_to),
            cause: HoleCause::MissingMessages {
                lane: lane.clone(),
                on_ramp: ramp.address,
                first: missing.first,
                last: missing.last,
            },
        };
        let holes: Vec<Hole> = missing.iter().map(hole).collect();
        for hole in missing {
            tracing::warn!(
                chain = %self.name, %lane, on_ramp = %ramp.address, first = hole.first, last = hole.last,
                "messages are missing that the ramp has counted"
            );
        }
        let found = self.ledger.insert_holes(leadership, &holes, &[]).await?;
        self.counter.findings(&self.name, &found);
        Ok(())
    }

    async fn mend(&self, ground: &mut Ground<'_>, on: Position) -> Result<(), LedgerError> {
        let open = self.ledger.list_open_holes(ground.memory.after, HOLES).await?;
        let more = open.len() >= usize::try_from(HOLES).unwrap_or(usize::MAX);
        // When all were looked at, the next round begins with the first again.
        let mut after = open.last().filter(|_| more).map_or(0, |last| last.number);
        let mut looked_at = ground.memory.after;
        let mut pieces = PIECES;
        for hole in open.iter().filter(|open| open.hole.chain == self.chain) {
            if pieces == 0 {
                after = looked_at;
                break;
            }
            let used = match &hole.hole.cause {
                HoleCause::Undecodable { .. } if ground.memory.is_for_later(hole.number) => 0,
                HoleCause::Undecodable { .. } => self.decode_again(ground, on, hole).await?,
                HoleCause::MissingMessages { .. } => {
                    self.read_again(ground, on, (hole, pieces.min(PIECES_OF_A_HOLE))).await?
                }
            };
            pieces = pieces.saturating_sub(used);
            looked_at = hole.number;
        }
        ground.memory.after = after;
        Ok(())
    }

    /// A log that was not what its topic says is read again from every endpoint: one may have damaged it. Where it is told
    /// again and is no better, it is asked for ever more rarely. Gives the pieces that it took.
    async fn decode_again(&self, ground: &mut Ground<'_>, on: Position, hole: &OpenHole) -> Result<usize, LedgerError> {
        let HoleCause::Undecodable { place, .. } = &hole.hole.cause else { return Ok(0) };
        let range = hole.hole.first_block..=hole.hole.last_block;
        let mut was_told = false;
        for index in 0..self.endpoints {
            let Some(window) = self.window(ground.scanner, index, on, range.clone()).await else { continue };
            let collected = self.collector.collect(&window);
            let still = collected.holes.iter().any(|again| match &again.cause {
                HoleCause::Undecodable { place: again, .. } => again.log_index == place.log_index,
                HoleCause::MissingMessages { .. } => false,
            });
            let is_there = window.logs.iter().any(|log| {
                (log.block_number, log.block_hash, log.log_index) == (place.block, place.block_hash, place.log_index)
            });
            if is_there && !still {
                self.fill(ground, hole, &collected.events).await?;
                ground.memory.undecodable.remove(&hole.number);
                return Ok(1);
            }
            was_told |= is_there;
        }
        // While no endpoint tells it, nothing was learnt of it.
        if was_told {
            ground.memory.put_off(hole.number, self.every);
        }
        Ok(1)
    }

    /// Piece by piece, so that a hole as wide as the chain holds nothing up; then from its beginning again. Gives the
    /// pieces that it took, at most as many as it may.
    async fn read_again(
        &self,
        ground: &mut Ground<'_>,
        on: Position,
        (hole, may): (&OpenHole, usize),
    ) -> Result<usize, LedgerError> {
        let last_block = hole.hole.last_block.min(on.number);
        let span = self.piece.min(ground.scanner.span()).saturating_sub(1);
        let mut from = ground.memory.read_from.get(&hole.number).copied().unwrap_or(hole.hole.first_block);
        let mut used = 0_usize;
        while used < may && from <= last_block {
            used = used.saturating_add(1);
            let to = from.saturating_add(span).min(last_block);
            self.read_piece(ground, on, hole, from..=to).await?;
            from = to.saturating_add(1);
        }
        let next = if from > last_block { hole.hole.first_block } else { from };
        ground.memory.read_from.insert(hole.number, next);
        Ok(used)
    }

    /// One endpoint after the other, until one has all that is missing.
    async fn read_piece(
        &self,
        ground: &Ground<'_>,
        on: Position,
        hole: &OpenHole,
        range: RangeInclusive<u64>,
    ) -> Result<(), LedgerError> {
        for index in 0..self.endpoints {
            let Some(window) = self.window(ground.scanner, index, on, range.clone()).await else { continue };
            let events = self.collector.collect(&window).events;
            let found: Vec<Located> =
                events.into_iter().filter(|located| number_in(located, &hole.hole.cause).is_some()).collect();
            if found.is_empty() {
                continue;
            }
            self.fill(ground, hole, &found).await?;
            if is_all(&found, &hole.hole.cause) {
                break;
            }
        }
        Ok(())
    }

    /// A range as an endpoint tells it, if it is of the same view of the chain as what is stored.
    async fn window(
        &self,
        scanner: &Scanner,
        index: usize,
        on: Position,
        range: RangeInclusive<u64>,
    ) -> Option<Window> {
        self.heartbeat.beat();
        let told = scanner.read_as(index, range, on).await;
        told.inspect_err(|error| {
            tracing::debug!(
                chain = %self.name, endpoint = index, error = %causeway_telemetry::Chain(error),
                "an endpoint does not tell a range again"
            );
        })
        .ok()
        .flatten()
    }

    async fn fill(&self, ground: &Ground<'_>, hole: &OpenHole, found: &[Located]) -> Result<(), LedgerError> {
        let ingested = self.ledger.fill(ground.leadership, hole, found).await?;
        tracing::info!(
            chain = %self.name, hole = hole.number, events = found.len(), executed = ingested.executed.len(),
            "what was missing was found"
        );
        self.counter.filled(&self.name, found, &ingested);
        traces::tell(&self.name, found, &ingested);
        Ok(())
    }
}

/// Its number, if it is a message that a hole lacks.
fn number_in(located: &Located, cause: &HoleCause) -> Option<u64> {
    let HoleCause::MissingMessages { lane, on_ramp, first, last } = cause else { return None };
    let LaneEvent::Sent(sent) = &located.event else { return None };
    let number = sent.sequence.filter(|number| (first..=last).contains(&number));
    number.filter(|_| sent.lane == *lane && located.place.contract == *on_ramp)
}

/// Whether these are all the messages that a hole lacks.
fn is_all(found: &[Located], cause: &HoleCause) -> bool {
    let HoleCause::MissingMessages { first, last, .. } = cause else { return false };
    let numbers: BTreeSet<u64> = found.iter().filter_map(|located| number_in(located, cause)).collect();
    u64::try_from(numbers.len()).is_ok_and(|count| count > last.saturating_sub(*first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn ccip_17_a_log_that_is_told_again_as_it_was_is_asked_for_ever_more_rarely_and_never_given_up() {
        const EVERY: Duration = Duration::from_secs(30);
        let mut memory = Memory::default();
        assert!(!memory.is_for_later(7), "not known yet");
        let mut waits = Vec::new();
        for _ in 0..9 {
            memory.put_off(7, EVERY);
            let began = Instant::now();
            while memory.is_for_later(7) {
                tokio::time::advance(EVERY).await;
            }
            waits.push(began.elapsed().as_secs());
        }
        assert_eq!(waits, [30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600]);
        assert!(!memory.is_for_later(8), "another one is");
    }
}
