//! What operators may order over gRPC, and what becomes of it.

use std::collections::HashMap;

use causeway_proto::{
    ops::v1::{ListActionsRequest, RunActionRequest, WatchEventsRequest, WatchEventsResponse},
    oracle::v1::{SetSourceStateRequest, SourceAction},
};
use causeway_testkit::{oracle::Plan, wait::SOON};
use tonic::{Code, Status, Streaming};

use super::{replica::Replica, stage::Stage};

const SOURCE: &str = "kraken-eur-usd";

async fn set_source(replica: &Replica, action: SourceAction, reason: &str) -> Result<String, Status> {
    let request =
        SetSourceStateRequest { source_id: SOURCE.to_owned(), action: action.into(), reason: reason.to_owned() };
    let response = replica.oracle.clone().set_source_state(request).await?.into_inner();
    Ok(response.source.expect("the source afterwards").state)
}

async fn run(replica: &Replica, name: &str, parameters: &[(&str, &str)], reason: &str) -> Result<String, Status> {
    let parameters: HashMap<String, String> =
        parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let request = RunActionRequest { name: name.to_owned(), parameters, reason: reason.to_owned() };
    Ok(replica.ops.clone().run_action(request).await?.into_inner().summary)
}

/// The next event that fits.
async fn event(
    events: &mut Streaming<WatchEventsResponse>,
    fits: impl Fn(&WatchEventsResponse) -> bool,
) -> WatchEventsResponse {
    let found = async {
        loop {
            let event = events.message().await.expect("the stream goes on").expect("it does not end");
            if fits(&event) {
                return event;
            }
        }
    };
    tokio::time::timeout(SOON, found).await.expect("the event comes")
}

async fn started() -> (Stage, Replica, Streaming<WatchEventsResponse>) {
    let stage = Stage::new(Plan { heartbeat_seconds: 600, ..Plan::default() }).await;
    stage.market("1.10000");
    let replica = stage.serve("replica-a").await;
    replica.first_round().await;
    let events = replica.ops.clone().watch_events(WatchEventsRequest { after: 0 }).await.unwrap().into_inner();
    (stage, replica, events)
}

#[tokio::test]
async fn ora_5_an_operator_excludes_and_reinstates_a_source_and_the_audit_tells_who_and_why() {
    let (stage, replica, mut events) = started().await;
    assert_eq!(set_source(&replica, SourceAction::Exclude, "venue halted trading").await.unwrap(), "excluded");
    let order = event(&mut events, |event| event.kind == "operator_order").await;
    assert_eq!(order.subject, SOURCE);
    assert!(order.summary.contains("venue halted trading"), "{}", order.summary);
    let detail: serde_json::Value = serde_json::from_str(&order.detail_json).unwrap();
    assert_eq!(detail["reason"], "venue halted trading");
    assert!(!detail["actor"].as_str().unwrap_or_default().is_empty(), "{detail}");

    stage.market("1.11000");
    stage.answered("111000000").await;
    let told = replica.explain("eur-usd", None).await;
    let kraken = told.contributions.iter().find(|part| part.source_id == SOURCE).unwrap();
    assert_ne!(kraken.verdict, "counted", "{}", kraken.sentence);

    assert_eq!(set_source(&replica, SourceAction::Reinstate, "trading again").await.unwrap(), "probation");
    let again = event(&mut events, |event| event.kind == "operator_order").await;
    assert!(again.sequence > order.sequence);
    replica.source_is(SOURCE, "healthy").await;
    stage.finish(vec![replica]).await;
}

#[tokio::test]
async fn ora_5_orders_without_a_reason_or_a_subject_are_refused_and_change_nothing() {
    let (stage, replica, _events) = started().await;
    for reason in ["", "   ", "a\u{7}b", &"x".repeat(501)] {
        let refused = set_source(&replica, SourceAction::Exclude, reason).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{reason:?}: {refused}");
        let refused = run(&replica, "breaker.force_open", &[("feed_id", "eur-usd")], reason).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{reason:?}: {refused}");
    }
    let refused = set_source(&replica, SourceAction::Unspecified, "why not").await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    for (name, parameters, code) in [
        ("breaker.open_sesame", &[("feed_id", "eur-usd")][..], Code::NotFound),
        ("breaker.clear", &[("feed_id", "gbp-usd")], Code::NotFound),
        ("breaker.clear", &[("feed_id", "EUR/USD?")], Code::InvalidArgument),
        ("breaker.clear", &[], Code::InvalidArgument),
        ("breaker.clear", &[("feed_id", "eur-usd"), ("also", "this")], Code::InvalidArgument),
        ("source.exclude", &[("source_id", "ftx-eur-usd")], Code::NotFound),
    ] {
        let refused = run(&replica, name, parameters, "a drill").await.unwrap_err();
        assert_eq!(refused.code(), code, "{name} {parameters:?}: {refused}");
    }
    assert_eq!(replica.source(SOURCE).await.state, "healthy");
    assert_eq!(replica.breaker().await, "closed");
    stage.finish(vec![replica]).await;
}

#[tokio::test]
async fn ora_5_a_breaker_that_an_operator_forced_open_publishes_nothing_until_it_is_cleared() {
    let (stage, replica, mut events) = started().await;
    let actions = replica.ops.clone().list_actions(ListActionsRequest {}).await.unwrap().into_inner().actions;
    let names: Vec<&str> = actions.iter().map(|action| action.name.as_str()).collect();
    let all = [
        "alert.acknowledge",
        "breaker.clear",
        "breaker.force_closed",
        "breaker.force_open",
        "source.exclude",
        "source.reinstate",
    ];
    assert_eq!(names, all);

    assert_eq!(replica.forced().await, "none");
    run(&replica, "breaker.force_open", &[("feed_id", "eur-usd")], "a drill").await.unwrap();
    assert_eq!((replica.breaker().await, replica.forced().await), ("open".to_owned(), "forced_open".to_owned()));
    let order = event(&mut events, |event| event.kind == "operator_order").await;
    assert_eq!(order.subject, "eur-usd");
    stage.market("1.12000");
    replica
        .priced("the move was seen and held", |price| {
            price.market_price.as_ref().is_some_and(|market| market.value == "1.12") && price.decision == "breaker_open"
        })
        .await;
    assert_eq!(stage.answers().await, ["110000000"]);

    run(&replica, "breaker.clear", &[("feed_id", "eur-usd")], "the drill is over").await.unwrap();
    replica.breaker_is("closed").await;
    assert_eq!(replica.forced().await, "none");
    stage.answered("112000000").await;
    stage.finish(vec![replica]).await;
}
