//! Whether lanes do well enough, over a sliding window. The denominator is what ended in the window: messages on their
//! way say nothing yet, and would make every busy minute look bad.

use std::time::Duration;

use causeway_primitives::{Ppm, U256};

/// What ended in a window, and how long it took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ended {
    /// Messages that were executed.
    pub executed: u64,
    /// Messages whose last execution failed.
    pub failed: u64,
    /// Messages that ran out of time.
    pub expired: u64,
    /// The exact 95th percentile of (executed − sent) of those executed; `None` without one.
    pub latency: Option<Duration>,
}

/// What has no end yet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Messages that are neither executed, failed nor expired.
    pub pending: u64,
    /// Those of them that were sent longer ago than the latency that is trouble.
    pub overdue: u64,
}

/// What is asked of a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// No rate is judged over fewer messages.
    pub minimum_sample: u64,
    /// Failed of all that ended: above, it is trouble.
    pub error_rate: Ppm,
    /// Executed of all that ended: below, it is trouble.
    pub success_rate: Ppm,
    /// The latency above is trouble.
    pub latency: Duration,
    /// A rate must be better by so much before its trouble is over.
    pub hysteresis: Ppm,
}

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// As it should be.
    Well,
    /// Not as it should be.
    Trouble,
    /// Too little ended to say: what was said before stays. Trouble ends all the same once its window holds nothing bad
    /// any more, or a lane on which little moves would be told of for ever.
    TooFew,
}

impl Ended {
    /// Everything that ended.
    pub const fn all(&self) -> u64 {
        self.executed.saturating_add(self.failed).saturating_add(self.expired)
    }

    /// Whether nothing ended badly.
    const fn is_clean(&self) -> bool {
        self.failed == 0 && self.expired == 0
    }

    /// Failed of all that ended.
    pub fn error_rate(&self) -> Ppm {
        share(self.failed, self.all())
    }

    /// Executed of all that ended.
    pub fn success_rate(&self) -> Ppm {
        share(self.executed, self.all())
    }
}

fn share(part: u64, whole: u64) -> Ppm {
    if whole == 0 { Ppm::ZERO } else { Ppm::of(U256::from(part), U256::from(whole)) }
}

/// Whether too many executions fail. `troubled`: it was trouble before.
pub fn errors(ended: &Ended, limits: &Limits, troubled: bool) -> Verdict {
    if ended.all() < limits.minimum_sample {
        return few(troubled && ended.is_clean());
    }
    let margin = if troubled { limits.hysteresis.get() } else { 0 };
    judge(ended.error_rate().get() > limits.error_rate.get().saturating_sub(margin))
}

/// Whether too few messages are executed.
pub fn successes(ended: &Ended, limits: &Limits, troubled: bool) -> Verdict {
    if ended.all() < limits.minimum_sample {
        return few(troubled && ended.is_clean());
    }
    let margin = if troubled { limits.hysteresis.get() } else { 0 };
    let wanted = limits.success_rate.get().saturating_add(margin).min(Ppm::WHOLE.get());
    judge(ended.success_rate().get() < wanted)
}

/// Of so many messages one may take too long: the 95th percentile is then still within the limit.
const ONE_IN: u64 = 20;

/// Whether messages take too long, those that have not come to an end among them: a lane on which nothing arrives any more
/// is not a fast one. A tenth better before it is over.
pub fn latency(ended: &Ended, waiting: Waiting, limits: &Limits, troubled: bool) -> Verdict {
    let Waiting { pending, overdue } = waiting;
    let sample = ended.executed.saturating_add(overdue);
    let is_enough = sample >= limits.minimum_sample || ended.executed == 0;
    if is_enough && overdue.saturating_mul(ONE_IN) > sample {
        return Verdict::Trouble;
    }
    let limit = if troubled { limits.latency.saturating_sub(tenth(limits.latency)) } else { limits.latency };
    match ended.latency {
        Some(latency) if ended.executed >= limits.minimum_sample => judge(latency > limit),
        Some(latency) => few(troubled && latency <= limit && overdue == 0),
        None => few(troubled && pending == 0),
    }
}

const fn few(over: bool) -> Verdict {
    if over { Verdict::Well } else { Verdict::TooFew }
}

fn tenth(span: Duration) -> Duration {
    span.checked_div(10).unwrap_or_default()
}

/// How much LINK an account has, against what it should have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stock {
    /// Enough.
    Enough,
    /// Below the warning.
    Low,
    /// Below the critical amount.
    Critical,
}

/// The stock at a balance, after it was `before`: it must exceed a threshold by a tenth before it is better, so that a
/// balance that hovers around it does not ring all day.
pub fn stock(juels: U256, warning: U256, critical: U256, before: Stock) -> Stock {
    let above = |threshold: U256, margin: bool| {
        let tenth = threshold.checked_div(U256::from(10)).unwrap_or_default();
        juels >= if margin { threshold.saturating_add(tenth) } else { threshold }
    };
    if !above(critical, before == Stock::Critical) {
        return Stock::Critical;
    }
    if above(warning, before != Stock::Enough) { Stock::Enough } else { Stock::Low }
}

