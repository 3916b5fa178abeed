//! All services as they were last seen.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use causeway_primitives::Timestamp;

use crate::{
    domain::condition::{Condition, Look, of_replica, of_service, of_system},
    ports::{Alert, Status},
};

/// What was last seen of a replica.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// Where it is.
    pub address: String,
    /// The last look; `None` before the first.
    pub look: Option<Look>,
    /// What it last said; stays while it is silent.
    pub status: Option<Status>,
    /// Why it told nothing, at the last look; empty when it did.
    pub silence: String,
    /// When it was last heard.
    pub heard_at: Option<Timestamp>,
    /// What fires there, as it last said; shared, since each page that is open takes the whole picture at the same time.
    pub alerts: Arc<[Alert]>,
}

/// A service and its replicas.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Replicated {
    /// Its name.
    pub name: String,
    /// In the order of the configuration.
    pub replicas: Vec<Seen>,
}

/// Everything that is looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fleet {
    /// In the order of the configuration.
    pub services: Vec<Replicated>,
    /// Looks that are older say nothing.
    pub stale_after: Duration,
}

impl Seen {
    /// How it is.
    pub fn condition(&self, now: Timestamp, stale_after: Duration) -> Condition {
        of_replica(self.look, now, stale_after)
    }

    /// Why it is not well, in a sentence; empty when it is.
    pub fn reason(&self, condition: Condition) -> String {
        match condition {
            Condition::Ok => String::new(),
            Condition::Unknown if self.look.is_none() => "not looked at yet".to_owned(),
            Condition::Down if !self.silence.is_empty() => format!("no answer: {}", self.silence),
            Condition::Unknown | Condition::Degraded | Condition::Down => self.ailing(),
        }
    }

    fn ailing(&self) -> String {
        let parts = self.status.iter().flat_map(|status| &status.parts);
        let ailing: Vec<String> = parts
            .filter(|part| part.condition != Condition::Ok)
            .map(
                |part| {
                    if part.detail.is_empty() { part.name.clone() } else { format!("{}: {}", part.name, part.detail) }
                },
            )
            .collect();
        if ailing.is_empty() { "it was not heard lately".to_owned() } else { ailing.join("; ") }
    }
}

impl Replicated {
    /// How it is.
    pub fn condition(&self, now: Timestamp, stale_after: Duration) -> Condition {
        of_service(self.replicas.iter().map(|replica| replica.condition(now, stale_after)))
    }

    /// Why it is not well, of each replica that is not; empty when all are.
    pub fn reason(&self, now: Timestamp, stale_after: Duration) -> String {
        let reasons = self.replicas.iter().filter_map(|replica| {
            let reason = replica.reason(replica.condition(now, stale_after));
            (!reason.is_empty()).then(|| match self.replicas.len() {
                1 => reason,
                _ => format!("{}: {reason}", replica.address),
            })
        });
        reasons.collect::<Vec<_>>().join("; ")
    }

    /// The places of the replicas, the best to speak to first: who leads, or else was well when it was last seen, or else any.
    pub fn ranked(&self, now: Timestamp, stale_after: Duration) -> Vec<usize> {
        let rank = |(_, seen): &(usize, &Seen)| {
            let condition = seen.condition(now, stale_after);
            let leads = seen.status.as_ref().is_some_and(|status| status.role == "leader");
            (condition == Condition::Down, !leads, condition)
        };
        let mut ranked: Vec<_> = self.replicas.iter().enumerate().collect();
        ranked.sort_by_key(rank);
        ranked.into_iter().map(|(place, _)| place).collect()
    }

    /// What fires, each alert once however many replicas tell it, most urgent first, then oldest.
    pub fn alerts(&self) -> Vec<&Alert> {
        let mut once: BTreeMap<(&str, &str), &Alert> = BTreeMap::new();
        for alert in self.replicas.iter().flat_map(|replica| replica.alerts.iter()) {
            once.entry((&alert.name, &alert.subject)).or_insert(alert);
        }
        let mut alerts: Vec<&Alert> = once.into_values().collect();
        alerts.sort_by_key(|alert| (std::cmp::Reverse(alert.severity), alert.fired_at));
        alerts
    }
}

impl Fleet {
    /// The service of this name.
    pub fn service(&self, name: &str) -> Option<&Replicated> {
        self.services.iter().find(|service| service.name == name)
    }

    /// How everything is.
    pub fn condition(&self, now: Timestamp) -> Condition {
        of_system(self.services.iter().map(|service| service.condition(now, self.stale_after)))
    }

    /// What fires anywhere, most urgent first, then oldest.
    pub fn alerts(&self) -> Vec<&Alert> {
        let mut alerts: Vec<&Alert> = self.services.iter().flat_map(Replicated::alerts).collect();
        alerts.sort_by_key(|alert| (std::cmp::Reverse(alert.severity), alert.fired_at));
        alerts
    }
}
