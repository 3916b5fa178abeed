//! The HTTP face over a real socket or through the router itself.

use std::{sync::Arc, time::Duration};

use ::http::{Request, Response, StatusCode, header};
use axum::{
    Extension, Router,
    body::Body,
    routing::{get, post},
};
use causeway_primitives::Timestamp;
use causeway_runtime::{
    CancellationToken,
    clock::ManualClock,
    health::{Health, Role},
    healthcheck,
    http::{Build, CORRELATION_ID, CorrelationId, Limits, bind, metrics_router, ops_router, serve, with_limits},
    task::TaskGroup,
};
use causeway_telemetry::metrics::Registry;
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

const BUILD: Build = Build { service: "skeleton", version: "1.2.3", config_hash: String::new() };
const LIMITS: Limits = Limits { body_bytes: 16, timeout: Duration::from_secs(5) };

fn health() -> (Arc<ManualClock>, CancellationToken, Health) {
    let clock = Arc::new(ManualClock::at(Timestamp::from_secs(1_700_000_000).unwrap()));
    let draining = CancellationToken::new();
    let health = Health::new(Arc::<ManualClock>::clone(&clock), draining.clone());
    (clock, draining, health)
}

async fn ask(router: &Router, request: Request<Body>) -> (StatusCode, Response<()>, String) {
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    (parts.status, Response::from_parts(parts, ()), String::from_utf8(bytes.to_vec()).unwrap())
}

async fn read(router: &Router, path: &str) -> (StatusCode, String) {
    let (status, _, body) = ask(router, Request::get(path).body(Body::empty()).unwrap()).await;
    (status, body)
}

#[tokio::test]
async fn readyz_names_each_obstacle_and_livez_does_not_care() {
    let (_, draining, health) = health();
    let chain = health.component("chain", Role::Required);
    let router = ops_router(health, BUILD);
    chain.down("no endpoint answers");
    let (status, body) = read(&router, "/readyz").await;
    assert_eq!((status, body.as_str()), (StatusCode::SERVICE_UNAVAILABLE, "chain: down: no endpoint answers\n"));
    assert_eq!(read(&router, "/livez").await.0, StatusCode::OK);
    chain.ok();
    assert_eq!(read(&router, "/readyz").await, (StatusCode::OK, "ok\n".to_owned()));
    draining.cancel();
    assert_eq!(read(&router, "/readyz").await, (StatusCode::SERVICE_UNAVAILABLE, "draining\n".to_owned()));
}

#[tokio::test]
async fn livez_fails_for_a_loop_that_stands_still() {
    let (clock, _, health) = health();
    let _heartbeat = health.heartbeat("decide", Duration::from_secs(5));
    let router = ops_router(health, BUILD);
    clock.advance(Duration::from_secs(6));
    let (status, body) = read(&router, "/livez").await;
    assert_eq!((status, body.as_str()), (StatusCode::SERVICE_UNAVAILABLE, "decide: silent for 6000 ms\n"));
}

#[tokio::test]
async fn health_is_both_probes_in_detail_as_json() {
    let (_, _, health) = health();
    health.component("chain", Role::Required).degraded("one of two endpoints answers");
    health.heartbeat("decide", Duration::from_secs(5)).beat();
    let (status, body) = read(&ops_router(health, BUILD), "/health").await;
    assert_eq!(status, StatusCode::OK);
    let expected = serde_json::json!({
        "status": "degraded", "live": true, "ready": true, "draining": false,
        "service": "skeleton", "version": "1.2.3", "config_hash": "",
        "components": [{
            "name": "chain", "state": "degraded", "required": true,
            "reason": "one of two endpoints answers", "since": "2023-11-14T22:13:20Z",
        }],
        "loops": [{"name": "decide", "alive": true, "silent_ms": 0, "limit_ms": 5000}],
    });
    assert_eq!(serde_json::from_str::<Value>(&body).unwrap(), expected);
}

#[tokio::test]
async fn metrics_are_served_as_openmetrics() {
    let request = Request::get("/metrics").body(Body::empty()).unwrap();
    let (status, head, body) = ask(&metrics_router(Arc::new(Registry::default())), request).await;
    assert_eq!((status, body.as_str()), (StatusCode::OK, "# EOF\n"));
    assert!(head.headers()[header::CONTENT_TYPE].to_str().unwrap().starts_with("application/openmetrics-text"));
}

#[tokio::test]
async fn a_valid_correlation_id_reaches_the_handler_and_comes_back() {
    let api = Router::new().route(
        "/who",
        get(|id: Option<Extension<CorrelationId>>| async move {
            id.map_or("nobody".to_owned(), |Extension(id)| id.as_str().to_owned())
        }),
    );
    let router = with_limits(api, LIMITS);
    let asked = |id: &str| Request::get("/who").header(CORRELATION_ID, id).body(Body::empty()).unwrap();
    let (_, head, body) = ask(&router, asked("ops-42")).await;
    assert_eq!((body.as_str(), head.headers()[CORRELATION_ID].to_str().unwrap()), ("ops-42", "ops-42"));
    let (_, head, body) = ask(&router, asked("not a valid one")).await;
    assert_eq!((body.as_str(), head.headers().get(CORRELATION_ID)), ("nobody", None));
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused() {
    let router = with_limits(Router::new().route("/", post(|body: String| async move { body })), LIMITS);
    let request = |body: &'static str| Request::post("/").body(Body::from(body)).unwrap();
    assert_eq!(ask(&router, request("short enough")).await.0, StatusCode::OK);
    assert_eq!(ask(&router, request("longer than sixteen bytes")).await.0, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_does_not_begin_in_time_is_a_timeout() {
    let router = with_limits(Router::new().route("/", get(std::future::pending::<String>)), LIMITS);
    assert_eq!(read(&router, "/").await.0, StatusCode::GATEWAY_TIMEOUT);
}

#[tokio::test]
async fn the_healthcheck_client_tells_ready_from_not_ready_from_nobody() {
    let (_, draining, health) = health();
    let listener = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let address = listener.local_addr().unwrap();
    let group = TaskGroup::new(CancellationToken::new());
    group.spawn("http", |stop| serve(listener, ops_router(health, BUILD), stop));
    let probe = move || healthcheck::probe(address, Duration::from_secs(5));

    tokio::task::spawn_blocking(probe).await.unwrap().unwrap();
    draining.cancel();
    let refused = tokio::task::spawn_blocking(probe).await.unwrap().unwrap_err();
    assert!(refused.to_string().ends_with("HTTP/1.1 503 Service Unavailable: draining"), "{refused}");
    group.drain(Duration::from_secs(5)).await.unwrap();
    let nobody = tokio::task::spawn_blocking(probe).await.unwrap().unwrap_err();
    assert!(matches!(nobody, healthcheck::Error::Unreachable { .. }), "{nobody}");
}
