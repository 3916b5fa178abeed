//! A notification as JSON: what the webhook sends, and what an outbox row holds until it is delivered.
//!
//! Reading checks every field again, because a row may be older than the program that reads it.

use std::{collections::BTreeMap, sync::Arc};

use causeway_primitives::{TimeError, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    alert::{self, Alert, Fingerprint, Labels, Text},
    notification::{ChannelIdError, Kind, Notification},
};

/// Why a text is no notification.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not JSON, or not of this shape.
    #[error("not a notification document")]
    Json(#[source] serde_json::Error),
    /// Written by a program that knows more than this one.
    #[error("notification document of unknown version {0}")]
    Version(u32),
    /// A name, severity, tier or label that is none.
    #[error("an alert of the notification is malformed")]
    Alert(#[from] alert::Error),
    /// A channel id that is none.
    #[error("the notification's channel is malformed")]
    Channel(#[from] ChannelIdError),
    /// A time that is none.
    #[error("a time of the notification is malformed")]
    Time(#[from] TimeError),
    /// A kind that is none, or one without its detail.
    #[error("the notification's kind is malformed")]
    Kind,
    /// The key is not 64 hexadecimal digits.
    #[error("the notification's key is malformed")]
    Key,
    /// Nothing to tell.
    #[error("the notification has no alert")]
    Empty,
}

/// Grows when a reader of the old shape would misread the new one.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Document {
    version: u32,
    key: String,
    channel: String,
    kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    acknowledged_by: Option<String>,
    rule: String,
    at: String,
    alerts: Vec<AlertDocument>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct AlertDocument {
    fingerprint: String,
    name: String,
    severity: String,
    tier: String,
    subject: String,
    labels: BTreeMap<String, String>,
    summary: String,
    next_step: String,
    runbook: String,
    fired_at: String,
}

/// The notification as JSON bytes, the same for the same notification.
///
/// # Errors
/// [`Error::Json`], which only a failing allocation could cause.
pub fn encode(notification: &Notification) -> Result<Vec<u8>, Error> {
    let (step, acknowledged_by) = match &notification.kind {
        Kind::Escalated { step } => (Some(*step), None),
        Kind::Acknowledged { by } => (None, Some(by.to_string())),
        Kind::Fired | Kind::Repeated | Kind::Resolved | Kind::Report => (None, None),
    };
    let document = Document {
        version: VERSION,
        key: notification.key.to_string(),
        channel: notification.channel.to_string(),
        kind: notification.kind.as_str().to_owned(),
        step,
        acknowledged_by,
        rule: notification.rule.to_string(),
        at: notification.at.to_string(),
        alerts: notification.alerts.iter().map(|alert| write_alert(alert)).collect(),
    };
    serde_json::to_vec(&document).map_err(Error::Json)
}

/// Reads what [`encode`] wrote.
///
/// # Errors
/// [`enum@Error`] for the first thing that is not as it was written.
pub fn decode(json: &[u8]) -> Result<Notification, Error> {
    let document: Document = serde_json::from_slice(json).map_err(Error::Json)?;
    if document.version != VERSION {
        return Err(Error::Version(document.version));
    }
    let alerts = document.alerts.iter().map(read_alert).collect::<Result<Vec<_>, _>>()?;
    if alerts.is_empty() {
        return Err(Error::Empty);
    }
    Ok(Notification {
        key: Fingerprint::from_hex(&document.key).ok_or(Error::Key)?,
        channel: document.channel.parse()?,
        kind: read_kind(&document)?,
        rule: document.rule.into(),
        alerts,
        at: Timestamp::from_rfc3339(&document.at)?,
    })
}

fn read_kind(document: &Document) -> Result<Kind, Error> {
    match (document.kind.as_str(), document.step, &document.acknowledged_by) {
        ("fired", None, None) => Ok(Kind::Fired),
        ("repeated", None, None) => Ok(Kind::Repeated),
        ("escalated", Some(step), None) => Ok(Kind::Escalated { step }),
        ("acknowledged", None, Some(by)) => Ok(Kind::Acknowledged { by: Text::clean(by) }),
        ("resolved", None, None) => Ok(Kind::Resolved),
        ("report", None, None) => Ok(Kind::Report),
        _ => Err(Error::Kind),
    }
}

pub(crate) fn write_alert(alert: &Alert) -> AlertDocument {
    AlertDocument {
        fingerprint: alert.fingerprint().to_string(),
        name: alert.name.to_string(),
        severity: alert.severity.as_str().to_owned(),
        tier: alert.tier.as_str().to_owned(),
        subject: alert.subject.to_string(),
        labels: alert.labels.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        summary: alert.summary.to_string(),
        next_step: alert.next_step.to_string(),
        runbook: alert.runbook(),
        fired_at: alert.fired_at.to_string(),
    }
}

pub(crate) fn read_alert(document: &AlertDocument) -> Result<Arc<Alert>, Error> {
    let labels =
        document.labels.iter().try_fold(Labels::default(), |labels, (name, value)| labels.with(name, value))?;
    Ok(Arc::new(Alert {
        name: document.name.parse()?,
        severity: document.severity.parse()?,
        tier: document.tier.parse()?,
        subject: Text::clean(&document.subject),
        labels,
        summary: Text::clean(&document.summary),
        next_step: Text::clean(&document.next_step),
        fired_at: Timestamp::from_rfc3339(&document.fired_at)?,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::{Name, Severity, Tier};

    fn notification(kind: Kind) -> Notification {
        let alert = Alert {
            name: Name::literal("OracleNoLeader"),
            severity: Severity::Critical,
            tier: Tier::Halt,
            subject: Text::clean("eur-usd"),
            labels: Labels::default().with("chain", "138").unwrap(),
            summary: Text::clean("no replica leads"),
            next_step: Text::clean("look at the lease"),
            fired_at: Timestamp::from_millis(1_700_000_000_123).unwrap(),
        };
        Notification {
            key: alert.fingerprint(),
            channel: "log".parse().unwrap(),
            kind,
            rule: "page".into(),
            alerts: vec![Arc::new(alert)],
            at: Timestamp::from_secs(1_700_000_001).unwrap(),
        }
    }

    #[test]
    fn every_kind_survives_the_outbox() {
        let kinds = [
            Kind::Fired,
            Kind::Repeated,
            Kind::Escalated { step: 2 },
            Kind::Acknowledged { by: Text::clean("ann") },
            Kind::Resolved,
            Kind::Report,
        ];
        for kind in kinds {
            let written = notification(kind);
            assert_eq!(decode(&encode(&written).unwrap()).unwrap(), written);
        }
    }

    #[test]
    fn a_damaged_row_is_an_error_that_names_the_damage() {
        let text = String::from_utf8(encode(&notification(Kind::Fired)).unwrap()).unwrap();
        let damage = |from: &str, to: &str| decode(text.replace(from, to).as_bytes()).unwrap_err().to_string();
        assert_eq!(damage("\"version\":1", "\"version\":2"), "notification document of unknown version 2");
        assert_eq!(damage("\"fired\"", "\"escalated\""), "the notification's kind is malformed");
        assert_eq!(damage("critical", "fatal"), "an alert of the notification is malformed");
        assert_eq!(damage("\"log\"", "\"LOG\""), "the notification's channel is malformed");
        assert_eq!(damage("2023-11-14", "2023-13-14"), "a time of the notification is malformed");
        assert_eq!(decode(b"{}").unwrap_err().to_string(), "not a notification document");
    }
}
