//! The range that an answer must lie in. The contract's and the operator's are intersected; an answer
//! outside is refused and never clamped, because a clamped answer is a lie that looks like a price.

use causeway_primitives::Answer;

/// Which bound was broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Breach {
    /// Under the smallest answer allowed.
    Below(Answer),
    /// Over the largest answer allowed.
    Above(Answer),
}

/// A closed range of answers; an absent end is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// The smallest answer allowed.
    pub min: Option<Answer>,
    /// The largest answer allowed.
    pub max: Option<Answer>,
}

impl Bounds {
    /// No bounds.
    pub const NONE: Self = Self { min: None, max: None };

    /// The range that satisfies both.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        Self { min: self.min.max(other.min), max: narrower(self.max, other.max) }
    }

    /// True when no answer can satisfy it.
    pub fn is_empty(&self) -> bool {
        matches!((self.min, self.max), (Some(min), Some(max)) if min > max)
    }

    /// The bound that this answer breaks, if any. Both ends are allowed.
    pub fn breach(&self, answer: Answer) -> Option<Breach> {
        match (self.min, self.max) {
            (Some(min), _) if answer < min => Some(Breach::Below(min)),
            (_, Some(max)) if answer > max => Some(Breach::Above(max)),
            (_, _) => None,
        }
    }
}

/// The smaller of two upper ends; an absent end does not narrow. (`Option`'s own order would let
/// `None` win, which is right for lower ends only.)
fn narrower(a: Option<Answer>, b: Option<Answer>) -> Option<Answer> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (Some(end), None) | (None, Some(end)) => Some(end),
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use causeway_primitives::I256;

    use super::*;

    fn answer(value: i64) -> Answer {
        Answer::new(I256::try_from(value).unwrap())
    }

    #[test]
    fn both_ends_are_allowed_and_what_lies_outside_names_its_bound() {
        let bounds = Bounds { min: Some(answer(10)), max: Some(answer(20)) };
        for (value, expected) in [
            (9, Some(Breach::Below(answer(10)))),
            (10, None),
            (20, None),
            (21, Some(Breach::Above(answer(20)))),
            (-1, Some(Breach::Below(answer(10)))),
        ] {
            assert_eq!(bounds.breach(answer(value)), expected, "{value}");
        }
        assert_eq!(Bounds::NONE.breach(answer(i64::MIN)), None);
    }

    #[test]
    fn merging_keeps_the_narrower_end_of_each_side() {
        let contract = Bounds { min: Some(answer(1)), max: None };
        let config = Bounds { min: None, max: Some(answer(5)) };
        let both = Bounds { min: Some(answer(1)), max: Some(answer(5)) };
        assert_eq!(contract.merge(config), both);
        assert_eq!(config.merge(contract), both);
        let wider_above = Bounds { min: Some(answer(2)), max: Some(answer(9)) };
        assert_eq!(both.merge(wider_above), Bounds { min: Some(answer(2)), max: Some(answer(5)) });
        assert_eq!(both.merge(Bounds::NONE), both);
        assert!(Bounds { min: Some(answer(2)), max: Some(answer(1)) }.is_empty());
        assert!(!Bounds { min: Some(answer(2)), max: Some(answer(2)) }.is_empty());
    }
}
