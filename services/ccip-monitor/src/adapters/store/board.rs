//! The messages that a writer moves, in memory. In a back-fill a writer's board passes to the next one: an execution then
//! finds its message without asking for it.
//!
//! It passes on only while nobody else writes. Every writer takes its numbers under one lock, and whatever moves a message
//! takes one. So a board that was left by the transaction that gave the ledger's last number knows all that there is to know.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, PoisonError},
};

use causeway_primitives::MessageId;
use causeway_store::Error;

use super::{
    lanes::Lanes,
    standings::{self, Covered, Known},
    work::Work,
};
use crate::domain::message::Status;

/// Messages that pass from writer to writer at the most, the newest ones: some 15 MB.
const KEPT: usize = 30_000;

/// Messages by all that evidence names them by.
#[derive(Debug, Default)]
pub(super) struct Board {
    messages: BTreeMap<i64, Known>,
    ids: HashMap<(i32, MessageId), i64>,
    /// By ramp and number.
    numbers: BTreeMap<(i32, i64), Vec<i64>>,
    changed: Vec<i64>,
    /// Numbers of a ramp do not follow each other: then nothing is concluded from those that are here.
    doubtful: bool,
}

/// Where a board is between two writers: with the transaction that left it.
#[derive(Debug, Default)]
pub(super) struct Passed(Mutex<Option<(i64, Board)>>);

impl Passed {
    /// The board that this transaction left, and otherwise an empty one.
    pub(super) fn take(&self, giver: i64) -> Board {
        let left = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        left.filter(|(leaver, _)| *leaver == giver).map(|(_, board)| board).unwrap_or_default()
    }

    /// Leaves what the next writer may need: messages that are not executed yet.
    pub(super) fn leave(&self, giver: i64, mut board: Board) {
        board.thin_out();
        if !board.doubtful {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((giver, board));
        }
    }
}

impl Board {
    pub(super) fn put(&mut self, known: Known) {
        if self.messages.contains_key(&known.message) {
            return;
        }
        self.ids.insert((known.lane, known.id), known.message);
        if let Some(number) = known.sequence {
            self.numbers.entry((known.ramp, number)).or_default().push(known.message);
        }
        self.messages.insert(known.message, known);
    }

    /// Takes messages off that are changed elsewhere.
    pub(super) fn remove(&mut self, messages: &[i64]) {
        for message in messages {
            let Some(known) = self.messages.remove(message) else { continue };
            self.ids.remove(&(known.lane, known.id));
            if let Some(number) = known.sequence {
                self.numbers.remove(&(known.ramp, number));
            }
        }
    }

    /// From now on it says nothing of what is not on it.
    pub(super) const fn doubt(&mut self) {
        self.doubtful = true;
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = i64> {
        self.messages.keys().copied()
    }

    pub(super) fn by_id(&self, lane: i32, id: MessageId) -> Option<i64> {
        self.ids.get(&(lane, id)).copied()
    }

    /// Whether it has every message of a ramp from one number to another.
    pub(super) fn holds(&self, ramp: i32, first: i64, last: i64) -> bool {
        let wanted = usize::try_from(last.saturating_sub(first)).ok().and_then(|more| more.checked_add(1));
        !self.doubtful
            && first <= last
            && wanted.is_some_and(|wanted| {
                wanted <= KEPT && self.numbers.range((ramp, first)..=(ramp, last)).count() == wanted
            })
    }

    /// The messages that a report covers.
    pub(super) fn covered(&self, lanes: &Lanes, Covered { lane, on_ramp, first, last }: Covered) -> Vec<i64> {
        let of_ramp = |ramp| self.numbers.range((ramp, first)..=(ramp, last)).flat_map(|(_, messages)| messages);
        lanes.ramps_covered(lane, on_ramp).flat_map(of_ramp).copied().collect()
    }

    /// The message, to be changed: it will be written back.
    pub(super) fn change(&mut self, message: i64) -> Option<&mut Known> {
        let known = self.messages.get_mut(&message)?;
        self.changed.push(message);
        Some(known)
    }

    /// Writes the messages back that were changed, but for those that will be folded.
    pub(super) async fn write(&mut self, work: &mut Work) -> Result<(), Error> {
        let mut changed = std::mem::take(&mut self.changed);
        changed.sort_unstable();
        changed.dedup();
        let changed: Vec<&Known> = changed
            .iter()
            .filter(|message| !work.refold.contains(message))
            .filter_map(|message| self.messages.get(message))
            .collect();
        standings::update(work, &changed).await
    }

    fn thin_out(&mut self) {
        let done = |known: &&Known| known.standing.state.status() == Status::Executed;
        let mut gone: Vec<i64> = self.messages.values().filter(done).map(|known| known.message).collect();
        let excess = self.messages.len().saturating_sub(gone.len()).saturating_sub(KEPT);
        gone.extend(self.messages.values().filter(|known| !done(known)).take(excess).map(|known| known.message));
        self.remove(&gone);
    }
}

#[cfg(test)]
mod tests {
    use causeway_primitives::{B256, Timestamp, U256};

