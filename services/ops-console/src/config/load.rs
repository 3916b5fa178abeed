//! From files and environment to [`Config`]: all complaints at once, one line each.

use std::{collections::BTreeSet, path::Path, time::Duration};

use causeway_runtime::config::{self, Effective, Environment, Error, Validator};
use causeway_service::config::Store;
use causeway_telemetry::LogFormat;
use url::Url;

use super::{
    SERVICE,
    names::SCHEMA,
    raw,
    settings::{Config, History, Links, Looks, People, Template, Token, Watched},
};
use crate::domain::{impact::Needs, people::Lasting};

/// Seconds of a day.
const DAY: u64 = 86_400;

/// Characters of a token, as the services ask for at least.
const SHORTEST_TOKEN: usize = 32;

/// Loads and checks the configuration.
///
/// # Errors
/// One line a setting: its path, its value unless secret, what is expected, and who set it.
pub fn load(file: Option<&Path>, environment: &Environment, log_format: Option<LogFormat>) -> Result<Config, Error> {
    let loaded = config::load::<raw::Raw>(&SCHEMA, file, environment)?;
    validate(&loaded.raw, &loaded.effective, log_format)
}

/// Loads the same, and checks only what migrating needs.
///
/// # Errors
/// As [`load`], of the settings of the store.
pub fn load_store(file: Option<&Path>, environment: &Environment) -> Result<Store, Error> {
    let loaded = config::load::<raw::Raw>(&SCHEMA, file, environment)?;
    loaded.raw.store.alone(&loaded.effective)
}

fn validate(raw: &raw::Raw, effective: &Effective, log_format: Option<LogFormat>) -> Result<Config, Error> {
    let mut validator = effective.validator();
    let service = (SERVICE, env!("CARGO_PKG_VERSION"));
    let base = raw.base().validate(service, log_format, effective, &mut validator);
    let looks = Looks {
        every: validator.positive_ms("looks.every_ms", raw.looks.every_ms),
        call_timeout: validator.positive_ms("looks.call_timeout_ms", raw.looks.call_timeout_ms),
        stale_after: validator.positive_ms("looks.stale_after_ms", raw.looks.stale_after_ms),
        figures_every: validator.positive_ms("looks.figures_every_ms", raw.looks.figures_every_ms),
        page_timeout: validator.positive_ms("looks.page_timeout_ms", raw.looks.page_timeout_ms),
    };
    let history = history(&raw.history, &mut validator);
    let links = links(&raw.links, &mut validator);
    let people = people(raw, &mut validator);
    let services = services(&raw.services, &mut validator);
    let changes = raw.changes.validate(&mut validator);
    let silences = raw.alertmanager.validate(&mut validator);
    // Each `None` left its complaint with the validator, so that `finish` refuses before the tuple is used.
    let built = validator.finish((base, links, services, changes, silences))?;
    let (Some(base), Some(links), Some((services, needs)), Some(changes), Some(silences)) = built else {
        return Err(Error::from(effective.refuse("services", "settings that fit together")));
    };
    Ok(Config { base, looks, history, people, changes, silences, links, services, needs })
}

/// Without sign-in whoever reaches the port is an operator, so nobody but this host may reach it.
fn people(raw: &raw::Raw, validator: &mut Validator<'_>) -> People {
    let minutes = validator.within("people.idle_minutes", raw.people.idle_minutes, 1..=1_440);
    let hours = validator.within("people.session_hours", raw.people.session_hours, 1..=720);
    let lasting = Lasting {
        idle: Duration::from_secs(minutes.saturating_mul(60)),
        whole: Duration::from_secs(hours.saturating_mul(3_600)),
    };
    let (lasting, provider) = match raw.people.sign_in.as_str() {
        "accounts" => (Some(lasting), None),
        "oidc" => (Some(lasting), raw.people.oidc.validate(validator)),
        "none" => {
            if !raw.listen.http.ip().is_loopback() {
                let expected = "an address on loopback, such as 127.0.0.1:8080, while people.sign_in is \"none\"";
                validator.refuse("listen.http", expected);
            }
            if !raw.listen.grpc.ip().is_loopback() {
                let expected = "an address on loopback, such as 127.0.0.1:50051, while people.sign_in is \"none\"";
                validator.refuse("listen.grpc", expected);
            }
            (None, None)
        }
        _ => {
            validator.refuse("people.sign_in", "\"none\", \"accounts\" or \"oidc\"");
            (None, None)
        }
    };
    let certificate_suffix = raw.people.certificate_suffix.clone();
    People { lasting, provider, https: raw.people.https, certificate_suffix }
}

