//! The first page: lanes, chains, what is open, the newest messages, search.

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{
    frame::{Refused, rendered},
    lanes::{Chain, Lane},
    rows::Row,
    search::{self, Found},
};
use crate::{
    http::{
        api::Api,
        extract::{Asked, Parameters},
    },
    ports::Filter,
};

/// Messages that are shown.
const NEWEST: u32 = 25;

/// Findings that are shown.
const FINDINGS: u32 = 10;

/// What is looked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SearchQuery {
    q: Option<String>,
}

impl Parameters for SearchQuery {
    const EXPECTED: &'static str = "q, at most once";
}

/// A finding that is open.
struct Finding {
    kind: &'static str,
    detail: String,
    seen_at: String,
}

#[derive(Template)]
#[template(path = "home.html")]
struct Page {
    /// The last change that the page shows; the stream goes on from there.
    after: u64,
    lanes: Vec<Lane>,
    chains: Vec<Chain>,
    findings: Vec<Finding>,
    rows: Vec<Row>,
    /// What was looked for; empty when nothing was.
    query: String,
}

pub(super) async fn page(State(api): State<Api>, Asked(query): Asked<SearchQuery>) -> Result<Response, Refused> {
    let query = query.q.unwrap_or_default();
    // Before the messages: what changes in between is told again and not missed.
    let after = api.watch.last_change().await?;
    let messages = if query.trim().is_empty() {
        api.records.list_messages(&Filter::default(), None, NEWEST).await?
    } else {
        match search::find(&api, &query).await? {
            Found::Message(message) => return Ok(Redirect::to(&format!("/messages/{}", message.id)).into_response()),
            Found::List(messages) => messages,
        }
    };
    let findings = api.records.list_findings(FINDINGS).await?;
    rendered(&Page {
        after,
        lanes: api.views.list_lanes().iter().map(Lane::from).collect(),
        chains: api.views.list_chains().iter().map(Chain::from).collect(),
        findings: findings
            .into_iter()
            .map(|finding| Finding {
                kind: finding.kind.as_str(),
                detail: finding.detail,
                seen_at: finding.seen_at.to_string(),
            })
            .collect(),
        rows: messages.iter().map(Row::from).collect(),
        query: query.trim().to_owned(),
    })
}
