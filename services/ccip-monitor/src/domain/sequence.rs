//! Whether we saw every message: ramps count their messages, so a hole is a fact and not a feeling.

/// What a run of sequence numbers shows, after what was known before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Continuity {
    /// Each follows the one before it.
    Whole {
        /// The last number; what was known when there were none.
        last: Option<u64>,
    },
    /// Numbers are missing: an answer was incomplete, or logs are lost.
    Gap {
        /// The first that is missing.
        first: u64,
        /// The last that is missing.
        last: u64,
    },
    /// A number came again or went back: another ramp, a reorganisation, or a forgery.
    Repeated {
        /// Which.
        number: u64,
    },
}

/// Checks numbers in the order of the chain. The first number ever seen of a ramp may be any: watching may begin late.
pub fn check(known: Option<u64>, numbers: impl IntoIterator<Item = u64>) -> Continuity {
    let mut last = known;
    for number in numbers {
        if let Some(before) = last {
            let expected = before.saturating_add(1);
            if number > expected {
                return Continuity::Gap { first: expected, last: number.saturating_sub(1) };
            }
            if number < expected {
                return Continuity::Repeated { number };
            }
        }
        last = Some(number);
    }
    Continuity::Whole { last }
}

/// What the ramp's own counter says about what we saw: the numbers that exist and are not known.
///
/// `expected_next` is the ramp's `getExpectedNextSequenceNumber` at the block up to which we have read, `last_seen`
/// the highest number known up to that block.
pub fn missing_at_end(last_seen: Option<u64>, expected_next: u64) -> Option<(u64, u64)> {
    let first = last_seen.map_or(1, |last| last.saturating_add(1));
    (first < expected_next).then_some((first, expected_next.saturating_sub(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ccip_13_numbers_that_follow_each_other_are_whole() {
        assert_eq!(check(Some(4), [5, 6, 7]), Continuity::Whole { last: Some(7) });
        assert_eq!(check(None, [386, 387]), Continuity::Whole { last: Some(387) });
        assert_eq!(check(Some(4), []), Continuity::Whole { last: Some(4) });
    }

    #[test]
    fn ccip_13_a_missing_number_is_a_gap_and_a_number_again_is_not() {
        assert_eq!(check(Some(4), [5, 8]), Continuity::Gap { first: 6, last: 7 });
        assert_eq!(check(Some(4), [6]), Continuity::Gap { first: 5, last: 5 });
        assert_eq!(check(Some(4), [5, 5]), Continuity::Repeated { number: 5 });
    }

    #[test]
    fn ccip_13_the_ramps_counter_shows_what_an_empty_answer_hides() {
        assert_eq!(missing_at_end(Some(9), 10), None);
        assert_eq!(missing_at_end(Some(9), 12), Some((10, 11)));
        assert_eq!(missing_at_end(None, 1), None);
        assert_eq!(missing_at_end(None, 3), Some((1, 2)));
    }
}
