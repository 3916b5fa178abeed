//! A lane whose ramp was replaced has the same numbers twice: a report moves those of the ramp that it names.

use ccip_monitor::{
    adapters::dialects::V1_5,
    domain::{
        event::{LaneEvent, Sent},
        finding::Kind,
        lane::{Dialect, LaneKey},
        message::Status,
    },
    ports::{Contract, Dossier as _, Role, Watch as _},
};

use crate::dialects::{abi::v1_5 as abi, support};

use super::stand::{
    Block, DESTINATION, ON_RAMP, SOURCE, Stand, account, commit, commit_of, hash, lane, message_id, remove_root, send,
    sent,
};

/// The ramp that came after [`ON_RAMP`].
const NEW_RAMP: u64 = 0xCCCC;

/// A message of the new ramp under a number that the old one had too.
fn again(id: u64, number: u64) -> LaneEvent {
    LaneEvent::Sent(Box::new(Sent { sequence: Some(number), ..sent(id) }))
}

async fn statuses(stand: &Stand) -> [Status; 4] {
    [stand.status(1).await, stand.status(2).await, stand.status(11).await, stand.status(12).await]
}

async fn read_sends(stand: &Stand) {
    stand.read(Block::source(10).with(send(1)).with(send(2))).await;
    stand.read_over(NEW_RAMP, Block::source(11).with(again(11, 1)).with(again(12, 2))).await;
}

const OF_THE_NEW: [Status; 4] = [Status::Sent, Status::Sent, Status::Delivered, Status::Delivered];

#[tokio::test]
async fn ccip_3_a_report_moves_the_messages_of_the_ramp_that_it_names() {
    let stand = Stand::new("ramps_named").await;
    read_sends(&stand).await;
    let before = stand.store.last_change().await.unwrap();
    stand.read(Block::destination(20).with(commit_of(Some(NEW_RAMP), 1, 2))).await;
    assert_eq!(statuses(&stand).await, OF_THE_NEW);
    let told = stand.store.list_changes(before, 10).await.unwrap().changes;
    assert_eq!(told.iter().map(|change| change.id).collect::<Vec<_>>(), [11, 12].map(message_id));
    assert_eq!((stand.steps(1).await.len(), stand.steps(11).await.len()), (1, 2));
    let lane = lane(Dialect::V1_6);
    assert_eq!(stand.store.find_arrival(&lane, account(ON_RAMP), 1).await.unwrap(), None);
    assert!(stand.store.find_arrival(&lane, account(NEW_RAMP), 1).await.unwrap().is_some());

    let before = stand.store.last_change().await.unwrap();
    stand.read(Block::destination(21).with(remove_root(1, 2))).await;
    assert_eq!(statuses(&stand).await, [Status::Sent; 4]);
    assert_eq!(stand.store.list_changes(before, 10).await.unwrap().changes.len(), 2);
    stand.unwind(DESTINATION, Some(&Block::destination(20))).await;
    assert_eq!(statuses(&stand).await, OF_THE_NEW);
}

#[tokio::test]
async fn ccip_16_the_order_of_reading_makes_no_difference_to_it() {
    let stand = Stand::new("ramps_order").await;
    stand.read(Block::source(9)).await;
    stand.read(Block::destination(20).with(commit_of(Some(NEW_RAMP), 1, 2))).await;
    read_sends(&stand).await;
    assert_eq!(statuses(&stand).await, OF_THE_NEW);
    stand.unwind(SOURCE, Some(&Block::source(9))).await;
    stand.read(Block::source(10).fork(1).with(send(1)).with(send(2))).await;
    stand.read_over(NEW_RAMP, Block::source(11).fork(1).with(again(11, 1)).with(again(12, 2))).await;
    assert_eq!(statuses(&stand).await, OF_THE_NEW);
}

/// A report of the 1.5 commit store that was made for this ramp, as its decoder has it.
fn accepted(on_ramp: u64, first: u64, last: u64) -> LaneEvent {
    let LaneKey { dialect, source, destination } = lane(Dialect::V1_5);
    let store = Contract {
        peer: Some(source),
        peer_on_ramp: Some(account(on_ramp)),
        ..support::contract(dialect, Role::CommitStore, destination.get(), None)
    };
    let report = abi::Report {
        priceUpdates: abi::Prices { tokenPriceUpdates: vec![], gasPriceUpdates: vec![] },
        interval: abi::Interval { min: first, max: last },
        merkleRoot: hash(on_ramp),
    };
    support::one(&V1_5, &store, &support::log_of(&abi::ReportAccepted { report }))
}

#[tokio::test]
async fn ccip_3_each_commit_store_of_a_lane_says_what_arrived_of_its_own_ramp() {
    let stand = Stand::new("ramps_stores").await;
    let numbered =
        |id, number| LaneEvent::Sent(Box::new(Sent { lane: lane(Dialect::V1_5), sequence: Some(number), ..sent(id) }));
    stand.read(Block::source(10).with(numbered(1, 1)).with(numbered(2, 2))).await;
    stand.read_over(NEW_RAMP, Block::source(11).with(numbered(11, 1)).with(numbered(12, 2))).await;
    stand.read(Block::destination(20).with(accepted(NEW_RAMP, 1, 2))).await;
    assert_eq!(statuses(&stand).await, OF_THE_NEW, "what the old ramp sent has not arrived");
    stand.read(Block::destination(21).with(accepted(ON_RAMP, 1, 2))).await;
    assert_eq!(statuses(&stand).await, [Status::Delivered; 4]);
}

#[tokio::test]
async fn ccip_3_a_report_that_names_no_ramp_is_of_every_ramp_of_its_lane() {
    let stand = Stand::new("ramps_unnamed").await;
    read_sends(&stand).await;
    stand.read(Block::destination(20).with(commit_of(None, 1, 1))).await;
    assert_eq!(statuses(&stand).await, [Status::Delivered, Status::Sent, Status::Delivered, Status::Sent]);
}

#[tokio::test]
async fn ccip_13_reports_of_two_ramps_follow_each_other_within_their_ramp() {
    let stand = Stand::new("ramps_ranges").await;
    read_sends(&stand).await;
    stand.read(Block::destination(20).with(commit(1, 2))).await;
    let new = stand.read(Block::destination(21).with(commit_of(Some(NEW_RAMP), 1, 1))).await;
    assert!(new.findings.is_empty(), "a new ramp counts anew: {:?}", new.findings);
    let new = stand.read(Block::destination(22).with(commit_of(Some(NEW_RAMP), 3, 4)).with(commit(2, 3))).await;
    let kinds: Vec<_> = new.findings.iter().map(|finding| finding.kind).collect();
    assert_eq!(kinds, [Kind::CommitGap, Kind::CommitOverlap]);
}
