//! How many blocks to ask for at once. Pure.
//!
//! Endpoints differ: Besu answers 5,000 blocks, hosted ones 500 or 10,000 logs. The planner halves when
//! it is refused and grows slowly when it is not, so it settles just below what the endpoint answers.

use std::ops::RangeInclusive;

/// An endpoint that refuses a single block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the range cannot be narrowed below one block")]
pub struct TooNarrow;

/// How many steps in a row must succeed before a wider range is tried.
const STEPS_BEFORE_GROWTH: u32 = 8;

/// Plans ranges of blocks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RangePlanner {
    next: u64,
    span: u64,
    widest: u64,
    successes: u32,
}

impl RangePlanner {
    /// What Besu answers unless configured otherwise.
    pub const BESU_LIMIT: u64 = 5_000;

    /// A planner that begins with block `next` and never asks for more than `widest` blocks (at least 1).
    pub const fn new(next: u64, widest: u64) -> Self {
        let widest = if widest == 0 { 1 } else { widest };
        Self { next, span: widest, widest, successes: 0 }
    }

    /// The next range up to `limit`; `None` when there is no block to ask for.
    pub fn next_range(&self, limit: u64) -> Option<RangeInclusive<u64>> {
        let last = self.next.saturating_add(self.span.saturating_sub(1)).min(limit);
        (self.next <= limit).then_some(self.next..=last)
    }

    /// The range up to `last` was read.
    pub const fn advance(&mut self, last: u64) {
        self.next = last.saturating_add(1);
        self.successes = self.successes.saturating_add(1);
        if self.successes >= STEPS_BEFORE_GROWTH {
            self.successes = 0;
            self.grow();
        }
    }

    /// The range was refused as too wide: half of it next time.
    ///
    /// # Errors
    /// [`TooNarrow`] at one block.
    pub const fn shrink(&mut self) -> Result<(), TooNarrow> {
        if self.span == 1 {
            return Err(TooNarrow);
        }
        self.span /= 2;
        self.successes = 0;
        Ok(())
    }

    /// A quarter more, and at least one block.
    const fn grow(&mut self) {
        let more = self.span / 4;
        let grown = self.span.saturating_add(if more == 0 { 1 } else { more });
        self.span = if grown > self.widest { self.widest } else { grown };
    }

    /// Begins again at an earlier block.
    pub const fn rewind(&mut self, next: u64) {
        self.next = next;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn asks_for_no_more_than_besu_answers_and_not_beyond_the_limit() {
        let mut planner = RangePlanner::new(1, RangePlanner::BESU_LIMIT);
        assert_eq!(planner.next_range(12_000), Some(1..=5_000));
        planner.advance(5_000);
        assert_eq!(planner.next_range(6_000), Some(5_001..=6_000));
        planner.advance(6_000);
        assert_eq!(planner.next_range(6_000), None);
    }

    #[test]
    fn a_refused_range_is_halved_down_to_one_block() {
        let mut planner = RangePlanner::new(0, 4);
        for last in [3, 1, 0] {
            assert_eq!(planner.next_range(100), Some(0..=last));
            if last > 0 {
                planner.shrink().unwrap();
            }
        }
        assert_eq!(planner.shrink(), Err(TooNarrow));
    }

    #[test]
    fn grows_again_after_steps_that_went_well() {
        let mut planner = RangePlanner::new(0, 100);
        planner.shrink().unwrap();
        for _ in 0..STEPS_BEFORE_GROWTH {
            let last = *planner.next_range(u64::MAX).unwrap().end();
            planner.advance(last);
        }
        let range = planner.next_range(u64::MAX).unwrap();
        assert_eq!(range.end() - range.start() + 1, 62);
    }

    proptest! {
        /// No block is left out and none is read twice, whatever is refused on the way.
        #[test]
        fn ranges_follow_each_other_without_a_gap(widest in 0_u64..50, refusals in proptest::collection::vec(any::<bool>(), 200)) {
            let mut planner = RangePlanner::new(0, widest);
            let mut expected = 0;
            for refused in refusals {
                let Some(range) = planner.next_range(1_000) else { break };
                prop_assert_eq!(*range.start(), expected);
                prop_assert!(range.start() <= range.end() && *range.end() <= 1_000);
                if refused {
                    let _ = planner.shrink();
                } else {
                    expected = range.end() + 1;
                    planner.advance(*range.end());
                }
            }
        }
    }
}
