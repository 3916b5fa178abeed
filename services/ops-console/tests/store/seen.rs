//! What is kept of what was seen.

use std::time::Duration;

use ops_console::{
    adapters::store::{Deployment, EventRow, Seen, Telling},
    domain::{
        condition::Condition,
        telling::{Heard, Told},
        uptime::Span,
    },
};
use uuid::Uuid;

use super::stand::{Stand, at};

const BLIND_AFTER: Duration = Duration::from_secs(30);

impl Stand {
    async fn see(&self, condition: Condition, seconds: u64) {
        let seen = [Seen { service: "ccip-monitor", condition, reason: "told" }];
        self.store.note_seen(&self.leader, &seen, at(seconds), BLIND_AFTER).await.unwrap();
    }

    async fn spans(&self) -> Vec<Span> {
        self.store.list_spans(at(0)).await.unwrap().remove("ccip-monitor").unwrap_or_default()
    }
}

fn span(condition: Condition, from: u64, until: u64) -> Span {
    Span { condition, from: at(from), until: at(until) }
}

#[tokio::test]
async fn ops_1_a_span_grows_while_nothing_changes_and_the_next_begins_where_it_ends() {
    let stand = Stand::new("spans").await;
    for seconds in [0, 2, 4] {
        stand.see(Condition::Ok, seconds).await;
    }
    stand.see(Condition::Down, 6).await;
    stand.see(Condition::Down, 8).await;
    assert_eq!(stand.spans().await, [span(Condition::Ok, 0, 4), span(Condition::Down, 4, 8)]);
    let changes = stand.store.list_changes_after(0, 10).await.unwrap();
    assert_eq!(changes.iter().map(|change| change.condition).collect::<Vec<_>>(), [Condition::Ok, Condition::Down]);
    assert_eq!(stand.store.last_change().await.unwrap(), changes[1].sequence);
}

#[tokio::test]
async fn ops_1_a_time_in_which_nobody_looked_is_no_uptime() {
    let stand = Stand::new("gaps").await;
    stand.see(Condition::Ok, 0).await;
    stand.see(Condition::Ok, 500).await;
    stand.see(Condition::Ok, 502).await;
    assert_eq!(stand.spans().await, [span(Condition::Ok, 0, 0), span(Condition::Ok, 500, 502)]);
}

#[tokio::test]
async fn ops_10_who_does_not_lead_any_more_writes_nothing() {
    let stand = Stand::new("fenced").await;
    stand.depose().await;
    let seen = [Seen { service: "ccip-monitor", condition: Condition::Ok, reason: "" }];
    assert!(stand.store.note_seen(&stand.leader, &seen, at(0), BLIND_AFTER).await.is_err());
    assert!(stand.store.store_events(&stand.leader, &[event(1, 0)]).await.is_err());
    assert_eq!(stand.spans().await, []);
}

fn event(sequence: u64, seconds: u64) -> EventRow {
    EventRow {
        service: "ccip-monitor".to_owned(),
        sequence,
        at: at(seconds),
        kind: "message".to_owned(),
        subject: "0x01".to_owned(),
        summary: "it moved".to_owned(),
        trace_id: String::new(),
    }
}

#[tokio::test]
async fn ops_2_events_are_kept_once_and_the_newest_always() {
    let stand = Stand::new("events").await;
    assert_eq!(stand.store.newest_event("ccip-monitor").await.unwrap(), 0);
    let told = [event(7, 0), event(u64::MAX, 10)];
    stand.store.store_events(&stand.leader, &told).await.unwrap();
    stand.store.store_events(&stand.leader, &told[..1]).await.unwrap();
    assert_eq!(stand.store.newest_event("ccip-monitor").await.unwrap(), u64::MAX);
    assert_eq!(stand.store.list_events(10).await.unwrap(), [told[1].clone(), told[0].clone()]);
    assert_eq!(stand.store.forget_events(at(1_000)).await.unwrap(), 1);
    assert_eq!(stand.store.list_events(10).await.unwrap(), [told[1].clone()], "says where to read on");
}

#[tokio::test]
async fn ops_1_a_deployment_is_noted_once() {
    let stand = Stand::new("deployments").await;
    let one = |version: &str| Deployment {
        service: "ccip-monitor".to_owned(),
        version: version.to_owned(),
        config_hash: "ab".repeat(32),
        first_seen_at: at(3),
    };
    assert_eq!(stand.store.note_deployments(&stand.leader, &[one("0.1.0"), one("0.2.0")]).await.unwrap(), 2);
    assert_eq!(stand.store.note_deployments(&stand.leader, &[one("0.2.0")]).await.unwrap(), 0);
    assert_eq!(stand.store.list_deployments(1).await.unwrap(), [one("0.2.0")]);
}

#[tokio::test]
async fn ops_5_who_took_nothing_knows_what_he_knew_and_only_the_leader_says_who_was_told() {
    let stand = Stand::new("told").await;
    let window = Uuid::new_v4();
    let telling = |heard: Heard| [Telling { service: "ccip-monitor".to_owned(), windows: vec![window], heard }];
    let note = async |heard, seconds| stand.store.note_told(&stand.leader, &telling(heard), at(seconds)).await;
    note(Heard::NotReached("no route".to_owned()), 0).await.unwrap();
    let told = stand.store.list_told().await.unwrap();
    let first =
        Told { windows: vec![], taken_at: None, heard: Heard::NotReached("no route".to_owned()), tried_at: at(0) };
    assert_eq!(told.get("ccip-monitor"), Some(&first));
    note(Heard::Taken, 1).await.unwrap();
    note(Heard::Refused("not you".to_owned()), 2).await.unwrap();
    let told = stand.store.list_told().await.unwrap();
    let heard = Heard::Refused("not you".to_owned());
    let last = Told { windows: vec![window], taken_at: Some(at(1)), heard, tried_at: at(2) };
    assert_eq!(told.get("ccip-monitor"), Some(&last));
    stand.depose().await;
    assert!(note(Heard::Taken, 3).await.is_err());
    assert_eq!(stand.store.list_told().await.unwrap(), told);
}
