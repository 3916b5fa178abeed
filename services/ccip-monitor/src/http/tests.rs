//! The REST face over fakes: shapes, statuses, pages, streams, and a document that leaves nothing out.

mod document;
mod events;
mod lists;
mod messages;
mod pages;
mod refusals;
mod reports;

use std::sync::Arc;

use axum::{
    body::{Body, to_bytes},
    http::{Request, StatusCode},
    response::Response,
};
use causeway_runtime::{CancellationToken, clock::ManualClock};
use serde_json::Value;
use tower::ServiceExt as _;

use super::{Api, Streams, router};
use crate::ports::{
    fake::FakeStore,
    samples::{at, diagnoser, views},
};

/// An API over this store.
fn api(store: FakeStore) -> Api {
    let store = Arc::new(store);
    Api {
        views: views(),
        diagnoser: diagnoser(&store),
        policy: Arc::default(),
        records: store.clone(),
        reports: store.clone(),
        watch: store,
        clock: Arc::new(ManualClock::at(at(1_000))),
        streams: Streams::new(1),
        draining: CancellationToken::new(),
    }
}

async fn ask(api: Api, request: Request<Body>) -> Response {
    router(api).oneshot(request).await.unwrap()
}

async fn get(store: FakeStore, path: &str) -> (StatusCode, Value) {
    let response = ask(api(store), Request::get(path).body(Body::empty()).unwrap()).await;
    let status = response.status();
    let body = to_bytes(response.into_body(), 10_000_000).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
}
