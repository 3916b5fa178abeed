//! Rules as TOML. Unknown keys and unknown words are errors, so that a misspelt rule stops the start
//! instead of never paging anybody.
//!
//! ```toml
//! resolve_wait_seconds = 10
//!
//! [[rule]]
//! name = "rpc-failures-in-slack"
//! names = ["OracleRpcUnavailable"]
//! failures_above = 10
//! channels = ["slack-ops"]
//! ```

use std::{
    collections::{BTreeMap, BTreeSet},
    str::FromStr,
    time::Duration,
};

use serde::Deserialize;

use crate::{
    alert::{self, is_label},
    notification::{ChannelId, ChannelIdError},
    policy::{Condition, Escalation, Grouping, Matcher, Mode, Policy, PolicyError, Rule},
};

/// The house's rules: pages at once, Slack by urgency, mail for what lasts, a daily report of the rest, and
/// everything in the log.
pub const HOUSE: &str = include_str!("../rules/house.toml");

/// Why a text holds no policy.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not TOML, an unknown key, or a value of the wrong type.
    #[error("not a set of alert rules")]
    Toml(#[source] Box<toml::de::Error>),
    /// A name, severity or label that is none.
    #[error("rule {rule}: {value:?}")]
    Word {
        /// In which rule.
        rule: String,
        /// What is written there.
        value: String,
        /// What is expected.
        #[source]
        source: alert::Error,
    },
    /// A channel id that is none.
    #[error("rule {rule}: channel {value:?}")]
    Channel {
        /// In which rule.
        rule: String,
        /// What is written there.
        value: String,
        /// What is expected.
        #[source]
        source: ChannelIdError,
    },
    /// Well-formed rules that make no policy.
    #[error(transparent)]
    Policy(#[from] PolicyError),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPolicy {
    #[serde(default)]
    resolve_wait_seconds: u64,
    rule: Vec<RawRule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRule {
    name: String,
    #[serde(default)]
    severities: Vec<String>,
    #[serde(default)]
    names: Vec<String>,
    #[serde(default)]
    subjects: BTreeSet<String>,
    #[serde(default)]
    labels: BTreeMap<String, String>,
    failures_above: Option<u32>,
    lasting_over_seconds: Option<u64>,
    channels: Vec<String>,
    #[serde(default)]
    group_by: Vec<String>,
    #[serde(default)]
    group_wait_seconds: u64,
    #[serde(default)]
    group_interval_seconds: u64,
    #[serde(default)]
    mode: RawMode,
    repeat_seconds: Option<u64>,
    #[serde(default)]
    escalate: Vec<RawEscalation>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "lowercase")]
enum RawMode {
    #[default]
    Notify,
    Digest,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawEscalation {
    after_seconds: u64,
    channels: Vec<String>,
}

/// Reads a policy.
///
/// # Errors
/// [`enum@Error`] that names the rule and the value.
pub fn parse(text: &str) -> Result<Policy, Error> {
    let raw: RawPolicy = toml::from_str(text).map_err(|source| Error::Toml(Box::new(source)))?;
    let rules = raw.rule.into_iter().map(rule).collect::<Result<_, _>>()?;
    Ok(Policy::try_new(rules, Duration::from_secs(raw.resolve_wait_seconds))?)
}

fn rule(raw: RawRule) -> Result<Rule, Error> {
    let matcher = Matcher {
        severities: words(&raw.name, &raw.severities)?,
        names: words(&raw.name, &raw.names)?,
        subjects: raw.subjects,
        labels: raw.labels,
    };
    for label in matcher.labels.keys().chain(&raw.group_by) {
        if !is_label(label) {
            return Err(Error::Word { rule: raw.name, value: label.clone(), source: alert::Error::Label });
        }
    }
    Ok(Rule {
        channels: channels(&raw.name, &raw.channels)?,
        escalations: raw.escalate.iter().map(|step| escalation(&raw.name, step)).collect::<Result<_, _>>()?,
        name: raw.name.into(),
        matcher,
        condition: Condition {
            failures_above: raw.failures_above,
            lasting_over: raw.lasting_over_seconds.map(Duration::from_secs),
        },
        grouping: Grouping {
            by: raw.group_by,
            wait: Duration::from_secs(raw.group_wait_seconds),
            interval: Duration::from_secs(raw.group_interval_seconds),
        },
        mode: match raw.mode {
            RawMode::Notify => Mode::Notify,
            RawMode::Digest => Mode::Digest,
        },
        repeat: raw.repeat_seconds.map(Duration::from_secs),
    })
}

fn escalation(rule: &str, raw: &RawEscalation) -> Result<Escalation, Error> {
    Ok(Escalation { after: Duration::from_secs(raw.after_seconds), channels: channels(rule, &raw.channels)? })
}

fn words<T: FromStr<Err = alert::Error> + Ord>(rule: &str, values: &[String]) -> Result<BTreeSet<T>, Error> {
    let read = |value: &String| {
        value.parse().map_err(|source| Error::Word { rule: rule.to_owned(), value: value.clone(), source })
    };
    values.iter().map(read).collect()
}

fn channels(rule: &str, values: &[String]) -> Result<BTreeSet<ChannelId>, Error> {
    let read = |value: &String| {
        value.parse().map_err(|source| Error::Channel { rule: rule.to_owned(), value: value.clone(), source })
    };
    values.iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::Severity;

    const CATCH_ALL: &str = "[[rule]]\nname = 'all'\nchannels = ['log']\n";

    #[test]
    fn grd_8_the_house_rules_are_a_policy_with_every_channel() {
        let channels = parse(HOUSE).unwrap().channels();
        let ids: Vec<_> = channels.iter().map(ChannelId::as_str).collect();
        assert_eq!(
            ids,
            ["alertmanager", "email", "log", "pagerduty", "slack-incidents", "slack-ops", "sms", "tickets"]
        );
    }

    #[test]
    fn the_house_rules_hold_for_a_process_that_only_logs() {
        let only_log = BTreeSet::from(["log".parse().unwrap()]);
        let policy = parse(HOUSE).unwrap().restricted_to(&only_log).unwrap();
        assert_eq!(policy.channels(), only_log);
    }

    #[test]
    fn grd_8_the_three_sentences_of_the_operators_are_data() {
        let text = format!(
            "{CATCH_ALL}
            [[rule]]
            name = 'slack if more than 10 failures'
            failures_above = 10
            channels = ['slack-ops']
            [[rule]]
            name = 'slack if sustained over 5 minutes'
            lasting_over_seconds = 300
            channels = ['slack-ops']
            [[rule]]
            name = 'email if over 1 hour'
            lasting_over_seconds = 3600
            channels = ['email']"
        );
        let policy = parse(&text).unwrap();
        let conditions: Vec<_> = policy.rules().iter().skip(1).map(|rule| rule.condition).collect();
        let lasting = |secs| Condition { lasting_over: Some(Duration::from_secs(secs)), ..Condition::default() };
        let failures = Condition { failures_above: Some(10), ..Condition::default() };
        assert_eq!(conditions, [failures, lasting(300), lasting(3_600)]);
    }

    #[test]
    fn a_rule_that_would_never_act_stops_the_start() {
        let cases = [
            ("[[rule]]\nname = 'a'\nchannels = ['log']\nseverity = 'critical'", "unknown key"),
            ("[[rule]]\nname = 'a'\nchannels = ['log']\nseverities = ['fatal']", "unknown severity"),
            ("[[rule]]\nname = 'a'\nchannels = ['#ops']", "bad channel"),
            ("[[rule]]\nname = 'a'\nchannels = ['log']\nnames = ['bad-name']", "bad alert name"),
            ("[[rule]]\nname = 'a'\nchannels = ['log']\ngroup_by = ['No Label']", "bad group key"),
            ("[[rule]]\nname = 'a'\nchannels = []", "no channel"),
            ("[[rule]]\nname = 'all'\nchannels = ['log']", "duplicate name"),
            ("[[rule]]\nname = 'a'\nchannels = ['log']\nrepeat_seconds = 0", "endless repeat"),
            ("[[rule]]\nname = 'a'\nchannels = ['log']\nmode = 'digest'", "report without period"),
            (
                "[[rule]]\nname = 'a'\nchannels = ['log']\n\
                 escalate = [{ after_seconds = 60, channels = ['sms'] }, { after_seconds = 60, channels = ['log'] }]",
                "steps that do not grow",
            ),
        ];
        for (rule, why) in cases {
            assert!(parse(&format!("{CATCH_ALL}{rule}")).is_err(), "{why}");
        }
    }

    #[test]
    fn grd_8_a_policy_that_leaves_a_severity_unheard_is_refused() {
        let late = |severity: &str, wait: u64| {
            format!("{}group_wait_seconds = {wait}\nseverities = ['{severity}']\n", CATCH_ALL)
        };
        let unheard = |text: &str| match parse(text) {
            Err(Error::Policy(PolicyError::Unheard(severity))) => Some(severity),
            Ok(_) | Err(_) => None,
        };
        assert_eq!(unheard(&late("critical", 300)), Some(Severity::Critical));
        assert_eq!(unheard(&late("critical", 299)), Some(Severity::Error), "critical is heard, the next is not");
        let conditional = format!("{CATCH_ALL}failures_above = 1\n");
        assert_eq!(unheard(&conditional), Some(Severity::Critical));
    }
}
