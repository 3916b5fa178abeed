//! The windows between what was handed out and how far the scan has planned: in order, without a gap and
//! without an overlap, whatever becomes of each of them. Pure.

use std::{collections::VecDeque, ops::RangeInclusive};

use crate::endpoints::EndpointIndex;

/// Names a window; never used twice, so an answer to a window that is gone finds nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ticket(u64);

/// Who was asked for a window already.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Tries {
    /// In this round.
    pub(super) tried: Vec<EndpointIndex>,
    /// How often the whole set was tried before.
    pub(super) round: u32,
}

/// A window that is to be fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Job {
    pub(super) ticket: Ticket,
    pub(super) range: RangeInclusive<u64>,
    pub(super) tries: Tries,
}

/// What became of a window: what was fetched, or why nothing was.
pub(super) type Outcome<T, E> = Result<T, E>;

#[derive(Debug)]
enum State<T, E> {
    Waiting(Tries),
    Running,
    Settled(Outcome<T, E>),
}

#[derive(Debug)]
struct Slot<T, E> {
    ticket: Ticket,
    range: RangeInclusive<u64>,
    state: State<T, E>,
}

/// The windows, first to last.
#[derive(Debug)]
pub(super) struct Queue<T, E> {
    slots: VecDeque<Slot<T, E>>,
    /// The first block that is in no window yet.
    next: u64,
    tickets: u64,
}

impl<T, E> Queue<T, E> {
    pub(super) const fn new(next: u64) -> Self {
        Self { slots: VecDeque::new(), next, tickets: 0 }
    }

    /// The first block that is in no window yet.
    pub(super) const fn next(&self) -> u64 {
        self.next
    }

    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    /// The windows on their way.
    pub(super) fn running(&self) -> impl Iterator<Item = &RangeInclusive<u64>> {
        self.slots.iter().filter(|slot| matches!(slot.state, State::Running)).map(|slot| &slot.range)
    }

    /// What was fetched and not handed out.
    pub(super) fn fetched(&self) -> impl Iterator<Item = &T> {
        self.slots.iter().filter_map(|slot| match &slot.state {
            State::Settled(Ok(fetched)) => Some(fetched),
            State::Settled(Err(_)) | State::Waiting(_) | State::Running => None,
        })
    }

    /// Whether a window waits to be fetched.
    pub(super) fn is_waiting(&self) -> bool {
        self.slots.iter().any(|slot| matches!(slot.state, State::Waiting(_)))
    }

    /// Plans one more window of so many blocks up to `limit`; false when there is no block left.
    pub(super) fn plan(&mut self, span: u64, limit: u64) -> bool {
        if self.next > limit {
            return false;
        }
        let last = self.next.saturating_add(span.max(1).saturating_sub(1)).min(limit);
        let slot = self.slot(self.next..=last);
        self.slots.push_back(slot);
        self.next = last.saturating_add(1);
        true
    }

    /// The first window that waits; it is on its way from now on.
    pub(super) fn start(&mut self) -> Option<Job> {
        self.slots.iter_mut().find_map(|slot| match &mut slot.state {
            State::Waiting(tries) => {
                let tries = std::mem::take(tries);
                slot.state = State::Running;
                Some(Job { ticket: slot.ticket, range: slot.range.clone(), tries })
            }
            State::Running | State::Settled(_) => None,
        })
    }

    /// What became of a window that was on its way.
    pub(super) fn settle(&mut self, ticket: Ticket, outcome: Outcome<T, E>) {
        if let Some(slot) = self.find(ticket) {
            slot.state = State::Settled(outcome);
        }
    }

    /// The window is to be fetched once more.
    pub(super) fn again(&mut self, ticket: Ticket, tries: Tries) {
        if let Some(slot) = self.find(ticket) {
            slot.state = State::Waiting(tries);
        }
    }

    /// The window is to be fetched in pieces of so many blocks; they take its place.
    pub(super) fn split(&mut self, ticket: Ticket, span: u64) {
        let Some(index) = self.slots.iter().position(|slot| slot.ticket == ticket) else { return };
        let tail = self.slots.split_off(index);
        let mut tail = tail.into_iter();
        if let Some(whole) = tail.next() {
            for piece in pieces(whole.range, span) {
                let slot = self.slot(piece);
                self.slots.push_back(slot);
            }
        }
        self.slots.extend(tail);
    }

    /// The first window's outcome, if it has one.
    pub(super) fn front(&self) -> Option<Outcome<&T, &E>> {
        match &self.slots.front()?.state {
            State::Settled(outcome) => Some(outcome.as_ref()),
            State::Waiting(_) | State::Running => None,
        }
    }

    /// Takes the first window out, if it has an outcome.
    pub(super) fn pop(&mut self) -> Option<Outcome<T, E>> {
        match self.slots.pop_front_if(|slot| matches!(slot.state, State::Settled(_)))?.state {
            State::Settled(outcome) => Some(outcome),
            State::Waiting(_) | State::Running => None,
        }
    }

    /// Forgets every window that reaches above `limit`, and plans from there again.
    pub(super) fn forget_above(&mut self, limit: u64) {
        while let Some(slot) = self.slots.pop_back_if(|slot| *slot.range.end() > limit) {
            self.next = *slot.range.start();
        }
    }

    /// Forgets every window and begins again at `next`.
    pub(super) fn restart(&mut self, next: u64) {
        self.slots.clear();
        self.next = next;
    }

