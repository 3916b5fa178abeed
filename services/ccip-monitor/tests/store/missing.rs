//! Holes that no batch has shown: what the counter of a ramp says is kept, told once, and closed when it is filled.

use causeway_primitives::Bytes;
use causeway_service::ops::EventLog as _;
use ccip_monitor::{
    domain::{
        finding::{Finding, Kind},
        lane::Dialect,
    },
    ports::{Batch, Hole, HoleCause, Ledger as _, LedgerError},
};

use super::stand::{Block, ON_RAMP, SOURCE, Stand, account, chain_id, hash, lane, send};

fn missing(first: u64, last: u64) -> Hole {
    Hole {
        chain: chain_id(SOURCE),
        first_block: 10,
        last_block: 20,
        cause: HoleCause::MissingMessages { lane: lane(Dialect::V1_6), on_ramp: account(ON_RAMP), first, last },
    }
}

async fn insert(stand: &Stand, holes: &[Hole]) -> Vec<Finding> {
    stand.store.insert_holes(&stand.leader, holes, &[]).await.unwrap()
}

async fn open(stand: &Stand) -> Vec<Hole> {
    stand.store.list_open_holes(0, 10).await.unwrap().into_iter().map(|open| open.hole).collect()
}

async fn fill(stand: &Stand, block: Block) {
    for hole in stand.store.list_open_holes(0, 10).await.unwrap() {
        stand.store.fill(&stand.leader, &hole, &block.located()).await.unwrap();
    }
}

#[tokio::test]
async fn ccip_13_what_a_ramp_has_counted_and_nobody_saw_is_a_hole_and_told_once() {
    let stand = Stand::new("missing_once").await;
    stand.read(Block::source(20).with(send(1))).await;
    let new = insert(&stand, &[missing(2, 3)]).await;
    assert_eq!(new.iter().map(|finding| finding.kind).collect::<Vec<_>>(), [Kind::SequenceGap]);
    assert!(new[0].detail.contains("2 to 3"), "{}", new[0].detail);
    let rows = stand.rows().await;

    assert!(insert(&stand, &[missing(2, 3)]).await.is_empty(), "it is known");
    assert!(insert(&stand, &[missing(3, 3)]).await.is_empty(), "it is looked for already");
    assert!(insert(&stand, &[]).await.is_empty());
    assert_eq!((stand.rows().await, open(&stand).await), (rows, vec![missing(2, 3)]));
    let events = stand.store.list_events(0, 10).await.unwrap();
    assert_eq!(events.iter().map(|event| event.kind.as_str()).collect::<Vec<_>>(), ["finding_opened"]);

    fill(&stand, Block::source(15).with(send(2)).with(send(3))).await;
    assert!(open(&stand).await.is_empty());
    assert!(stand.kinds().await.is_empty(), "the gap is over: {:?}", stand.kinds().await);
}

#[tokio::test]
async fn ccip_13_a_hole_that_was_filled_and_is_there_again_is_told_again() {
    let stand = Stand::new("missing_again").await;
    stand.read(Block::source(9)).await;
    stand.read(Block::source(20).with(send(1))).await;
    insert(&stand, &[missing(2, 2)]).await;
    fill(&stand, Block::source(15).with(send(2))).await;
    stand.unwind(SOURCE, Some(&Block::source(9))).await;
    stand.read(Block::source(20).fork(1).with(send(1))).await;
    let moved = Hole { first_block: 12, last_block: 14, ..missing(2, 2) };
    let new = insert(&stand, std::slice::from_ref(&moved)).await;
    assert_eq!(new.len(), 1);
    assert_eq!(open(&stand).await, [moved], "where it is now");
    assert_eq!(stand.kinds().await, [Kind::SequenceGap]);
}

#[tokio::test]
async fn ccip_13_a_finding_that_comes_with_a_hole_is_kept_in_its_own_words() {
    let stand = Stand::new("missing_words").await;
    let of = |kind, subject: String, detail: &str| Finding {
        kind,
        chain: chain_id(SOURCE),
        lane: Some(lane(Dialect::V1_6)),
        message: None,
        subject,
        detail: detail.to_owned(),
        place: None,
    };
    let gap = of(Kind::SequenceGap, format!("{}:2-3", account(ON_RAMP)), "said by the ramp");
    let other = of(Kind::SettingsChanged, "the ramp".to_owned(), "another counter");
    let given = [gap.clone(), other.clone()];
    let new = stand.store.insert_holes(&stand.leader, &[missing(2, 3)], &given).await.unwrap();
    assert_eq!(new, given);
}

/// A batch of a block with one log that nobody can decode.
async fn read_undecodable(stand: &Stand, block: Block) -> Hole {
    let place = block.clone().with(send(1)).located()[0].place;
    let cause = HoleCause::Undecodable {
        place,
        topics: vec![hash(1)],
        data: Bytes::from_static(b"?"),
        reason: "cut short".to_owned(),
    };
    let hole = Hole { chain: place.chain, first_block: place.block, last_block: place.block, cause };
    let finding = Finding {
        kind: Kind::Undecodable,
        chain: place.chain,
        lane: None,
        message: None,
        subject: format!("{:#x}:{}", place.block_hash, place.log_index),
        detail: "cut short".to_owned(),
        place: Some(place),
    };
    let after = stand.store.find_position(place.chain).await.unwrap();
    let batch = Batch { holes: vec![hole.clone()], findings: vec![finding], ..block.batch(after) };
    stand.store.ingest(&stand.leader, &batch).await.unwrap();
    hole
}

#[tokio::test]
async fn ccip_16_a_hole_whose_block_goes_and_comes_back_is_open_again() {
    let stand = Stand::new("missing_aba").await;
    stand.read(Block::source(10)).await;
    for _ in 0..2 {
        let hole = read_undecodable(&stand, Block::source(11)).await;
        assert_eq!(open(&stand).await, [hole]);
        assert_eq!(stand.kinds().await, [Kind::Undecodable]);
        stand.unwind(SOURCE, Some(&Block::source(10))).await;
        assert!(open(&stand).await.is_empty());
        assert!(stand.kinds().await.is_empty());
    }
    read_undecodable(&stand, Block::source(11)).await;
    fill(&stand, Block::source(11).with(send(1))).await;
    assert!(open(&stand).await.is_empty());
    assert!(stand.kinds().await.is_empty(), "what can be decoded now is no finding: {:?}", stand.kinds().await);
}

#[tokio::test]
async fn ccip_16_a_gap_that_no_event_showed_goes_with_the_blocks_that_it_lies_in() {
    let stand = Stand::new("missing_unwound").await;
    stand.read(Block::source(9)).await;
    stand.read(Block::source(20).with(send(1))).await;
    insert(&stand, &[missing(2, 3)]).await;
    stand.unwind(SOURCE, Some(&Block::source(9))).await;
    assert!(open(&stand).await.is_empty());
    assert!(stand.kinds().await.is_empty(), "{:?}", stand.kinds().await);
}

#[tokio::test]
async fn ccip_16_a_deposed_leader_opens_no_hole() {
    let stand = Stand::new("missing_fenced").await;
    stand.depose().await;
    let refused = stand.store.insert_holes(&stand.leader, &[missing(2, 3)], &[]).await;
    assert!(matches!(refused, Err(LedgerError::Store(_))), "{refused:?}");
    assert!(open(&stand).await.is_empty());
}
