//! Executions whose event does not know the message's id.

use causeway_primitives::{Bytes, MessageId};
use ccip_monitor::{
    domain::{
        event::{Attempted, Content, IdOrigin, IdProof, LaneEvent, Outcome, Sent},
        finding::Kind,
        lane::Dialect,
        message::Status,
    },
    ports::{Link, Upkeep as _},
};

use super::stand::{Block, SOURCE, Stand, account, at, attempted, hash, lane, message_id, sent};

fn own() -> ccip_monitor::domain::lane::LaneKey {
    lane(Dialect::Private("operators".into()))
}

/// A send of the operators' dialect.
fn send_of(id: u64, receiver: u64, data: u64) -> LaneEvent {
    LaneEvent::Sent(Box::new(Sent {
        lane: own(),
        id_origin: IdOrigin::Derived,
        id_proof: IdProof::NotDerivable,
        sequence: None,
        leaf: None,
        receiver: Bytes::from(account(receiver).to_vec()),
        payload: ccip_monitor::domain::event::Payload { hash: hash(data), ..sent(id).payload },
        ..sent(id)
    }))
}

/// The same content for every id.
fn send_to(id: u64, receiver: u64) -> LaneEvent {
    send_of(id, receiver, 77)
}

fn send(id: u64) -> LaneEvent {
    send_to(id, 7)
}

/// An execution under an id that no send has.
fn execute(foreign: u64) -> LaneEvent {
    LaneEvent::Attempted(Box::new(Attempted {
        lane: own(),
        id: MessageId::new(hash(900_000 + foreign)),
        sequence: None,
        leaf: None,
        content: Some(Content { sender: sent(1).sender, data_hash: hash(77) }),
        ..attempted(1, Outcome::Succeeded)
    }))
}

#[tokio::test]
async fn ccip_2_executions_without_a_known_id_are_linked_by_content_in_order() {
    let stand = Stand::new("links_order").await;
    stand.read(Block::source(10).with(send(1)).with(send(2))).await;
    stand.read(Block::source(30).with(send(3))).await;
    let ingested = stand.read(Block::destination(20).with(execute(1)).with(execute(2))).await;
    assert_eq!(
        ingested.executed.iter().map(|executed| executed.id).collect::<Vec<_>>(),
        [message_id(1), message_id(2)]
    );
    for id in [1, 2] {
        let message = stand.get(id).await;
        assert_eq!((message.status, message.link), (Status::Executed, Some(Link::ContentInOrder)));
    }
    assert_eq!(stand.status(3).await, Status::Sent);
    assert!(stand.kinds().await.is_empty());
}

#[tokio::test]
async fn ccip_2_an_execution_waits_until_its_source_was_read_past_it() {
    let stand = Stand::new("links_wait").await;
    stand.read(Block::source(10).with(send(1))).await;
    let ingested = stand.read(Block::destination(20).with(execute(1))).await;
    assert!(ingested.executed.is_empty(), "another send may follow before the execution");
    let ingested = stand.read(Block::source(20)).await;
    assert_eq!(ingested.executed.len(), 1);
    assert_eq!(stand.status(1).await, Status::Executed);
}

#[tokio::test]
async fn ccip_4_a_message_is_not_late_while_its_execution_waits_for_the_source_to_be_read() {
    let stand = Stand::new("links_late").await;
    stand.read(Block::source(10).with(send(1)).with(send_of(2, 7, 99))).await;
    stand.read(Block::destination(20).with(execute(1))).await;
    stand.read(Block::destination(90)).await;
    let late = async || {
        let late = stand.store.list_late(&own(), at(60), 10).await.unwrap();
        assert_eq!(stand.store.count_late(&own(), at(60)).await.unwrap(), u64::try_from(late.len()).unwrap());
        late
    };
    assert_eq!(late().await, [stand.get(2).await.key], "of other content than what was executed");
    stand.read(Block::source(20)).await;
    assert_eq!((stand.status(1).await, stand.status(2).await), (Status::Executed, Status::Sent));
}

