//! What is stored around a message: its report, its leaves, who blocks it, what was executed last.

use causeway_primitives::Bytes;
use ccip_monitor::{
    domain::{
        diagnose::evidence::{Arrival, Blocker},
        event::{LaneEvent, Place, Sent},
        lane::Dialect,
        message::Status,
    },
    ports::{Cursor, Dossier as _, Hole, HoleCause, LastExecution, Ledger as _},
};

use super::stand::{
    Block, DESTINATION, ON_RAMP, SOURCE, Stand, account, at, chain_id, commit, fail, hash, lane, message_id,
    remove_root, root, send, sent, succeed,
};

/// A message with a place in its sender's order.
fn ordered(id: u64, nonce: u64) -> LaneEvent {
    LaneEvent::Sent(Box::new(Sent { nonce: Some(nonce), ..sent(id) }))
}

fn arrival(first: u64, last: u64, block: &Block) -> Option<Arrival> {
    let Place { tx, time, .. } = block.located()[0].place;
    Some(Arrival { first, last, root: root(first, last), at: time, tx })
}

#[tokio::test]
async fn ccip_15_a_cursor_is_known_with_the_time_of_its_block() {
    let stand = Stand::new("dossier_cursor").await;
    assert_eq!(stand.store.find_cursor(chain_id(SOURCE)).await.unwrap(), None);
    let block = Block::source(10);
    stand.read(block.clone()).await;
    let cursor = Cursor { position: block.position(), time: at(10) };
    assert_eq!(stand.store.find_cursor(chain_id(SOURCE)).await.unwrap(), Some(cursor));
    assert_eq!(stand.store.find_cursor(chain_id(DESTINATION)).await.unwrap(), None);
}

#[tokio::test]
async fn ccip_15_a_report_counts_until_it_is_withdrawn_and_again_when_it_is_accepted_again() {
    let stand = Stand::new("dossier_arrival").await;
    let lane = lane(Dialect::V1_6);
    let find = |number| stand.store.find_arrival(&lane, account(ON_RAMP), number);
    assert_eq!(find(1).await.unwrap(), None, "a lane that nobody has seen");

    let accepted = Block::destination(20).with(commit(1, 2)).with(commit(5, 9));
    stand.read(accepted.clone()).await;
    assert_eq!(find(1).await.unwrap(), arrival(1, 2, &accepted));
    assert_eq!(find(2).await.unwrap(), arrival(1, 2, &accepted));
    assert_eq!(find(3).await.unwrap(), None);
    assert_eq!(find(7).await.unwrap().map(|arrival| (arrival.first, arrival.last)), Some((5, 9)));
    assert_eq!(find(10).await.unwrap(), None);

    stand.read(Block::destination(21).with(remove_root(1, 2))).await;
    assert_eq!(find(1).await.unwrap(), None);
    assert_eq!(find(7).await.unwrap().map(|arrival| arrival.first), Some(5), "another root was withdrawn");

    let again = Block::destination(22).with(commit(1, 2));
    stand.read(again.clone()).await;
    assert_eq!(find(1).await.unwrap(), arrival(1, 2, &again));

    stand.unwind(DESTINATION, Some(&Block::destination(21))).await;
    assert_eq!(find(1).await.unwrap(), None);
    stand.unwind(DESTINATION, Some(&Block::destination(20))).await;
    assert_eq!(find(1).await.unwrap(), arrival(1, 2, &accepted), "the withdrawal is not on the chain any more");
}

#[tokio::test]
async fn ccip_15_the_leaves_of_a_report_come_in_the_order_of_their_numbers() {
    let stand = Stand::new("dossier_leaves").await;
    stand.read(Block::source(10).with(send(3)).with(send(1))).await;
    stand.read(Block::source(11).with(send(2)).with(send(4))).await;
    let list = |ramp, numbers| {
        let (stand, lane) = (&stand, lane(Dialect::V1_6));
        async move { stand.store.list_leaves(&lane, account(ramp), numbers).await.unwrap() }
    };
    let leaf = |number: u64| (number, hash(number + 500_000));
    assert_eq!(list(ON_RAMP, 1..=3).await, [leaf(1), leaf(2), leaf(3)]);
    assert!(list(ON_RAMP + 1, 1..=3).await.is_empty(), "numbers count within a ramp");
    stand.unwind(SOURCE, Some(&Block::source(10))).await;
    assert_eq!(list(ON_RAMP, 1..=4).await, [leaf(1), leaf(3)]);
}

#[tokio::test]
async fn ccip_15_the_leaf_of_1_5_is_the_id_and_a_private_dialect_has_none() {
    let stand = Stand::new("dossier_leaf").await;
    let private = Dialect::Private("operators".into());
    let of = |dialect: &Dialect, id| Sent { lane: lane(dialect.clone()), leaf: None, ..sent(id) };
    let block = Block::source(10)
        .with(LaneEvent::Sent(Box::new(of(&Dialect::V1_5, 1))))
        .with(LaneEvent::Sent(Box::new(of(&private, 2))));
    stand.read(block).await;
    let list = |dialect| {
        let (stand, lane) = (&stand, lane(dialect));
        async move { stand.store.list_leaves(&lane, account(ON_RAMP), 1..=2).await.unwrap() }
    };
    assert_eq!(list(Dialect::V1_5).await, [(1, message_id(1).get())]);
    assert!(list(private).await.is_empty());
}

