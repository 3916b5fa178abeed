//! When the books are counted anew instead of on: first thing of a term, from time to time, and as long as something is
//! wrong, so that no resume is validated by sums that nobody counted.

use std::time::Duration;

use causeway_primitives::Monotonic;

use super::Guard;
use crate::domain::{
    evaluate::Evaluation,
    evidence::{Evidence, Seen},
    finding::Detail,
};

/// How much of the books a sweep counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Count {
    /// What is new since the checkpoint.
    On,
    /// Everything.
    Anew,
}

/// What is remembered of recounts.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Recounts {
    /// When the last one was asked for in this term.
    asked: Option<Monotonic>,
    /// When one was made and agreed.
    agreed: Option<Monotonic>,
    /// Whether the last one that was made did not.
    differs: bool,
}

impl Recounts {
    /// What the next sweep counts, while so many halts hold; `None` when that cannot be read, which counts as halted.
    fn next(&mut self, now: Monotonic, every: Duration, halts: Option<usize>) -> Count {
        let is_due = self.asked.is_none_or(|asked| now.since(asked) >= every);
        if is_due || self.differs || halts != Some(0) {
            self.asked = Some(now);
            return Count::Anew;
        }
        Count::On
    }

    /// A recount was made, and these many sums are not what they were.
    const fn note(&mut self, made: Monotonic, changed: usize) {
        self.differs = changed > 0;
        if changed == 0 {
            self.agreed = Some(made);
        }
    }
}

impl Guard {
    /// How long ago the sums were last counted from the first row and found right, by this replica; `None` before the
    /// first time.
    pub fn recount_age(&self) -> Option<Duration> {
        let agreed = self.state().recounts.agreed?;
        Some(self.parts.clock.monotonic().since(agreed))
    }

    /// What the next sweep counts.
    pub(super) async fn count(&self) -> Count {
        let halts = self.known_latch().await.map(|latch| latch.active().count());
        let (now, every) = (self.parts.clock.monotonic(), self.parts.settings.recount_every);
        self.state().recounts.next(now, every, halts)
    }

    /// Remembers what came of it, where the evidence has a recount.
    pub(super) fn note_recount(&self, begun: Monotonic, evidence: &Evidence, evaluation: &Evaluation) {
        match &evidence.books {
            Seen::Known(books) if books.carried.is_some() => {
                let changed = evaluation.findings.iter().filter(|one| one.detail == Detail::HistoryChanged).count();
                self.state().recounts.note(begun, changed);
            }
            Seen::Known(_) | Seen::Missing(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3_600);

    fn at(seconds: u64) -> Monotonic {
        Monotonic::new(Duration::from_secs(seconds))
    }

    #[test]
    fn grd_5_the_books_are_counted_anew_first_and_then_from_time_to_time() {
        let mut recounts = Recounts::default();
        assert_eq!(recounts.next(at(0), HOUR, Some(0)), Count::Anew);
        recounts.note(at(0), 0);
        assert_eq!(recounts.next(at(3_599), HOUR, Some(0)), Count::On);
        assert_eq!(recounts.next(at(3_600), HOUR, Some(0)), Count::Anew);
    }

    #[test]
    fn grd_17_the_books_are_counted_anew_as_long_as_something_is_wrong() {
        let mut recounts = Recounts { asked: Some(at(0)), ..Recounts::default() };
        assert_eq!(recounts.next(at(1), HOUR, Some(1)), Count::Anew, "halted");
        assert_eq!(recounts.next(at(1), HOUR, None), Count::Anew, "nobody knows");
        recounts.note(at(1), 2);
        assert_eq!(recounts.next(at(2), HOUR, Some(0)), Count::Anew, "it did not agree");
        recounts.note(at(2), 0);
        assert_eq!(recounts.next(at(3), HOUR, Some(0)), Count::On);
    }

    #[test]
    fn grd_5_a_recount_that_took_too_long_is_tried_again_at_its_time() {
        let mut recounts = Recounts::default();
        recounts.next(at(0), HOUR, Some(0));
        assert_eq!((recounts.next(at(1), HOUR, Some(0)), recounts.agreed), (Count::On, None));
        assert_eq!(recounts.next(at(3_600), HOUR, Some(0)), Count::Anew);
    }
}
