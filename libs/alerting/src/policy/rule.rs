//! Rules as data, and the one guarantee a set of them must give: every severity reaches somebody in time.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use crate::{
    alert::{Alert, Name, Severity},
    notification::ChannelId,
};

/// How long an unmuted alert may stay unsent: a page within five minutes, an error within fifteen, a
/// warning within the hour, the rest in a daily report.
pub(crate) const fn sent_within(severity: Severity) -> Duration {
    match severity {
        Severity::Critical => Duration::from_secs(5 * 60),
        Severity::Error => Duration::from_secs(15 * 60),
        Severity::Warning => Duration::from_secs(60 * 60),
        Severity::Info => Duration::from_secs(24 * 60 * 60),
    }
}

/// Which alerts; what is left empty matches all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Matcher {
    /// One of these severities.
    pub severities: BTreeSet<Severity>,
    /// One of these names.
    pub names: BTreeSet<Name>,
    /// One of these subjects.
    pub subjects: BTreeSet<String>,
    /// All of these labels.
    pub labels: BTreeMap<String, String>,
}

impl Matcher {
    /// Whether the alert is meant.
    pub fn matches(&self, alert: &Alert) -> bool {
        (self.severities.is_empty() || self.severities.contains(&alert.severity))
            && (self.names.is_empty() || self.names.contains(&alert.name))
            && (self.subjects.is_empty() || self.subjects.contains(alert.subject.as_str()))
            && self.labels.iter().all(|(name, value)| alert.labels.get(name) == Some(value))
    }

    fn takes_all_of(&self, severity: Severity) -> bool {
        (self.severities.is_empty() || self.severities.contains(&severity))
            && self.names.is_empty()
            && self.subjects.is_empty()
            && self.labels.is_empty()
    }
}

/// When a matching alert is worth a message. All that is set must hold; both bounds are exclusive, as the
/// operators write them ("> 10 failures", "> 1 h").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Condition {
    /// Raised more often than this since it began.
    pub failures_above: Option<u32>,
    /// Firing for longer than this.
    pub lasting_over: Option<Duration>,
}

impl Condition {
    /// Whether an alert that was raised so often and is so old is worth a message.
    pub fn holds(self, failures: u32, age: Duration) -> bool {
        self.failures_above.is_none_or(|limit| failures > limit) && self.lasting_over.is_none_or(|limit| age > limit)
    }

    fn is_none(self) -> bool {
        self.failures_above.is_none() && self.lasting_over.is_none()
    }
}

/// What goes into one message.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Grouping {
    /// Alerts that agree in these share a message: `name`, `subject`, or a label's name.
    pub by: Vec<String>,
    /// How long the first alert of a group waits for others.
    pub wait: Duration,
    /// How long the next message of a group waits after the last one.
    pub interval: Duration,
}

impl Grouping {
    /// The values in which the alerts of one group agree.
    pub(crate) fn key(&self, alert: &Alert) -> Vec<String> {
        let value = |field: &String| match field.as_str() {
            "name" => alert.name.to_string(),
            "subject" => alert.subject.to_string(),
            label => alert.labels.get(label).unwrap_or_default().to_owned(),
        };
        self.by.iter().map(value).collect()
    }
}

/// What a rule does with what it matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Says that alerts fire, repeats it, escalates it, and says that they are over.
    Notify,
    /// Collects everything, also what is over meanwhile, into one report per interval.
    Digest,
}

/// Who hears of it next while nobody acknowledges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Escalation {
    /// After the rule's first message about the alert.
    pub after: Duration,
    /// Where to.
    pub channels: BTreeSet<ChannelId>,
}

/// One line of the policy. Rules are independent of each other: each one that matches acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// For logs and messages; unique.
    pub name: Arc<str>,
    /// Which alerts.
    pub matcher: Matcher,
    /// When.
    pub condition: Condition,
    /// Where to.
    pub channels: BTreeSet<ChannelId>,
    /// Together with what.
    pub grouping: Grouping,
    /// How.
    pub mode: Mode,
    /// How often it is said again while nobody acknowledges; `None` for once.
    pub repeat: Option<Duration>,
    /// The steps, soonest first.
    pub escalations: Vec<Escalation>,
}

impl Rule {
    fn reaches_in_time(&self, severity: Severity) -> bool {
        let limit = sent_within(severity);
        let waits = [self.grouping.wait, self.grouping.interval];
        // A report at the limit is in time; a message that waits as long as the limit is not.
        let prompt = waits.iter().all(|wait| match self.mode {
            Mode::Notify => *wait < limit,
            Mode::Digest => *wait <= limit,
        });
        self.matcher.takes_all_of(severity) && self.condition.is_none() && !self.channels.is_empty() && prompt
    }
}

