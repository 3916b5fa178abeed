//! What leaves: groups whose wait is over, endings whose wait is over, and the notifications themselves.
//!
//! One order matters: a channel hears that an alert is over before it hears that it fires again, because
//! PagerDuty would otherwise close the new incident with the old one's end.

use std::{cmp::Reverse, collections::BTreeSet, mem, sync::Arc};

use causeway_primitives::Timestamp;

use super::{
    rule::{Mode, Rule},
    state::{Firing, Group, GroupKey, Track},
    step::{Effect, Step},
};
use crate::{
    alert::{Alert, Fingerprint, Severity},
    notification::{ChannelId, Kind, Notification},
};

impl Step<'_> {
    /// Puts an alert into its group and sets when the group's message goes out.
    pub(super) fn join_group(&mut self, fingerprint: Fingerprint, index: usize, alert: Arc<Alert>) {
        let Some(rule) = self.policy.rules().get(index) else { return };
        let now = self.now.monotonic;
        let key = GroupKey { rule: index, values: rule.grouping.key(&alert) };
        let group = self.state.groups.entry(key).or_default();
        let after_last = group.last_sent.map_or(now, |last| last.after(rule.grouping.interval));
        group.due = group.due.or(Some(now.after(rule.grouping.wait).max(after_last)));
        group.waiting.insert(fingerprint, alert);
        if group.waiting.len() >= self.state.capacity {
            group.due = Some(now); // A full report goes out early instead of growing.
        }
    }

    /// An alert that ended before its message went out is not worth one; a report lists it all the same.
    pub(super) fn leave_groups(&mut self, fingerprint: Fingerprint, ended: &Firing) {
        for (index, track) in &ended.tracks {
            let Some(rule) = self.policy.rules().get(*index) else { continue };
            if *track != Track::Waiting || rule.mode == Mode::Digest {
                continue;
            }
            let key = GroupKey { rule: *index, values: rule.grouping.key(&ended.alert) };
            if let Some(group) = self.state.groups.get_mut(&key) {
                group.waiting.remove(&fingerprint);
                group.due = group.due.filter(|_| !group.waiting.is_empty());
            }
        }
    }

    /// Sends every group and every list of endings whose time has come.
    pub(super) fn flush_due(&mut self) {
        let now = self.now.monotonic;
        let is_due = |(key, group): (&GroupKey, &Group)| group.due.is_some_and(|due| due <= now).then(|| key.clone());
        let due: Vec<_> = self.state.groups.iter().filter_map(is_due).collect();
        for key in due {
            self.flush_group(&key);
        }
        let ended: Vec<_> =
            self.state.endings.iter().filter(|(_, endings)| endings.due <= now).map(|(id, _)| id.clone()).collect();
        for channel in ended {
            self.flush_endings(&channel);
        }
        self.forget_idle_groups();
    }

    fn flush_group(&mut self, key: &GroupKey) {
        let policy = self.policy;
        let (Some(rule), Some(group)) = (policy.rules().get(key.rule), self.state.groups.get_mut(key)) else { return };
        let waiting = mem::take(&mut group.waiting);
        group.due = None;
        group.last_sent = Some(self.now.monotonic);
        match rule.mode {
            Mode::Digest => {
                for fingerprint in waiting.keys() {
                    self.mark_said(*fingerprint, key.rule);
                }
                let alerts: Vec<_> = waiting.into_values().collect();
                for channel in &rule.channels {
                    self.notify(channel, &Kind::Report, &rule.name, alerts.clone());
                }
            }
            Mode::Notify => {
                let (muted, heard): (Vec<_>, Vec<_>) = waiting.into_keys().partition(|one| self.muted_now(*one));
                for fingerprint in muted {
                    // It joins again when the window closes.
                    if let Some(firing) = self.state.firing.get_mut(&fingerprint) {
                        firing.tracks.remove(&key.rule);
                    }
                }
                for fingerprint in &heard {
                    self.mark_said(*fingerprint, key.rule);
                }
                self.tell(rule, &rule.channels, &Kind::Fired, &heard);
            }
        }
    }

    fn mark_said(&mut self, fingerprint: Fingerprint, rule: usize) {
        if let Some(firing) = self.state.firing.get_mut(&fingerprint) {
            firing.tracks.insert(rule, Track::said(self.now.monotonic));
        }
    }

    fn muted_now(&self, fingerprint: Fingerprint) -> bool {
        let Some(firing) = self.state.firing.get(&fingerprint) else { return false };
        self.state.windows.values().any(|window| window.mutes(&firing.alert, self.now.wall))
    }

    /// Says something about firing alerts to some channels, and remembers who was told.
    pub(super) fn tell(&mut self, rule: &Rule, to: &BTreeSet<ChannelId>, kind: &Kind, about: &[Fingerprint]) {
        let mut alerts = Vec::with_capacity(about.len());
        for fingerprint in about {
            if let Some(firing) = self.state.firing.get_mut(fingerprint) {
                firing.told.extend(to.iter().cloned());
                alerts.push(Arc::clone(&firing.alert));
            }
        }
        for channel in to {
            let closes_first = self.state.endings.get(channel);
            if closes_first.is_some_and(|endings| about.iter().any(|one| endings.alerts.contains_key(one))) {
                self.flush_endings(channel);
            }
            self.notify(channel, kind, &rule.name, alerts.clone());
        }
    }

    fn flush_endings(&mut self, channel: &ChannelId) {
        if let Some(endings) = self.state.endings.remove(channel) {
            self.notify(channel, &Kind::Resolved, "resolved", endings.alerts.into_values().collect());
        }
    }

    /// Makes the messages: most urgent first, long lists in several parts.
    pub(super) fn notify(&mut self, channel: &ChannelId, kind: &Kind, rule: &str, mut alerts: Vec<Arc<Alert>>) {
        alerts.sort_by(|a, b| urgency(a).cmp(&urgency(b)));
        for part in alerts.chunks(Notification::MAX_ALERTS) {
            self.state.sequence = self.state.sequence.wrapping_add(1);
            self.effects.push(Effect::Notify(Notification {
                key: self.key(channel, kind, part),
                channel: channel.clone(),
                kind: kind.clone(),
                rule: rule.into(),
                alerts: part.to_vec(),
                at: self.now.wall,
            }));
        }
    }

    /// The sequence alone would start again with the process; together with the time it does not repeat.
    fn key(&self, channel: &ChannelId, kind: &Kind, alerts: &[Arc<Alert>]) -> Fingerprint {
        let (at, sequence) = (self.now.wall.as_millis().to_string(), self.state.sequence.to_string());
        let alerts: Vec<_> = alerts.iter().map(|alert| alert.fingerprint().to_string()).collect();
        let head = [channel.as_str(), kind.as_str(), &at, &sequence];
        Fingerprint::of(head.into_iter().chain(alerts.iter().map(String::as_str)))
    }

    /// A group is only needed again for its interval.
    fn forget_idle_groups(&mut self) {
        let (rules, now) = (self.policy.rules(), self.now.monotonic);
        self.state.groups.retain(|key, group| {
            let interval = rules.get(key.rule).map(|rule| rule.grouping.interval).unwrap_or_default();
            group.due.is_some() || group.last_sent.is_some_and(|last| now < last.after(interval))
        });
    }
}

/// Most urgent first, then oldest; the rest only makes the order a fixed one.
fn urgency(alert: &Alert) -> (Reverse<Severity>, Timestamp, &str, &str) {
    (Reverse(alert.severity), alert.fired_at, alert.name.as_str(), alert.subject.as_str())
}
