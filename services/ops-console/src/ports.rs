//! What the console asks of the services, as one narrow door.

use std::{fmt, pin::Pin};

use async_trait::async_trait;
use causeway_primitives::Timestamp;
use futures_util::Stream;

use crate::domain::condition::Condition;

/// A part of a service, or something that it depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// For example `chain`.
    pub name: String,
    /// How it is.
    pub condition: Condition,
    /// Why, in words.
    pub detail: String,
    /// Since when; `None` when the service does not say.
    pub since: Option<Timestamp>,
    /// Whether the service is not ready without it.
    pub required: bool,
}

/// What a replica says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// The service that it says to be.
    pub service: String,
    /// Semantic version.
    pub version: String,
    /// Its own name.
    pub instance: String,
    /// 64 hexadecimal digits.
    pub config_hash: String,
    /// How it is.
    pub condition: Condition,
    /// `leader`, `standby` or `single`.
    pub role: String,
    /// When it started.
    pub started_at: Option<Timestamp>,
    /// Its parts, by name.
    pub parts: Vec<Part>,
}

/// How urgent an alert is; the greatest is the most urgent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// For the daily report.
    Info,
    /// Within the hour.
    Warning,
    /// Within a quarter of an hour.
    Error,
    /// At once.
    Critical,
}

impl Severity {
    /// Its label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Critical => "critical",
        }
    }
}

/// Something that somebody has to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// The service that tells it.
    pub service: String,
    /// Name, and that of its runbook.
    pub name: String,
    /// What it is about.
    pub subject: String,
    /// How urgent.
    pub severity: Severity,
    /// What happened.
    pub summary: String,
    /// What to do first.
    pub next_step: String,
    /// Path of the runbook page.
    pub runbook: String,
    /// Since when.
    pub fired_at: Option<Timestamp>,
    /// Who has taken it; empty while nobody has.
    pub acknowledged_by: String,
    /// The maintenance window that keeps it quiet there; empty when none does.
    pub muted_by: String,
}

/// An event, without the service that told it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The service's own number.
    pub sequence: u64,
    /// When.
    pub at: Timestamp,
    /// Kind.
    pub kind: String,
    /// What it is about.
    pub subject: String,
    /// One sentence.
    pub summary: String,
    /// Trace; empty when there is none.
    pub trace_id: String,
}

/// Why a replica told nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Silence {
    /// It was not reached, or said no.
    #[error("{0}")]
    NoAnswer(String),
    /// What it said makes no sense.
    #[error("an answer that makes no sense: {0}")]
    Strange(&'static str),
}

/// Events until the stream breaks.
pub type Stories = Pin<Box<dyn Stream<Item = Result<Told, Silence>> + Send>>;

/// One replica of a service. Every call is bounded in time; every text that comes through is inert and short.
#[async_trait]
pub trait Replica: fmt::Debug + Send + Sync {
    /// Where it is, for people.
    fn address(&self) -> &str;

    /// How it is.
    async fn status(&self) -> Result<Status, Silence>;

    /// What is firing there.
    async fn alerts(&self) -> Result<Vec<Alert>, Silence>;

    /// Events after a number; 0: from now on.
    async fn events(&self, after: u64) -> Result<Stories, Silence>;
}