#[tokio::test]
async fn ccip_4_an_execution_that_nobody_sent_keeps_no_message_from_being_late() {
    let stand = Stand::new("links_unsent").await;
    stand.read(Block::destination(20).with(execute(1))).await;
    stand.read(Block::source(400).with(send(1))).await;
    stand.read(Block::destination(430)).await;
    assert_eq!(stand.status(1).await, Status::Sent, "it was executed long before it was sent");
    assert_eq!(stand.store.list_late(&own(), at(401), 10).await.unwrap(), [stand.get(1).await.key]);
}

#[tokio::test]
async fn ccip_2_nobody_guesses_which_of_two_receivers_got_it() {
    let stand = Stand::new("links_guess").await;
    stand.read(Block::source(10).with(send_to(1, 7)).with(send_to(2, 8))).await;
    stand.read(Block::source(30)).await;
    let ingested = stand.read(Block::destination(20).with(execute(1))).await;
    assert!(ingested.executed.is_empty());
    assert_eq!(stand.kinds().await, [Kind::AmbiguousLink]);
    assert_eq!((stand.status(1).await, stand.status(2).await), (Status::Sent, Status::Sent));
}

/// An execution under the id of a send, of other data than was sent.
fn execute_other_data(id: u64) -> LaneEvent {
    let content = Content { sender: sent(1).sender, data_hash: hash(78) };
    let other = Attempted { lane: own(), leaf: None, content: Some(content), ..attempted(id, Outcome::Succeeded) };
    LaneEvent::Attempted(Box::new(other))
}

#[tokio::test]
async fn ccip_13_other_data_under_the_right_id_is_a_finding_in_either_order_of_reading() {
    let stand = Stand::new("links_other_data").await;
    stand.read(Block::source(10).with(send(1))).await;
    let found =
        stand.read(Block::destination(20).with(execute_other_data(1)).with(execute_other_data(2))).await.findings;
    assert_eq!(
        found.iter().map(|finding| (finding.kind, finding.message)).collect::<Vec<_>>(),
        [(Kind::LeafMismatch, Some(message_id(1)))]
    );
    assert_eq!((stand.status(1).await, stand.get(1).await.link), (Status::Executed, Some(Link::Id)));
    let found = stand.read(Block::source(11).with(send(2))).await.findings;
    assert_eq!(
        found.iter().map(|finding| (finding.kind, finding.message)).collect::<Vec<_>>(),
        [(Kind::LeafMismatch, Some(message_id(2)))]
    );
}

#[tokio::test]
async fn ccip_13_an_id_of_the_destination_that_is_executed_twice_is_a_replay() {
    let stand = Stand::new("links_replay").await;
    stand.read(Block::source(10).with(send(1)).with(send(2))).await;
    stand.read(Block::source(30)).await;
    stand.read(Block::destination(20).with(execute(1))).await;
    stand.read(Block::destination(21).with(execute(1))).await;
    assert_eq!(stand.kinds().await, [Kind::DuplicateExecution]);
    assert_eq!((stand.status(1).await, stand.status(2).await), (Status::Executed, Status::Sent));
}

#[tokio::test]
async fn ccip_16_a_reorganised_send_gives_its_execution_to_the_one_that_came_instead() {
    let stand = Stand::new("links_reorg").await;
    stand.read(Block::source(10)).await;
    stand.read(Block::source(11).with(send(1))).await;
    stand.read(Block::source(30)).await;
    stand.read(Block::destination(20).with(execute(1))).await;
    assert_eq!(stand.status(1).await, Status::Executed);

    stand.unwind(SOURCE, Some(&Block::source(10))).await;
    let undone = stand.get(1).await;
    assert_eq!((undone.orphaned, undone.status), (true, Status::Sent));
    // The same transaction in another place of the block: a derived id is another one then.
    stand.read(Block::source(12).fork(1).with(send(2))).await;
    stand.read(Block::source(30).fork(1)).await;
    let message = stand.get(2).await;
    assert_eq!((message.status, message.link), (Status::Executed, Some(Link::ContentInOrder)));
}
