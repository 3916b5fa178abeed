//! One message to one channel about one or more alerts: the unit that is queued, retried and counted.

use std::{fmt, str::FromStr, sync::Arc};

use causeway_primitives::Timestamp;

use crate::alert::{Alert, Fingerprint, Severity, Text};

/// The text is no channel id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a channel id is 1 to 32 characters of a-z, 0-9 and '-', for example slack-incidents")]
pub struct ChannelIdError;

/// A configured channel, for example `slack-incidents`. Two Slack rooms are two channels.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChannelId(Arc<str>);

impl ChannelId {
    /// The log, which every process has.
    pub fn log() -> Self {
        Self("log".into())
    }

    /// The text; also the metric label.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ChannelId {
    type Err = ChannelIdError;

    fn from_str(text: &str) -> Result<Self, ChannelIdError> {
        let fits = (1..=32).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if fits { Ok(Self(text.into())) } else { Err(ChannelIdError) }
    }
}

impl fmt::Display for ChannelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ChannelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What the message says about its alerts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// They fire.
    Fired,
    /// They still fire, and nobody has acknowledged them.
    Repeated,
    /// Nobody has acknowledged them in time: the next people hear of it.
    Escalated {
        /// Counts from 1.
        step: usize,
    },
    /// Somebody has taken them.
    Acknowledged {
        /// Who.
        by: Text,
    },
    /// They are over.
    Resolved,
    /// They happened since the last report; some may be over.
    Report,
}

impl Kind {
    /// Metric label, log field and wire value at once.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Fired => "fired",
            Self::Repeated => "repeated",
            Self::Escalated { .. } => "escalated",
            Self::Acknowledged { .. } => "acknowledged",
            Self::Resolved => "resolved",
            Self::Report => "report",
        }
    }
}

/// One message to one channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// The same in every attempt to deliver it: receivers that know idempotency keys drop the second.
    pub key: Fingerprint,
    /// Where to.
    pub channel: ChannelId,
    /// What it says.
    pub kind: Kind,
    /// Which rule caused it; for acknowledgements and resolutions, that they are such.
    pub rule: Arc<str>,
    /// What about. Never empty, at most [`Notification::MAX_ALERTS`], most urgent first.
    pub alerts: Vec<Arc<Alert>>,
    /// When it was decided.
    pub at: Timestamp,
}

impl Notification {
    /// More than this in one message and nobody reads it; longer lists become several messages.
    pub const MAX_ALERTS: usize = 50;

    /// The greatest severity among the alerts.
    pub fn severity(&self) -> Severity {
        self.alerts.iter().map(|alert| alert.severity).max().unwrap_or(Severity::Info)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channel_ids_are_safe_as_labels() {
        assert!("slack-incidents".parse::<ChannelId>().is_ok());
        for bad in ["", "Slack", "#ops", "a b", &"a".repeat(33)] {
            assert_eq!(bad.parse::<ChannelId>(), Err(ChannelIdError), "{bad:?}");
        }
    }
}
