//! The REST face over fakes: shapes, statuses, and a document that leaves nothing out.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use axum::{
    body::{Body, to_bytes},
    http::{Request, StatusCode},
};
use causeway_primitives::{Address, B256, Decimals, Ppm, RoundId};
use causeway_runtime::clock::ManualClock;
use causeway_store::Error as StoreError;
use serde_json::{Value, json};
use tower::ServiceExt as _;
use utoipa::OpenApi as _;

use super::routes::{Api, Document, router};
use crate::{
    app::{
        record,
        view::{FeedView, OnChainView, SourceView, Views},
    },
    domain::{
        breaker::Breaker,
        evaluation::{Inputs, Material, evaluate},
        policy::Condition,
        route::Conversions,
        samples::{answer, at, on_chain, policy, words},
    },
    ports::{DecisionRow, RoundRow, fake::FakeRecords},
};

fn feed() -> FeedView {
    FeedView {
        id: "eth-usd".parse().unwrap(),
        pair: "ETH/USD".parse().unwrap(),
        decimals: Decimals::new(8).unwrap(),
        aggregator: Some(Address::repeat_byte(1)),
        deviation_threshold: Ppm::new(5_000),
        heartbeat: Duration::from_secs(60),
        sources: vec!["venue-0-eth-usd".parse().unwrap()],
        derived_from: Vec::new(),
        breaker: "closed",
        forced: "none",
        on_chain: Some(OnChainView {
            round_id: RoundId::new((1 << 64) | 7),
            answer: answer(100_050_000_000),
            updated_at: at(0),
        }),
        position: None,
        market: Some("1001".parse().unwrap()),
        venues_counted: 3,
        quorum: 3,
        decision: None,
    }
}

fn source() -> SourceView {
    SourceView {
        id: "venue-0-eth-usd".parse().unwrap(),
        venue: "venue-0".parse().unwrap(),
        feed: "eth-usd".parse().unwrap(),
        market: "ETH/USD".parse().unwrap(),
        state: "healthy",
        cause: String::new(),
        since: at(0),
        weight: Ppm::new(250_000),
        backup: false,
        last_price: Some("1000".parse().unwrap()),
        last_received_at: Some(at(0)),
        last_fault: "",
        quota_used: None,
        quota_exhausted_at: None,
        credential_days_left: Some(30),
    }
}

fn decision() -> DecisionRow {
    let policy = record::Policy::new(policy()).unwrap();
    let inputs = Inputs {
        now: at(0),
        condition: Condition::Normal,
        material: Material::Observed(words(&["1000", "1001", "1002"])),
        conversions: Conversions::none(),
        on_chain: on_chain(99_000_000_000, 5),
        breaker: Breaker::CLOSED,
        pending: None,
    };
    DecisionRow {
        decision_id: 41,
        feed: "eth-usd".parse().unwrap(),
        sequence: 3,
        decided_at: at(0),
        record: record::write(&policy, "config", &inputs, &evaluate(policy.get(), &inputs)).unwrap(),
        policy: policy.text().to_owned(),
        digest: B256::repeat_byte(4),
        trace_id: None,
    }
}

fn round(second: u64) -> RoundRow {
    RoundRow {
        intent_key: format!("eth-usd-{second:03}"),
        feed: "eth-usd".parse().unwrap(),
        decision_id: 40 + second,
        based_on_round: RoundId::new(6),
        answer: answer(100_100_000_000),
        reason: "deviation".to_owned(),
        state: "confirmed".to_owned(),
        round_id: Some(RoundId::new(u128::from(second) + 6)),
        tx_hash: Some(B256::repeat_byte(5)),
        block_number: Some(12),
        decided_at: at(second),
        updated_at: at(second),
        trace_id: None,
    }
}

fn records() -> FakeRecords {
    FakeRecords { rounds: vec![round(3), round(2), round(1)], decisions: vec![decision()], broken: None }
}

