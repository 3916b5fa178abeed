//! Reorganisations: what was on blocks that are gone does not count, stays visible, and may come back.

use ccip_monitor::{
    domain::{finding::Kind, message::Status},
    ports::{Ledger as _, LedgerError, Records as _},
};

use super::stand::{Block, DESTINATION, SOURCE, Stand, chain_id, commit, remove_root, send, succeed};

#[tokio::test]
async fn ccip_16_a_reorganised_send_is_undone_and_the_history_says_so() {
    let stand = Stand::new("unwind_send").await;
    stand.read(Block::source(10)).await;
    stand.read(Block::source(11).with(send(1))).await;
    let unwound = stand.unwind(SOURCE, Some(&Block::source(10))).await;
    assert_eq!((unwound.events, unwound.messages), (1, 1));
    assert_eq!(stand.store.find_position(chain_id(SOURCE)).await.unwrap(), Some(Block::source(10).position()));

    assert!(stand.get(1).await.orphaned);
    assert!(stand.store.list_messages(&Default::default(), None, 10).await.unwrap().is_empty());
    assert_eq!(stand.number("SELECT count(*) FROM ccip_messages").await, 0);
    assert_eq!(stand.steps(1).await, [("sent".to_owned(), Status::Sent), ("undone".to_owned(), Status::Sent)]);
}

#[tokio::test]
async fn ccip_16_a_send_that_comes_back_is_the_same_message() {
    let stand = Stand::new("unwind_back").await;
    stand.read(Block::source(10)).await;
    stand.read(Block::source(11).with(send(1))).await;
    stand.read(Block::destination(20).with(succeed(1))).await;
    let key = stand.get(1).await.key;
    stand.unwind(SOURCE, Some(&Block::source(10))).await;
    assert!(stand.get(1).await.orphaned);
    stand.read(Block::source(12).fork(1).with(send(1))).await;

    let message = stand.get(1).await;
    assert_eq!((message.key, message.orphaned, message.status), (key, false, Status::Executed));
    assert_eq!(message.source.block_number, Some(12));
    assert_eq!(stand.number("SELECT count(*) FROM message").await, 1);
    assert_eq!(stand.number("SELECT count(*) FROM sent").await, 2);
    let steps: Vec<String> = stand.steps(1).await.into_iter().map(|(event, _)| event).collect();
    assert_eq!(steps, ["sent", "undone", "sent", "succeeded"]);
}

#[tokio::test]
async fn ccip_16_a_chain_that_goes_away_and_comes_back_is_told_as_it_was() {
    let stand = Stand::new("unwind_aba").await;
    stand.read(Block::source(10)).await;
    for _ in 0..2 {
        stand.read(Block::source(11).with(send(1))).await;
        stand.unwind(SOURCE, Some(&Block::source(10))).await;
    }
    stand.read(Block::source(11).with(send(1))).await;
    let message = stand.get(1).await;
    assert!(!message.orphaned);
    assert_eq!(stand.number("SELECT count(*) FROM sent WHERE unwinding IS NOT NULL").await, 2);
    assert_eq!(stand.steps(1).await.len(), 5);
    assert!(stand.kinds().await.is_empty(), "{:?}", stand.kinds().await);
}

#[tokio::test]
async fn ccip_16_a_reorganised_execution_leaves_the_message_where_it_was_before() {
    let stand = Stand::new("unwind_execution").await;
    stand.read(Block::source(10).with(send(1)).with(send(2))).await;
    stand.read(Block::destination(20).with(commit(1, 1))).await;
    stand.read(Block::destination(21).with(succeed(1)).with(commit(2, 2)).with(remove_root(1, 1))).await;
    assert_eq!(stand.kinds().await, [Kind::IllegalTransition, Kind::RootRemoved]);
    stand.unwind(DESTINATION, Some(&Block::destination(20))).await;

    let (first, second) = (stand.get(1).await, stand.get(2).await);
    assert_eq!((first.status, first.executed_at, first.destination.tx), (Status::Delivered, None, None));
    assert_eq!((second.status, second.delivered_at), (Status::Sent, None));
    assert!(stand.kinds().await.is_empty(), "findings of the lost blocks are over");
    let attempts = stand.store.list_attempts(first.key).await.unwrap();
    assert_eq!(attempts.iter().map(|attempt| attempt.orphaned).collect::<Vec<_>>(), [true]);
    let steps: Vec<_> = stand.steps(1).await.into_iter().map(|(event, _)| event).collect();
    assert_eq!(steps, ["sent", "committed", "succeeded", "undone", "root_removed", "undone"]);

    stand.read(Block::destination(21).fork(1).with(succeed(1))).await;
    assert_eq!(stand.status(1).await, Status::Executed);
    assert!(stand.kinds().await.is_empty());
}

#[tokio::test]
async fn ccip_16_only_a_block_that_was_read_can_be_gone_back_to() {
    let stand = Stand::new("unwind_marks").await;
    for block in 10..15 {
        stand.read(Block::source(block).final_up_to(12)).await;
    }
    let marks = stand.store.list_marks(chain_id(SOURCE)).await.unwrap();
    assert_eq!(
        marks.iter().map(|mark| mark.position.number).collect::<Vec<_>>(),
        [14, 13, 12],
        "final ones are forgotten"
    );
    let unknown = Block::source(13).fork(1).position();
    let from = Some(Block::source(14).position());
    let error = stand.store.unwind(&stand.leader, chain_id(SOURCE), (from, Some(unknown))).await.unwrap_err();
    assert!(matches!(error, LedgerError::NoMark { to, .. } if to == unknown), "{error:?}");
    assert_eq!(stand.store.find_position(chain_id(SOURCE)).await.unwrap(), Some(Block::source(14).position()));

    stand.unwind(SOURCE, None).await;
    assert_eq!(stand.store.find_position(chain_id(SOURCE)).await.unwrap(), None);
    assert!(stand.store.list_marks(chain_id(SOURCE)).await.unwrap().is_empty());
}

#[tokio::test]
async fn ccip_16_what_was_decided_on_another_cursor_undoes_nothing() {
    let stand = Stand::new("unwind_decided").await;
    for block in 10..13 {
        stand.read(Block::source(block).with(send(block))).await;
    }
    let rows = stand.rows().await;
    let (back, here) = (Some(Block::source(10).position()), Some(Block::source(12).position()));
    for decided_on in [None, Some(Block::source(11).position()), Some(Block::source(12).fork(1).position())] {
        let error = stand.store.unwind(&stand.leader, chain_id(SOURCE), (decided_on, back)).await.unwrap_err();
        assert!(matches!(&error, LedgerError::NotNext { stored, .. } if *stored == here), "{error:?}");
    }
    assert_eq!(stand.rows().await, rows);
    stand.store.unwind(&stand.leader, chain_id(SOURCE), (here, back)).await.unwrap();
    assert_eq!(stand.store.find_position(chain_id(SOURCE)).await.unwrap(), back);
}
