//! The section as it is written, and what becomes of it.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use causeway_runtime::config::Validator;
use causeway_telemetry::Chain;
use serde::Deserialize;

use super::channels::{Making, RawChannel};
use crate::{
    channel::{Channel, Log, Outgoing, Wording},
    notification::ChannelId,
    policy::Policy,
    rules::{self, HOUSE},
};

/// The settings of the section that may not be shown; each may be given as `<name>_file`. A hook's address is its
/// credential.
pub const SECRETS: [&str; 5] = [
    "alerting.channels.*.url",
    "alerting.channels.*.routing_key",
    "alerting.channels.*.secret",
    "alerting.channels.*.authorization",
    "alerting.channels.*.password",
];

/// `[alerting]`: where alerts go.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawAlerting {
    /// Who speaks in messages; empty: the service's name.
    pub source: String,
    /// Messages link to the pages below it; empty: they name the page's path.
    pub runbook_base_url: String,
    /// The rules, see [`crate::rules`]; absent: the house's.
    pub rules_file: Option<PathBuf>,
    /// For one request to one channel.
    pub delivery_timeout_ms: u64,
    /// `[[alerting.channels]]`. The log needs no entry.
    #[serde(default)]
    pub channels: Vec<RawChannel>,
}

/// Who hears of what, and the channels that carry it.
#[derive(Debug, Clone)]
pub struct Settings {
    pub(crate) policy: Policy,
    pub(crate) channels: Vec<Arc<dyn Channel>>,
}

impl Settings {
    /// The channels, as rules name them.
    pub fn channels(&self) -> BTreeSet<ChannelId> {
        self.channels.iter().map(|channel| channel.id().clone()).collect()
    }
}

impl RawAlerting {
    /// The channels and the rules; `None` left its complaints with the validator. Reads the file of the rules.
    ///
    /// Where there are channels, the process must have a TLS provider by now.
    pub fn validate(&self, service: &str, validator: &mut Validator<'_>) -> Option<Settings> {
        let timeout = validator.positive_ms("alerting.delivery_timeout_ms", self.delivery_timeout_ms);
        let wording = self.wording(service, validator)?;
        let channels = self.channels(&wording, timeout, validator)?;
        let available: BTreeSet<ChannelId> = channels.iter().map(|channel| channel.id().clone()).collect();
        let policy = match &self.rules_file {
            // Written for all houses: what this one lacks is taken out.
            None => rules::parse(HOUSE).ok()?.restricted_to(&available),
            Some(path) => Ok(own_rules(path, &available, validator)?),
        };
        let expected = "channels that, with the log, reach somebody for every severity";
        let policy = validator.accept("alerting", expected, policy)?;
        self.refuse_unheard(&policy, validator);
        Some(Settings { policy, channels })
    }

    /// A channel that no rule names would never say anything.
    fn refuse_unheard(&self, policy: &Policy, validator: &mut Validator<'_>) {
        let named: Vec<String> = match &self.rules_file {
            None => rules::parse(HOUSE).iter().flat_map(Policy::channels).map(|id| id.to_string()).collect(),
            Some(_) => policy.channels().iter().map(ToString::to_string).collect(),
        };
        for (index, raw) in self.channels.iter().enumerate().filter(|(_, raw)| !named.contains(&raw.id)) {
            let expected = format!("a channel that some rule names ({}), not {}", named.join(", "), raw.id);
            validator.refuse(&format!("alerting.channels.{index}.id"), expected);
        }
    }

    fn wording(&self, service: &str, validator: &mut Validator<'_>) -> Option<Wording> {
        let runbooks = match self.runbook_base_url.as_str() {
            "" => None,
            url => Some(validator.accept(
                "alerting.runbook_base_url",
                "a URL such as `https://git.example.com/causeway/blob/main`, or nothing",
                url.parse(),
            )?),
        };
        let source = if self.source.is_empty() { service } else { &self.source };
        Some(Wording { source: source.to_owned(), runbooks })
    }

    fn channels(
        &self,
        wording: &Wording,
        timeout: Duration,
        validator: &mut Validator<'_>,
    ) -> Option<Vec<Arc<dyn Channel>>> {
        let mut channels: Vec<Arc<dyn Channel>> = vec![Arc::new(Log::new(ChannelId::log()))];
        if self.channels.is_empty() {
            return Some(channels);
        }
        let outgoing = validator.accept("alerting", "a process that can speak TLS", Outgoing::new(timeout))?;
        let making = Making { wording, outgoing: &outgoing, timeout };
        let mut whole = true;
        for (index, raw) in self.channels.iter().enumerate() {
            let at = format!("alerting.channels.{index}");
            let Some(channel) = raw.make(&at, &making, validator) else {
                whole = false;
                continue;
            };
            if channels.iter().any(|other| other.id() == channel.id()) {
                validator.refuse(&format!("{at}.id"), "an id that no other channel has; `log` is always there");
                whole = false;
            }
            channels.push(channel);
        }
        whole.then_some(channels)
    }
}

/// Rules that somebody wrote for this house: a channel that is not there is a mistake.
fn own_rules(path: &Path, available: &BTreeSet<ChannelId>, validator: &mut Validator<'_>) -> Option<Policy> {
    let setting = "alerting.rules_file";
    let text = validator.accept(setting, "the path of a file that can be read", std::fs::read_to_string(path))?;
    let policy = match rules::parse(&text) {
        Ok(policy) => policy,
        Err(error) => {
            validator.refuse(setting, format_args!("a file of alert rules, but {}", Chain(&error)));
            return None;
        }
    };
    let missing: Vec<String> = policy.channels().difference(available).map(ToString::to_string).collect();
    if !missing.is_empty() {
        let missing = missing.join(", ");
        validator.refuse(setting, format_args!("rules for the channels that are configured, but they name {missing}"));
        return None;
    }
    Some(policy)
}