    use super::*;
    use crate::domain::standing::{Occurrence, Standing};

    const AT: Timestamp = Timestamp::EPOCH;

    fn sent(message: i64) -> Known {
        Known {
            message,
            lane: 1,
            ramp: 7,
            id: MessageId::new(B256::from(U256::from(message.unsigned_abs()))),
            sequence: Some(message),
            nonce: None,
            leaf: None,
            content: 0,
            sender: 0,
            sent_at: AT,
            standing: Standing::sent(),
            last_attempt: None,
            link: None,
        }
    }

    fn board(messages: impl IntoIterator<Item = i64>) -> Board {
        let mut board = Board::default();
        messages.into_iter().for_each(|message| board.put(sent(message)));
        board
    }

    fn passed(giver: i64, board: Board) -> Passed {
        let passed = Passed::default();
        passed.leave(giver, board);
        passed
    }

    #[test]
    fn ccip_16_a_board_goes_to_the_next_writer_and_to_none_after_another_one() {
        assert!(passed(5, board([3])).take(5).by_id(1, sent(3).id).is_some());
        assert!(passed(5, board([3])).take(6).by_id(1, sent(3).id).is_none(), "somebody else wrote");
        assert!(passed(5, board([3])).take(4).by_id(1, sent(3).id).is_none(), "what was written is not there");
        let passed = passed(5, board([3]));
        drop(passed.take(5));
        assert!(passed.take(5).by_id(1, sent(3).id).is_none(), "a writer that fails leaves none");
    }

    #[test]
    fn ccip_16_a_range_is_answered_from_the_board_only_when_all_of_it_is_there() {
        let board = board([3, 4, 5]);
        assert!(board.holds(7, 3, 5) && board.holds(7, 4, 4));
        assert!(!board.holds(7, 2, 4) && !board.holds(7, 4, 6) && !board.holds(8, 4, 4));
        assert!(!board.holds(7, i64::MIN, i64::MAX) && !board.holds(7, 5, 3));
    }

    #[test]
    fn ccip_16_numbers_that_do_not_follow_each_other_are_looked_up() {
        let mut board = board([3, 4]);
        board.doubt();
        assert!(!board.holds(7, 3, 4));
        assert_eq!(passed(5, board).take(5).keys().count(), 0);
    }

    #[test]
    fn ccip_17_what_is_executed_or_old_is_left_behind() {
        let newest = i64::try_from(KEPT).unwrap() + 2;
        let mut board = board(1..=newest);
        board.change(newest).unwrap().standing.advance(Occurrence::Succeeded, AT).unwrap();
        let next = passed(5, board).take(5);
        assert_eq!((next.keys().next(), next.keys().count()), (Some(2), KEPT));
        assert!(!next.holds(7, newest, newest) && next.by_id(1, sent(1).id).is_none());
    }
}