#[tokio::test]
async fn ccip_15_the_first_of_a_senders_messages_without_an_execution_blocks_the_later_ones() {
    let stand = Stand::new("dossier_blocker").await;
    let other = LaneEvent::Sent(Box::new(Sent { sender: account(0x5F), nonce: Some(1), ..sent(8) }));
    let block = Block::source(10)
        .with(send(7))
        .with(other)
        .with(ordered(1, 1))
        .with(ordered(2, 2))
        .with(ordered(3, 3))
        .with(ordered(4, 4));
    stand.read(block).await;
    let blocker = |nonce| {
        let (stand, lane) = (&stand, lane(Dialect::V1_6));
        async move { stand.store.find_blocker(&lane, account(0x5E), nonce).await.unwrap() }
    };
    let is = |id, status| Some(Blocker { id: message_id(id), nonce: id, status });
    assert_eq!(blocker(4).await, is(1, Status::Sent));
    assert_eq!(blocker(1).await, None, "the first waits for nobody");

    stand.read(Block::destination(20).with(fail(1)).with(commit(3, 3))).await;
    assert_eq!(blocker(4).await, is(2, Status::Sent), "a failed execution has used its nonce up");
    stand.read(Block::destination(21).with(succeed(2))).await;
    assert_eq!(blocker(4).await, is(3, Status::Delivered));
    assert_eq!(blocker(3).await, None);
    stand.unwind(DESTINATION, None).await;
    assert_eq!(blocker(3).await, is(1, Status::Sent));
    stand.unwind(SOURCE, None).await;
    assert_eq!(blocker(4).await, None, "what is not on the chain blocks nobody");
}

#[tokio::test]
async fn ccip_15_the_last_execution_is_that_of_the_message_sent_last() {
    let stand = Stand::new("dossier_last").await;
    let lane = lane(Dialect::V1_6);
    let last = || stand.store.find_last_execution(&lane);
    assert_eq!(last().await.unwrap(), None);
    stand.read(Block::source(10).with(send(1))).await;
    stand.read(Block::source(11).with(send(2))).await;
    stand.read(Block::source(12).with(send(3))).await;
    assert_eq!(last().await.unwrap(), None, "nothing was executed");

    let execution = |block: &Block, sent: u64| {
        let Place { tx, time, .. } = block.located()[0].place;
        Some(LastExecution { tx, at: time, sent_at: at(sent) })
    };
    let failed = Block::destination(20).with(fail(2));
    stand.read(failed.clone()).await;
    assert_eq!(last().await.unwrap(), execution(&failed, 11), "one that failed was brought as well");
    stand.read(Block::destination(21).with(succeed(1))).await;
    assert_eq!(last().await.unwrap(), execution(&failed, 11), "the first message was sent before it");
    let third = Block::destination(22).with(succeed(3));
    stand.read(third.clone()).await;
    assert_eq!(last().await.unwrap(), execution(&third, 12));
    stand.unwind(DESTINATION, Some(&Block::destination(21))).await;
    assert_eq!(last().await.unwrap(), execution(&failed, 11));
}

#[tokio::test]
async fn ccip_15_only_logs_that_nobody_could_decode_since_then_blur_a_message() {
    let stand = Stand::new("dossier_holes").await;
    let hole = |block: &Block| {
        let place = block.clone().with(send(1)).located()[0].place;
        let cause = HoleCause::Undecodable {
            place,
            topics: vec![hash(1)],
            data: Bytes::from_static(b"?"),
            reason: "cut short".to_owned(),
        };
        Hole { chain: place.chain, first_block: place.block, last_block: place.block, cause }
    };
    let missing = Hole {
        chain: chain_id(SOURCE),
        first_block: 11,
        last_block: 12,
        cause: HoleCause::MissingMessages { lane: lane(Dialect::V1_6), on_ramp: account(ON_RAMP), first: 4, last: 5 },
    };
    for number in [10, 11, 12] {
        let block = Block::source(number);
        let after = stand.store.find_position(block.chain()).await.unwrap();
        let mut batch = block.batch(after);
        batch.holes = vec![hole(&block), missing.clone()];
        stand.store.ingest(&stand.leader, &batch).await.unwrap();
    }
    let count = |chain, from| {
        let stand = &stand;
        async move { stand.store.count_holes_since(chain_id(chain), at(from)).await.unwrap() }
    };
    assert_eq!((count(SOURCE, 9).await, count(SOURCE, 11).await, count(SOURCE, 13).await), (3, 2, 0));
    assert_eq!(count(DESTINATION, 9).await, 0);
    stand.unwind(SOURCE, Some(&Block::source(11))).await;
    assert_eq!(count(SOURCE, 11).await, 1, "the last one is on no chain any more");
}
