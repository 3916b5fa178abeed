//! The HTTP port: prices, rounds, sources, explanations, and their document.

use std::collections::BTreeSet;

use causeway_testkit::oracle::Plan;

use super::stage::Stage;

#[tokio::test]
async fn ora_3_rest_tells_what_grpc_tells_and_refuses_what_it_does_not_know() {
    let stage = Stage::new(Plan { heartbeat_seconds: 600, ..Plan::default() }).await;
    stage.market("1.10000");
    let replica = stage.serve("replica-a").await;
    let first = replica.first_round().await;
    replica.round("usd-eur", "the derived feed's first round", |_| true).await;
    replica.priced("fresh", |price| price.round_id.as_ref().is_some_and(|id| id.value == "1")).await;

    let (status, price) = replica.json("/api/v1/prices/eur-usd").await;
    assert_eq!((status, &price["answer"], &price["status"]), (200, &"110000000".into(), &"fresh".into()));
    let (_, prices) = replica.json("/api/v1/prices").await;
    assert_eq!(prices["prices"].as_array().unwrap().len(), 3);
    let (_, sources) = replica.json("/api/v1/sources?feed_id=eur-usd").await;
    assert_eq!(sources["sources"].as_array().unwrap().len(), 6);
    let (_, rounds) = replica.json("/api/v1/rounds?page_size=1").await;
    let token = rounds["next_page_token"].as_str().unwrap();
    let (_, next) = replica.json(&format!("/api/v1/rounds?page_size=1&page_token={token}")).await;
    assert_ne!(rounds["rounds"][0]["decision_id"], next["rounds"][0]["decision_id"]);
    let (_, explained) = replica.json("/api/v1/rounds/eur-usd/1").await;
    assert_eq!(explained["decision_id"], first.decision_id);
    let (_, decision) = replica.json(&format!("/api/v1/decisions/eur-usd/{}", first.decision_id)).await;
    assert_eq!(decision, explained);
    assert_eq!(replica.json("/api/v1/decisions/eur-usd").await.0, 200);

    for (path, status, reason) in [
        ("/api/v1/prices/gbp-usd", 404, "FEED_UNKNOWN"),
        ("/api/v1/prices/EUR%2FUSD", 400, "INVALID"),
        ("/api/v1/rounds?feed=eur-usd", 400, "INVALID"),
        ("/api/v1/rounds?page_size=501", 400, "INVALID"),
        ("/api/v1/rounds?page_size=-1", 400, "INVALID"),
        ("/api/v1/rounds?page_token=abc", 400, "INVALID"),
        ("/api/v1/sources?venue=kraken", 400, "INVALID"),
        ("/api/v1/rounds/eur-usd/99", 404, "ROUND_UNKNOWN"),
        ("/api/v1/rounds/eur-usd/one", 400, "INVALID"),
        ("/api/v1/decisions/eur-usd/zero", 400, "INVALID"),
    ] {
        let (found, problem) = replica.json(path).await;
        assert_eq!((found, problem["reason"].as_str()), (status, Some(reason)), "{path}: {problem}");
    }
    stage.finish(vec![replica]).await;
}

#[tokio::test]
async fn ops_the_openapi_document_names_every_route_that_is_served() {
    let stage = Stage::new(Plan { heartbeat_seconds: 600, ..Plan::default() }).await;
    stage.market("1.10000");
    let replica = stage.serve("replica-a").await;
    let decision = replica.first_round().await.decision_id.to_string();
    let (status, document) = replica.json("/api/v1/openapi.json").await;
    assert_eq!(status, 200);
    let paths: BTreeSet<&str> = document["paths"].as_object().unwrap().keys().map(String::as_str).collect();
    let expected = [
        "/api/v1/decisions/{feed_id}",
        "/api/v1/decisions/{feed_id}/{decision_id}",
        "/api/v1/prices",
        "/api/v1/prices/{feed_id}",
        "/api/v1/rounds",
        "/api/v1/rounds/{feed_id}/{round_id}",
        "/api/v1/sources",
    ];
    assert_eq!(paths, BTreeSet::from(expected));
    for path in paths {
        let filled =
            path.replace("{feed_id}", "eur-usd").replace("{round_id}", "1").replace("{decision_id}", &decision);
        assert_eq!(replica.get(&filled).await.0, 200, "{filled}");
    }
    stage.finish(vec![replica]).await;
}
