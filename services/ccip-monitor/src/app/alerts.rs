//! What fires, and when: every alert of the service with its words, raised and cleared as states change.
//!
//! Each name has a page under `docs/runbooks`. Findings of one kind on one lane are one alert, however many they are.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use causeway_alerting::{Alarms, Concern, Severity};
use causeway_primitives::{Timestamp, U256};

use super::view::{ChainView, Known, LaneView, Router};
use crate::{
    config::AlertLimits,
    domain::{
        finding::Kind,
        rates::{self, Ended, Limits, Stock, Verdict, Waiting},
    },
    ports::OpenFindings,
};

macro_rules! concerns {
    ($($constant:ident = $name:literal, $severity:ident, $next_step:literal;)*) => {
        $(static $constant: Concern = Concern::new($name, Severity::$severity, $next_step);)*

        /// Everything that the service watches; each has a runbook page.
        pub static CONCERNS: &[&Concern] = &[$(&$constant),*];
    };
}

concerns! {
    ERROR_RATE = "CcipErrorRateHigh", Error, "diagnose one of the failed messages; if they fail alike, pause the senders of the lane";
    SUCCESS_RATE = "CcipSuccessRateLow", Error, "look at the failed and expired messages of the lane";
    LATENCY = "CcipLatencyHigh", Warning, "diagnose the oldest message on its way: the step that waits is the bottleneck";
    EXPIRED = "CcipMessageExpired", Error, "diagnose the message; it can still be executed by hand";
    LINK_LOW = "CcipLinkBalanceLow", Warning, "refill the account with LINK; the balance page says how long it lasts";
    LINK_CRITICAL = "CcipLinkBalanceCritical", Critical, "refill the account with LINK now: its next messages will be refused";
    ROUTER = "CcipRouterUnavailable", Critical, "check that the router is deployed at the configured address and that the endpoint serves the right chain";
    LANE = "CcipLaneUnsupported", Critical, "the router has no on-ramp for the lane: ask its owner whether it was retired";
    CURSED = "CcipCursed", Critical, "stop sending; ask those who run the risk network why they cursed";
    CHAIN = "CcipChainUnavailable", Critical, "check the chain's endpoints";
    BEHIND = "CcipReadingBehind", Error, "look at the reader's last error; while it is behind, nothing said about the lane is current";
    TAMPERED = "CcipMessageTampered", Critical, "stop sending on the lane; compare the message's two sides and the contract's code";
    REPLAYED = "CcipReplay", Critical, "stop sending on the lane; replay protection of the destination is broken";
    UNSENT = "CcipExecutionWithoutSend", Critical, "stop the lane: something was executed that nobody sent";
    MISSING = "CcipMessagesMissing", Error, "run `ccip-monitor verify`; ask another endpoint for the range";
    COMMIT = "CcipCommitIrregular", Error, "compare the reports of the lane with its messages";
    ORDER = "CcipOutOfOrder", Warning, "look at the sender's earlier messages: one of them was passed over";
    UNAUTHORISED = "CcipUnauthorised", Warning, "ask whose account it is; list it in the configuration or have it disallowed on chain";
    SETTINGS = "CcipSettingsChanged", Warning, "ask the contracts' owner whether the change was meant; close the finding when it was";
    AMBIGUOUS = "CcipAmbiguousLink", Warning, "compare the messages by hand: their contents are equal and their ids are not stated";
    NO_LEADER = "CcipNoLeader", Critical, "check that a replica runs and reaches its database";
}

/// The alert of a kind of finding. Those that are told otherwise have none of their own.
const fn concern(kind: Kind) -> &'static Concern {
    match kind {
        Kind::IdMismatch | Kind::LeafMismatch => &TAMPERED,
        Kind::DuplicateExecution | Kind::SequenceRepeated | Kind::IllegalTransition => &REPLAYED,
        Kind::ExecutionWithoutSend => &UNSENT,
        Kind::SequenceGap | Kind::Undecodable => &MISSING,
        Kind::CommitOverlap | Kind::CommitGap | Kind::CommitWithoutSend | Kind::RootRemoved => &COMMIT,
        Kind::NonceOutOfOrder => &ORDER,
        Kind::SenderNotAllowed | Kind::ReceiverNotAllowed | Kind::UnlistedLane => &UNAUTHORISED,
        Kind::SettingsChanged => &SETTINGS,
        Kind::AmbiguousLink => &AMBIGUOUS,
    }
}

