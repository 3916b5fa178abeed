//! The OpenAPI document describes what is served.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use serde_json::Value;

use super::get;
use crate::ports::fake::FakeStore;

/// The paths of this source's router, the document's own left out.
fn routes() -> BTreeSet<String> {
    let source = include_str!("../routes.rs");
    let paths = source.lines().filter_map(|line| line.trim().strip_prefix(".route(\"")?.split_once('"'));
    paths.map(|(path, _)| path.to_owned()).filter(|path| !path.ends_with("openapi.json")).collect()
}

async fn served() -> Value {
    let (status, document) = get(FakeStore::default(), "/api/v1/openapi.json").await;
    assert_eq!(status, StatusCode::OK);
    document
}

#[tokio::test]
async fn ccip_8_the_document_describes_every_route() {
    let document = served().await;
    let described: BTreeSet<String> = document["paths"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(described, routes());
    for (path, methods) in document["paths"].as_object().unwrap() {
        let responses = methods["get"]["responses"].as_object().unwrap();
        assert!(responses.contains_key("200") && responses.contains_key("400"), "{path}");
        assert!(methods["get"]["summary"].is_string(), "{path} says what it is");
    }
}

#[tokio::test]
async fn ccip_8_nothing_is_referred_to_that_is_not_described() {
    let document = served().await;
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let text = document.to_string();
    let referred: BTreeSet<&str> =
        text.split("#/components/schemas/").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(referred.contains("MessageDetail"));
    for name in referred {
        assert!(schemas.contains_key(name), "{name} is referred to and not described");
    }
}
