//! Whether those who send over a lane should pause. Advice to the guard: this program stops nobody.

use super::rates::{Ended, Limits, Verdict, errors};

/// What to tell the guard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advice {
    /// So many executions fail that more sends would mostly be stuck value.
    Pause,
    /// The lane does well again.
    Resume,
}

impl Advice {
    /// The kind of the event that tells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pause => "pause_recommended",
            Self::Resume => "pause_withdrawn",
        }
    }

    /// The advice of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Pause, Self::Resume].into_iter().find(|advice| advice.as_str() == name)
    }
}

/// New advice, after `before`; `None`: what was said stands. Too few messages recommend no pause, and end one only when
/// nothing bad is left in the window: a lane that was paused on advice would never be heard of again otherwise.
pub fn advise(ended: &Ended, limits: &Limits, before: Advice) -> Option<Advice> {
    match (errors(ended, limits, before == Advice::Pause), before) {
        (Verdict::Trouble, Advice::Resume) => Some(Advice::Pause),
        (Verdict::Well, Advice::Pause) => Some(Advice::Resume),
        (Verdict::Trouble, Advice::Pause) | (Verdict::Well, Advice::Resume) | (Verdict::TooFew, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use causeway_primitives::Ppm;

    use super::*;

    const LIMITS: Limits = Limits {
        minimum_sample: 20,
        error_rate: Ppm::new(50_000),
        success_rate: Ppm::new(950_000),
        latency: Duration::from_secs(300),
        hysteresis: Ppm::new(10_000),
    };

    fn ended(executed: u64, failed: u64) -> Ended {
        Ended { executed, failed, expired: 0, latency: None }
    }

    #[test]
    fn ccip_15_a_pause_is_recommended_once_and_withdrawn_once() {
        assert_eq!(advise(&ended(90, 10), &LIMITS, Advice::Resume), Some(Advice::Pause));
        assert_eq!(advise(&ended(90, 10), &LIMITS, Advice::Pause), None, "said already");
        assert_eq!(advise(&ended(95, 5), &LIMITS, Advice::Pause), None, "not better by the margin");
        assert_eq!(advise(&ended(99, 1), &LIMITS, Advice::Pause), Some(Advice::Resume));
        assert_eq!(advise(&ended(99, 1), &LIMITS, Advice::Resume), None);
    }

    #[test]
    fn ccip_15_too_few_messages_recommend_no_pause_and_end_one_once_nothing_bad_is_left() {
        assert_eq!(advise(&ended(0, 19), &LIMITS, Advice::Resume), None);
        assert_eq!(advise(&ended(18, 1), &LIMITS, Advice::Pause), None);
        assert_eq!(advise(&ended(19, 0), &LIMITS, Advice::Pause), Some(Advice::Resume));
        assert_eq!(advise(&Ended::default(), &LIMITS, Advice::Pause), Some(Advice::Resume));
    }
}
