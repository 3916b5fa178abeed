//! All feeds, and all sources with their state.

use askama::Template;
use axum::{
    Extension,
    extract::{RawQuery, State},
    response::Response,
};
use causeway_primitives::Timestamp;
use causeway_proto::oracle::v1::{ListFeedsRequest, ListSourcesRequest, oracle_service_client::OracleServiceClient};

use super::{
    super::{
        params::Params,
        routes::Pages,
        show::{Page, part, show, written},
    },
    row::{self, FeedRow, SourceRow},
};
use crate::{
    adapters::siblings::{Sibling, Unanswered},
    app::Person,
};

/// Feeds and sources that are shown.
const MOST: usize = 500;

#[derive(Template)]
#[template(path = "oracle/feeds.html")]
struct Feeds {
    feeds: Vec<FeedRow>,
    sources: Result<Vec<SourceRow>, String>,
}

pub(in super::super) async fn feeds(
    State(pages): State<Pages>,
    Extension(person): Extension<Person>,
    RawQuery(query): RawQuery,
) -> Response {
    let page = Params::of(query.as_deref(), &[]).map(|params| Page {
        title: "Oracle".to_owned(),
        service: pages.siblings.oracle.name(),
        key: params.key("/oracle"),
    });
    show((&pages, &person), page, all(&pages.siblings.oracle, pages.clock.now())).await
}

async fn all(oracle: &Sibling, now: Timestamp) -> Result<String, Unanswered> {
    let (feeds, sources) = tokio::join!(
        oracle.ask(ListFeedsRequest {}, |client, request| async move {
            OracleServiceClient::new(client).list_feeds(request).await
        }),
        oracle.ask(ListSourcesRequest::default(), |client, request| async move {
            OracleServiceClient::new(client).list_sources(request).await
        }),
    );
    written(&Feeds {
        feeds: feeds?.feeds.iter().take(MOST).map(|feed| row::feed(feed, now)).collect(),
        sources: part(sources, |all| all.sources.iter().take(MOST).map(|source| row::source(source, now)).collect()),
    })
}
