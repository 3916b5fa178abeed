//! Holes that no batch has shown: what the counter of a ramp says is kept, told once, and closed when it is filled.

use ccip_monitor::{
    domain::{
        finding::{Finding, Kind},
        lane::Dialect,
    },
    ports::{Hole, HoleCause, Ledger as _, LedgerError, Watch as _},
};

use super::stand::{Block, ON_RAMP, SOURCE, Stand, account, chain_id, lane, send};

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

#[tokio::test]
async fn ccip_16_a_deposed_leader_opens_no_hole() {
    let stand = Stand::new("missing_fenced").await;
    stand.depose().await;
    let refused = stand.store.insert_holes(&stand.leader, &[missing(2, 3)], &[]).await;
    assert!(matches!(refused, Err(LedgerError::Store(_))), "{refused:?}");
    assert!(open(&stand).await.is_empty());
}
