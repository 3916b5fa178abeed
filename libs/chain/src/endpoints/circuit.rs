//! When a failing endpoint is left alone: closed → open → half-open → closed. Pure; takes `now`.
//!
//! Half-open lets exactly one call through. Its permission runs out, because a caller may give up
//! (and drop its call) without ever reporting how it went.

use std::time::Duration;

use causeway_primitives::Monotonic;

/// When a circuit opens and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CircuitPolicy {
    /// Failures in a row that open it; at least 1.
    pub failures_to_open: u32,
    /// How long it stays open the first time; it doubles with every failed trial.
    pub cool_down: Duration,
    /// The longest that it stays open.
    pub longest_cool_down: Duration,
}

impl Default for CircuitPolicy {
    /// Three failures are no coincidence; a node restart takes seconds, a resynchronisation minutes.
    fn default() -> Self {
        Self { failures_to_open: 3, cool_down: Duration::from_secs(1), longest_cool_down: Duration::from_secs(60) }
    }
}

/// Where a circuit stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CircuitState {
    /// Calls go through.
    Closed,
    /// One call is let through to see.
    HalfOpen,
    /// No call goes through.
    Open,
}

impl CircuitState {
    /// The label in health pages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::HalfOpen => "half_open",
            Self::Open => "open",
        }
    }
}

/// The circuit of one endpoint.
#[derive(Debug, Clone)]
pub struct Circuit {
    policy: CircuitPolicy,
    failures: u32,
    /// How often it opened since the last success.
    opened: u32,
    /// Set while it is not closed: no call before this.
    shut_until: Option<Monotonic>,
}

impl Circuit {
    /// A closed circuit.
    pub const fn new(policy: CircuitPolicy) -> Self {
        Self { policy, failures: 0, opened: 0, shut_until: None }
    }

    /// Whether a call may be made now. Half-open, a yes takes the one permission for as long as the
    /// cool-down lasts.
    pub fn admit(&mut self, now: Monotonic) -> bool {
        match self.shut_until {
            None => true,
            Some(until) if now < until => false,
            Some(_) => {
                self.shut_until = Some(now.after(self.policy.cool_down));
                true
            }
        }
    }

    /// The call went well.
    pub const fn succeeded(&mut self) {
        self.failures = 0;
        self.opened = 0;
        self.shut_until = None;
    }

    /// The call failed by the endpoint's fault; `at_least` is what it asked for in `Retry-After`.
    pub fn failed(&mut self, now: Monotonic, at_least: Option<Duration>) {
        self.failures = self.failures.saturating_add(1);
        let trial_failed = self.opened > 0;
        if trial_failed || self.failures >= self.policy.failures_to_open || at_least.is_some() {
            let doubled = self.policy.cool_down.saturating_mul(1_u32.checked_shl(self.opened).unwrap_or(u32::MAX));
            let pause = doubled.max(at_least.unwrap_or_default()).min(self.policy.longest_cool_down);
            self.opened = self.opened.saturating_add(1);
            self.shut_until = Some(now.after(pause));
        }
    }

    /// Opens at once, for faults that no retry heals.
    pub fn trip(&mut self, now: Monotonic) {
        self.failures = self.failures.max(self.policy.failures_to_open);
        self.failed(now, None);
    }

    /// Where it stands at `now`.
    pub fn state(&self, now: Monotonic) -> CircuitState {
        match self.shut_until {
            None => CircuitState::Closed,
            Some(until) if now < until => CircuitState::Open,
            Some(_) => CircuitState::HalfOpen,
        }
    }

    /// True while calls go through without restriction.
    pub const fn is_closed(&self) -> bool {
        self.shut_until.is_none()
    }

    /// Failures in a row.
    pub const fn failures(&self) -> u32 {
        self.failures
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: CircuitPolicy = CircuitPolicy {
        failures_to_open: 3,
        cool_down: Duration::from_secs(1),
        longest_cool_down: Duration::from_secs(3),
    };

    fn at(millis: u64) -> Monotonic {
        Monotonic::new(Duration::from_millis(millis))
    }

    fn open_at_zero() -> Circuit {
        let mut circuit = Circuit::new(POLICY);
        for _ in 0..3 {
            assert!(circuit.admit(at(0)));
            circuit.failed(at(0), None);
        }
        circuit
    }

    #[test]
    fn ops_3_a_circuit_opens_after_failures_in_a_row_and_only_then() {
        let mut circuit = Circuit::new(POLICY);
        circuit.failed(at(0), None);
        circuit.failed(at(0), None);
        circuit.succeeded();
        circuit.failed(at(0), None);
        circuit.failed(at(0), None);
        assert_eq!(circuit.state(at(0)), CircuitState::Closed);
        circuit.failed(at(0), None);
        assert_eq!(circuit.state(at(0)), CircuitState::Open);
        assert!(!circuit.admit(at(999)));
    }

    #[test]
    fn ops_3_half_open_lets_one_call_through() {
        let mut circuit = open_at_zero();
        assert_eq!(circuit.state(at(1_000)), CircuitState::HalfOpen);
        assert!(circuit.admit(at(1_000)));
        assert!(!circuit.admit(at(1_001)), "the second caller waits for the first one's outcome");
        circuit.succeeded();
        assert_eq!(circuit.state(at(1_002)), CircuitState::Closed);
    }

    #[test]
    fn a_trial_that_nobody_finished_does_not_block_for_ever() {
        let mut circuit = open_at_zero();
        assert!(circuit.admit(at(1_000)));
        assert!(circuit.admit(at(2_000)));
    }

    #[test]
    fn ops_3_failed_trials_double_the_pause_up_to_its_limit() {
        let mut circuit = open_at_zero();
        let mut now = 1_000;
        for pause in [2_000, 3_000, 3_000] {
            assert!(circuit.admit(at(now)));
            circuit.failed(at(now), None);
            assert_eq!(circuit.state(at(now + pause - 1)), CircuitState::Open);
            now += pause;
            assert_eq!(circuit.state(at(now)), CircuitState::HalfOpen);
        }
    }

    #[test]
    fn retry_after_is_obeyed_at_the_first_failure_within_the_limit() {
        let mut circuit = Circuit::new(POLICY);
        circuit.failed(at(0), Some(Duration::from_secs(2)));
        assert!(!circuit.admit(at(1_999)));
        assert!(circuit.admit(at(2_000)));
        circuit.failed(at(2_000), Some(Duration::from_secs(86_400)));
        assert!(circuit.admit(at(5_000)), "a day's ban would be an endpoint lost for good");
    }
}
