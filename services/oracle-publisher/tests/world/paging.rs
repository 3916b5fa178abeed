//! Alerts reach people once: over real HTTP, through a kill, a change of leaders, and a database that is down.

use std::collections::HashMap;

use causeway_proto::ops::v1::{Alert, RunActionRequest};
use causeway_testkit::{
    oracle::Plan,
    sink::{Book, Sink},
    venues::{RetryAfter, Venue},
    wait::eventually,
};
use serde_json::Value;

use super::{replica::Replica, stage::Stage};

/// What stands in the settings and nowhere else.
const HOOK_SECRET: &str = "T00/B00/h00ks3cr3t";
const ROUTING_KEY: &str = "0123456789abcdef0123456789abcdef";

const NAME: &str = "OracleQuorumLost";
const SUBJECT: &str = "eur-usd";

/// Nobody waits for company in a test.
const RULES: &str = r#"
resolve_wait_seconds = 0

[[rule]]
name = "log"
channels = ["log"]

[[rule]]
name = "page"
severities = ["critical", "error"]
channels = ["slack-incidents", "pagerduty"]
group_by = ["name", "subject"]
"#;

/// A world whose alerts go to a sink, and the folder of its rules.
struct Paged {
    sink: Sink,
    plan: Plan,
    _folder: tempfile::TempDir,
}

impl Paged {
    async fn new() -> Self {
        let sink = Sink::start().await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let rules = folder.path().join("rules.toml");
        std::fs::write(&rules, RULES).unwrap();
        let hook = folder.path().join("hook");
        std::fs::write(&hook, sink.url(&format!("/services/{HOOK_SECRET}\n"))).unwrap();
        let more = format!(
            "\n[alerting]\nrules_file = \"{}\"\n\
             [[alerting.channels]]\nid = \"slack-incidents\"\nkind = \"slack\"\nurl_file = \"{}\"\n\
             [[alerting.channels]]\nid = \"pagerduty\"\nkind = \"pagerduty\"\nurl = \"{}\"\nrouting_key = \"{ROUTING_KEY}\"\n",
            rules.display(),
            hook.display(),
            sink.url(""),
        );
        let plan = Plan { heartbeat_seconds: 600, more, ..Plan::default() };
        Self { sink, plan, _folder: folder }
    }

    async fn told(&self, subject: &str, expected: &[&str]) -> String {
        let told = |book: &Book| {
            let (story, key) = story(book, subject);
            if story == expected { Ok(key) } else { Err(format!("{story:?}")) }
        };
        let what = format!("PagerDuty was told {expected:?} about {subject}");
        self.sink.shows(&what, told).await.expect("it was opened")
    }
}

/// What PagerDuty was told about the alert of a subject, first to last, and the key by which it knows it.
fn story(book: &Book, subject: &str) -> (Vec<String>, Option<String>) {
    let text = |event: &Value, field: &str| event[field].as_str().unwrap_or_default().to_owned();
    let opened = book
        .taken("/v2/enqueue")
        .find(|event| event["payload"]["class"] == NAME && event["payload"]["component"] == subject);
    let key = opened.map(|event| text(event, "dedup_key"));
    let told = book.taken("/v2/enqueue").filter(|event| Some(text(event, "dedup_key")) == key);
    let mut told: Vec<String> = told.map(|event| text(event, "event_action")).collect();
    // At least once: a kill between PagerDuty's answer and our note of it says the last thing again. The kills here
    // come after an acknowledgement; anything else must not come twice.
    told.dedup_by(|later, before| later == before && later == "acknowledge");
    (told, key)
}

/// Every venue is down, or none is.
fn outage(stage: &Stage) {
    for venue in Venue::ALL {
        let venue = stage.world.venues.handle(venue);
        venue.status(503, RetryAfter::Unsaid);
        venue.refuse_sockets();
        venue.drop_connections();
    }
}

fn heal(stage: &Stage) {
    Venue::ALL.into_iter().for_each(|venue| stage.world.venues.handle(venue).heal());
}

async fn firing(replica: &Replica) -> Alert {
    let found =
        async || replica.alerts().await.into_iter().find(|alert| alert.name == NAME && alert.subject == SUBJECT);
    eventually("the alert fires", found).await
}

async fn acknowledge(replica: &Replica) {
    let parameters = HashMap::from([("alert".to_owned(), format!("{NAME}/{SUBJECT}"))]);
    let request =
        RunActionRequest { name: "alert.acknowledge".to_owned(), parameters, reason: "calling the venues".to_owned() };
    replica.ops.clone().run_action(request).await.expect("it is taken");
}

