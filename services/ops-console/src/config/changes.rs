//! `[changes]`: how changes are dealt with, and who else is told; `[alertmanager]`: what is to be quiet in a window.

use std::{collections::BTreeSet, time::Duration};

use causeway_alerting::channel::{Endpoint, Hook, Outgoing, Silences};
use causeway_runtime::config::{ExposeSecret as _, SecretString, SecretUrl, Validator};
use serde::Deserialize;

use crate::{
    adapters::hooks::{Kind, Receiver},
    app::changes::Rules,
};

/// For one request to an Alertmanager.
const ASKED_WITHIN: Duration = Duration::from_secs(10);

/// The settings that may not be shown; a hook's address is its credential.
pub(super) const SECRETS: [&str; 3] = ["changes.webhooks.*.url", "changes.webhooks.*.secret", "alertmanager.url"];

/// The section as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawChanges {
    approvals: u64,
    window_hours: u64,
    call_timeout_ms: u64,
    webhooks: Vec<RawHook>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawHook {
    id: String,
    kind: String,
    url: SecretUrl,
    secret: Option<SecretString>,
}

/// `[alertmanager]` as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawAlertmanager {
    url: SecretString,
}

impl RawAlertmanager {
    /// Where silences are made; `Some(None)`: nowhere. `None` left its complaint with the validator.
    pub(super) fn validate(&self, validator: &mut Validator<'_>) -> Option<Option<Silences>> {
        let url = self.url.expose_secret();
        if url.is_empty() {
            return Some(None);
        }
        let expected = "an http or https URL, or nothing";
        let base = validator.accept("alertmanager.url", expected, Endpoint::parse(url))?;
        let outgoing =
            validator.accept("alertmanager.url", "a process that can speak TLS", Outgoing::new(ASKED_WITHIN))?;
        validator.accept("alertmanager.url", expected, Silences::new(outgoing, &base)).map(Some)
    }
}

/// How changes are dealt with.
#[derive(Debug, Clone)]
pub struct ChangeControl {
    /// Approvals, and how long they may take.
    pub rules: Rules,
    /// For one call of an action.
    pub call_timeout: Duration,
    /// Who is told.
    pub receivers: Vec<Receiver>,
}

impl RawChanges {
    /// The checked section; `None` left its complaints with the validator.
    pub(super) fn validate(&self, validator: &mut Validator<'_>) -> Option<ChangeControl> {
        let approvals = validator.within("changes.approvals", self.approvals, 1..=10);
        let hours = validator.within("changes.window_hours", self.window_hours, 1..=720);
        let call_timeout = validator.positive_ms("changes.call_timeout_ms", self.call_timeout_ms);
        let receivers = receivers(&self.webhooks, call_timeout, validator)?;
        let rules = Rules {
            approvals: u32::try_from(approvals).unwrap_or(u32::MAX),
            window: Duration::from_secs(hours.saturating_mul(3_600)),
        };
        Some(ChangeControl { rules, call_timeout, receivers })
    }
}

fn receivers(raw: &[RawHook], timeout: Duration, validator: &mut Validator<'_>) -> Option<Vec<Receiver>> {
    if raw.is_empty() {
        return Some(Vec::new());
    }
    let outgoing = validator.accept("changes.webhooks", "a process that can speak TLS", Outgoing::new(timeout))?;
    let mut ids = BTreeSet::new();
    raw.iter().enumerate().map(|(index, hook)| receiver(index, hook, &outgoing, (&mut ids, validator))).collect()
}

fn receiver<'a>(
    index: usize,
    raw: &'a RawHook,
    outgoing: &Outgoing,
    (ids, validator): (&mut BTreeSet<&'a str>, &mut Validator<'_>),
) -> Option<Receiver> {
    let at = |key: &str| format!("changes.webhooks.{index}.{key}");
    let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if raw.id.is_empty() || raw.id.len() > 32 || !raw.id.chars().all(is_name) || !ids.insert(&raw.id) {
        validator.refuse(&at("id"), "1 to 32 characters of a-z, 0-9 and '-', once each");
        return None;
    }
    let kind = match raw.kind.as_str() {
        "ticket" => Kind::Ticket,
        "chat" => Kind::Chat,
        _ => {
            validator.refuse(&at("kind"), "\"ticket\" (the event as JSON) or \"chat\" ({\"text\": …})");
            return None;
        }
    };
    let endpoint = validator.accept(&at("url"), "an http or https URL", Endpoint::parse(raw.url.expose()))?;
    let hook = Hook::new(outgoing.clone(), endpoint, raw.secret.clone());
    Some(Receiver { id: raw.id.clone(), kind, hook })
}