const fn judge(trouble: bool) -> Verdict {
    if trouble { Verdict::Trouble } else { Verdict::Well }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        minimum_sample: 20,
        error_rate: Ppm::new(50_000),
        success_rate: Ppm::new(950_000),
        latency: Duration::from_secs(300),
        hysteresis: Ppm::new(10_000),
    };

    fn ended(executed: u64, failed: u64) -> Ended {
        Ended { executed, failed, expired: 0, latency: Some(Duration::from_secs(10)) }
    }

    #[test]
    fn ccip_10_one_failure_of_three_messages_is_no_rate() {
        assert_eq!(errors(&ended(2, 1), &LIMITS, false), Verdict::TooFew);
        assert_eq!(successes(&ended(2, 1), &LIMITS, true), Verdict::TooFew);
        assert_eq!(latency(&ended(2, 1), Waiting::default(), &LIMITS, false), Verdict::TooFew);
        assert_eq!(errors(&ended(2, 1), &LIMITS, true), Verdict::TooFew, "something failed in the window");
    }

    #[test]
    fn ccip_10_trouble_on_a_lane_where_little_moves_ends_with_the_window_that_holds_nothing_bad() {
        let none = Ended::default();
        for window in [none, ended(3, 0)] {
            assert_eq!(errors(&window, &LIMITS, true), Verdict::Well);
            assert_eq!(successes(&window, &LIMITS, true), Verdict::Well);
            assert_eq!(latency(&window, Waiting::default(), &LIMITS, true), Verdict::Well);
            assert_eq!(errors(&window, &LIMITS, false), Verdict::TooFew, "and none was told of");
        }
        let expired = Ended { expired: 1, ..none };
        assert_eq!(successes(&expired, &LIMITS, true), Verdict::TooFew);
        let slow = Ended { latency: Some(Duration::from_secs(290)), ..ended(3, 0) };
        assert_eq!(latency(&slow, Waiting::default(), &LIMITS, true), Verdict::TooFew);
    }

    #[test]
    fn ccip_10_the_thresholds_are_exclusive_and_have_a_margin_on_the_way_back() {
        assert_eq!(errors(&ended(95, 5), &LIMITS, false), Verdict::Well, "5 % is not above 5 %");
        assert_eq!(errors(&ended(94, 6), &LIMITS, false), Verdict::Trouble);
        assert_eq!(errors(&ended(95, 5), &LIMITS, true), Verdict::Trouble, "not better by the margin");
        assert_eq!(errors(&ended(96, 4), &LIMITS, true), Verdict::Well);
        assert_eq!(successes(&ended(95, 5), &LIMITS, false), Verdict::Well);
        assert_eq!(successes(&ended(94, 6), &LIMITS, false), Verdict::Trouble);
        assert_eq!(successes(&ended(95, 5), &LIMITS, true), Verdict::Trouble);
        assert_eq!(successes(&ended(96, 4), &LIMITS, true), Verdict::Well);
    }

    #[test]
    fn ccip_10_latency_is_the_95th_percentile_above_the_limit() {
        let slow = |seconds| Ended { latency: Some(Duration::from_secs(seconds)), ..ended(20, 0) };
        let latency = |ended: &Ended, troubled| latency(ended, Waiting::default(), &LIMITS, troubled);
        assert_eq!(latency(&slow(300), false), Verdict::Well);
        assert_eq!(latency(&slow(301), false), Verdict::Trouble);
        assert_eq!(latency(&slow(280), true), Verdict::Trouble);
        assert_eq!(latency(&slow(270), true), Verdict::Well);
    }

    #[test]
    fn ccip_10_messages_without_an_end_are_slow_ones_and_a_lane_that_stops_is_no_fast_one() {
        let fast = |executed| Ended { latency: Some(Duration::from_secs(9)), ..ended(executed, 0) };
        let judged =
            |ended: &Ended, pending, overdue, troubled| latency(ended, Waiting { pending, overdue }, &LIMITS, troubled);
        let none = Ended::default();
        assert_eq!(judged(&none, 1, 1, false), Verdict::Trouble, "nothing arrives");
        assert_eq!(judged(&none, 3, 0, false), Verdict::TooFew, "they are young");
        assert_eq!(judged(&none, 3, 0, true), Verdict::TooFew, "stopping ends no trouble");
        assert_eq!(judged(&none, 0, 0, true), Verdict::Well, "nothing is on its way");
        assert_eq!(judged(&fast(95), 9, 5, false), Verdict::Well);
        assert_eq!(judged(&fast(95), 9, 6, false), Verdict::Trouble);
        assert_eq!(judged(&fast(2), 9, 1, false), Verdict::TooFew, "too few to say");
        assert_eq!(judged(&fast(2), 9, 1, true), Verdict::TooFew);
    }

    #[test]
    fn ccip_10_link_rings_once_on_the_way_down_and_is_quiet_only_when_refilled() {
        let (warning, critical) = (U256::from(100), U256::from(50));
        let stock = |juels: u64, before| stock(U256::from(juels), warning, critical, before);
        assert_eq!(stock(100, Stock::Enough), Stock::Enough);
        assert_eq!(stock(99, Stock::Enough), Stock::Low);
        assert_eq!(stock(105, Stock::Low), Stock::Low, "hovering");
        assert_eq!(stock(110, Stock::Low), Stock::Enough);
        assert_eq!(stock(49, Stock::Low), Stock::Critical);
        assert_eq!(stock(52, Stock::Critical), Stock::Critical, "hovering");
        assert_eq!(stock(55, Stock::Critical), Stock::Low);
        assert_eq!(stock(200, Stock::Critical), Stock::Enough);
    }
}
