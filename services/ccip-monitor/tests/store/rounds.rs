//! The questions of each round: what ended, what is open, who was overtaken. Each says a thing once.

use ccip_monitor::{
    domain::{
        event::{LaneEvent, Sent},
        finding::Kind,
        lane::Dialect,
        rates::Ended,
    },
    ports::{Hole, HoleCause, Judgement, LaneRow, Ledger as _, Upkeep as _, Verdict},
};

use super::stand::{
    Block, DESTINATION, ON_RAMP, SOURCE, Stand, account, at, chain_id, commit, fail, hash, lane, send, sent, succeed,
};

async fn ended(stand: &Stand, from: u64) -> (u64, u64, u64) {
    let lanes = stand.store.list_ended(at(from)).await.unwrap();
    let Ended { executed, failed, expired, .. } = lanes.first().map(|(_, ended)| *ended).unwrap_or_default();
    (executed, failed, expired)
}

async fn judge(stand: &Stand, id: u64, verdict: Verdict, second: u64) {
    let judgement = Judgement { message: stand.get(id).await.key, verdict, at: at(second), cause: String::new() };
    assert_eq!(stand.store.judge(&stand.leader, &[judgement]).await.unwrap(), 1);
}

#[tokio::test]
async fn ccip_10_a_message_ends_once_however_often_it_is_judged_or_executed() {
    let stand = Stand::new("rounds_ended").await;
    stand.read(Block::source(10).with(send(1)).with(send(2)).with(send(3)).with(send(4))).await;
    stand.read(Block::destination(20).with(succeed(1)).with(fail(2)).with(commit(3, 4))).await;
    assert_eq!(ended(&stand, 20).await, (1, 1, 0));
    for verdict in [Verdict::TimedOut, Verdict::TimeExtended, Verdict::TimedOut] {
        judge(&stand, 3, verdict, 25).await;
    }
    assert_eq!(ended(&stand, 20).await, (1, 1, 1), "it expired twice and is expired once");
    assert_eq!(ended(&stand, 26).await, (0, 0, 0));

    stand.read(Block::destination(30).with(succeed(1)).with(fail(1)).with(fail(2)).with(succeed(3))).await;
    assert_eq!(ended(&stand, 26).await, (1, 1, 0), "what was executed long ago does not end again");
    assert_eq!(ended(&stand, 20).await, (2, 1, 0));
}

#[tokio::test]
async fn ccip_9_a_chain_without_a_hole_has_none_and_is_not_left_out() {
    let stand = Stand::new("rounds_holes").await;
    stand.read(Block::source(10)).await;
    stand.read(Block::destination(10)).await;
    let count = || async { stand.store.count_holes().await.unwrap() };
    let of = |source| [(chain_id(SOURCE), source), (chain_id(DESTINATION), 0)];
    assert_eq!(count().await, of(0));
    let hole = |chain, number| {
        let (lane, on_ramp) = (lane(Dialect::V1_6), account(ON_RAMP));
        let cause = HoleCause::MissingMessages { lane, on_ramp, first: number, last: number };
        Hole { chain: chain_id(chain), first_block: 1, last_block: 10, cause }
    };
    stand.store.insert_holes(&stand.leader, &[hole(SOURCE, 1)], &[]).await.unwrap();
    assert_eq!(count().await, of(1));
    let open = stand.store.list_open_holes(0, 1).await.unwrap();
    stand.store.fill(&stand.leader, &open[0], &Block::source(5).with(send(1)).located()).await.unwrap();
    assert_eq!(count().await, of(0));
    stand.store.insert_holes(&stand.leader, &[hole(7, 2)], &[]).await.unwrap();
    assert_eq!(count().await[0], (chain_id(7), 1), "also of a chain that was not read yet");
}

/// A message with a place in its sender's order.
fn ordered(id: u64, nonce: u64) -> LaneEvent {
    LaneEvent::Sent(Box::new(Sent { nonce: Some(nonce), ..sent(id) }))
}

async fn know_destination(stand: &Stand) {
    let row = LaneRow {
        key: lane(Dialect::V1_6),
        name: "there".to_owned(),
        source_chain: Some(chain_id(SOURCE)),
        destination_chain: Some(chain_id(DESTINATION)),
    };
    stand.store.upsert_lanes(&stand.leader, &[row]).await.unwrap();
}

#[tokio::test]
async fn ccip_13_a_message_whose_execution_was_reverted_as_a_whole_can_be_overtaken() {
    let stand = Stand::new("rounds_overtaken").await;
    know_destination(&stand).await;
    stand.read(Block::source(10).with(ordered(1, 1)).with(ordered(2, 2))).await;
    stand.read(Block::destination(20)).await;
    judge(&stand, 1, Verdict::Reverted(hash(7)), 20).await;
    let ingested = stand.read(Block::destination(21).with(succeed(2))).await;
    assert_eq!(ingested.findings.iter().map(|finding| finding.kind).collect::<Vec<_>>(), [Kind::NonceOutOfOrder]);
}

#[tokio::test]
async fn ccip_16_a_message_is_overtaken_for_as_long_as_the_execution_before_it_is_on_the_chain() {
    let stand = Stand::new("rounds_unwound").await;
    stand.read(Block::source(9)).await;
    let sends = Block::source(10).with(ordered(1, 1)).with(ordered(2, 2));
    stand.read(sends.clone()).await;
    stand.read(Block::destination(20)).await;
    let overtaking = Block::destination(21).with(succeed(2));
    stand.read(overtaking.clone()).await;
    assert_eq!(stand.kinds().await, [Kind::NonceOutOfOrder]);

    stand.unwind(DESTINATION, Some(&Block::destination(20))).await;
    assert!(stand.kinds().await.is_empty(), "{:?}", stand.kinds().await);
    stand.read(overtaking.fork(1)).await;
    assert_eq!(stand.kinds().await, [Kind::NonceOutOfOrder]);
    stand.unwind(SOURCE, Some(&Block::source(9))).await;
    assert!(stand.kinds().await.is_empty(), "there is nothing to overtake: {:?}", stand.kinds().await);
    stand.read(sends.fork(1)).await;
    assert_eq!(stand.kinds().await, [Kind::NonceOutOfOrder], "and there is again");
}
