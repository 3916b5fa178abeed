//! The port that every carrier implements, and why a delivery fails.

use std::{fmt, time::Duration};

use async_trait::async_trait;

use crate::notification::{ChannelId, Notification};

/// Carries a notification to people or to another system.
#[async_trait]
pub trait Channel: Send + Sync + fmt::Debug {
    /// Which configured channel this is.
    fn id(&self) -> &ChannelId;

    /// The least time between two messages. Slack takes one per second, and people read no faster.
    fn pace(&self) -> Duration {
        Duration::from_secs(1)
    }

    /// One attempt, within the channel's own timeout. Safe to repeat with the same notification: receivers
    /// that know keys get the same one. Dropping the future may leave the attempt half done.
    ///
    /// # Errors
    /// [`enum@Error`]; ask [`Error::is_retryable`] whether the same notification may succeed later.
    async fn deliver(&self, notification: &Notification) -> Result<(), Error>;
}

/// Why a notification did not arrive. Free of URLs and credentials.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No connection, or it broke. The receiver may or may not have the message.
    #[error("the channel is unreachable")]
    Unreachable(#[source] reqwest::Error),
    /// No answer in time. The receiver may or may not have the message.
    #[error("the channel did not answer in time")]
    Timeout,
    /// The receiver asks for a pause.
    #[error("the channel throttles us")]
    Throttled {
        /// How long, when it says so in seconds.
        retry_after: Option<Duration>,
    },
    /// The receiver is broken.
    #[error("the channel failed with status {status}")]
    Broken {
        /// The HTTP status.
        status: u16,
    },
    /// The receiver will not take this, now or later: a wrong address, credential or message.
    #[error("the channel refused the notification with status {status}: check its address and its credential")]
    Refused {
        /// The HTTP status.
        status: u16,
    },
    /// The mail server did not take the message.
    #[error("the mail server did not take the message")]
    Mail(#[source] lettre::transport::smtp::Error),
    /// The notification has no form in this channel.
    #[error("the notification cannot be written for this channel")]
    Form(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The channel pages people, and nobody is paged with a report: send it elsewhere.
    #[error("the channel takes no reports")]
    TakesNoReports,
}

impl Error {
    /// Whether the same notification may succeed later.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::Timeout | Self::Throttled { .. } | Self::Broken { .. } => true,
            // A refused dialogue (5xx) stays refused; a full mailbox, a busy or a silent server does not.
            Self::Mail(cause) => !cause.is_permanent() && !cause.is_client(),
            Self::Refused { .. } | Self::Form(_) | Self::TakesNoReports => false,
        }
    }

    /// The pause that the receiver asked for.
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Throttled { retry_after } => *retry_after,
            Self::Unreachable(_)
            | Self::Timeout
            | Self::Broken { .. }
            | Self::Refused { .. }
            | Self::Mail(_)
            | Self::Form(_)
            | Self::TakesNoReports => None,
        }
    }

    /// Metric label and log field.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Unreachable(_) => "unreachable",
            Self::Timeout => "timeout",
            Self::Throttled { .. } => "throttled",
            Self::Broken { .. } => "broken",
            Self::Refused { .. } => "refused",
            Self::Mail(_) => "mail",
            Self::Form(_) => "form",
            Self::TakesNoReports => "takes_no_reports",
        }
    }
}
