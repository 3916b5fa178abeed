//! Holes: what could not be read is kept, and goes in among the rest when it can be.

use causeway_primitives::{Bytes, U256};
use ccip_monitor::{
    domain::{event::LaneEvent, finding::Kind, lane::Dialect, message::Status},
    ports::{Hole, HoleCause, LastNumber, Ledger as _, LedgerError, OpenHole},
};

use super::stand::{
    Block, DESTINATION, ON_RAMP, SOURCE, Stand, account, at, chain_id, commit, fail, hash, lane, send, succeed,
};

async fn holes(stand: &Stand) -> Vec<OpenHole> {
    stand.store.list_open_holes(0, 10).await.unwrap()
}

async fn read_with(stand: &Stand, block: Block, hole: Hole) {
    let after = stand.store.find_position(block.chain()).await.unwrap();
    let mut batch = block.batch(after);
    batch.holes.push(hole);
    stand.store.ingest(&stand.leader, &batch).await.unwrap();
}

#[tokio::test]
async fn ccip_17_missing_messages_go_in_among_the_others() {
    let stand = Stand::new("fill_numbers").await;
    stand.read(Block::source(10).with(send(1))).await;
    stand.read(Block::destination(30).with(commit(1, 4)).with(succeed(3))).await;
    let hole = Hole {
        chain: chain_id(SOURCE),
        first_block: 11,
        last_block: 20,
        cause: HoleCause::MissingMessages { lane: lane(Dialect::V1_6), on_ramp: account(ON_RAMP), first: 2, last: 3 },
    };
    read_with(&stand, Block::source(20).with(send(4)), hole.clone()).await;
    assert_eq!(stand.kinds().await, [Kind::SequenceGap]);
    let open = holes(&stand).await;
    assert_eq!(open.iter().map(|open| &open.hole).collect::<Vec<_>>(), [&hole]);

    // The range again, from another endpoint: what is known is left out.
    let half: Vec<_> = Block::source(15).with(send(2)).located();
    stand.store.fill(&stand.leader, &open[0], &half).await.unwrap();
    assert_eq!(holes(&stand).await.len(), 1, "3 is missing still");
    let mut whole = half;
    whole.extend(Block::source(16).with(send(3)).located());
    whole.extend(Block::source(20).with(send(4)).located());
    let filled = stand.store.fill(&stand.leader, &open[0], &whole).await.unwrap();
    assert_eq!(filled.executed.len(), 1);
    assert!(holes(&stand).await.is_empty());
    assert!(stand.kinds().await.is_empty(), "the gap is over: {:?}", stand.kinds().await);
    assert_eq!((stand.status(2).await, stand.status(3).await), (Status::Delivered, Status::Executed));
    assert_eq!(stand.number("SELECT count(*) FROM sent").await, 4);
    let sequences = stand.store.list_sequences(chain_id(SOURCE)).await.unwrap();
    let last = LastNumber { lane: lane(Dialect::V1_6), on_ramp: account(ON_RAMP), number: 4, block: 20 };
    assert_eq!(sequences, [last]);
}

#[tokio::test]
async fn ccip_17_an_execution_that_is_decoded_later_takes_its_place_in_the_order() {
    let stand = Stand::new("fill_log").await;
    stand.read(Block::source(10).with(send(1))).await;
    let late = Block::destination(20).with(fail(1));
    let place = late.located()[0].place;
    let cause = HoleCause::Undecodable {
        place,
        topics: vec![hash(1), hash(2)],
        data: Bytes::from_static(&[1, 2, 3]),
        reason: "too short".to_owned(),
    };
    let hole = Hole { chain: chain_id(DESTINATION), first_block: 20, last_block: 20, cause };
    read_with(&stand, Block::destination(20), hole.clone()).await;
    stand.read(Block::destination(25).with(succeed(1))).await;
    let open = holes(&stand).await;
    assert_eq!(open[0].hole, hole);

    stand.store.fill(&stand.leader, &open[0], &late.located()).await.unwrap();
    let message = stand.get(1).await;
    assert_eq!((message.status, message.retry_count), (Status::Executed, 1));
    assert_eq!((message.executed_at, message.last_retry_at), (Some(at(25)), Some(at(25))));
    assert_eq!(message.destination.block_number, Some(25), "the later execution is the one that counts");
    assert!(stand.kinds().await.is_empty());
    assert!(holes(&stand).await.is_empty());
}

#[tokio::test]
async fn ccip_17_a_hole_of_a_lane_that_nobody_has_seen_is_kept_as_well() {
    let stand = Stand::new("fill_lane").await;
    let hole = Hole {
        chain: chain_id(SOURCE),
        first_block: 1,
        last_block: 10,
        cause: HoleCause::MissingMessages { lane: lane(Dialect::V1_5), on_ramp: account(1), first: 1, last: 2 },
    };
    read_with(&stand, Block::source(10), hole.clone()).await;
    assert_eq!(holes(&stand).await[0].hole, hole);
}

#[tokio::test]
async fn ccip_16_a_deposed_leader_fills_nothing() {
    let stand = Stand::new("fill_fenced").await;
    stand.read(Block::source(10)).await;
    let cause = HoleCause::MissingMessages { lane: lane(Dialect::V1_6), on_ramp: account(ON_RAMP), first: 1, last: 1 };
    let hole = Hole { chain: chain_id(SOURCE), first_block: 1, last_block: 10, cause };
    let open = OpenHole { number: 1, hole };
    stand.depose().await;
    let event = Block::source(5)
        .with(LaneEvent::Sent(Box::new(ccip_monitor::domain::event::Sent { fee: U256::ONE, ..super::stand::sent(1) })));
    let filled = stand.store.fill(&stand.leader, &open, &event.located()).await;
    assert!(matches!(filled, Err(LedgerError::Store(_))), "{filled:?}");
    assert!(stand.find(1).await.is_none());
}
