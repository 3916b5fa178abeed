//! The policy by table and by property. Time is a number of seconds; nothing waits.

mod laws;
mod scenes;

use std::{sync::Arc, time::Duration};

use causeway_primitives::{Monotonic, Timestamp};

use super::{Effect, Event, Now, Policy, SavedAt, State, decode, encode, next};
use crate::{
    alert::{Alert, Fingerprint, Labels, Name, Severity, Text, Tier},
    notification::{Kind, Notification},
    rules,
};

/// Wall time at second zero of a scene: 2026-11-20T00:00:00Z.
const START: u64 = 1_795_132_800;

fn at(secs: u64) -> Now {
    Now {
        wall: Timestamp::from_secs(START.saturating_add(secs)).unwrap(),
        monotonic: Monotonic::new(Duration::from_secs(secs)),
    }
}

fn alert(severity: Severity, tier: Tier, subject: &str) -> Arc<Alert> {
    Arc::new(Alert {
        name: Name::literal("OracleRpcUnavailable"),
        severity,
        tier,
        subject: Text::clean(subject),
        labels: Labels::default(),
        summary: Text::clean("no endpoint answers"),
        next_step: Text::clean("look at the endpoints"),
        fired_at: at(0).wall,
    })
}

fn error(subject: &str) -> Arc<Alert> {
    alert(Severity::Error, Tier::Alert, subject)
}

/// A policy with these rules beside one that satisfies the guarantee through a channel nobody looks at.
fn policy(rules: &str) -> Policy {
    rules::parse(&format!("[[rule]]\nname = 'base'\nchannels = ['base']\n{rules}")).unwrap()
}

/// A state machine with its time, and what it said.
struct Scene {
    policy: Policy,
    state: State,
    now: u64,
}

impl Scene {
    fn new(rules: &str) -> Self {
        Self { policy: policy(rules), state: State::new(1_000), now: 0 }
    }

    /// What the event causes, without the base channel.
    fn event(&mut self, event: Event) -> Vec<Effect> {
        let state = std::mem::replace(&mut self.state, State::new(0));
        let (state, mut effects) = next(&self.policy, state, event, at(self.now));
        self.state = state;
        effects.retain(|effect| !matches!(effect, Effect::Notify(one) if one.channel.as_str() == "base"));
        effects
    }

    fn raise(&mut self, alert: &Arc<Alert>) -> Vec<String> {
        said(&self.event(Event::Raised(Arc::clone(alert))))
    }

    fn clear(&mut self, alert: &Alert) -> Vec<String> {
        said(&self.event(Event::Cleared(alert.fingerprint())))
    }

    fn acknowledge(&mut self, alert: &Alert) -> Vec<String> {
        said(&self.event(Event::Acknowledged { alert: alert.fingerprint(), by: Text::clean("ann") }))
    }

    /// Ticks every second up to `second`, and says what was said when.
    fn until(&mut self, second: u64) -> Vec<String> {
        let mut heard = Vec::new();
        while self.now < second {
            self.now += 1;
            let now = self.now;
            heard.extend(said(&self.event(Event::Tick)).into_iter().map(|line| format!("{now}s {line}")));
        }
        heard
    }
}

/// `channel kind subjects` of each effect.
fn said(effects: &[Effect]) -> Vec<String> {
    let line = |effect: &Effect| match effect {
        Effect::Notify(one) => {
            let subjects: Vec<_> = one.alerts.iter().map(|alert| alert.subject.as_str()).collect();
            format!("{} {} {}", one.channel, kind(&one.kind), subjects.join(","))
        }
        Effect::Muted { alert, window } => format!("muted {} by {window}", alert.subject),
        Effect::Refused(alert) => format!("refused {}", alert.subject),
    };
    effects.iter().map(line).collect()
}

fn kind(kind: &Kind) -> String {
    match kind {
        Kind::Escalated { step } => format!("escalated-{step}"),
        Kind::Fired | Kind::Repeated | Kind::Acknowledged { .. } | Kind::Resolved | Kind::Report => {
            kind.as_str().to_owned()
        }
    }
}

fn notifications(effects: Vec<Effect>) -> Vec<Notification> {
    let notification = |effect| match effect {
        Effect::Notify(one) => Some(one),
        Effect::Muted { .. } | Effect::Refused(_) => None,
    };
    effects.into_iter().filter_map(notification).collect()
}

fn fingerprints(notification: &Notification) -> Vec<Fingerprint> {
    notification.alerts.iter().map(|alert| alert.fingerprint()).collect()
}
