//! The tails: nothing is missed, nothing comes twice, and the order is that of commits.

use ccip_monitor::{
    domain::message::Status,
    ports::{Ledger as _, NewEvent, Watch as _},
};

use super::stand::{Block, SOURCE, Stand, commit, message_id, send, succeed};

/// Ids and statuses of all changes after a number, read in pages of `limit`.
async fn changes(stand: &Stand, mut after: u64, limit: u32) -> Vec<(u64, Status)> {
    let mut seen = Vec::new();
    loop {
        let page = stand.store.list_changes(after, limit).await.unwrap();
        let Some(last) = page.last() else { return seen };
        assert!(last.sequence > after);
        after = last.sequence;
        for change in page {
            let id = (1..=9).find(|id| message_id(*id) == change.id).unwrap();
            seen.push((id, change.status));
        }
    }
}

#[tokio::test]
async fn ccip_18_every_change_is_told_once_and_in_order() {
    let stand = Stand::new("tails_changes").await;
    stand.read(Block::source(10).with(send(1)).with(send(2)).with(send(3))).await;
    stand.read(Block::source(11)).await;
    let from = stand.store.last_change().await.unwrap();
    stand.read(Block::destination(20).with(commit(1, 3))).await;
    let ingested = stand.read(Block::destination(21).with(succeed(2)).with(succeed(4))).await;
    stand.read(Block::source(12).with(send(4))).await;
    for limit in [1, 2, 100] {
        let seen = changes(&stand, from, limit).await;
        let ids: Vec<u64> = seen.iter().map(|(id, _)| *id).collect();
        assert_eq!(ids, [1, 2, 3, 2, 4, 4], "pages of {limit}; what waited is known when it is read");
        assert_eq!(seen[1].1, Status::Executed, "the status is that of the reading");
    }
    assert!(ingested.last_change > from);

    let before = stand.store.last_change().await.unwrap();
    stand.unwind(SOURCE, Some(&Block::source(11))).await;
    assert_eq!(changes(&stand, before, 10).await, [(4, Status::Executed)]);
}

#[tokio::test]
async fn ccip_18_whoever_stops_within_a_report_gets_it_again() {
    let stand = Stand::new("tails_report").await;
    stand.read(Block::source(10).with(send(1)).with(send(2)).with(send(3))).await;
    let from = stand.store.last_change().await.unwrap();
    stand.read(Block::destination(20).with(commit(1, 3))).await;
    let page = stand.store.list_changes(from, 10).await.unwrap();
    assert_eq!(page.len(), 3);
    for stopped in &page[..2] {
        assert_eq!(stand.store.list_changes(stopped.sequence, 10).await.unwrap(), page);
    }
    assert!(stand.store.list_changes(page[2].sequence, 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn ccip_16_operators_are_told_of_findings_and_reorganisations() {
    let stand = Stand::new("tails_events").await;
    stand.read(Block::source(10)).await;
    stand.read(Block::source(11).with(send(1)).with(send(3))).await;
    stand.unwind(SOURCE, Some(&Block::source(10))).await;
    let own = NewEvent {
        kind: "pause_recommended".to_owned(),
        subject: "lane".to_owned(),
        summary: "too many fail".to_owned(),
        detail_json: r#"{"rate": "0.07"}"#.to_owned(),
        traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned()),
    };
    stand.store.insert_events(&stand.leader, &[own]).await.unwrap();
    let events = stand.store.list_events(0, 10).await.unwrap();
    let kinds: Vec<&str> = events.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(kinds, ["finding_opened", "reorganised", "pause_recommended"]);
    assert!(events.is_sorted_by_key(|event| event.sequence));
    assert_eq!(events[2].trace_id.as_deref(), Some("0af7651916cd43dd8448eb211c80319c"));
    assert_eq!(stand.store.last_event().await.unwrap(), events[2].sequence);
    assert_eq!(stand.store.list_events(events[0].sequence, 1).await.unwrap(), events[1..2]);
}
