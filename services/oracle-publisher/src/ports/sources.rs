//! What sources tell: prices, faults, signs of life and readings of their budgets. They tell and go on; nobody
//! asks them, so that a slow venue delays nobody.

use std::{fmt, time::Duration};

use causeway_primitives::{Monotonic, Price, SourceId, Timestamp};

/// One price as a venue gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tick {
    /// The stream it came from.
    pub source: SourceId,
    /// The price of the venue's own market, before any conversion.
    pub price: Price,
    /// The venue's own time of it; `None` where the venue gives none (Kraken's ticker).
    pub venue_time: Option<Timestamp>,
    /// Wall time of receipt, for people.
    pub received_at: Timestamp,
    /// Monotonic time of receipt, for ages.
    pub received: Monotonic,
}

/// Why a source gave no price. The label is metric label, log field and wire value at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fault {
    /// Could not connect, or the connection broke.
    Connect,
    /// No answer within the deadline.
    Timeout,
    /// 401 or 403: the credential is wrong, expired or not allowed. Opens the source at once.
    Credential,
    /// 418 or 429: the quota is used up.
    RateLimited,
    /// Any other status than 2xx.
    HttpStatus,
    /// The answer was no such document as the venue documents.
    Payload,
    /// The answer holds a price that is zero, negative, or no exact decimal.
    BadPrice,
    /// The venue refused or silently ignored the subscription.
    Subscription,
    /// Connected, but nothing heard for longer than the venue's silence limit.
    Silent,
}

impl Fault {
    /// Every fault, for metrics that start at zero.
    pub const ALL: [Self; 9] = [
        Self::Connect,
        Self::Timeout,
        Self::Credential,
        Self::RateLimited,
        Self::HttpStatus,
        Self::Payload,
        Self::BadPrice,
        Self::Subscription,
        Self::Silent,
    ];

    /// The label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Timeout => "timeout",
            Self::Credential => "credential",
            Self::RateLimited => "rate_limited",
            Self::HttpStatus => "http_status",
            Self::Payload => "payload",
            Self::BadPrice => "bad_price",
            Self::Subscription => "subscription",
            Self::Silent => "silent",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a venue told about our budget with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuotaReading {
    /// Used within the window.
    pub used: u64,
    /// Allowed within the window.
    pub limit: u64,
    /// How long the window is.
    pub window: Duration,
}

/// What a source tells the application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signal {
    /// A price.
    Tick(Tick),
    /// The venue is there and says that nothing changed (heartbeat, pong): the last price is still its price.
    Alive {
        /// The stream.
        source: SourceId,
        /// When we heard it.
        received: Monotonic,
    },
    /// No price, and why; `retry_after` when the venue asked for a pause.
    Fault {
        /// The stream.
        source: SourceId,
        /// Why.
        fault: Fault,
        /// Free of secrets and bounded: for the log and the operator, at most 200 characters.
        detail: String,
        /// The pause that the venue asked for.
        retry_after: Option<Duration>,
    },
    /// A reading of the budget.
    Quota {
        /// The stream.
        source: SourceId,
        /// The reading.
        reading: QuotaReading,
    },
}

/// Where sources put what they hear. Never blocks: a slow reader loses nothing but intermediate ticks.
pub trait SignalSink: Send + Sync + fmt::Debug {
    /// Takes one signal.
    fn put(&self, signal: Signal);
}
