//! What is firing now, shared by those who raise, those who acknowledge, and those who ask.
//!
//! A thin shell around [`next`]: one lock, held for a transition and never across a wait. The caller
//! brings the time and carries out the effects.

use std::{
    mem,
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::policy::{Effect, Event, Firing, Now, Policy, State, next};

/// The alerts of one process under one policy.
#[derive(Debug)]
pub struct Registry {
    policy: Policy,
    state: Mutex<State>,
}

impl Registry {
    /// Nothing fires. At most `capacity` alerts are followed at once; Tier 1 gets in beyond it.
    pub const fn new(policy: Policy, capacity: usize) -> Self {
        Self { policy, state: Mutex::new(State::new(capacity)) }
    }

    /// Takes an event into account. What it returns must be carried out: it will not be said again.
    #[must_use = "an effect that is dropped is an alert that nobody hears"]
    pub fn apply(&self, event: Event, now: Now) -> Vec<Effect> {
        let mut state = self.lock();
        let before = mem::replace(&mut *state, State::new(0));
        let (after, effects) = next(&self.policy, before, event, now);
        *state = after;
        effects
    }

    /// What fires, muted alerts included: most urgent first, then oldest.
    pub fn list_firing(&self) -> Vec<Firing> {
        self.lock().firing().into_iter().cloned().collect()
    }

    /// The policy it follows.
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The transition cannot panic half-way with the state taken out, because it has no way to panic; a
    /// poisoned lock is therefore as good as any.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use causeway_primitives::{Monotonic, Timestamp};

    use super::*;
    use crate::{
        alert::{Alert, Labels, Name, Severity, Text, Tier},
        rules,
    };

    const NOW: Now = Now { wall: Timestamp::EPOCH, monotonic: Monotonic::new(Duration::ZERO) };

    fn alert(severity: Severity, fired_secs: u64) -> Arc<Alert> {
        Arc::new(Alert {
            name: Name::literal("OracleNoLeader"),
            severity,
            tier: Tier::Alert,
            subject: Text::clean(&format!("{}-{fired_secs}", severity.as_str())),
            labels: Labels::default(),
            summary: Text::clean("no replica leads"),
            next_step: Text::clean("look at the lease"),
            fired_at: Timestamp::from_secs(fired_secs).unwrap(),
        })
    }

    #[test]
    fn lists_the_most_urgent_first_and_then_the_oldest() {
        let registry = Registry::new(rules::parse(rules::HOUSE).unwrap(), 100);
        for (severity, at) in
            [(Severity::Info, 1), (Severity::Critical, 9), (Severity::Error, 2), (Severity::Critical, 4)]
        {
            assert!(!registry.apply(Event::Raised(alert(severity, at)), NOW).is_empty(), "the log hears everything");
        }
        let subjects: Vec<_> = registry.list_firing().iter().map(|one| one.alert.subject.to_string()).collect();
        assert_eq!(subjects, ["critical-4", "critical-9", "error-2", "info-1"]);
    }

    #[test]
    fn forgets_what_is_over() {
        let registry = Registry::new(rules::parse(rules::HOUSE).unwrap(), 100);
        let one = alert(Severity::Error, 1);
        let fingerprint = one.fingerprint();
        assert!(!registry.apply(Event::Raised(one), NOW).is_empty());
        assert!(registry.apply(Event::Cleared(fingerprint), NOW).is_empty(), "endings wait ten seconds for others");
        assert_eq!(registry.list_firing(), []);
    }
}