async fn get_from(records: FakeRecords, path: &str) -> (StatusCode, Value) {
    let views = Views::default();
    views.put_feed(feed());
    views.put_source(source());
    let clock = Arc::new(ManualClock::at(at(12)));
    let api = router(Api { views, records: Arc::new(records), clock });
    let response = api.oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
    let status = response.status();
    let body = to_bytes(response.into_body(), 1_000_000).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
}

async fn get(path: &str) -> (StatusCode, Value) {
    get_from(records(), path).await
}

#[tokio::test]
async fn ora_9_a_price_is_text_all_the_way() {
    let (status, price) = get("/api/v1/prices/eth-usd").await;
    assert_eq!(status, StatusCode::OK);
    for (field, expected) in [
        ("status", json!("fresh")),
        ("answer", json!("100050000000")),
        ("price", json!("1000.5")),
        ("round_id", json!("18446744073709551623")),
        ("age_seconds", json!(12)),
        ("market_price", json!("1001")),
        ("deviation_threshold_percent", json!("0.5")),
        ("heartbeat_seconds", json!(60)),
        ("position", Value::Null),
    ] {
        assert_eq!(price[field], expected, "{field}");
    }
    let (_, all) = get("/api/v1/prices").await;
    assert_eq!(all, json!({ "prices": [price] }));
}

#[tokio::test]
async fn rounds_come_in_pages() {
    let (status, first) = get("/api/v1/rounds?feed_id=eth-usd&page_size=2").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(first["rounds"][0]["round_id"], json!("9"));
    let token = first["next_page_token"].as_str().unwrap();
    let (_, second) = get(&format!("/api/v1/rounds?feed_id=eth-usd&page_size=2&page_token={token}")).await;
    assert_eq!(second["rounds"].as_array().unwrap().len(), 1);
    assert_eq!(second["next_page_token"], Value::Null);
}

#[tokio::test]
async fn ora_10_an_explanation_names_each_source_and_each_rule() {
    let (status, explained) = get("/api/v1/rounds/eth-usd/7").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(explained["decision_id"], json!(41));
    assert_eq!(explained["round"]["reason"], json!("deviation"));
    assert_eq!(explained["record"]["version"], json!(1));
    let sources = explained["sources"].as_array().unwrap();
    assert_eq!(sources.len(), 3);
    assert_eq!(sources[0]["source_id"], json!("venue-0-eth-usd"));
    assert_eq!((&sources[0]["verdict"], &sources[0]["weight_percent"]), (&json!("counted"), &json!("100")));
    assert!(sources[0]["sentence"].as_str().unwrap().starts_with("counts with a full vote"));
    let rules = explained["rules"].as_array().unwrap();
    let mark = |rule: &str| rules.iter().find(|line| line["rule"] == rule).map(|line| line["mark"].clone());
    assert_eq!((mark("quorum"), mark("deviation")), (Some(json!("met")), Some(json!("met"))));
    for path in ["/api/v1/decisions/eth-usd", "/api/v1/decisions/eth-usd/41"] {
        assert_eq!(get(path).await.1, explained, "{path}");
    }
}

#[tokio::test]
async fn ora_5_sources_are_filtered_by_feed() {
    let (_, all) = get("/api/v1/sources").await;
    assert_eq!(all["sources"][0]["weight_percent"], json!("25"));
    assert_eq!(all["sources"][0]["last_fault"], Value::Null);
    assert_eq!(get("/api/v1/sources?feed_id=eth-usd").await.1, all);
    assert_eq!(get("/api/v1/sources?feed_id=eur-usd").await.1, json!({ "sources": [] }));
}

