//! Durations that were measured, and their quantiles: by nearest rank, so that each is one that was really seen.

use std::{fmt, time::Duration};

use super::run::millis;

/// All of one measurement.
#[derive(Debug, Default)]
pub(super) struct Samples(Vec<Duration>);

impl Samples {
    pub(super) fn add(&mut self, sample: Duration) {
        self.0.push(sample);
        self.0.sort_unstable();
    }

    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// How many are longer.
    pub(super) fn above(&self, limit: Duration) -> usize {
        self.0.iter().filter(|sample| **sample > limit).count()
    }

    /// The smallest sample that so many percent are not above.
    fn quantile(&self, percent: usize) -> Duration {
        let rank = self.0.len().saturating_mul(percent).div_ceil(100).saturating_sub(1);
        self.0.get(rank).copied().unwrap_or_default()
    }
}

impl fmt::Display for Samples {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [least, median, ninety, last_twentieth, highest, most] =
            [0, 50, 90, 95, 99, 100].map(|percent| millis(self.quantile(percent)));
        write!(
            f,
            "n {}  min {least}  p50 {median}  p90 {ninety}  p95 {last_twentieth}  p99 {highest}  max {most}",
            self.count()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_samples_that_were_seen() {
        let mut samples = Samples::default();
        (1..=200).rev().for_each(|millis| samples.add(Duration::from_millis(millis)));
        let text = samples.to_string();
        assert_eq!(text, "n 200  min 1.0 ms  p50 100.0 ms  p90 180.0 ms  p95 190.0 ms  p99 198.0 ms  max 200.0 ms");
        assert_eq!(Samples::default().quantile(99), Duration::ZERO);
    }
}
