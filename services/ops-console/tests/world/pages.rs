//! What an operator sees.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{Router, routing::get};
use causeway_proto::ops::v1::{Alert, WatchEventsResponse};
use futures_util::StreamExt as _;
use tokio::time::Instant;

use super::{bridge, messages, oracle, service::Open, stand::Stand, tokens};

#[tokio::test]
async fn ops_1_a_service_that_goes_is_down_on_the_page_with_whom_it_reaches_and_well_again_when_it_is_back() {
    let mut stand = Stand::new("console_page").await;
    stand.shows("/", &["All 2 services are healthy.", "Nothing fires.", "First seen"]).await;
    let address = stand.doors[0].address;
    drop(stand.doors.remove(0));
    stand
        .shows("/", &["down: ccip-monitor", "Affected now", "no answer", "kubectl logs deployment/ccip-monitor"])
        .await;
    assert!(!stand.page("/").await.contains("nothing to do"), "a service that is down is something to do");
    stand.shows("/services/ccip-monitor", &["no answer", "heard"]).await;
    stand.shows("/services/tokenization-gateway", &["Needs", "mark down"]).await;
    let back = stand.monitor.open(Some(address)).await;
    stand.shows("/", &["All 2 services are healthy."]).await;
    drop(back);
}

#[tokio::test]
async fn ops_1_alerts_and_events_come_within_a_second_with_what_to_do_and_the_trace() {
    let stand = Stand::new("console_alerts").await;
    stand.shows("/", &["All 2 services are healthy."]).await;
    let mut live = stand.get("/live").await.bytes_stream();
    let hello = live.next().await.unwrap().unwrap();
    assert!(String::from_utf8_lossy(&hello).contains("event: news"), "{hello:?}");
    stand.gateway.say(|words| {
        words.alerts.push(Alert {
            name: "GatewayRequestHeld".to_owned(),
            subject: "eur".to_owned(),
            severity: 4,
            summary: "a request is held".to_owned(),
            next_step: "look at the guard".to_owned(),
            runbook: "docs/runbooks/GatewayRequestHeld.md".to_owned(),
            ..Alert::default()
        });
    });
    let rung = tokio::time::timeout(Duration::from_secs(5), live.next()).await.unwrap().unwrap().unwrap();
    assert!(String::from_utf8_lossy(&rung).contains("news"), "{rung:?}");
    stand.shows("/", &["a request is held", "look at the guard", "critical", "1 alert"]).await;
    stand.monitor.tell(WatchEventsResponse {
        sequence: 4,
        at: Some(prost_types::Timestamp { seconds: 1_790_000_000, nanos: 0 }),
        kind: "message_executed".to_owned(),
        subject: "0xabcd".to_owned(),
        summary: "a message arrived".to_owned(),
        trace_id: "0123456789abcdef0123456789abcdef".to_owned(),
        ..WatchEventsResponse::default()
    });
    let trace = "http://127.0.0.1:16686/trace/0123456789abcdef0123456789abcdef";
    stand.shows("/events", &["a message arrived", trace]).await;
}

#[tokio::test]
async fn ops_1_hostile_words_are_inert_and_a_page_may_do_nothing_that_we_did_not_write() {
    let stand = Stand::new("console_hostile").await;
    stand.gateway.say(|words| {
        words.status.condition = 2;
        words.status.version = format!("<script>alert(1)</script>{}", "x".repeat(1 << 20));
        words.status.components[0].condition = 3;
        words.status.components[0].detail = "\u{202e}<img src=x onerror=alert(1)>".to_owned();
    });
    stand.shows("/", &["degraded: tokenization-gateway", "store: \u{fffd}"]).await;
    let answer = stand.get("/").await;
    let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    let page = answer.text().await.unwrap();
    assert!(!page.contains("<script>alert") && !page.contains("<img"), "{page}");
    assert!(page.len() < 100_000, "{}", page.len());
    assert_eq!(stand.get("/services/<script>").await.status(), 404);
    assert!(stand.page("/nowhere").await.contains("There is nothing here"));
}

#[tokio::test]
async fn ops_1_another_service_at_an_address_is_not_taken_for_the_one_that_is_meant() {
    let stand = Stand::new("console_mixed").await;
    stand.gateway.say(|words| words.status.service = "oracle-publisher".to_owned());
    stand.shows("/", &["down: tokenization-gateway", "it is another service"]).await;
    stand.counts("console_service_condition{service=\"tokenization-gateway\",condition=\"down\"} 1").await;
}

