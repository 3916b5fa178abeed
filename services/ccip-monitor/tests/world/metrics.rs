//! Names that dashboards have: they are contracts.

use std::collections::BTreeSet;

use causeway_testkit::{
    ccip::{Family, Side},
    monitor::Plan,
    wait::eventually,
};

use super::stage::Stage;

#[tokio::test]
async fn ccip_9_metrics_have_the_operators_names_to_the_letter_and_bounded_labels() {
    let stage = Stage::new(Plan { families: vec![Family::V1_6], ..Plan::default() }).await;
    let replica = stage.serve("replica-a").await;
    let message = stage.deliver(Family::V1_6, Side::Home, "counted").await;
    replica.status(&message.id, "executed").await;
    let tracked = async || replica.metric("ccip_messages_tracked", &["executed"]).await == 1;
    eventually("the message is tracked", tracked).await;

    let page = replica.client.metrics().await.unwrap();
    let names: BTreeSet<&str> =
        page.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split(['{', ' ']).next()).collect();
    for name in [
        "ccip_messages_sent_total",
        "ccip_messages_received_total",
        "ccip_message_latency_seconds_bucket",
        "ccip_message_latency_seconds_sum",
        "ccip_message_latency_seconds_count",
        "ccip_fees_total",
        "ccip_errors_total",
        "ccip_messages_tracked",
        "ccip_message_failures",
    ] {
        assert!(names.contains(name), "{name} is not among {names:#?}");
    }
    let lane = ["source=\"home\"", "destination=\"away\"", "dialect=\"ccip-1.6\""];
    assert_eq!(replica.metric("ccip_messages_sent_total", &lane).await, 1);
    assert_eq!(replica.metric("ccip_message_latency_seconds_count", &lane).await, 1);
    let back = ["source=\"away\"", "destination=\"home\"", "dialect=\"ccip-1.6\""];
    assert!(
        page.lines()
            .any(|line| line.starts_with("ccip_messages_sent_total{") && back.iter().all(|label| line.contains(label))),
        "a listed lane's counters start at zero"
    );
    for unbounded in [message.id.as_str(), &message.tx()] {
        assert!(!page.contains(unbounded), "no message and no transaction is a label");
    }
    stage.finish(vec![replica]).await;
}