/// Neither logs nor the printed settings hold what the channels are told with.
async fn no_secret_was_told(stage: &Stage) {
    let (code, printed) = stage.command(&["config", "check"], &[]).await;
    assert_eq!(code, Some(0), "{printed}");
    assert!(printed.contains("slack-incidents"), "{printed}");
    let logs: Vec<String> = stage.logs.all().iter().map(|(_, log)| log.lines().join("\n")).collect();
    for text in logs.iter().chain([&printed]) {
        for secret in [HOOK_SECRET, "h00ks3cr3t", ROUTING_KEY] {
            assert!(!text.contains(secret), "a secret was told: {text}");
        }
    }
}

#[tokio::test]
async fn ora_6_an_outage_of_the_venues_is_told_once_through_a_kill_and_its_end_after_the_next_leader_took_over() {
    let paged = Paged::new().await;
    let stage = Stage::new(paged.plan.clone()).await;
    let leader = stage.serve("replica-a").await;
    leader.is("leader").await;
    leader.first_round().await;
    let standby = stage.serve("replica-b").await;

    outage(&stage);
    let message = paged
        .sink
        .gets("a message in Slack", "/services/", |body| {
            let text = body["text"].as_str().unwrap_or_default();
            text.contains("FIRING") && text.contains(NAME) && text.contains(SUBJECT)
        })
        .await;
    assert_eq!(message["blocks"][0]["type"], "header", "{message}");
    assert!(message["blocks"][1]["text"]["text"].as_str().unwrap().contains("Do first:"), "{message}");
    let key = paged.told(SUBJECT, &["trigger"]).await;
    acknowledge(&leader).await;
    paged.told(SUBJECT, &["trigger", "acknowledge"]).await;
    let before = firing(&leader).await;
    assert!(before.acknowledged_by.contains("calling the venues"), "{before:?}");

    leader.kill().await;
    standby.is("leader").await;
    let taken = async || Some(firing(&standby).await).filter(|alert| !alert.acknowledged_by.is_empty());
    let after = eventually("the next leader knows who has taken the alert", taken).await;
    assert_eq!((after.fired_at, after.acknowledged_at), (before.fired_at, before.acknowledged_at));

    heal(&stage);
    standby.alert(NAME, false).await;
    // In turn: a second trigger would have come before the end.
    let same = paged.told(SUBJECT, &["trigger", "acknowledge", "resolve"]).await;
    assert_eq!(same, key);
    no_secret_was_told(&stage).await;
    stage.finish(vec![standby]).await;
}

#[tokio::test]
async fn ora_6_an_alert_that_no_channel_took_before_a_kill_is_told_once_after_the_restart() {
    let paged = Paged::new().await;
    let stage = Stage::new(paged.plan.clone()).await;
    let replica = stage.serve("replica-a").await;
    replica.first_round().await;
    paged.sink.break_down();
    outage(&stage);
    firing(&replica).await;
    paged.sink.shows("an attempt to deliver", |book| book.refused() > 0).await;
    replica.kill().await;
    paged.sink.recover();

    let again = stage.serve("replica-b").await;
    again.is("leader").await;
    paged.told(SUBJECT, &["trigger"]).await;
    heal(&stage);
    paged.told(SUBJECT, &["trigger", "resolve"]).await;
    stage.finish(vec![again]).await;
}

#[tokio::test]
async fn ora_11_a_database_that_is_down_does_not_silence_the_alarm_that_nobody_leads() {
    let paged = Paged::new().await;
    let stage = Stage::with_own_cluster(paged.plan.clone()).await;
    let replica = stage.serve("replica-a").await;
    replica.first_round().await;
    let cluster = stage.cluster.as_ref().unwrap();
    cluster.stop_immediate().await.unwrap();
    let is_about = |event: &Value, action: &str| event["event_action"] == action;
    let opened = paged
        .sink
        .gets("a page around the database", "/v2/enqueue", |event| {
            is_about(event, "trigger") && event["payload"]["class"] == "OracleNoLeader"
        })
        .await;
    cluster.restart().await.unwrap();
    replica.is("leader").await;
    paged
        .sink
        .gets("its end", "/v2/enqueue", |event| is_about(event, "resolve") && event["dedup_key"] == opened["dedup_key"])
        .await;
    stage.finish(vec![replica]).await;
}