/// The alerts of the process.
#[derive(Debug)]
pub struct Alerts {
    alarms: Alarms,
    limits: AlertLimits,
    stocks: BTreeMap<String, Stock>,
}

impl Alerts {
    /// Says what is wrong to these.
    pub const fn new(alarms: Alarms, limits: AlertLimits) -> Self {
        Self { alarms, limits, stocks: BTreeMap::new() }
    }

    /// The latency above which there is trouble.
    pub const fn latency(&self) -> Duration {
        self.limits.latency
    }

    /// How a lane did in the window, and what has no end yet.
    pub fn lane_ended(&self, lane: &str, ended: &Ended, waiting: Waiting) {
        let limits = limits(self.limits);
        let all = ended.all();
        let verdict = rates::errors(ended, &limits, self.fires(&ERROR_RATE, lane));
        self.judged(&ERROR_RATE, lane, verdict, || {
            format!("{} of {all} messages that ended on {lane} failed ({} %)", ended.failed, ended.error_rate())
        });
        let verdict = rates::successes(ended, &limits, self.fires(&SUCCESS_RATE, lane));
        self.judged(&SUCCESS_RATE, lane, verdict, || {
            format!(
                "{} of {all} messages that ended on {lane} were executed ({} %)",
                ended.executed,
                ended.success_rate()
            )
        });
        let verdict = rates::latency(ended, waiting, &limits, self.fires(&LATENCY, lane));
        self.judged(&LATENCY, lane, verdict, || {
            let executed = ended.latency.map_or_else(
                || "nothing was executed".to_owned(),
                |latency| format!("the 95th percentile is {} s over {} messages", latency.as_secs(), ended.executed),
            );
            let limit = limits.latency.as_secs();
            format!("{lane}: {executed}; {} more have no end after {limit} s", waiting.overdue)
        });
    }

    /// Messages of a lane that are expired now.
    pub fn expired(&self, lane: &str, count: u64) {
        self.say(&EXPIRED, lane, count > 0, || format!("{count} messages of {lane} have no end within its time"));
    }

    /// Everything that the probes know of a chain.
    pub fn chain(&mut self, chain: &ChainView) {
        let name = chain.name.as_str();
        let router = match &chain.router {
            // None is configured, or nobody has looked yet: then what was told before stays.
            Known::NotAsked | Known::Is(Router::Serves { .. }) => None,
            Known::Is(Router::NoCode) => Some("there is no contract at its address".to_owned()),
            Known::Is(Router::Refuses(why)) | Known::Unknown(why) => Some(why.clone()),
        };
        if chain.router != Known::NotAsked || chain.looked_at.is_some() {
            self.alarms.say(&ROUTER, name, router.map(|why| format!("the router of {name} does not serve: {why}")));
        }
        // Not knowing leaves an alarm as it is: neither raised nor cleared.
        if let Known::Is(cursed) = chain.cursed {
            self.say(&CURSED, name, cursed, || format!("everything on {name} is cursed"));
        }
        for balance in &chain.balances {
            if let Known::Is(juels) = balance.juels {
                self.link(&format!("{name}:{}", balance.account), juels, balance.days_left);
            }
        }
    }

    fn link(&mut self, subject: &str, juels: U256, days_left: Option<u32>) {
        let before = self.stocks.get(subject).copied().unwrap_or_else(|| self.told(subject));
        let stock = rates::stock(juels, self.limits.link_warning, self.limits.link_critical, before);
        self.stocks.insert(subject.to_owned(), stock);
        let lasts = days_left.map_or_else(String::new, |days| format!("; it lasts about {days} days"));
        let words = || format!("{subject} has {juels} juels of LINK{lasts}");
        self.say(&LINK_LOW, subject, stock == Stock::Low, words);
        self.say(&LINK_CRITICAL, subject, stock == Stock::Critical, words);
    }

