//! Maintenance windows: planned by two, announced, seen on the first page, mirrored, and ended by one.

use std::{collections::BTreeSet, time::Duration};

use causeway_proto::ops::v1::{ApproveChangeRequest, ProposeChangeRequest};
use causeway_runtime::clock::{Clock as _, SystemClock};
use causeway_testkit::{
    observability::{Alertmanager, find},
    sink::Sink,
    tools::lacking,
    wait::eventually,
};
use ops_console::domain::maintenance::Window;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{controlled::Controlled, stand::Stand};

fn plan(procedure: &str, parameters: &[(&str, String)]) -> ProposeChangeRequest {
    ProposeChangeRequest {
        change_id: Uuid::new_v4().to_string(),
        procedure: procedure.to_owned(),
        parameters: parameters.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
        reason: "new disks".to_owned(),
    }
}

#[tokio::test]
async fn ops_5_a_window_is_planned_by_two_announced_once_and_ended_by_one() {
    let stand = Controlled::new("console_window", 1).await;
    let upside_down =
        plan("maintenance.open", &[("from", "2126-11-21T16:00".to_owned()), ("until", "2126-11-21T15:00".to_owned())]);
    let filed = stand.desk("anna").propose_change(upside_down).await.unwrap().into_inner().change.unwrap();
    assert_eq!(filed.state, "proposed");
    assert!(filed.look.unwrap().words.contains("its time is upside_down"));

    // Two days ahead of a clock that nobody can set: the notice of three days is due at once.
    let ahead = |hours: u64| stand.now().after(Duration::from_secs(hours * 3_600)).to_string();
    let window = plan(
        "maintenance.open",
        &[("from", ahead(48)), ("until", ahead(50)), ("services", "oracle-publisher".to_owned())],
    );
    let filed = stand.desk("anna").propose_change(window).await.unwrap().into_inner().change.unwrap();
    assert_eq!(filed.state, "checked", "{filed:?}");
    let leave = ApproveChangeRequest { change_id: filed.change_id.clone(), plan_hash: filed.plan_hash.clone() };
    stand.desk("bert").approve_change(leave).await.unwrap();
    stand.comes_to(&filed.change_id, "validated").await;
    stand.hook.gets("the notice of three days", "/tickets", |ticket| ticket["notice"] == "T-3 d").await;
    if let Some(alertmanager) = &stand.alertmanager {
        silenced(alertmanager, &filed.change_id, "pending").await;
    }

    let end = plan("maintenance.close", &[("window_id", filed.change_id.clone())]);
    let end = stand.desk("anna").propose_change(end).await.unwrap().into_inner().change.unwrap();
    assert_eq!(end.approvals_needed, 0, "that alarms are heard again needs nobody's leave");
    stand.comes_to(&end.change_id, "validated").await;
    let notices = stand.hook.taken("/tickets");
    let notices = notices.iter().filter(|ticket| ticket["event"] == "maintenance_notice").count();
    assert_eq!(notices, 1);
    if let Some(alertmanager) = &stand.alertmanager {
        silenced(alertmanager, &filed.change_id, "expired").await;
    }
}

/// Waits until the window's silence is so, at a real Alertmanager.
async fn silenced(alertmanager: &Alertmanager, window: &str, state: &str) {
    let url = format!("http://{}/api/v2/silences", alertmanager.address());
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let silence = eventually(&format!("the silence is {state}"), async || {
        let silences = http.get(&url).send().await.unwrap().text().await.unwrap();
        let all: Vec<Value> = serde_json::from_str(&silences).unwrap();
        let mut ours = all.into_iter().filter(|one| one["comment"].as_str().unwrap().contains(window));
        ours.find(|one| one["status"]["state"] == state).ok_or(silences)
    })
    .await;
    let matchers = silence["matchers"].as_array().unwrap();
    let critical = matchers.iter().find(|matcher| matcher["name"] == "severity").unwrap();
    assert_eq!((critical["value"].as_str(), critical["isEqual"].as_bool()), (Some("critical"), Some(false)));
}

#[tokio::test]
async fn ops_5_a_window_of_all_services_mutes_what_prometheus_finds_of_them_and_nobody_elses_alerts() {
    let Some(binary) = find("prometheus-alertmanager").or_else(|| find("alertmanager")) else {
        lacking("alertmanager", "silences");
        return;
    };
    let sink = Sink::start().await.unwrap();
    let alertmanager = Alertmanager::start(&binary, &sink).await.unwrap();
    let told = format!("[alertmanager]\nurl = \"http://{}\"\n", alertmanager.address());
    let stand = Stand::with("console_mutes_its_own", &told).await;
    stand.ready().await;
    let now = SystemClock::new().now();
    let window = Window {
        from: now,
        until: now.after(Duration::from_secs(3_600)),
        services: [].into(),
        alerts: [].into(),
        reason: "new disks".to_owned(),
        closed_at: None,
    };
    stand.store().insert_window(Uuid::new_v4(), &window).await.unwrap();
    let url = format!("http://{}/api/v2", alertmanager.address());
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let alert = |name: &str, label: &str, whose: &str, severity: &str| json!({ "labels": { "alertname": name, label: whose, "severity": severity } });
    let posted = json!([
        alert("ReplicaDown", "job", "ccip-monitor", "warning"),
        alert("LaneStuck", "service", "ccip-monitor", "error"),
        alert("ServiceDown", "job", "ccip-monitor", "critical"),
        alert("DeadMansSwitch", "job", "ops-console", "none"),
        alert("DiskFull", "job", "billing", "warning"),
    ]);
    let post = http.post(format!("{url}/alerts")).header("content-type", "application/json");
    assert!(post.body(posted.to_string()).send().await.unwrap().status().is_success());
    let muted = eventually("the window's two silences mute", async || {
        let found = http.get(format!("{url}/alerts")).send().await.unwrap().text().await.unwrap();
        let found: Vec<Value> = serde_json::from_str(&found).unwrap();
        let muted: BTreeSet<_> = found
            .iter()
            .filter(|one| !one["status"]["silencedBy"].as_array().unwrap().is_empty())
            .map(|one| one["labels"]["alertname"].as_str().unwrap().to_owned())
            .collect();
        let both = found.len() == 5 && muted.contains("ReplicaDown") && muted.contains("LaneStuck");
        if both { Ok(muted) } else { Err(format!("{found:#?}\n{}", stand.console.log().tail(9))) }
    })
    .await;
    assert_eq!(muted.len(), 2, "{muted:?}");
}