    fn slot(&mut self, range: RangeInclusive<u64>) -> Slot<T, E> {
        self.tickets = self.tickets.wrapping_add(1);
        Slot { ticket: Ticket(self.tickets), range, state: State::Waiting(Tries::default()) }
    }

    fn find(&mut self, ticket: Ticket) -> Option<&mut Slot<T, E>> {
        self.slots.iter_mut().find(|slot| slot.ticket == ticket)
    }
}

/// A range cut into ranges of at most so many blocks, in order.
pub(super) fn pieces(range: RangeInclusive<u64>, span: u64) -> impl Iterator<Item = RangeInclusive<u64>> {
    let (mut next, last) = (Some(*range.start()), *range.end());
    std::iter::from_fn(move || {
        let from = next.filter(|from| *from <= last)?;
        let to = from.saturating_add(span.max(1).saturating_sub(1)).min(last);
        next = to.checked_add(1);
        Some(from..=to)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Windows = Queue<RangeInclusive<u64>, &'static str>;

    #[test]
    fn ccip_17_windows_are_handed_out_in_order_whichever_comes_first() {
        let mut queue = Windows::new(1);
        assert!(queue.plan(10, 25) && queue.plan(10, 25) && queue.plan(10, 25) && !queue.plan(10, 25));
        let jobs: Vec<_> = std::iter::from_fn(|| queue.start()).collect();
        assert_eq!(jobs.iter().map(|job| job.range.clone()).collect::<Vec<_>>(), [1..=10, 11..=20, 21..=25]);
        queue.settle(jobs[2].ticket, Ok(21..=25));
        queue.settle(jobs[1].ticket, Ok(11..=20));
        assert_eq!(queue.pop(), None);
        queue.settle(jobs[0].ticket, Ok(1..=10));
        let popped: Vec<_> = std::iter::from_fn(|| queue.pop()).collect();
        assert_eq!(popped, [Ok(1..=10), Ok(11..=20), Ok(21..=25)]);
    }

    #[test]
    fn ccip_17_the_pieces_of_a_refused_window_take_its_place() {
        let mut queue = Windows::new(0);
        while queue.plan(10, 29) {}
        let jobs: Vec<_> = std::iter::from_fn(|| queue.start()).collect();
        queue.split(jobs[1].ticket, 4);
        let again: Vec<_> = std::iter::from_fn(|| queue.start()).map(|job| job.range).collect();
        assert_eq!(again, [10..=13, 14..=17, 18..=19]);
        queue.settle(jobs[1].ticket, Ok(10..=19));
        assert_eq!(queue.fetched().count(), 0, "the whole window is gone");
    }

    #[test]
    fn what_lies_above_a_limit_that_went_down_is_planned_again() {
        let mut queue = Windows::new(0);
        while queue.plan(10, 29) {}
        queue.forget_above(15);
        assert_eq!((queue.next(), queue.len()), (10, 1));
        assert!(queue.plan(10, 15));
        assert_eq!(queue.next(), 16);
    }

    #[test]
    fn pieces_end_at_the_last_number_there_is() {
        let all: Vec<_> = pieces(u64::MAX - 4..=u64::MAX, 2).collect();
        assert_eq!(all, [u64::MAX - 4..=u64::MAX - 3, u64::MAX - 2..=u64::MAX - 1, u64::MAX..=u64::MAX]);
    }

    proptest! {
        /// No block is left out and none is handed out twice, whatever is refused, lost or answered late.
        #[test]
        fn ccip_17_no_gap_and_no_double_whatever_happens_on_the_way(
            events in proptest::collection::vec((0_u8..8, 1_u64..20, 0_usize..6), 0..400),
        ) {
            let limit = 300;
            let mut queue = Windows::new(7);
            let mut on_the_way: Vec<Job> = Vec::new();
            let mut handed_out = 7..7;
            for (event, span, pick) in events {
                let picked = pick % on_the_way.len().max(1);
                match event {
                    0 => { queue.plan(span, limit); }
                    1 => on_the_way.extend(queue.start()),
                    2 if !on_the_way.is_empty() => {
                        let job = on_the_way.remove(picked);
                        queue.again(job.ticket, Tries { tried: vec![0], round: job.tries.round });
                    }
                    3 if !on_the_way.is_empty() => queue.split(on_the_way.remove(picked).ticket, span),
                    4 => queue.forget_above(handed_out.end + span * 3),
                    // An answer whose window may be gone since.
                    _ if !on_the_way.is_empty() => {
                        let job = on_the_way.remove(picked);
                        queue.settle(job.ticket, Ok(job.range));
                    }
                    _ => {}
                }
                while let Some(Ok(range)) = queue.pop() {
                    prop_assert_eq!(*range.start(), handed_out.end);
                    prop_assert!(*range.end() <= limit);
                    handed_out.end = range.end() + 1;
                }
                prop_assert!(queue.next() >= handed_out.end);
            }
            // Whatever is open gets its answer in the end.
            for job in on_the_way {
                queue.settle(job.ticket, Ok(job.range));
            }
            while queue.plan(50, limit) {}
            while let Some(job) = queue.start() {
                queue.settle(job.ticket, Ok(job.range));
            }
            while let Some(Ok(range)) = queue.pop() {
                prop_assert_eq!(*range.start(), handed_out.end);
                handed_out.end = range.end() + 1;
            }
            prop_assert_eq!(handed_out.end, limit + 1);
        }
    }
}
