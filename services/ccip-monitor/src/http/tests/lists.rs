//! Lanes, findings, statistics.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::get;
use crate::ports::{
    fake::FakeStore,
    samples::{finding, stats},
};

#[tokio::test]
async fn ccip_11_what_could_not_be_found_out_is_said_and_is_no_value() {
    let (status, body) = get(FakeStore::default(), "/api/v1/ccip/lanes").await;
    assert_eq!(status, StatusCode::OK);
    let chains = body["chains"].as_array().unwrap();
    let besu = chains.iter().find(|chain| chain["name"] == "besu").unwrap();
    assert_eq!(besu["router"], json!({"state": "known", "value": "ok", "detail": "Router 1.2.0"}));
    assert_eq!(besu["blocks_behind"], json!(3));
    let unknown = json!({"state": "unknown", "value": null, "detail": "the endpoint did not answer"});
    assert_eq!(besu["balances"][0]["juels"], unknown);
    let sepolia = chains.iter().find(|chain| chain["name"] == "sepolia").unwrap();
    assert_eq!((&sepolia["router"]["value"], &sepolia["cursed"]), (&json!("no_code"), &unknown));
    assert_eq!(sepolia["blocks_behind"], Value::Null);
    let lane = &body["lanes"][0];
    assert_eq!((&lane["name"], &lane["supported"]["value"]), (&json!("besu-to-sepolia"), &json!("yes")));
    assert_eq!(lane["expected_next_sequence"]["value"], json!("18446744073709551615"));
}

#[tokio::test]
async fn ccip_13_findings_come_newest_first_in_pages() {
    let store = || FakeStore { findings: (1..=5).map(finding).collect(), ..FakeStore::default() };
    let (status, first) = get(store(), "/api/v1/ccip/findings?limit=3").await;
    assert_eq!((status, &first["findings"][0]["sequence"]), (StatusCode::OK, &json!(5)));
    assert_eq!(first["findings"][0]["kind"], json!("sequence_gap"));
    let cursor = first["next_cursor"].as_str().unwrap();
    let (_, second) = get(store(), &format!("/api/v1/ccip/findings?limit=3&cursor={cursor}")).await;
    assert_eq!((second["findings"].as_array().unwrap().len(), &second["next_cursor"]), (2, &Value::Null));
}

#[tokio::test]
async fn ccip_12_statistics_name_what_is_pending_and_take_no_rate_over_it() {
    let store = FakeStore { stats: vec![stats()], ..FakeStore::default() };
    let (status, body) = get(store, "/api/v1/ccip/statistics").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!((&body["from"], &body["before"]), (&json!("2025-12-31T00:16:40Z"), &json!("2026-01-01T00:16:40Z")));
    let expected = json!({
        "lane": "besu-to-sepolia", "sent": 10, "executed": 7, "failed": 1, "expired": 0, "pending": 2,
        "success_rate_percent": "87.5", "latency_p50_ms": 1_500, "latency_p95_ms": 60_000, "latency_p99_ms": 90_000,
    });
    assert_eq!(body["lanes"], json!([expected]));
}
