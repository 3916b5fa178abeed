//! Alertmanager's API v2: for houses whose routing, silences and inhibitions live there already.
//!
//! Alertmanager forgets an alert at its `endsAt` and wants to hear of it again before that. So each
//! message sets `endsAt` a holding time ahead, and the rule that feeds this channel must repeat within it.

use std::time::Duration;

use async_trait::async_trait;
use http::{HeaderMap, HeaderValue, header::CONTENT_TYPE};
use serde_json::{Map, Value, json};

use super::{
    http::{Endpoint, Outgoing, SettingError},
    port::{Channel, Error},
    text::Wording,
};
use crate::{
    alert::Alert,
    notification::{ChannelId, Kind, Notification},
};

/// One Alertmanager.
#[derive(Debug)]
pub struct Alertmanager {
    id: ChannelId,
    outgoing: Outgoing,
    alerts: Endpoint,
    wording: Wording,
    hold: Duration,
}

impl Alertmanager {
    /// The Alertmanager below a base URL, which keeps an alert for `hold` without hearing of it again.
    ///
    /// # Errors
    /// [`SettingError::Address`] when the base takes no path.
    pub fn new(
        id: ChannelId,
        outgoing: Outgoing,
        base: &Endpoint,
        wording: Wording,
        hold: Duration,
    ) -> Result<Self, SettingError> {
        Ok(Self { id, outgoing, alerts: base.join("api/v2/alerts")?, wording, hold })
    }

    fn entry(&self, notification: &Notification, alert: &Alert) -> Value {
        let ends_at = match &notification.kind {
            Kind::Resolved => notification.at,
            Kind::Fired | Kind::Repeated | Kind::Escalated { .. } | Kind::Acknowledged { .. } | Kind::Report => {
                notification.at.after(self.hold)
            }
        };
        // Ours come last: a label that is called `severity` does not displace the alert's own.
        let mut labels: Map<_, _> = alert.labels.iter().map(|(name, value)| (name.to_owned(), json!(value))).collect();
        for (name, value) in [
            ("alertname", alert.name.as_str()),
            ("severity", alert.severity.as_str()),
            ("tier", alert.tier.as_str()),
            ("subject", alert.subject.as_str()),
            ("service", &self.wording.source),
        ] {
            labels.insert(name.to_owned(), json!(value));
        }
        json!({
            "labels": labels,
            "annotations": {
                "summary": alert.summary.as_str(),
                "next_step": alert.next_step.as_str(),
                "runbook": self.wording.runbook(alert),
            },
            "startsAt": alert.fired_at.to_string(),
            "endsAt": ends_at.to_string(),
        })
    }
}

#[async_trait]
impl Channel for Alertmanager {
    fn id(&self) -> &ChannelId {
        &self.id
    }

    async fn deliver(&self, notification: &Notification) -> Result<(), Error> {
        let entries: Vec<_> = notification.alerts.iter().map(|alert| self.entry(notification, alert)).collect();
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
        self.outgoing.post(&self.alerts, headers, Value::Array(entries).to_string().into_bytes()).await
    }
}
