//! All services as they were last seen.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use causeway_primitives::Timestamp;

use crate::{
    domain::condition::{Condition, Look, of_replica, of_service, of_system},
    ports::{Alert, Status},
};

/// Roles of replicas that know all of what their service has to tell.
const LEADING: [&str; 3] = ["leader", "partner", "single"];

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
    /// As they were found.
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

    /// The addresses of the replicas, the best to speak to first: who leads, or else was well when it was last seen, or else any.
    pub fn ranked(&self, now: Timestamp, stale_after: Duration) -> Vec<&str> {
        let rank = |seen: &&Seen| {
            let condition = seen.condition(now, stale_after);
            let leads = seen.status.as_ref().is_some_and(|status| status.role == "leader");
            (condition == Condition::Down, !leads, condition)
        };
        let mut ranked: Vec<_> = self.replicas.iter().collect();
        ranked.sort_by_key(rank);
        ranked.into_iter().map(|seen| seen.address.as_str()).collect()
    }

    /// What fires, each alert once however many replicas tell it, most urgent first, then oldest. Whoever leads knows all of it, so
    /// that one that is silent for long has nothing to add to what a leader says now; where no leader says anything, what was last
    /// said stands, since silence ends no alarm.
    pub fn alerts(&self, now: Timestamp, stale_after: Duration) -> Vec<&Alert> {
        let is_heard = |seen: &Seen| seen.heard_at.is_some_and(|at| now.since(at) <= stale_after);
        let leads = |seen: &Seen| seen.status.as_ref().is_some_and(|status| LEADING.contains(&status.role.as_str()));
        let leader_is_heard = self.replicas.iter().any(|seen| is_heard(seen) && leads(seen));
        let mut telling: Vec<_> =
            self.replicas.iter().filter(|replica| !leader_is_heard || is_heard(replica)).collect();
        telling.sort_by_key(|replica| std::cmp::Reverse(replica.heard_at));
        let mut once: BTreeMap<(&str, &str), &Alert> = BTreeMap::new();
        for alert in telling.into_iter().flat_map(|replica| replica.alerts.iter()) {
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
    pub fn alerts(&self, now: Timestamp) -> Vec<&Alert> {
        let mut alerts: Vec<&Alert> =
            self.services.iter().flat_map(|service| service.alerts(now, self.stale_after)).collect();
        alerts.sort_by_key(|alert| (std::cmp::Reverse(alert.severity), alert.fired_at));
        alerts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::Severity;

    const STALE: Duration = Duration::from_secs(10);

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_secs(1_790_000_000 + seconds).unwrap()
    }

    /// A replica that was heard then, with these alerts.
    fn heard(address: &str, then: Option<u64>, alerts: &[&str]) -> Seen {
        let alert = |name: &&str| Alert {
            service: "ccip-monitor".to_owned(),
            name: (*name).to_owned(),
            subject: String::new(),
            severity: Severity::Error,
            summary: format!("told by {address}"),
            next_step: String::new(),
            runbook: String::new(),
            fired_at: None,
            acknowledged_by: String::new(),
            muted_by: String::new(),
        };
        let alerts = alerts.iter().map(alert).collect();
        let status = Status {
            service: "ccip-monitor".to_owned(),
            version: String::new(),
            instance: address.to_owned(),
            config_hash: String::new(),
            condition: Condition::Ok,
            role: "leader".to_owned(),
            started_at: None,
            parts: Vec::new(),
        };
        Seen { address: address.to_owned(), status: Some(status), heard_at: then.map(at), alerts, ..Seen::default() }
    }

    fn standing_by(mut seen: Seen) -> Seen {
        if let Some(status) = &mut seen.status {
            status.role = "standby".to_owned();
        }
        seen
    }

    fn firing(replicas: Vec<Seen>, now: u64) -> Vec<String> {
        let service = Replicated { name: "ccip-monitor".to_owned(), replicas };
        service.alerts(at(now), STALE).into_iter().map(|alert| format!("{} {}", alert.name, alert.summary)).collect()
    }

    #[test]
    fn ops_1_alerts_of_a_replica_that_is_gone_end_when_another_tells_and_stay_when_nobody_does() {
        let dead = || heard("a", Some(0), &["LaneStuck"]);
        assert_eq!(
            firing(vec![dead(), heard("b", Some(5), &[])], 6),
            ["LaneStuck told by a"],
            "it may be back at once"
        );
        assert_eq!(firing(vec![dead(), heard("b", Some(60), &[])], 61), [""; 0]);
        let other = heard("b", Some(60), &["RouterDown"]);
        assert_eq!(firing(vec![dead(), other], 61), ["RouterDown told by b"]);
        let standby = || standing_by(heard("b", Some(60), &["RouterDown"]));
        let both = ["LaneStuck told by a", "RouterDown told by b"];
        assert_eq!(firing(vec![dead(), standby()], 61), both, "only a leader knows that it is over");
        let silent = || heard("b", Some(20), &["LaneStuck", "RouterDown"]);
        let last = ["LaneStuck told by b", "RouterDown told by b"];
        assert_eq!(firing(vec![dead(), silent(), heard("c", None, &[])], 61), last, "silence ends no alarm");
    }
}
