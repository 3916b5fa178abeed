//! Findings that nobody needs to look at: of the past, or taken by a person as they are.

use causeway_service::ops::EventLog as _;
use ccip_monitor::{
    domain::finding::{Finding, Kind},
    ports::{Accepted, Batch, Ledger as _, Records as _, Which},
};

use super::stand::{Block, SOURCE, Stand, chain_id, hash, send};

/// A block in which somebody changed a setting.
fn changed(block: u64, head: u64, stand_after: Option<causeway_chain::logs::Position>) -> Batch {
    let read = Block::source(block).with(send(block));
    let place = read.located().first().map(|located| located.place);
    let finding = Finding {
        kind: Kind::SettingsChanged,
        chain: chain_id(SOURCE),
        lane: None,
        message: None,
        subject: format!("on_ramp_set:{:#x}", hash(block)),
        detail: format!("an on-ramp was set in block {block}"),
        place,
    };
    Batch { head, findings: vec![finding], ..read.batch(stand_after) }
}

fn accepted(which: Which) -> Accepted {
    Accepted { which, by: "ops".to_owned(), reason: "announced on Monday".to_owned() }
}

#[tokio::test]
async fn ccip_13_settings_from_before_the_chain_was_watched_are_the_past() {
    let stand = Stand::new("past_settings").await;
    let chain = chain_id(SOURCE);
    for (block, is_new) in [(10, false), (20, false), (21, true)] {
        let after = stand.store.find_position(chain).await.unwrap();
        // The head moves on while the past is read.
        let ingested = stand.store.ingest(&stand.leader, &changed(block, 10 + block, after)).await.unwrap();
        let found = ingested.findings.iter().any(|finding| finding.kind == Kind::SettingsChanged);
        assert_eq!(found, is_new, "block {block}");
    }
    let open = stand.store.list_findings(10).await.unwrap();
    let settings: Vec<_> = open.iter().filter(|finding| finding.kind == Kind::SettingsChanged).collect();
    assert_eq!(settings.len(), 1, "{open:?}");
    assert_eq!(stand.number("SELECT count(*) FROM finding WHERE kind = 'settings_changed'").await, 3, "all are kept");
}

#[tokio::test]
async fn ccip_13_what_a_person_accepted_is_closed_told_and_stays_closed() {
    let stand = Stand::new("accepted").await;
    let chain = chain_id(SOURCE);
    for block in [10, 11, 12] {
        let after = stand.store.find_position(chain).await.unwrap();
        stand.store.ingest(&stand.leader, &changed(block, 0, after)).await.unwrap();
    }
    let first = stand.store.list_findings(10).await.unwrap().last().unwrap().sequence;
    assert_eq!(stand.store.accept(&accepted(Which::One(first))).await.unwrap(), 1);
    assert_eq!(stand.store.accept(&accepted(Which::One(first))).await.unwrap(), 0, "once");
    assert_eq!(stand.store.accept(&accepted(Which::One(9_999))).await.unwrap(), 0);
    assert_eq!(stand.store.accept(&accepted(Which::Kind(Kind::SettingsChanged))).await.unwrap(), 2);
    assert!(!stand.kinds().await.contains(&Kind::SettingsChanged));

    let told = stand.store.list_events(0, 100).await.unwrap();
    let told: Vec<_> = told.iter().filter(|event| event.kind == "finding_accepted").collect();
    assert_eq!(told.len(), 2, "an acceptance of nothing is not told");
    assert!(told.iter().all(|event| event.summary.contains("ops") && event.summary.contains("announced on Monday")));

    stand.unwind(SOURCE, Some(&Block::source(11))).await;
    stand.store.ingest(&stand.leader, &changed(12, 0, Some(Block::source(11).position()))).await.unwrap();
    assert!(!stand.kinds().await.contains(&Kind::SettingsChanged), "seen again, it is the same one");
}
