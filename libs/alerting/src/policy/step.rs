//! The transition: what one event, or the mere passing of time, changes and makes due.
//!
//! An event touches its own alert; a tick touches all. Whatever falls due goes through `outbound`, which
//! knows about groups and about the order in which a channel must hear things.

use std::{collections::BTreeMap, mem, sync::Arc, time::Duration};

use causeway_primitives::{Monotonic, Timestamp};

use super::{
    mute::{Window, WindowId},
    rule::{Mode, Policy, Rule},
    state::{Acknowledgement, Endings, Firing, State, Track},
};
use crate::{
    alert::{Alert, Fingerprint, Text, Tier},
    notification::{Kind, Notification},
};

/// One reading of both clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// For maintenance windows and for people.
    pub wall: Timestamp,
    /// For ages.
    pub monotonic: Monotonic,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Something is wrong, or failed once more: each raise of a firing alert counts as one failure.
    Raised(Arc<Alert>),
    /// It is over.
    Cleared(Fingerprint),
    /// Somebody takes it. Repeats and escalation stop until it ends or gets more severe.
    Acknowledged {
        /// What.
        alert: Fingerprint,
        /// Who.
        by: Text,
    },
    /// A maintenance window was agreed.
    WindowOpened(Window),
    /// A maintenance window ended early, or was called off.
    WindowClosed(WindowId),
    /// Time has passed. Send one at least every second: timers run only through events.
    Tick,
}

/// What to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Deliver this.
    Notify(Notification),
    /// This alert makes no message because of that window. Said once for the record.
    Muted {
        /// Which alert.
        alert: Arc<Alert>,
        /// Because of what.
        window: WindowId,
    },
    /// Too many alerts fire already: this one is not followed. Log it as an error.
    Refused(Arc<Alert>),
}

/// Takes one event into account and returns what is due.
pub fn next(policy: &Policy, state: State, event: Event, now: Now) -> (State, Vec<Effect>) {
    let mut step = Step { policy, state, now, effects: Vec::new() };
    step.state.windows.retain(|_, window| now.wall < window.until);
    match event {
        Event::Raised(alert) => {
            let fingerprint = alert.fingerprint();
            step.raise(fingerprint, alert);
            step.consider(&[fingerprint]);
        }
        Event::Cleared(alert) => step.clear(alert),
        Event::Acknowledged { alert, by } => step.acknowledge(alert, by),
        Event::WindowOpened(window) => {
            step.state.windows.insert(window.id.clone(), window);
            step.consider_all();
        }
        Event::WindowClosed(id) => {
            step.state.windows.remove(&id);
            step.consider_all();
        }
        Event::Tick => step.consider_all(),
    }
    step.flush_due();
    (step.state, step.effects)
}

/// One run of [`next`].
pub(super) struct Step<'a> {
    pub(super) policy: &'a Policy,
    pub(super) state: State,
    pub(super) now: Now,
    pub(super) effects: Vec<Effect>,
}

/// Messages that leave in the same step, by rule and kind, so that a hundred escalations are one message.
type Wave = BTreeMap<(usize, Saying), Vec<Fingerprint>>;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Saying {
    Fired,
    Repeated,
    Escalated(usize),
}

