//! How many blocks to ask one endpoint for, and how often at once. Pure.
//!
//! Endpoints differ: Besu answers 5,000 blocks, hosted ones 500, or 10,000 logs. Two limits are learnt apart.
//! One is about the width alone and stays as it is: it is found by bisection and then left alone. The other is
//! about what is in the blocks and changes along the chain: it is halved when it is hit, grows back quickly,
//! and is mostly not hit at all, because the length of the last answers says how many blocks the next one
//! should have.

use super::{error::Limit, policy::ScanPolicy};

/// Blocks of the very first range: nobody knows what is in them, and an endpoint that has to put together a hundred
/// thousand logs for an answer that is refused for its length is busy for seconds.
const FIRST_SPAN: u64 = 100;

/// How much wider the next range is while nothing is known against it. Two answers lead to Besu's 5,000.
const FIRST_GROWTH: u64 = 16;

/// How many answers in a row before a wider range is tried.
const ANSWERS_BEFORE_GROWTH: u32 = 4;

/// After so many answers in a row a limit of the width is no longer believed: nodes are reconfigured. Finding
/// the same limit again costs one refused request.
const ANSWERS_BEFORE_DOUBT: u32 = 256;

/// Density is kept in bytes per so many blocks, since one block's share may be less than a byte.
const SCALE: u64 = 1_024;

#[derive(Debug, Clone)]
pub(super) struct Pace {
    policy: ScanPolicy,
    span: u64,
    /// No range has been refused yet, and none was as wide as the policy allows.
    fresh: bool,
    /// The narrowest width that was refused for its width.
    refused: Option<u64>,
    /// The widest width that was answered.
    answered: u64,
    /// Answers since the last change, and since the last refusal.
    streak: u32,
    peaceful: u32,
    parallel: usize,
    bytes_per_scale: u64,
}

impl Pace {
    /// Begins with one narrow request.
    pub(super) fn new(policy: ScanPolicy) -> Self {
        let span = policy.widest.clamp(1, FIRST_SPAN);
        Self {
            policy,
            span,
            fresh: true,
            refused: None,
            answered: 0,
            streak: 0,
            peaceful: 0,
            parallel: 1,
            bytes_per_scale: 0,
        }
    }

    /// How many blocks the next window should have; at least 1.
    pub(super) fn span(&self) -> u64 {
        let by_size = self.policy.answer_bytes.saturating_mul(SCALE).checked_div(self.bytes_per_scale);
        self.span.min(by_size.unwrap_or(u64::MAX)).max(1)
    }

    /// How many requests at the same time; at least 1.
    pub(super) const fn parallel(&self) -> usize {
        self.parallel
    }

    /// How long the answer about so many blocks will be, going by the last ones.
    pub(super) const fn expected_bytes(&self, width: u64) -> u64 {
        self.bytes_per_scale.saturating_mul(width) / SCALE
    }

    /// A window of this width was answered with so many bytes of logs.
    pub(super) fn answered(&mut self, width: u64, bytes: u64) {
        let observed = bytes.saturating_mul(SCALE) / width.max(1);
        // Up at once, down slowly: too long an answer costs more than one too many.
        let remembered = self.bytes_per_scale.saturating_mul(3).saturating_add(observed) / 4;
        self.bytes_per_scale = observed.max(remembered);
        self.answered = self.answered.max(width);
        self.parallel = self.parallel.saturating_mul(2).min(self.policy.in_flight.max(1));
        self.streak = self.streak.saturating_add(1);
        self.peaceful = self.peaceful.saturating_add(1);
        if self.peaceful >= ANSWERS_BEFORE_DOUBT {
            self.refused = None;
            self.peaceful = 0;
        }
        let widest = self.policy.widest.max(1);
        if self.fresh {
            self.span = width.saturating_mul(FIRST_GROWTH).clamp(self.span, widest.max(self.span));
            self.fresh = self.span < widest;
        } else if self.streak >= ANSWERS_BEFORE_GROWTH {
            self.streak = 0;
            self.span = self.grown();
        }
    }

    /// A window of this width was refused. Says how wide its pieces should be: narrower than it was, unless it
    /// was a single block.
    pub(super) fn refused(&mut self, width: u64, limit: Limit, suggested: Option<u64>) -> u64 {
        let half = (width / 2).max(1);
        let narrower = match limit {
            Limit::Content => half,
            Limit::Width => {
                self.refused = Some(self.refused.map_or(width, |known| known.min(width)));
                self.answered = if self.answered < width { self.answered } else { 0 };
                half.max(self.answered)
            }
        };
        let narrower = suggested.unwrap_or(narrower).clamp(1, width.saturating_sub(1).max(1));
        (self.streak, self.peaceful) = (0, 0);
        self.fresh = false;
        // Windows that were on their way together are refused together; the first one has narrowed already.
        self.span = self.span.min(narrower);
        self.span
    }

    /// The endpoint wants fewer requests.
    pub(super) fn slow_down(&mut self) {
        self.parallel = (self.parallel / 2).max(1);
        self.streak = 0;
    }

