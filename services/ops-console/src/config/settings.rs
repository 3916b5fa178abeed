//! What the console runs with, checked.

use std::time::Duration;

use causeway_service::config::Base;
use url::Url;

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
}

/// Who may look.
#[derive(Debug, Clone, Copy)]
pub struct People {
    /// How long a sign-in lasts; `None`: nobody signs in, and the pages are on loopback.
    pub lasting: Option<Lasting>,
    /// The cookie is sent over https only.
    pub https: bool,
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
    /// Jaeger's pages.
    pub jaeger: Option<Url>,
    /// Grafana's pages.
    pub grafana: Option<Url>,
    /// The folder of the runbook pages.
    pub runbooks: Option<Url>,
}

/// A service that is looked at.
#[derive(Debug, Clone)]
pub struct Watched {
    /// Its name, which is also what it says of itself.
    pub name: String,
    /// The gRPC addresses of its replicas; at least one.
    pub replicas: Vec<String>,
}