#[tokio::test]
async fn what_is_refused_is_refused_with_a_reason() {
    for (path, status, reason) in [
        ("/api/v1/prices/eur-usd", StatusCode::NOT_FOUND, "FEED_UNKNOWN"),
        ("/api/v1/prices/EUR%20USD", StatusCode::BAD_REQUEST, "INVALID"),
        ("/api/v1/rounds/eth-usd/99", StatusCode::NOT_FOUND, "ROUND_UNKNOWN"),
        ("/api/v1/rounds/eth-usd/last", StatusCode::BAD_REQUEST, "INVALID"),
        ("/api/v1/decisions/eth-usd/99", StatusCode::NOT_FOUND, "ROUND_UNKNOWN"),
        ("/api/v1/decisions/eth-usd/-1", StatusCode::BAD_REQUEST, "INVALID"),
        ("/api/v1/rounds?limit=3", StatusCode::BAD_REQUEST, "INVALID"),
        ("/api/v1/rounds?page_size=501", StatusCode::BAD_REQUEST, "INVALID"),
        ("/api/v1/rounds?page_size=many", StatusCode::BAD_REQUEST, "INVALID"),
        ("/api/v1/rounds?page_token=x", StatusCode::BAD_REQUEST, "INVALID"),
        ("/api/v1/sources?venue=kraken", StatusCode::BAD_REQUEST, "INVALID"),
    ] {
        let (told, body) = get(path).await;
        assert_eq!((told, &body["reason"]), (status, &json!(reason)), "{path}: {body}");
    }
    for (path, field) in
        [("/api/v1/rounds?page_size=501", "`page_size`"), ("/api/v1/rounds?page_token=x", "`page_token`")]
    {
        let (_, body) = get(path).await;
        assert!(body["message"].as_str().unwrap().contains(field), "{path}: {body}");
    }
}

#[tokio::test]
async fn a_database_that_may_answer_later_is_told_apart_from_one_that_will_not() {
    let down = || StoreError::Timeout { query: "list_rounds", limit: Duration::from_secs(5) };
    let unreadable = || StoreError::Unreadable { column: "publication.answer" };
    let broken = |broken: fn() -> StoreError| FakeRecords { broken: Some(broken), ..records() };
    let (status, body) = get_from(broken(down), "/api/v1/rounds").await;
    assert_eq!((status, &body["reason"]), (StatusCode::SERVICE_UNAVAILABLE, &json!("STORE_UNAVAILABLE")));
    let (status, body) = get_from(broken(unreadable), "/api/v1/rounds").await;
    assert_eq!((status, &body["reason"]), (StatusCode::INTERNAL_SERVER_ERROR, &json!("STORE_FAILED")));
}

#[tokio::test]
async fn a_record_that_cannot_be_read_is_our_fault() {
    let changed = DecisionRow { record: "{}".to_owned(), ..decision() };
    let (status, body) =
        get_from(FakeRecords { decisions: vec![changed], ..records() }, "/api/v1/decisions/eth-usd").await;
    assert_eq!((status, &body["reason"]), (StatusCode::INTERNAL_SERVER_ERROR, &json!("RECORD_UNREADABLE")));
}

/// The paths of this source's router, the document's own left out.
fn routes() -> BTreeSet<String> {
    let source = include_str!("routes.rs");
    let paths = source.lines().filter_map(|line| line.trim().strip_prefix(".route(\"")?.split_once('"'));
    paths.map(|(path, _)| path.to_owned()).filter(|path| !path.ends_with("openapi.json")).collect()
}

#[tokio::test]
async fn the_document_describes_every_route_and_the_readme_too() {
    let documented: BTreeSet<String> = Document::openapi().paths.paths.into_keys().collect();
    assert_eq!(documented, routes());
    for path in routes() {
        assert!(include_str!("../../README.md").contains(&format!("| `{path}` |")), "{path} is in the README");
    }
    let (status, served) = get("/api/v1/openapi.json").await;
    assert_eq!(status, StatusCode::OK);
    let schemas = served["components"]["schemas"].as_object().unwrap();
    let text = served.to_string();
    for reference in text.split("#/components/schemas/").skip(1) {
        let name = reference.split('"').next().unwrap();
        assert!(schemas.contains_key(name), "{name} is referred to and not described");
    }
}
