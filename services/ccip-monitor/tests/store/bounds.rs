//! What a contract may say is bounded here: the highest numbers, findings without end, lanes without end.

use causeway_primitives::ChainSelector;
use ccip_monitor::{
    domain::{
        event::{IdProof, LaneEvent, Sent},
        finding::Kind,
        lane::{Dialect, LaneKey},
        message::Status,
    },
    ports::{Dossier as _, Ledger as _, Records as _, Upkeep as _},
};

use super::stand::{Block, ON_RAMP, Stand, account, commit, lane, message_id, send, sent, succeed};

const HIGHEST: u64 = 9_223_372_036_854_775_807;

fn numbered(id: u64, number: u64) -> LaneEvent {
    LaneEvent::Sent(Box::new(Sent { sequence: Some(number), ..sent(id) }))
}

#[tokio::test]
async fn ccip_16_the_highest_numbers_and_the_widest_report_break_no_batch() {
    let stand = Stand::new("bounds_numbers").await;
    stand.read(Block::destination(10).with(commit(1, HIGHEST)).with(commit(HIGHEST, HIGHEST))).await;
    stand.read(Block::source(10).with(send(1)).with(numbered(2, HIGHEST)).with(numbered(3, HIGHEST))).await;
    assert_eq!((stand.status(1).await, stand.status(2).await), (Status::Delivered, Status::Delivered));
    stand.read(Block::destination(11).with(succeed(1)).with(commit(2, 2))).await;
    assert_eq!(stand.status(1).await, Status::Executed);

    let lane = lane(Dialect::V1_6);
    assert!(stand.store.find_arrival(&lane, account(ON_RAMP), HIGHEST).await.unwrap().is_some());
    let numbers = stand.store.read_numbers(&lane, account(ON_RAMP), 99, 10).await.unwrap();
    assert_eq!((numbers.seen, numbers.highest), (2, Some(HIGHEST)));
    assert_eq!(numbers.missing.iter().map(|gap| (gap.first, gap.last)).collect::<Vec<_>>(), [(2, HIGHEST - 1)]);
    assert_eq!(stand.steps(2).await.len(), 3);
}

#[tokio::test]
async fn ccip_16_of_a_chain_on_which_nothing_is_final_only_so_many_blocks_are_remembered() {
    let stand = Stand::new("bounds_marks").await;
    stand.read(Block::source(1)).await;
    sqlx::query(
        "INSERT INTO mark (chain, number, hash, time)
         SELECT 138, number, decode(lpad('', 64, '0'), 'hex'), now() FROM generate_series(2, 12000) AS number",
    )
    .execute(stand.pool.executor())
    .await
    .unwrap();
    let (count, oldest) = ("SELECT count(*) FROM mark", "SELECT min(number) FROM mark");
    stand.read(Block::source(12_001)).await;
    assert_eq!((stand.number(count).await, stand.number(oldest).await), (10_001, 2_001));
    stand.read(Block::source(12_002).final_up_to(11_000)).await;
    assert_eq!((stand.number(count).await, stand.number(oldest).await), (1_003, 11_000));
}

#[tokio::test]
async fn ccip_13_a_flood_of_findings_is_counted_and_not_named() {
    let stand = Stand::new("bounds_findings").await;
    let wrong = |id| {
        let id_proof = IdProof::Mismatch { computed: message_id(id + 1_000) };
        LaneEvent::Sent(Box::new(Sent { id_proof, ..sent(id) }))
    };
    let block = (1..=150).fold(Block::source(10), |block, id| block.with(wrong(id)));
    let ingested = stand.read(block).await;
    assert_eq!(ingested.findings.len(), 101);
    let last = &ingested.findings[100];
    assert_eq!(last.subject, format!("more:{}", message_id(101)));
    assert!(last.detail.starts_with("50 more were seen at once"), "{}", last.detail);
    assert_eq!(stand.number("SELECT count(*) FROM event").await, 101);
    assert_eq!(stand.number("SELECT count(*) FROM message").await, 150, "every message is stored");

    let few = (151..=152).fold(Block::source(11), |block, id| block.with(wrong(id)));
    assert_eq!(stand.read(few).await.findings.len(), 2, "the next ones are named again");
}

#[tokio::test]
async fn ccip_13_a_contract_that_names_lanes_without_end_makes_so_many_and_one_finding() {
    let stand = Stand::new("bounds_lanes").await;
    stand.read(Block::source(9).with(send(1))).await;
    sqlx::query(
        "INSERT INTO lane (dialect, source, destination, name)
         SELECT 'private', 1, number, 'lane ' || number FROM generate_series(1, 998) AS number",
    )
    .execute(stand.pool.executor())
    .await
    .unwrap();
    let to = |id: u64| {
        let key = LaneKey { destination: ChainSelector::new(id).unwrap(), ..lane(Dialect::V1_6) };
        LaneEvent::Sent(Box::new(Sent { lane: key, ..sent(id) }))
    };
    let block = Block::source(10).with(to(2)).with(to(3)).with(to(4)).with(send(5)).with(to(2));
    let ingested = stand.read(block).await;
    assert_eq!(ingested.new_lanes.len(), 1);
    let unlisted: Vec<_> = ingested.findings.iter().filter(|finding| finding.kind == Kind::UnlistedLane).collect();
    assert_eq!(unlisted.len(), 1);
    assert!(unlisted[0].detail.contains("beyond the 1000 lanes"), "{}", unlisted[0].detail);
    assert_eq!(stand.store.list_lanes().await.unwrap().len(), 1_000);
    for (id, stored) in [(1, true), (2, true), (3, false), (4, false), (5, true)] {
        assert_eq!(stand.store.find_message(message_id(id)).await.unwrap().is_some(), stored, "{id}");
    }
    let again = stand.read(Block::source(11).with(to(6)).with(send(7))).await;
    assert!(again.findings.iter().all(|finding| finding.kind != Kind::UnlistedLane), "it is known");
    assert_eq!(stand.status(7).await, Status::Sent);
    assert!(stand.store.list_open_holes(0, 10).await.unwrap().is_empty());
}
