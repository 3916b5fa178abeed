//! What the console runs with, checked.

use std::{fmt, time::Duration};

use causeway_alerting::channel::Silences;
use causeway_service::config::Base;
use tonic::metadata::AsciiMetadataValue;
use url::Url;

use super::{changes::ChangeControl, oidc::Oidc};
use crate::domain::{impact::Needs, people::Lasting};

/// What the console runs with.
#[derive(Debug, Clone)]
pub struct Config {
    /// What every service has.
    pub base: Base,
    /// How the services are looked at.
    pub looks: Looks,
    /// How long what was seen is kept.
    pub history: History,
    /// Who may look, and for how long.
    pub people: People,
    /// How changes are dealt with.
    pub changes: ChangeControl,
    /// Where maintenance windows are silences too.
    pub silences: Option<Silences>,
    /// Where more can be seen.
    pub links: Links,
    /// Who is looked at, in the order of the pages.
    pub services: Vec<Watched>,
    /// Who needs whom.
    pub needs: Needs,
}

/// How the services are looked at.
#[derive(Debug, Clone, Copy)]
pub struct Looks {
    /// How often.
    pub every: Duration,
    /// For one question.
    pub call_timeout: Duration,
    /// A look that is older says nothing any more.
    pub stale_after: Duration,
    /// How often the services' own counters are read, where their pages are named.
    pub figures_every: Duration,
    /// For one question of a page that somebody waits for.
    pub page_timeout: Duration,
}

/// Who may look.
#[derive(Debug, Clone)]
pub struct People {
    /// How long a sign-in lasts; `None`: nobody signs in, and the pages are on loopback.
    pub lasting: Option<Lasting>,
    /// Who vouches for people; `None`: their passwords do.
    pub provider: Option<Oidc>,
    /// The cookie is sent over https only.
    pub https: bool,
    /// What follows the account's name in the name of a person's certificate; empty: nothing.
    pub certificate_suffix: String,
}

/// How long what was seen is kept.
#[derive(Debug, Clone, Copy)]
pub struct History {
    /// Events.
    pub events: Duration,
    /// Spans of conditions.
    pub spans: Duration,
}

/// Where more can be seen; `None` where there is no such place.
#[derive(Debug, Clone, Default)]
pub struct Links {
    /// The page of a trace.
    pub traces: Option<Template>,
    /// The page of a service's metrics.
    pub metrics: Option<Template>,
    /// The folder of the runbook pages.
    pub runbooks: Option<Url>,
}

impl Links {
    /// The page of a trace; `None` for what is no trace id.
    pub fn trace(&self, id: &str) -> Option<String> {
        let is_trace = id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
        self.traces.as_ref().filter(|_| is_trace).map(|template| template.with(id))
    }

    /// The page of a service's metrics.
    pub fn metrics_of(&self, service: &str) -> Option<String> {
        self.metrics.as_ref().map(|template| template.with(service))
    }
}

/// The address of a page with one place in it, for example `http://jaeger:16686/trace/{trace_id}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    before: String,
    after: String,
}

impl Template {
    /// Of its text; `None` when it is no http or https address, or its place is not there once.
    pub fn new(text: &str, place: &str) -> Option<Self> {
        let (before, after) = text.split_once(place)?;
        let url: Url = format!("{before}x{after}").parse().ok()?;
        // A place in the host would let what is filled in choose whom to talk to.
        let is_in_host = before.parse::<Url>().map_or(true, |base| base.host() != url.host());
        let is_right = matches!(url.scheme(), "http" | "https") && !after.contains(place) && !is_in_host;
        is_right.then(|| Self { before: before.to_owned(), after: after.to_owned() })
    }

    fn with(&self, value: &str) -> String {
        format!("{}{value}{}", self.before, self.after)
    }
}

/// A service that is looked at.
#[derive(Debug, Clone)]
pub struct Watched {
    /// Its name, which is also what it says of itself.
    pub name: String,
    /// The gRPC addresses of its replicas, or names that stand for several; at least one.
    pub replicas: Vec<String>,
    /// What the console shows for itself, where the service asks for more than a certificate.
    pub token: Option<Token>,
    /// The `/metrics` pages of its replicas; none: its figures are not shown.
    pub metrics: Vec<String>,
}

/// A bearer token. It is shown to the service alone.
#[derive(Clone)]
pub struct Token(AsciiMetadataValue);

impl Token {
    /// Of its text; `None` when that cannot be sent.
    pub fn new(text: &str) -> Option<Self> {
        let mut value = AsciiMetadataValue::try_from(format!("Bearer {text}")).ok()?;
        value.set_sensitive(true);
        Some(Self(value))
    }

    /// As a request carries it.
    pub fn value(&self) -> AsciiMetadataValue {
        self.0.clone()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}
