//! The tails: nothing is missed, the order is that of commits, and a reader always gets on.

use causeway_service::ops::EventLog as _;
use ccip_monitor::{
    domain::message::Status,
    ports::{Changes, Ledger as _, NewEvent, Pace, Watch as _},
};

use super::stand::{Block, SOURCE, Stand, chain_id, commit, message_id, remove_root, send, succeed};

/// Ids, sequences and statuses of all changes after a number, read as a reader does.
async fn follow(stand: &Stand, mut after: u64, limit: u32) -> Vec<(u64, u64, Status)> {
    let mut seen = Vec::new();
    loop {
        let Changes { changes, up_to } = stand.store.list_changes(after, limit).await.unwrap();
        if up_to == after {
            assert!(changes.is_empty());
            return seen;
        }
        assert!(up_to > after);
        after = up_to;
        for change in changes {
            assert!(change.sequence <= up_to);
            let id = (1..=999).find(|id| message_id(*id) == change.id).unwrap();
            seen.push((id, change.sequence, change.status));
        }
    }
}

async fn ids(stand: &Stand, after: u64, limit: u32) -> Vec<u64> {
    follow(stand, after, limit).await.into_iter().map(|(id, _, _)| id).collect()
}

#[tokio::test]
async fn ccip_18_every_change_is_told_in_the_order_of_commits_whatever_the_page() {
    let stand = Stand::new("watch_order").await;
    assert_eq!(stand.store.last_change().await.unwrap(), 0);
    stand.read(Block::source(10).with(send(1)).with(send(2)).with(send(3))).await;
    stand.read(Block::source(11)).await;
    stand.read(Block::destination(20).with(commit(1, 3))).await;
    stand.read(Block::destination(21).with(succeed(2)).with(succeed(4))).await;
    let ingested = stand.read(Block::source(12).with(send(4))).await;
    assert_eq!(stand.store.last_change().await.unwrap(), ingested.last_change);
    for limit in [1, 2, 3, 100] {
        let seen = follow(&stand, 0, limit).await;
        let ids: Vec<u64> = seen.iter().map(|(id, _, _)| *id).collect();
        assert_eq!(ids, [1, 2, 3, 1, 2, 3, 2, 4, 4], "pages of {limit}; an early execution is told once it is known");
        assert!(seen.is_sorted_by_key(|(_, sequence, _)| *sequence));
        assert_eq!(seen[1].2, Status::Executed, "the status is that of the reading");
    }
}

#[tokio::test]
async fn ccip_18_what_a_reorganisation_undoes_and_a_withdrawn_report_are_changes() {
    let stand = Stand::new("watch_undone").await;
    stand.read(Block::source(10)).await;
    stand.read(Block::source(11).with(send(1)).with(send(2))).await;
    stand.read(Block::destination(20).with(commit(1, 2))).await;
    let before = stand.store.last_change().await.unwrap();
    stand.read(Block::destination(21).with(remove_root(1, 2))).await;
    let seen = follow(&stand, before, 10).await;
    assert_eq!(
        seen.iter().map(|(id, _, status)| (*id, *status)).collect::<Vec<_>>(),
        [(1, Status::Sent), (2, Status::Sent)]
    );

    let before = stand.store.last_change().await.unwrap();
    stand.unwind(SOURCE, Some(&Block::source(10))).await;
    let mut undone = ids(&stand, before, 10).await;
    undone.sort_unstable();
    assert_eq!(undone, [1, 2]);
}

#[tokio::test]
async fn ccip_18_whoever_stops_within_a_report_gets_it_again() {
    let stand = Stand::new("watch_report").await;
    stand.read(Block::source(10).with(send(1)).with(send(2)).with(send(3))).await;
    let from = stand.store.last_change().await.unwrap();
    stand.read(Block::destination(20).with(commit(1, 3))).await;
    let page = stand.store.list_changes(from, 1).await.unwrap();
    assert_eq!(page.changes.len(), 3, "a report is told whole");
    for stopped in &page.changes[..2] {
        assert_eq!(stand.store.list_changes(stopped.sequence, 10).await.unwrap(), page);
    }
    let last = page.changes[2].sequence;
    assert_eq!(last, page.up_to);
    assert_eq!(stand.store.list_changes(last, 10).await.unwrap(), Changes { changes: Vec::new(), up_to: last });
}

#[tokio::test]
async fn ccip_18_a_reader_gets_past_what_moved_nothing_that_is_known() {
    let stand = Stand::new("watch_blind").await;
    // A destination that is read before its source: reports, withdrawals and executions of messages that nobody knows.
    for block in 1..=5 {
        let first = block * 10;
        let block = Block::destination(block).with(commit(first, first + 1)).with(succeed(first));
        stand.read(block.with(remove_root(first, first + 1)).with(remove_root(first, first + 2))).await;
    }
    stand.read(Block::source(10).with(send(1))).await;
    for limit in [1, 2, 100] {
        assert_eq!(ids(&stand, 0, limit).await, [1], "pages of {limit}");
    }
}

/// The server loses a commit that did not wait for the disk, after a watcher has seen it.
#[tokio::test]
async fn ccip_18_numbers_that_a_power_failure_took_back_are_not_given_again() {
    let mut stand = Stand::new("watch_failure").await;
    stand.read(Block::source(10).with(send(1))).await;
    let kept = stand.store.last_change().await.unwrap();
    let reserved = "SELECT reserved FROM ledger";
    let laid_aside = stand.number(reserved).await;
    let after = stand.store.find_position(chain_id(SOURCE)).await.unwrap();
    let lost = Block::source(11).at(Pace::Backfill).with(send(2)).batch(after);
    let seen = stand.store.ingest(&stand.leader, &lost).await.unwrap().last_change;
    assert_eq!(ids(&stand, kept, 10).await, [2]);
    // Another session of the pool may have taken it, and has laid numbers aside first.
    let durable = stand.number(reserved).await;
    assert!(i64::try_from(seen).unwrap() <= durable && laid_aside <= durable);

    for lost in [
        "DELETE FROM sent WHERE block > 10",
        "DELETE FROM message WHERE message NOT IN (SELECT message FROM sent)",
        "DELETE FROM mark WHERE number > 10",
        "UPDATE cursor SET number = mark.number, hash = mark.hash, time = mark.time FROM mark",
        "UPDATE ledger SET last_change = (SELECT max(change) FROM sent)",
    ] {
        sqlx::query(lost).execute(stand.pool.executor()).await.unwrap();
    }
    assert_eq!(stand.store.last_change().await.unwrap(), kept);
    stand.reconnect().await;
    stand.read(Block::source(11).fork(1).with(send(3))).await;
    assert_eq!(ids(&stand, seen, 10).await, [3], "a watcher that had seen what is lost misses nothing after it");
}

#[tokio::test]
async fn ccip_18_messages_are_given_by_key() {
    let stand = Stand::new("watch_keys").await;
    stand.read(Block::source(10).with(send(1)).with(send(2))).await;
    let (first, second) = (stand.get(1).await, stand.get(2).await);
    let found = stand.store.list_messages_by_key(&[second.key, 1_000, first.key]).await.unwrap();
    assert_eq!(found, [second, first]);
    assert!(stand.store.list_messages_by_key(&[]).await.unwrap().is_empty());
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