impl Step<'_> {
    fn raise(&mut self, fingerprint: Fingerprint, alert: Arc<Alert>) {
        let full = self.state.firing.len() >= self.state.capacity && alert.tier != Tier::Halt;
        match self.state.firing.get_mut(&fingerprint) {
            Some(firing) => {
                firing.failures = firing.failures.saturating_add(1);
                if alert.severity > firing.alert.severity {
                    firing.acknowledged = None; // Who took the lesser alert has not seen this one.
                }
                let fired_at = firing.alert.fired_at;
                firing.alert = Arc::new(Alert { fired_at, ..Alert::clone(&alert) });
            }
            None if full => self.effects.push(Effect::Refused(alert)),
            None => {
                let since = self.now.monotonic;
                self.state.firing.insert(fingerprint, Firing::new(alert, since));
            }
        }
    }

    fn clear(&mut self, fingerprint: Fingerprint) {
        let Some(ended) = self.state.firing.remove(&fingerprint) else { return };
        self.leave_groups(fingerprint, &ended);
        let wait = if ended.alert.tier == Tier::Halt { Duration::ZERO } else { self.policy.resolve_wait() };
        for channel in ended.told {
            let due = self.now.monotonic.after(wait);
            let endings = self.state.endings.entry(channel).or_insert_with(|| Endings { due, alerts: BTreeMap::new() });
            endings.due = endings.due.min(due);
            endings.alerts.insert(fingerprint, Arc::clone(&ended.alert));
            if endings.alerts.len() >= self.state.capacity {
                endings.due = self.now.monotonic;
            }
        }
    }

    fn acknowledge(&mut self, fingerprint: Fingerprint, by: Text) {
        let Some(firing) = self.state.firing.get_mut(&fingerprint) else { return };
        if firing.acknowledged.is_some() {
            return;
        }
        firing.acknowledged = Some(Acknowledgement { by: by.clone(), at: self.now.wall });
        let (alert, told) = (Arc::clone(&firing.alert), firing.told.clone());
        for channel in told {
            self.notify(&channel, &Kind::Acknowledged { by: by.clone() }, "acknowledged", vec![Arc::clone(&alert)]);
        }
    }

    fn consider_all(&mut self) {
        let all: Vec<_> = self.state.firing.keys().copied().collect();
        self.consider(&all);
    }

    /// Walks through the rules for these alerts and sends what needs no company.
    fn consider(&mut self, alerts: &[Fingerprint]) {
        let mut wave = Wave::new();
        for fingerprint in alerts {
            if self.is_muted(*fingerprint) {
                continue;
            }
            let policy = self.policy;
            for (index, rule) in policy.rules().iter().enumerate() {
                self.apply(*fingerprint, index, rule, &mut wave);
            }
        }
        for ((index, saying), alerts) in wave {
            self.say(index, saying, &alerts);
        }
    }

    /// Whether a window keeps the alert quiet; says so once.
    fn is_muted(&mut self, fingerprint: Fingerprint) -> bool {
        let Some(firing) = self.state.firing.get_mut(&fingerprint) else { return false };
        let open = self.state.windows.values().find(|window| window.mutes(&firing.alert, self.now.wall));
        let window = open.map(|window| window.id.clone());
        let before = mem::replace(&mut firing.muted_by, window.clone());
        match window {
            Some(window) if before.as_ref() != Some(&window) => {
                let alert = Arc::clone(&firing.alert);
                self.effects.push(Effect::Muted { alert, window });
                true
            }
            Some(_) => true,
            None => false,
        }
    }

    fn apply(&mut self, fingerprint: Fingerprint, index: usize, rule: &Rule, wave: &mut Wave) {
        let now = self.now.monotonic;
        let Some(firing) = self.state.firing.get_mut(&fingerprint) else { return };
        if !rule.matcher.matches(&firing.alert) {
            return;
        }
        let (age, unacknowledged) = (now.since(firing.since), firing.acknowledged.is_none());
        match firing.tracks.get_mut(&index) {
            None if !rule.condition.holds(firing.failures, age) => {}
            None if rule.mode == Mode::Notify && firing.alert.tier == Tier::Halt => {
                firing.tracks.insert(index, Track::said(now));
                wave.entry((index, Saying::Fired)).or_default().push(fingerprint);
            }
            None => {
                firing.tracks.insert(index, Track::Waiting);
                let alert = Arc::clone(&firing.alert);
                self.join_group(fingerprint, index, alert);
            }
            Some(Track::Waiting) => {}
            Some(Track::Said { first, last, steps }) if unacknowledged => {
                let due =
                    rule.escalations.iter().skip(*steps).take_while(|step| now.since(*first) >= step.after).count();
                for step in *steps..steps.saturating_add(due) {
                    wave.entry((index, Saying::Escalated(step))).or_default().push(fingerprint);
                }
                *steps = steps.saturating_add(due);
                if rule.repeat.is_some_and(|interval| now.since(*last) >= interval) {
                    *last = now;
                    wave.entry((index, Saying::Repeated)).or_default().push(fingerprint);
                }
            }
            Some(Track::Said { .. }) => {}
        }
    }

    fn say(&mut self, index: usize, saying: Saying, alerts: &[Fingerprint]) {
        let policy = self.policy;
        let Some(rule) = policy.rules().get(index) else { return };
        match saying {
            Saying::Fired => self.tell(rule, &rule.channels, &Kind::Fired, alerts),
            Saying::Repeated => self.tell(rule, &rule.channels, &Kind::Repeated, alerts),
            Saying::Escalated(step) => {
                let Some(escalation) = rule.escalations.get(step) else { return };
                self.tell(rule, &escalation.channels, &Kind::Escalated { step: step.saturating_add(1) }, alerts);
            }
        }
    }
}

impl Firing {
    const fn new(alert: Arc<Alert>, since: Monotonic) -> Self {
        Self {
            alert,
            failures: 1,
            acknowledged: None,
            muted_by: None,
            since,
            tracks: BTreeMap::new(),
            told: std::collections::BTreeSet::new(),
        }
    }
}

impl Track {
    pub(super) const fn said(now: Monotonic) -> Self {
        Self::Said { first: now, last: now, steps: 0 }
    }
}
