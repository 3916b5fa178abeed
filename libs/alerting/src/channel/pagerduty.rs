//! PagerDuty's Events API v2: one event per alert, with the alert's fingerprint as `dedup_key`, so that a
//! repeated delivery changes nothing and an end closes the incident that the beginning opened.

use std::fmt;

use async_trait::async_trait;
use http::{HeaderMap, HeaderValue, header::CONTENT_TYPE};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};

use super::{
    http::{Endpoint, Outgoing, SettingError},
    port::{Channel, Error},
    text::{Wording, cut},
};
use crate::{
    alert::Alert,
    notification::{ChannelId, Kind, Notification},
};

/// The length of an integration key.
const ROUTING_KEY_CHARS: usize = 32;
/// The bound of `payload.summary`.
const SUMMARY_CHARS: usize = 1_024;

/// One integration of one PagerDuty service.
pub struct PagerDuty {
    id: ChannelId,
    outgoing: Outgoing,
    enqueue: Endpoint,
    routing_key: SecretString,
    wording: Wording,
}

impl PagerDuty {
    /// An integration below a base URL, for example `https://events.pagerduty.com` or its European twin.
    ///
    /// # Errors
    /// [`SettingError`] for a routing key that is not 32 characters long or an address that is not https.
    pub fn new(
        id: ChannelId,
        outgoing: Outgoing,
        base: &Endpoint,
        routing_key: SecretString,
        wording: Wording,
    ) -> Result<Self, SettingError> {
        base.require_confidential()?;
        if routing_key.expose_secret().chars().count() != ROUTING_KEY_CHARS {
            return Err(SettingError::Credential);
        }
        Ok(Self { id, outgoing, enqueue: base.join("v2/enqueue")?, routing_key, wording })
    }

    fn event(&self, action: &str, alert: &Alert) -> Value {
        let mut event = json!({
            "routing_key": self.routing_key.expose_secret(),
            "event_action": action,
            "dedup_key": alert.fingerprint().to_string(),
        });
        if action == "trigger"
            && let Some(fields) = event.as_object_mut()
        {
            fields.insert("payload".to_owned(), self.payload(alert));
            fields.insert("client".to_owned(), json!(self.wording.source));
            if self.wording.runbooks.is_some() {
                let link = json!([{ "href": self.wording.runbook(alert), "text": "Runbook" }]);
                fields.insert("links".to_owned(), link);
            }
        }
        event
    }

    fn payload(&self, alert: &Alert) -> Value {
        let mut details: Map<_, _> = alert.labels.iter().map(|(name, value)| (name.to_owned(), json!(value))).collect();
        details.insert("next_step".to_owned(), json!(alert.next_step.as_str()));
        details.insert("runbook".to_owned(), json!(alert.runbook()));
        let summary = format!("{} {}: {}", alert.name, alert.subject, alert.summary);
        json!({
            "summary": cut(&summary, SUMMARY_CHARS),
            "source": self.wording.source,
            "severity": alert.severity.as_str(),
            "timestamp": alert.fired_at.to_string(),
            "component": alert.subject.as_str(),
            "class": alert.name.as_str(),
            "custom_details": details,
        })
    }
}

/// A report opens no incident.
const fn action(kind: &Kind) -> Option<&'static str> {
    match kind {
        Kind::Fired | Kind::Repeated | Kind::Escalated { .. } => Some("trigger"),
        Kind::Acknowledged { .. } => Some("acknowledge"),
        Kind::Resolved => Some("resolve"),
        Kind::Report => None,
    }
}

#[async_trait]
impl Channel for PagerDuty {
    fn id(&self) -> &ChannelId {
        &self.id
    }

    async fn deliver(&self, notification: &Notification) -> Result<(), Error> {
        let action = action(&notification.kind).ok_or(Error::TakesNoReports)?;
        for alert in &notification.alerts {
            let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
            let body = self.event(action, alert).to_string().into_bytes();
            self.outgoing.post(&self.enqueue, headers, body).await?;
        }
        Ok(())
    }
}

impl fmt::Debug for PagerDuty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PagerDuty").field("id", &self.id).field("enqueue", &self.enqueue).finish_non_exhaustive()
    }
}
