//! The log as a channel: always there, never fails, and the level says who must look.

use std::time::Duration;

use async_trait::async_trait;

use super::port::{Channel, Error};
use crate::{
    alert::{Alert, Severity},
    notification::{ChannelId, Kind, Notification},
};

/// Writes each alert of a notification as one event.
#[derive(Debug)]
pub struct Log {
    id: ChannelId,
}

impl Log {
    /// The log under this id, by custom `log`.
    pub const fn new(id: ChannelId) -> Self {
        Self { id }
    }
}

#[async_trait]
impl Channel for Log {
    fn id(&self) -> &ChannelId {
        &self.id
    }

    fn pace(&self) -> Duration {
        Duration::ZERO
    }

    async fn deliver(&self, notification: &Notification) -> Result<(), Error> {
        notification.alerts.iter().for_each(|alert| write(notification, alert));
        Ok(())
    }
}

/// Good news is info whatever the alert's severity was.
fn write(notification: &Notification, alert: &Alert) {
    macro_rules! event {
        ($level:ident, $message:literal) => {
            tracing::$level!(
                alert = alert.name.as_str(),
                subject = alert.subject.as_str(),
                severity = alert.severity.as_str(),
                tier = alert.tier.as_str(),
                fingerprint = %alert.fingerprint(),
                kind = notification.kind.as_str(),
                rule = &*notification.rule,
                fired_at = %alert.fired_at,
                summary = alert.summary.as_str(),
                next_step = alert.next_step.as_str(),
                runbook = alert.runbook(),
                $message
            )
        };
    }
    match (&notification.kind, alert.severity) {
        (Kind::Resolved, _) => event!(info, "alert resolved"),
        (Kind::Acknowledged { .. }, _) => event!(info, "alert acknowledged"),
        (Kind::Report, _) => event!(info, "alert reported"),
        (Kind::Fired | Kind::Repeated | Kind::Escalated { .. }, Severity::Critical | Severity::Error) => {
            event!(error, "alert firing");
        }
        (Kind::Fired | Kind::Repeated | Kind::Escalated { .. }, Severity::Warning) => event!(warn, "alert firing"),
        (Kind::Fired | Kind::Repeated | Kind::Escalated { .. }, Severity::Info) => event!(info, "alert firing"),
    }
}
