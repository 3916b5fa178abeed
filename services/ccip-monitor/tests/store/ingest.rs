//! Batches: both sides of a message in either order, and what must not be stored twice or by the wrong one.

use causeway_primitives::{B256, U256};
use causeway_store::{Error as StoreError, lease::renew};
use causeway_testkit::wait::eventually;
use ccip_monitor::{
    domain::{
        event::{IdProof, LaneEvent, Outcome, TokenAmount},
        finding::Kind,
        message::Status,
    },
    ports::{Ledger as _, LedgerError, Link},
};

use super::stand::{
    Block, DESTINATION, SOURCE, Stand, account, at, attempted, chain_id, commit, fail, hash, message_id, remove_root,
    send, sent, succeed,
};

#[tokio::test]
async fn ccip_1_a_message_is_followed_from_its_send_to_its_execution() {
    let stand = Stand::new("ingest_way").await;
    stand.read(Block::source(10).with(send(1))).await;
    assert_eq!(stand.status(1).await, Status::Sent);
    stand.read(Block::destination(20).with(commit(1, 1))).await;
    assert_eq!(stand.status(1).await, Status::Delivered);
    let ingested = stand.read(Block::destination(30).with(succeed(1))).await;

    let message = stand.get(1).await;
    assert_eq!(message.status, Status::Executed);
    assert_eq!((message.sent_at, message.delivered_at, message.executed_at), (at(10), Some(at(20)), Some(at(30))));
    assert_eq!(message.link, Some(Link::Id));
    assert_eq!(message.destination.block_number, Some(30));
    let executed = &ingested.executed[0];
    assert_eq!(
        (executed.id, executed.outcome, executed.sent_at, executed.executed_at),
        (message.id, Outcome::Succeeded, at(10), at(30))
    );
    assert!(stand.kinds().await.is_empty());
}

#[tokio::test]
async fn ccip_1_an_execution_that_is_read_before_its_send_waits_for_it() {
    let stand = Stand::new("ingest_early").await;
    stand.read(Block::destination(20).with(commit(1, 2)).with(fail(1)).with(succeed(2))).await;
    let ingested = stand.read(Block::destination(30).with(succeed(1))).await;
    assert!(ingested.executed.is_empty());
    assert!(stand.find(1).await.is_none());

    let ingested = stand.read(Block::source(10).with(send(1)).with(send(2))).await;
    assert_eq!(ingested.executed.len(), 3);
    let message = stand.get(1).await;
    assert_eq!(
        (message.status, message.delivered_at, message.executed_at),
        (Status::Executed, Some(at(20)), Some(at(30)))
    );
    assert_eq!((message.retry_count, message.retry_timestamps, message.last_retry_at), (1, vec![at(30)], Some(at(30))));
    assert_eq!(stand.status(2).await, Status::Executed);
    let steps: Vec<_> = stand.steps(1).await;
    assert_eq!(
        steps.iter().map(|(event, _)| event.as_str()).collect::<Vec<_>>(),
        ["sent", "committed", "failed", "succeeded"]
    );
}

#[tokio::test]
async fn ccip_5_everything_that_the_send_says_is_kept() {
    let stand = Stand::new("ingest_all").await;
    let mut said = sent(7);
    said.fee = U256::MAX;
    said.fee_juels = Some(U256::from(10).pow(U256::from(18)));
    said.nonce = Some(4);
    said.tokens = vec![
        TokenAmount { token: account(1), amount: U256::MAX },
        TokenAmount { token: account(2), amount: U256::ZERO },
    ];
    said.id_proof = IdProof::Mismatch { computed: message_id(99) };
    let block = Block::source(10).with(LaneEvent::Sent(Box::new(said.clone()))).final_up_to(10);
    let place = block.located()[0].place;
    let ingested = stand.read(block).await;
    assert_eq!(ingested.new_lanes, [said.lane.clone()]);
    assert_eq!(ingested.findings[0].kind, Kind::IdMismatch);

    let message = stand.get(7).await;
    assert_eq!(
        (message.lane, message.sender, message.receiver, message.payload, message.tokens),
        (said.lane, said.sender, said.receiver, said.payload, said.tokens),
    );
    assert_eq!(
        (message.fee_token, message.fee, message.fee_juels, message.gas_limit, message.sequence, message.nonce),
        (said.fee_token, said.fee, said.fee_juels, said.gas_limit, said.sequence, said.nonce),
    );
    assert_eq!((message.id_proof, message.on_ramp), (said.id_proof, place.contract));
    let source = message.source;
    assert_eq!(
        (source.chain_id, source.tx, source.block_number, source.block_hash, source.time, source.is_final),
        (Some(chain_id(SOURCE)), Some(place.tx), Some(10), Some(place.block_hash), Some(at(10)), true),
    );
    assert_eq!((message.destination.chain_id, message.destination.tx), (None, None));
}

