//! Reports over REST: both formats, each window, and what is refused.

use std::time::Duration;

use axum::{
    body::{Body, to_bytes},
    http::{Request, StatusCode, header},
};
use serde_json::json;

use super::{api, ask, get};
use crate::{
    domain::{
        message::Status,
        report::{Latency, Rows, Volume},
    },
    ports::{
        fake::FakeStore,
        samples::{at, chain},
    },
};

fn store() -> FakeStore {
    let seconds = Duration::from_secs;
    let latency = Latency {
        messages: 7,
        mean: Duration::from_millis(12_500),
        p25: seconds(10),
        p50: seconds(11),
        p75: seconds(12),
        p95: seconds(15),
        p99: seconds(40),
        longest: seconds(90),
        backwards: 0,
    };
    let volume = |lane: Option<&str>| Volume {
        lane: lane.map(str::to_owned),
        sent: 10,
        by_status: vec![(Status::Executed, 7), (Status::Failed, 1), (Status::Sent, 2)],
        latency: Some(latency),
    };
    let rows = Rows {
        positions: vec![(chain(138), 9, at(0)), (chain(1), 8, at(100_000))],
        volumes: vec![volume(None), volume(Some("a|b"))],
        ..Rows::default()
    };
    FakeStore { rows, ..FakeStore::default() }
}

async fn markdown(query: &str) -> String {
    let request = Request::get(format!("/api/v1/ccip/reports?{query}")).body(Body::empty()).unwrap();
    let response = ask(api(store()), request).await;
    assert_eq!(response.headers()[header::CONTENT_TYPE], "text/markdown; charset=utf-8");
    String::from_utf8(to_bytes(response.into_body(), 1_000_000).await.unwrap().to_vec()).unwrap()
}

#[tokio::test]
async fn ccip_12_a_report_names_its_window_its_denominator_and_what_is_pending() {
    let (status, report) = get(store(), "/api/v1/ccip/reports?window=day").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(report["window"], json!({"from": "2025-12-31T00:00:00Z", "until": "2026-01-01T00:00:00Z"}));
    let all = &report["volume"][0];
    assert_eq!(
        (&all["lane"], &all["sent"], &all["ended"], &all["pending"]),
        (&json!(null), &json!(10), &json!(8), &json!(2))
    );
    assert_eq!(all["success_rate_percent"], json!("87.5"));
    assert_eq!((&all["latency"]["p99_ms"], &all["latency"]["mean_ms"]), (&json!(40_000), &json!(12_500)));
    assert_eq!(report["coverage"]["whole"], json!(true));
    let (_, later) = get(store(), "/api/v1/ccip/reports?from=2026-01-01T00:00:00Z&until=2026-01-02T00:00:00Z").await;
    assert_eq!(later["coverage"]["behind"][0]["chain_id"], json!(138));
}

#[tokio::test]
async fn ccip_12_markdown_says_the_same_and_twice_the_same() {
    let text = markdown("window=week&format=md").await;
    for expected in [
        "# Cross-chain messages, 2025-12-25T00:00:00Z to 2026-01-01T00:00:00Z",
        "| **all** | 10 | 7 | 1 | 0 | 2 | 87.5 % of 8 |",
        "| a\\|b | 7 | 12.5 s | 11 s | 15 s | 40 s | 90 s | 2 |",
        "## Security review",
        "## Cost review",
    ] {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
    assert_eq!(markdown("window=week&format=md").await, text);
    assert!(!text.contains("\n\n\n"), "{text}");
}

#[tokio::test]
async fn ccip_12_a_question_for_a_report_is_checked() {
    for (query, field) in [
        ("window=year", "window"),
        ("window=day&from=2026-01-01T00:00:00Z", "window"),
        ("until=2026-01-01T00:00:00Z", "from"),
        ("from=2026-01-01T00:00:00Z&until=2026-01-01T00:00:00Z", "until"),
        ("from=x", "from"),
        ("format=pdf", "format"),
        ("lane=a", "query"),
    ] {
        let (status, body) = get(store(), &format!("/api/v1/ccip/reports?{query}")).await;
        assert_eq!((status, &body["field"]), (StatusCode::BAD_REQUEST, &json!(field)), "{query}");
    }
}
