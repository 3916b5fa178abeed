//! What a running guard answers at its three ports.

use causeway_proto::ops::v1::{GetStatusRequest, ListActionsRequest, ops_service_client::OpsServiceClient};
use causeway_testkit::wait::{SOON, eventually};

use super::stage::{Stage, url};

async fn get(address: std::net::SocketAddr, path: &str) -> (u16, String) {
    let answer = reqwest::get(format!("http://{address}{path}")).await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[tokio::test]
async fn grd_6_a_running_guard_is_ready_counts_under_the_operators_names_and_says_how_it_is() {
    let stage = Stage::new("guard_doors").await;
    let guard = stage.serve("guard-1").await;
    let http = guard.listening().http;
    eventually("the guard is ready", async || get(http, "/readyz").await.0 == 200).await;
    assert_eq!(get(http, "/livez").await.0, 200);
    let (_, health) = get(http, "/health").await;
    for part in ["store", "role", "books", "chain home", "chain remote", "relayer"] {
        assert!(health.contains(part), "{part}: {health}");
    }

    let relayer = stage.relay(&[url(&guard)]).await;
    stage.settle_one(&relayer).await;
    let metrics = guard.listening().metrics;
    eventually("the relayer's work is counted", async || {
        let (_, page) = get(metrics, "/metrics").await;
        let counted = |name: &str| {
            page.lines().any(|line| line.starts_with(name) && !line.ends_with(" 0") && !line.ends_with(" 0.0"))
        };
        let all = [
            "relayer_deposits_indexed_total ",
            "relayer_batches_created_total ",
            "relayer_batches_anchored_total ",
            "relayer_index_cycle_seconds_count ",
            "relayer_db_locked_sigil{asset=\"sigil\"} ",
            "relayer_chain_locked_sigil{asset=\"sigil\"} ",
            "guard_evaluations_total{outcome=\"pass\"} ",
        ];
        all.into_iter().find(|name| !counted(name)).map_or(Ok(()), Err)
    })
    .await;

    let (_, status) = get(http, "/api/v1/guard/status").await;
    let status: serde_json::Value = serde_json::from_str(&status).unwrap();
    assert_eq!((status["state"].as_str(), status["role"].as_str()), (Some("RUNNING"), Some("leader")));
    let (_, health) = get(http, "/api/v1/guard/dashboards/health").await;
    let health: serde_json::Value = serde_json::from_str(&health).unwrap();
    assert_eq!(health["balances"][0]["asset"], "sigil");
    for path in ["dashboards/performance", "dashboards/alerts", "halts", "incidents", "verdicts?page_size=2"] {
        let (code, body) = get(http, &format!("/api/v1/guard/{path}")).await;
        assert_eq!(code, 200, "{path}: {body}");
    }
    assert_eq!(get(http, "/api/v1/guard/halts?page_size=201").await.0, 400);
    assert_eq!(get(http, &format!("/api/v1/guard/incidents/{}/report", uuid::Uuid::nil())).await.0, 404);
    let (_, document) = get(http, "/api/v1/openapi.json").await;
    let document: serde_json::Value = serde_json::from_str(&document).unwrap();
    assert_eq!(document["paths"].as_object().unwrap().len(), 8, "every route is described");

    let mut ops = OpsServiceClient::connect(url(&guard)).await.unwrap();
    let status = ops.get_status(GetStatusRequest {}).await.unwrap().into_inner();
    assert_eq!((status.service.as_str(), status.role.as_str()), ("relayer-invariant-guard", "leader"));
    let actions = ops.list_actions(ListActionsRequest {}).await.unwrap().into_inner().actions;
    assert!(actions.iter().any(|action| action.name == "alert.acknowledge"));
    let (status, _) = guard.terminate(SOON).await.unwrap();
    assert_eq!(status.code(), Some(0));
}
