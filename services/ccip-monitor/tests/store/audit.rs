//! What is missing shows only when its chain was read past the time at which it should have been there.

use std::time::Duration;

use ccip_monitor::{
    domain::finding::{Finding, Kind},
    ports::Ledger as _,
};

use super::{
    numbers::MANY,
    stand::{Block, SOURCE, Stand, at, commit, message_id, send, succeed},
};

async fn audit(stand: &Stand) -> Vec<Kind> {
    let found: Vec<Finding> = stand.store.audit(&stand.leader, Duration::from_secs(60), at(500)).await.unwrap();
    found.into_iter().map(|finding| finding.kind).collect()
}

#[tokio::test]
async fn ccip_13_an_execution_that_nobody_sent_is_found_when_its_source_was_read_past_it() {
    let stand = Stand::new("audit_execution").await;
    stand.read(Block::source(10).with(send(1))).await;
    stand.read(Block::destination(100).with(succeed(9))).await;
    stand.read(Block::source(150)).await;
    assert!(audit(&stand).await.is_empty(), "the source may still say it");
    stand.read(Block::source(161)).await;
    assert_eq!(audit(&stand).await, [Kind::ExecutionWithoutSend]);
    assert!(audit(&stand).await.is_empty(), "once");
    assert_eq!(stand.kinds().await, [Kind::ExecutionWithoutSend]);

    stand.read(Block::source(162).with(send(9))).await;
    audit(&stand).await;
    assert_eq!(stand.kinds().await, [Kind::SequenceGap], "it was sent after all, only late");
    assert_eq!(stand.get(9).await.id, message_id(9));
}

#[tokio::test]
async fn ccip_13_a_report_of_numbers_that_nobody_sent_is_found() {
    let stand = Stand::new("audit_report").await;
    stand.read(Block::source(10).with(send(5)).with(send(6))).await;
    stand.read(Block::destination(100).with(commit(3, 6)).with(commit(7, 9))).await;
    stand.read(Block::source(200)).await;
    assert_eq!(audit(&stand).await, [Kind::CommitWithoutSend], "3 and 4 were sent before anybody watched");
    assert!(audit(&stand).await.is_empty());
    stand.read(Block::source(201).with(send(7)).with(send(8)).with(send(9))).await;
    audit(&stand).await;
    assert!(stand.kinds().await.is_empty());

    stand.unwind(SOURCE, Some(&Block::source(200))).await;
    stand.read(Block::source(201).fork(1)).await;
    assert_eq!(audit(&stand).await, [Kind::CommitWithoutSend], "the sends are gone again");
}

#[tokio::test]
async fn ccip_13_executions_from_before_the_watching_are_no_findings() {
    let stand = Stand::new("audit_before").await;
    stand.read(Block::source(10).with(send(5))).await;
    stand.read(Block::destination(20).with(succeed(4))).await;
    stand.read(Block::source(200)).await;
    assert!(audit(&stand).await.is_empty());
}

/// Messages from before the watching that are executed during it wait for sends that nobody will read. Each is looked at
/// in each audit, so looking must not cost the ramp's numbers.
#[tokio::test]
async fn ccip_13_executions_of_messages_from_before_the_watching_do_not_hold_an_audit_up() {
    let stand = Stand::new("audit_before").await;
    stand.read(Block::source(10).with(send(1))).await;
    stand.read(Block::destination(10)).await;
    stand.read(Block::source(5_000)).await;
    let early = "INSERT INTO attempt (change, lane, contract, chain, block, log_index, block_hash, tx, at, message_id,
                                      sequence, outcome, return_data, ambiguous)
         SELECT 8000000 + number, lane.lane, '', 1, 1, number, '', '', to_timestamp(1700000000),
                sha256(int8send(-number)), 0, 0, '', FALSE
         FROM lane CROSS JOIN generate_series(1, 5000) AS number";
    for many in [MANY, early, "ANALYZE sent, attempt"] {
        sqlx::query(many).execute(stand.pool.executor()).await.unwrap();
    }
    let found = stand.store.audit(&stand.leader, Duration::from_secs(60), at(6_000)).await.unwrap();
    assert!(found.is_empty(), "{found:?}");
}