#[tokio::test]
async fn ops_1_a_thousand_alerts_are_counted_and_the_page_stays_small() {
    let stand = Stand::new("console_many").await;
    stand.gateway.say(|words| {
        let alert = |number: usize| Alert {
            name: "GatewayRequestHeld".to_owned(),
            subject: format!("request {number}"),
            severity: 3,
            summary: "a request is held for so long that somebody has to look at it".to_owned(),
            next_step: "look at the request's page, and at the guard if it waits for leave".to_owned(),
            ..Alert::default()
        };
        words.alerts = (0..1_000).map(alert).collect();
    });
    stand.shows("/", &["1000 alerts", "and 950 more, on the pages of the services"]).await;
    let mut took = Vec::new();
    for _ in 0..21 {
        let began = Instant::now();
        let page = stand.page("/").await;
        took.push(began.elapsed());
        assert!(page.len() < 100_000, "{}", page.len());
    }
    took.sort_unstable();
    // For docs/benchmarks.md. No test fails by it: a busy machine is slow and not broken.
    eprintln!("the overview with 1,000 alerts: median {:?}, longest {:?}", took[10], took[20]);
}

#[tokio::test]
async fn ops_1_a_service_shows_how_busy_it_is_and_how_often_it_fails() {
    let calls = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&calls);
    let page = move || async move {
        let all = counted.fetch_add(100, Ordering::Relaxed);
        let of = "method=\"causeway.tokenization.v1.TokenizationService/Mint\"";
        let name = "rpc_server_call_duration_seconds";
        format!("{name}_count{{{of},code=\"OK\"}} {all}\n{name}_bucket{{{of},code=\"OK\",le=\"0.005\"}} {all}\n")
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let served = axum::serve(listener, Router::new().route("/metrics", get(page)));
    let mut serving = tokio::task::JoinSet::new();
    serving.spawn(served.into_future());
    let more = format!("metrics = [\"http://{address}/metrics\"]");
    let stand = Stand::with_last("console_golden", &more).await;
    stand.shows("/", &["calls a minute", "0.000 % failed", "95 % within 0.005 s"]).await;
}

#[tokio::test]
async fn ops_1_a_replica_that_hangs_keeps_no_page_waiting() {
    // It takes connections, and never says a word.
    let hung = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let first = format!("http://{}", hung.local_addr().unwrap());
    let settings = |doors: &[Open]| {
        let second = doors[2].address;
        format!("[[services]]\nname = \"oracle-publisher\"\nreplicas = [\"{first}\", \"http://{second}\"]\n")
    };
    let stand = Stand::of("console_hung", settings).await;
    oracle::whole(&stand.oracle.calls);
    stand.shows("/", &["1 of 2 replicas up"]).await;
    // Whoever asked the one that hangs first would wait for three seconds.
    let shown = tokio::time::timeout(Duration::from_millis(2_900), stand.page("/oracle/eur-usd")).await.unwrap();
    assert!(shown.contains("EUR/USD"), "{shown}");
}

/// The addresses of the router that show a page to people who are in, with something in each place that takes a name.
pub(super) fn routes() -> Vec<String> {
    let router = include_str!("../../src/http/routes.rs");
    let routes = router.lines().filter_map(|line| line.trim().strip_prefix(".route(\"")?.split_once("\", get("));
    // Not asked by people, or before anybody is known.
    let is_open =
        |path: &str| ["/assets/", "/sign-in", "/signed-out", "/live"].iter().any(|open| path.starts_with(open));
    let named = |path: &str| {
        let id = match path {
            "/messages/{id}" => messages::ID.to_owned(),
            "/oracle/{feed}/decisions/{id}" => "latest".to_owned(),
            "/tokens/{id}" => tokens::REQUEST.to_owned(),
            _ => bridge::INCIDENT.to_owned(),
        };
        path.replace("/services/{name}", "/services/ccip-monitor").replace("{feed}", "eur-usd").replace("{id}", &id)
    };
    let routes: Vec<String> = routes.map(|(path, _)| named(path)).filter(|path| !is_open(path)).collect();
    assert!(routes.len() > 15 && routes.iter().all(|path| !path.contains('{')), "{routes:?}");
    routes
}

#[tokio::test]
async fn ops_1_no_page_ignores_what_its_address_asks_for() {
    let stand = Stand::whole("console_asked").await;
    for path in routes() {
        let answer = stand.get(&format!("{path}?nonsense=1")).await;
        assert_eq!(answer.status(), 400, "{path}");
        let page = answer.text().await.unwrap();
        assert!(page.contains("This cannot be asked for") && page.contains("nonsense"), "{path}: {page}");
    }
    let wrong = stand.get("/audit?after=x").await;
    assert_eq!(wrong.status(), 400);
    assert!(wrong.text().await.unwrap().contains("a whole number"));
}