fn history(raw: &raw::History, validator: &mut Validator<'_>) -> History {
    let mut days = |path, value: u64| Duration::from_secs(validator.within(path, value, 1..=3_650).saturating_mul(DAY));
    History {
        events: days("history.keep_events_days", raw.keep_events_days),
        spans: days("history.keep_spans_days", raw.keep_spans_days),
    }
}

fn links(raw: &raw::Links, validator: &mut Validator<'_>) -> Option<Links> {
    let mut template = |path, text: &str, place| {
        if text.is_empty() {
            return Some(None);
        }
        let expected = format!("an http or https URL with {place} once behind its host, or nothing");
        validator.accept(path, &expected, Template::new(text, place).ok_or(())).map(Some)
    };
    let traces = template("links.traces", &raw.traces, "{trace_id}");
    let metrics = template("links.metrics", &raw.metrics, "{service}");
    let runbooks = if raw.runbook_base_url.is_empty() {
        Some(None)
    } else {
        let url = raw.runbook_base_url.parse::<Url>().ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        validator.accept("links.runbook_base_url", "an http or https URL, or nothing", url.ok_or(())).map(Some)
    };
    Some(Links { traces: traces?, metrics: metrics?, runbooks: runbooks? })
}

fn services(raw: &[raw::Service], validator: &mut Validator<'_>) -> Option<(Vec<Watched>, Needs)> {
    let mut names = BTreeSet::new();
    for service in raw {
        let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if service.name.is_empty() || !service.name.chars().all(is_name) || !names.insert(service.name.as_str()) {
            validator.refuse("services.*.name", "a name of a-z, 0-9 and -, once each");
        }
        let is_address = |replica: &String| {
            replica.parse::<Url>().is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.host().is_some())
        };
        if service.replicas.is_empty() || !service.replicas.iter().all(is_address) {
            validator.refuse("services.*.replicas", "at least one http://host:50051 or https://host:50051");
        }
    }
    // Of http only: behind a name there are several addresses, and no certificate names one of those.
    let is_page = |page: &String| page.parse::<Url>().is_ok_and(|url| url.scheme() == "http");
    if !raw.iter().flat_map(|one| &one.metrics).all(is_page) {
        validator.refuse("services.*.metrics", "pages such as http://host:8000/metrics");
    }
    let is_token = |token: &str| token.is_empty() || (token.len() >= SHORTEST_TOKEN && Token::new(token).is_some());
    if !raw.iter().all(|one| is_token(&one.token)) {
        validator.refuse("services.*.token", "at least 32 printable ASCII characters, or nothing");
    }
    if raw.is_empty() {
        validator.refuse("services", "at least one [[services]] with name and replicas");
    }
    let watched = raw.iter().map(|one| Watched {
        name: one.name.clone(),
        replicas: one.replicas.clone(),
        metrics: one.metrics.clone(),
        token: Some(&one.token).filter(|token| !token.is_empty()).and_then(|token| Token::new(token)),
    });
    let needs = Needs::new(raw.iter().map(|one| (one.name.clone(), one.needs.clone())));
    let needs = validator.accept("services.*.needs", "names of other [[services]]", needs)?;
    Some((watched.collect(), needs))
}