/// Why a set of rules is no policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// Two rules of one name.
    #[error("rule {0}: the name is taken")]
    DuplicateRule(Arc<str>),
    /// A rule that tells nobody.
    #[error("rule {0}: no channel")]
    NoChannel(Arc<str>),
    /// Repeating without pause.
    #[error("rule {0}: repeats at an interval of zero")]
    ZeroRepeat(Arc<str>),
    /// A report without a period.
    #[error("rule {0}: a digest needs an interval above zero")]
    ZeroDigest(Arc<str>),
    /// A report says everything once, so nothing in it repeats or escalates.
    #[error("rule {0}: a digest neither repeats nor escalates")]
    DigestEscalates(Arc<str>),
    /// Steps out of order, or one at zero.
    #[error("rule {0}: escalation steps start above zero and grow")]
    EscalationOrder(Arc<str>),
    /// Someone would never hear of it.
    #[error(
        "no rule without condition takes every {} alert within {} minutes",
        .0.as_str(),
        sent_within(*.0).as_secs() / 60
    )]
    Unheard(Severity),
}

/// A checked set of rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    rules: Vec<Rule>,
    resolve_wait: Duration,
}

impl Policy {
    /// Checks the rules. `resolve_wait` is how long the news that an alert is over waits for others.
    ///
    /// # Errors
    /// [`PolicyError`] for the first rule that makes no sense, or for a severity that no rule takes
    /// unconditionally and in time.
    pub fn try_new(rules: Vec<Rule>, resolve_wait: Duration) -> Result<Self, PolicyError> {
        let mut names = BTreeSet::new();
        for rule in &rules {
            check(rule)?;
            if !names.insert(Arc::clone(&rule.name)) {
                return Err(PolicyError::DuplicateRule(Arc::clone(&rule.name)));
            }
        }
        match Severity::ALL.into_iter().find(|severity| !rules.iter().any(|rule| rule.reaches_in_time(*severity))) {
            Some(severity) => Err(PolicyError::Unheard(severity)),
            None => Ok(Self { rules, resolve_wait }),
        }
    }

    /// The policy for a process that has only these channels: the others are taken out of every rule.
    ///
    /// # Errors
    /// [`PolicyError::Unheard`] when a severity then reaches nobody.
    pub fn restricted_to(self, available: &BTreeSet<ChannelId>) -> Result<Self, PolicyError> {
        let restrict = |mut rule: Rule| {
            rule.channels.retain(|channel| available.contains(channel));
            rule.escalations.iter_mut().for_each(|step| step.channels.retain(|channel| available.contains(channel)));
            rule.escalations.retain(|step| !step.channels.is_empty());
            rule
        };
        let rules = self.rules.into_iter().map(restrict).filter(|rule| !rule.channels.is_empty()).collect();
        Self::try_new(rules, self.resolve_wait)
    }

    /// The rules, in the order in which they were written.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Every channel that some rule names: what a process must be able to deliver to.
    pub fn channels(&self) -> BTreeSet<ChannelId> {
        let steps = self.rules.iter().flat_map(|rule| rule.escalations.iter().flat_map(|step| &step.channels));
        self.rules.iter().flat_map(|rule| &rule.channels).chain(steps).cloned().collect()
    }

    /// How long the news that an alert is over waits for others.
    pub(crate) const fn resolve_wait(&self) -> Duration {
        self.resolve_wait
    }
}

fn check(rule: &Rule) -> Result<(), PolicyError> {
    let name = || Arc::clone(&rule.name);
    if rule.channels.is_empty() || rule.escalations.iter().any(|step| step.channels.is_empty()) {
        return Err(PolicyError::NoChannel(name()));
    }
    if rule.repeat.is_some_and(|interval| interval.is_zero()) {
        return Err(PolicyError::ZeroRepeat(name()));
    }
    if rule.mode == Mode::Digest && rule.grouping.interval.is_zero() {
        return Err(PolicyError::ZeroDigest(name()));
    }
    if rule.mode == Mode::Digest && (rule.repeat.is_some() || !rule.escalations.is_empty()) {
        return Err(PolicyError::DigestEscalates(name()));
    }
    let starts_above_zero = rule.escalations.first().is_none_or(|step| !step.after.is_zero());
    if !starts_above_zero || !rule.escalations.is_sorted_by(|earlier, later| earlier.after < later.after) {
        return Err(PolicyError::EscalationOrder(name()));
    }
    Ok(())
}