#[tokio::test]
async fn ccip_16_the_same_batch_twice_changes_nothing() {
    let stand = Stand::new("ingest_twice").await;
    stand.read(Block::source(10).with(send(1)).with(send(2))).await;
    let again = Block::destination(20).with(commit(1, 2)).with(succeed(1)).batch(None);
    stand.store.ingest(&stand.leader, &again).await.unwrap();
    let rows = stand.rows().await;

    let ingested = stand.store.ingest(&stand.leader, &again).await.unwrap();
    assert!(ingested.executed.is_empty() && ingested.findings.is_empty());
    assert_eq!(stand.rows().await, rows);
    assert_eq!(stand.get(1).await.retry_count, 0);
}

#[tokio::test]
async fn ccip_16_a_batch_that_does_not_follow_the_cursor_is_refused() {
    let stand = Stand::new("ingest_order").await;
    stand.read(Block::source(10).with(send(1))).await;
    let rows = stand.rows().await;
    let stored = Some(Block::source(10).position());
    for after in [None, Some(Block::source(9).position()), Some(Block::source(10).fork(1).position())] {
        let batch = Block::source(11).with(send(2)).batch(after);
        let error = stand.store.ingest(&stand.leader, &batch).await.unwrap_err();
        assert!(matches!(&error, LedgerError::NotNext { stored: known, .. } if *known == stored), "{error:?}");
        assert!(!error.is_retryable());
    }
    let backwards = Block::source(8).with(send(2)).batch(stored);
    assert!(stand.store.ingest(&stand.leader, &backwards).await.is_err());
    assert_eq!(stand.rows().await, rows);
}

#[tokio::test]
async fn ccip_16_a_deposed_leader_writes_nothing() {
    let stand = Stand::new("ingest_fenced").await;
    stand.read(Block::source(10).with(send(1))).await;
    let rows = stand.rows().await;
    stand.depose().await;
    for block in [Block::source(11).with(send(2)), Block::source(10).with(send(1))] {
        let error = stand.try_read(block).await.unwrap_err();
        assert!(matches!(error, LedgerError::Store(StoreError::Fenced { .. })), "{error:?}");
    }
    let unwound = stand.store.unwind(&stand.leader, chain_id(SOURCE), (None, None)).await;
    assert!(matches!(unwound, Err(LedgerError::Store(StoreError::Fenced { .. }))), "{unwound:?}");
    assert_eq!(stand.rows().await, rows);
}

#[tokio::test]
async fn ccip_7_attempts_are_counted_and_listed_one_by_one() {
    use ccip_monitor::ports::Records as _;
    let stand = Stand::new("ingest_attempts").await;
    stand.read(Block::source(10).with(send(1))).await;
    for block in 20..36 {
        stand.read(Block::destination(block).with(fail(1))).await;
    }
    let message = stand.get(1).await;
    assert_eq!((message.status, message.retry_count, message.last_retry_at), (Status::Failed, 15, Some(at(35))));
    assert_eq!(
        message.retry_timestamps,
        [21, 22, 23, 24, 25, 31, 32, 33, 34, 35].map(at),
        "the first and the last five"
    );
    let attempts = stand.store.list_attempts(message.key).await.unwrap();
    assert_eq!(attempts.len(), 16);
    assert!(attempts.iter().all(|attempt| attempt.outcome == Some(Outcome::Failed) && !attempt.orphaned));
}

#[tokio::test]
async fn ccip_13_what_must_never_be_is_found() {
    let stand = Stand::new("ingest_findings").await;
    stand.read(Block::source(10).with(send(1)).with(send(2)).with(send(5)).with(send(5))).await;
    assert_eq!(stand.kinds().await, [Kind::SequenceRepeated, Kind::SequenceGap, Kind::IllegalTransition]);
    stand.read(Block::destination(20).with(commit(1, 1)).with(commit(3, 4)).with(commit(4, 5))).await;
    assert_eq!(stand.kinds().await[..2], [Kind::CommitOverlap, Kind::CommitGap]);
    let mut other = attempted(2, Outcome::Succeeded);
    other.leaf = Some(B256::repeat_byte(9));
    let other = LaneEvent::Attempted(Box::new(other));
    stand.read(Block::destination(21).with(other).with(succeed(1)).with(succeed(1)).with(fail(2))).await;
    assert_eq!(stand.kinds().await[..3], [Kind::IllegalTransition, Kind::DuplicateExecution, Kind::LeafMismatch]);
    stand.read(Block::destination(22).with(remove_root(4, 5))).await;
    assert_eq!(stand.kinds().await[0], Kind::RootRemoved);
    assert_eq!(stand.kinds().await.len(), 9);
    assert_eq!(stand.status(1).await, Status::Executed);
}