    /// Twice as many blocks, or half of the way to the width that was refused, as long as that gains something.
    fn grown(&self) -> u64 {
        let room = self.refused.map(|refused| refused.saturating_sub(self.span) / 2);
        let more = match room {
            Some(room) if room < self.span / 8 => 0,
            Some(room) => self.span.min(room),
            None => self.span,
        };
        self.span.saturating_add(more).min(self.policy.widest.max(1))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pace(widest: u64) -> Pace {
        Pace::new(ScanPolicy { widest, ..ScanPolicy::default() })
    }

    /// One that has been answered the widest range.
    fn wide() -> Pace {
        let mut pace = pace(5_000);
        assert_eq!(played(&mut pace, 5_000, 3), (0, 5_000));
        pace
    }

    /// Asks an endpoint that answers `limit` blocks so many times; how often it refused, and the last width.
    fn played(pace: &mut Pace, limit: u64, asked: u32) -> (u32, u64) {
        let mut refusals = 0;
        for _ in 0..asked {
            let width = pace.span();
            if width > limit {
                refusals += 1;
                pace.refused(width, Limit::Width, None);
            } else {
                pace.answered(width, 0);
            }
        }
        (refusals, pace.span())
    }

    #[test]
    fn ccip_17_a_limit_of_the_width_is_found_with_few_refusals_and_then_left_alone() {
        for limit in [1, 2, 7, 500, 800, 999, 1_000, 2_000, 4_999] {
            let mut pace = pace(5_000);
            let (refusals, settled) = played(&mut pace, limit, 150);
            assert!(settled <= limit && settled >= limit - limit / 4, "{limit}: settles at {settled}");
            assert!(refusals <= 16, "{limit}: refused {refusals} times");
            assert_eq!(played(&mut pace, limit, 50), (0, settled), "{limit}");
        }
    }

    #[test]
    fn ccip_17_a_limit_that_was_lifted_is_noticed() {
        let mut pace = pace(5_000);
        played(&mut pace, 500, 150);
        assert_eq!(played(&mut pace, 5_000, 400).1, 5_000);
    }

    #[test]
    fn ccip_17_the_first_range_is_narrow_and_two_answers_lead_to_the_widest() {
        let mut pace = pace(5_000);
        let widths: Vec<_> = (0..3)
            .map(|_| {
                let width = pace.span();
                pace.answered(width, 0);
                width
            })
            .collect();
        assert_eq!(widths, [100, 1_600, 5_000]);
    }

    #[test]
    fn ccip_17_what_the_endpoint_suggests_is_taken_unless_it_is_no_narrower() {
        assert_eq!(wide().refused(5_000, Limit::Content, Some(37)), 37);
        assert_eq!(wide().refused(5_000, Limit::Content, Some(9_000)), 4_999);
        assert_eq!(wide().refused(5_000, Limit::Width, Some(0)), 1);
    }

    #[test]
    fn ccip_17_a_dense_stretch_passes_and_the_width_comes_back() {
        let mut pace = wide();
        for _ in 0..6 {
            pace.refused(pace.span(), Limit::Content, None);
        }
        assert_eq!(pace.span(), 78);
        assert_eq!(played(&mut pace, 5_000, 28), (0, 5_000));
    }

    #[test]
    fn ccip_17_the_length_of_the_last_answers_decides_the_next_width() {
        let policy = ScanPolicy { answer_bytes: 1_000_000, ..ScanPolicy::default() };
        let mut pace = Pace::new(policy);
        pace.answered(5_000, 5_000_000);
        assert_eq!(pace.span(), 1_000, "a thousand bytes per block");
        assert_eq!(pace.expected_bytes(1_000), 1_000_000);
        pace.answered(1_000, 0);
        assert_eq!(pace.span(), 1_333, "one empty window is not believed at once");
        for _ in 0..40 {
            pace.answered(1_000, 0);
        }
        assert_eq!(pace.span(), 5_000);
    }

    #[test]
    fn ccip_17_requests_at_once_grow_with_answers_and_shrink_with_a_rate_limit() {
        let mut pace = pace(5_000);
        let grown: Vec<_> = (0..5)
            .map(|_| {
                pace.answered(1, 0);
                pace.parallel()
            })
            .collect();
        assert_eq!(grown, [2, 4, 8, 8, 8]);
        let slowed: Vec<_> = (0..4)
            .map(|_| {
                pace.slow_down();
                pace.parallel()
            })
            .collect();
        assert_eq!(slowed, [4, 2, 1, 1]);
    }

    proptest! {
        #[test]
        fn ccip_17_the_width_stays_within_its_bounds_and_each_refusal_narrows(
            widest in 0_u64..6_000,
            events in proptest::collection::vec((0_u8..3, proptest::option::of(0_u64..9_000), 0_u64..100_000_000), 0..400),
        ) {
            let mut pace = pace(widest);
            for (event, suggested, bytes) in events {
                let width = pace.span();
                prop_assert!((1..=widest.max(1)).contains(&width));
                prop_assert!((1..=ScanPolicy::default().in_flight).contains(&pace.parallel()));
                match event {
                    0 => pace.answered(width, bytes),
                    kind => {
                        let limit = if kind == 1 { Limit::Width } else { Limit::Content };
                        let pieces = pace.refused(width, limit, suggested);
                        prop_assert!(pieces >= 1 && (pieces < width || width == 1));
                    }
                }
            }
        }
    }
}