    /// What was told before this process began.
    fn told(&self, subject: &str) -> Stock {
        if self.fires(&LINK_CRITICAL, subject) {
            Stock::Critical
        } else if self.fires(&LINK_LOW, subject) {
            Stock::Low
        } else {
            Stock::Enough
        }
    }

    /// Everything that the probes know of a lane.
    pub fn lane(&self, lane: &LaneView) {
        let name = lane.name.as_str();
        if let Known::Is(supported) = lane.supported {
            self.say(&LANE, name, !supported, || format!("the router of {} does not support {name}", lane.source));
        }
        if let Known::Is(cursed) = lane.cursed {
            self.say(&CURSED, name, cursed, || format!("{name} is cursed"));
        }
    }

    /// Whether a chain answers, and how far its reading is.
    pub fn reading(&self, chain: &ChainView, answers: bool) {
        let name = chain.name.as_str();
        self.say(&CHAIN, name, !answers, || format!("no endpoint of {name} answers"));
        let (Some(head), Some(read)) = (chain.head_time, chain.position_time) else { return };
        let behind = head.since(read);
        self.say(&BEHIND, name, behind > self.limits.behind, || {
            format!("the logs of {name} are read up to {} s behind its head", behind.as_secs())
        });
    }

    /// The findings that are open now: one alert for each kind and lane, with the newest one's words.
    pub fn findings(&self, open: &[OpenFindings], now: Timestamp) {
        let mut groups: BTreeMap<(&'static str, String), (&'static Concern, Vec<&OpenFindings>)> = BTreeMap::new();
        for finding in open {
            let concern = concern(finding.kind);
            let subject = finding.lane_name.clone().unwrap_or_else(|| format!("chain {}", finding.chain));
            groups.entry((concern.name(), subject)).or_insert_with(|| (concern, Vec::new())).1.push(finding);
        }
        for ((_, subject), (concern, findings)) in &groups {
            let Some(newest) = findings.iter().max_by_key(|finding| finding.newest) else { continue };
            let age = now.since(newest.seen_at).as_secs();
            let count = findings.iter().fold(0_u64, |sum, finding| sum.saturating_add(finding.count));
            let summary = format!("{count} open, the newest {age} s ago: {}", newest.detail);
            self.alarms.say(concern, subject, Some(summary));
        }
        self.quiet(&groups.keys().cloned().collect());
    }

    /// Ends the alerts of findings that are not open any more.
    fn quiet(&self, open: &BTreeSet<(&'static str, String)>) {
        let kinds: BTreeMap<_, _> = Kind::ALL.into_iter().map(concern).map(|one| (one.name(), one)).collect();
        for (name, concern) in kinds {
            for subject in self.alarms.subjects(concern) {
                if !open.contains(&(name, subject.clone())) {
                    self.alarms.say(concern, &subject, None);
                }
            }
        }
    }

    fn fires(&self, concern: &Concern, subject: &str) -> bool {
        self.alarms.subjects(concern).contains(subject)
    }

    fn judged(&self, concern: &'static Concern, subject: &str, verdict: Verdict, words: impl FnOnce() -> String) {
        match verdict {
            Verdict::TooFew => {}
            Verdict::Well => self.alarms.say(concern, subject, None),
            Verdict::Trouble => self.alarms.say(concern, subject, Some(words())),
        }
    }

    fn say(&self, concern: &'static Concern, subject: &str, trouble: bool, words: impl FnOnce() -> String) {
        self.alarms.say(concern, subject, trouble.then(words));
    }
}

/// What the operators ask of lanes.
pub const fn limits(limits: AlertLimits) -> Limits {
    Limits {
        minimum_sample: limits.minimum_sample,
        error_rate: limits.error_rate,
        success_rate: limits.success_rate,
        latency: limits.latency,
        hysteresis: limits.hysteresis,
    }
}

/// Whether some replica leads a part: reads a chain, or judges, under the service's name. Said by the watchdog, which runs
/// where no round does.
pub fn leader(alarms: &Alarms, part: &str, exists: bool) {
    alarms.say(&NO_LEADER, part, (!exists).then(|| format!("no replica leads {part}")));
}

#[cfg(test)]
mod tests;