#[tokio::test]
async fn ccip_13_a_message_that_was_overtaken_is_named() {
    let stand = Stand::new("ingest_nonces").await;
    let ordered = |id: u64| {
        let mut sent = sent(id);
        sent.nonce = Some(id);
        LaneEvent::Sent(Box::new(sent))
    };
    stand.read(Block::source(10).with(ordered(1)).with(ordered(2)).with(ordered(3))).await;
    let ingested = stand.read(Block::destination(20).with(fail(1)).with(succeed(3))).await;
    assert_eq!(ingested.findings.len(), 1);
    let finding = &ingested.findings[0];
    assert_eq!(
        (finding.kind, finding.message, finding.chain),
        (Kind::NonceOutOfOrder, Some(message_id(2)), chain_id(DESTINATION))
    );
}

#[tokio::test]
async fn ccip_16_a_send_and_its_execution_in_two_transactions_at_once_find_each_other() {
    let stand = Stand::new("ingest_race").await;
    for id in 1..=20 {
        let source = Block::source(id).with(send(id));
        let destination = Block::destination(id).with(succeed(id));
        let (source, destination) = tokio::join!(stand.try_read(source), stand.try_read(destination));
        let executed = source.unwrap().executed.len() + destination.unwrap().executed.len();
        assert_eq!(executed, 1, "message {id}");
        assert_eq!(stand.status(id).await, Status::Executed);
    }
    assert_eq!(stand.number("SELECT count(*) FROM attempt WHERE message IS NULL").await, 0);
}

#[tokio::test]
async fn ccip_6_the_table_of_the_operators_has_its_columns() {
    let stand = Stand::new("ingest_view").await;
    stand.read(Block::source(10).with(send(1)).with(send(2))).await;
    stand.read(Block::destination(20).with(succeed(1))).await;
    let columns: Vec<(String, String)> = sqlx::query_as(
        "SELECT column_name::TEXT, data_type::TEXT FROM information_schema.columns
         WHERE table_name = 'ccip_messages' ORDER BY ordinal_position",
    )
    .fetch_all(stand.pool.executor())
    .await
    .unwrap();
    let columns: Vec<_> = columns.iter().map(|(name, kind)| (name.as_str(), kind.as_str())).collect();
    let (text, number, time) = ("character varying", "bigint", "timestamp with time zone");
    assert_eq!(
        columns,
        [
            ("id", "uuid"),
            ("message_id", text),
            ("source_chain_id", number),
            ("source_tx_hash", text),
            ("source_block_number", number),
            ("destination_chain_id", number),
            ("destination_tx_hash", text),
            ("destination_block_number", number),
            ("status", "text"),
            ("sent_at", time),
            ("executed_at", time),
            ("created_at", time),
            ("updated_at", time),
        ]
    );
    let row: (String, i64, i64, String, String) = sqlx::query_as(
        "SELECT message_id, source_chain_id, destination_chain_id, status, id::TEXT FROM ccip_messages
         WHERE destination_tx_hash IS NOT NULL AND executed_at IS NOT NULL AND source_block_number = 10",
    )
    .fetch_one(stand.pool.executor())
    .await
    .unwrap();
    let (source, destination) = (i64::try_from(SOURCE).unwrap(), i64::try_from(DESTINATION).unwrap());
    assert_eq!(row.0, format!("{:#x}", hash(1)));
    assert_eq!((row.1, row.2, row.3.as_str()), (source, destination, "executed"));
    assert_eq!(uuid::Uuid::parse_str(&row.4).unwrap().get_version_num(), 8);
    assert_eq!(stand.number("SELECT count(DISTINCT id) FROM ccip_messages").await, 2);
}

#[tokio::test]
async fn ops_10_writers_that_wait_for_the_ledger_leave_connections_for_leases_and_readiness() {
    let stand = Stand::new("ingest_waiting").await;
    let (store, pool) = stand.narrow(2);
    let mut other = stand.pool.begin().await.unwrap();
    sqlx::query("SELECT FROM ledger FOR UPDATE").execute(&mut *other).await.unwrap();
    let batch = Block::source(10).with(send(1)).batch(None);
    let writers = futures_util::future::join_all((0..4).map(|_| store.ingest(&stand.leader, &batch)));

    let looking = async {
        let waiting =
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        eventually("a writer waits", async || stand.number(waiting).await > 0).await;
        // All of them have asked for a connection by now who would.
        pool.probe().await.unwrap();
        renew(&pool, &stand.leader, std::time::Duration::from_secs(60)).await.unwrap().unwrap();
        other.rollback().await.unwrap();
    };
    let (written, ()) = tokio::join!(writers, looking);
    assert!(written.iter().all(Result::is_ok), "{written:?}");
}
