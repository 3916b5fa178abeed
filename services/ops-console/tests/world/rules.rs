//! From a figure on the console's page to a person: real Prometheus, the committed rules, real Alertmanager, the committed
//! routes.

use causeway_testkit::{
    observability::{Alertmanager, Prometheus, find},
    sink::Sink,
    tools::lacking,
};
use serde_json::Value;

use super::stand::Stand;

/// Waits until the receiver was told of this alert, and hands over its labels and annotations.
async fn told(sink: &Sink, receiver: &str, alert: &str) -> Value {
    sink.shows(&format!("{receiver} hears of {alert}"), |book| {
        let mut alerts = book.taken(receiver).filter_map(|message| message["alerts"].as_array()).flatten();
        let found = alerts.find(|one| one["labels"]["alertname"] == alert);
        found.cloned().ok_or_else(|| format!("{:#?}", book.taken(receiver).collect::<Vec<_>>()))
    })
    .await
}

#[tokio::test]
async fn ops_1_grd_8_what_the_figures_say_reaches_people_through_a_real_prometheus_and_alertmanager() {
    let alertmanager = find("prometheus-alertmanager").or_else(|| find("alertmanager"));
    let (Some(prometheus), Some(alertmanager)) = (find("prometheus"), alertmanager) else {
        lacking("prometheus and alertmanager", "rules and routes in their own programs");
        return;
    };
    let (mut stand, sink) = (Stand::new("console_rules").await, Sink::start().await.unwrap());
    let alertmanager = Alertmanager::start(&alertmanager, &sink).await.unwrap();
    let jobs = [("ops-console", stand.console.listening().metrics.to_string())];
    let prometheus = Prometheus::start(&prometheus, &jobs, &alertmanager).await.unwrap();
    told(&sink, "/dead-mans-switch", "DeadMansSwitch").await;

    drop(stand.doors.remove(0));
    for receiver in ["/errors", "/tickets"] {
        let alert = told(&sink, receiver, "ConsoleSeesServiceDown").await;
        let (labels, notes) = (&alert["labels"], &alert["annotations"]);
        assert_eq!((&labels["service"], &labels["severity"]), (&"ccip-monitor".into(), &"error".into()));
        assert_eq!(notes["summary"], "the console sees ccip-monitor down");
        assert_eq!(notes["runbook"], "docs/runbooks/ConsoleSeesServiceDown.md");
    }
    let known = reqwest::get(format!("{}/api/v1/rules?type=alert", prometheus.url())).await.unwrap();
    let known: Value = known.json().await.unwrap();
    let groups = known["data"]["groups"].as_array().unwrap();
    let rules = groups.iter().flat_map(|group| group["rules"].as_array().unwrap());
    let sick: Vec<_> = rules.filter(|rule| rule["health"] != "ok").collect();
    assert!(sick.is_empty(), "{sick:#?}");

    // And of the one that can say nothing any more.
    stand.console.kill().await.unwrap();
    let alert = told(&sink, "/page", "ServiceDown").await;
    assert_eq!(alert["labels"]["job"], "ops-console");
}
