//! CCIP 1.5 on the real contracts.

use alloy::primitives::{B256, U256, b256};

use crate::ccip::{Behaviour, Error, Fee, Order, Send, Sender, Side, State, Subject, Transaction, World};

/// First topics from the table of CCIP 1.5's events.
const SEND_REQUESTED: B256 = b256!("d0c3c799bf9e2639de44391e7f524d229b2b55f5b1ea94b2bf7da42f7243dddd");
const REPORT_ACCEPTED: B256 = b256!("291698c01aa71f912280535d88a00d2c59fb63530a3f5d0098560468acb9ebf5");
const STATE_CHANGED: B256 = b256!("d4f851956a5d67c3997d1c9205045fef79bae2947fdee7e9e2641abc7391ef65");
const ROOT_REMOVED: B256 = b256!("202f1139a3e334b6056064c0e9b19fd07e44a88d8f6e5ded571b24cf8c371f12");
const SEQUENCE_NUMBER_SET: B256 = b256!("ea59e8027e41fda1525220008cf2416797405065eb21b0ebd417bfc6d361b8de");
const CURSED: B256 = b256!("cfdbfd8ce9a56b5f7c202c0e102184d24f47ca87121dc165063fc4c290957bde");

fn has(transaction: &Transaction, topic: B256) -> bool {
    transaction.logs.iter().any(|log| log.topic0() == Some(&topic))
}

fn hello(world: &World) -> Send {
    Send::new(world.away.tokens.receiver, b"hello".as_slice())
}

#[tokio::test]
async fn ccip_3_a_message_of_1_5_is_sent_committed_blessed_and_executed_in_both_directions() {
    let world = World::start().await.unwrap();
    for side in [Side::Home, Side::Away] {
        let (lane, there) = (world.v1_5(side), world.chain(side.other()));
        let send = Send::new(there.tokens.receiver, b"hello".as_slice());
        let sent = lane.send(&Send { sender: Sender::Contract, fee: Fee::Link, ..send }).await.unwrap();
        assert!(has(&sent.transaction, SEND_REQUESTED));
        assert_eq!((sent.sequence_number, sent.nonce), (1, 1));

        let committed = lane.commit_unblessed(1..=1).await.unwrap();
        assert!(has(&committed.transaction, REPORT_ACCEPTED));
        assert_eq!(committed.root, sent.message_id, "the id is the leaf");
        assert!(matches!(lane.execute(&[1]).await, Err(Error::Reverted { .. })), "not blessed");

        lane.bless(committed.root).await.unwrap();
        let executed = lane.execute(&[1]).await.unwrap();
        assert!(has(&executed.transaction, STATE_CHANGED));
        assert_eq!((executed.outcomes[0].message_id, executed.outcomes[0].state), (sent.message_id, State::Success));
        assert_eq!((lane.state(1).await.unwrap(), there.received().await.unwrap()), (State::Success, 1));
    }
}

#[tokio::test]
async fn a_failed_receiver_of_1_5_is_executed_by_hand_after_failing_again() {
    let world = World::start().await.unwrap();
    let lane = world.v1_5(Side::Home);
    world.away.tell_receiver(&Behaviour::UseGas(400_000)).await.unwrap();
    for _ in 0..2 {
        lane.send(&Send { order: Order::Free, ..hello(&world) }).await.unwrap();
    }
    lane.commit_all().await.unwrap();
    let executed = lane.execute(&[1, 2]).await.unwrap();
    assert!(executed.outcomes.iter().all(|outcome| outcome.state == State::Failure));
    assert!(!lane.attempt_manually(2, None).await.unwrap().took_effect);
    let executed = lane.manually_execute(2, Some(700_000)).await.unwrap();
    assert_eq!((executed.outcomes[0].sequence_number, executed.outcomes[0].state), (2, State::Success));
    assert_eq!(lane.state(1).await.unwrap(), State::Failure);
}

#[tokio::test]
async fn an_unblessed_root_is_removed_and_committed_again() {
    let world = World::start().await.unwrap();
    let lane = world.v1_5(Side::Home);
    lane.send(&hello(&world)).await.unwrap();
    let lie = lane.commit_root(1..=1, B256::repeat_byte(0x66)).await.unwrap();
    assert!(has(&lane.remove_root(lie.root).await.unwrap(), ROOT_REMOVED));
    assert!(has(&lane.set_next_to_commit(1).await.unwrap(), SEQUENCE_NUMBER_SET));
    lane.commit_all().await.unwrap();
    assert_eq!(lane.execute(&[1]).await.unwrap().outcomes[0].state, State::Success);
}

#[tokio::test]
async fn a_cursed_or_paused_lane_of_1_5_refuses_until_it_is_lifted() {
    let world = World::start().await.unwrap();
    let lane = world.v1_5(Side::Home);
    let fee = lane.fee(&hello(&world)).await.unwrap();
    for subject in [Subject::Lane, Subject::Everything] {
        assert!(has(&lane.curse_source(subject).await.unwrap(), CURSED));
        assert!(!lane.attempt_send(&hello(&world), fee).await.unwrap().took_effect);
        lane.uncurse_source(subject).await.unwrap();
    }
    lane.pause().await.unwrap();
    assert!(!lane.attempt_send(&hello(&world), fee).await.unwrap().took_effect);
    lane.resume().await.unwrap();
    assert!(fee > U256::ZERO && lane.attempt_send(&hello(&world), fee).await.unwrap().took_effect);

    lane.pause_commits().await.unwrap();
    assert!(matches!(lane.commit_all().await, Err(Error::Reverted { .. })));
    lane.resume_commits().await.unwrap();
    lane.curse_destination(Subject::Lane).await.unwrap();
    assert!(matches!(lane.commit_all().await, Err(Error::Reverted { .. })));
    lane.uncurse_destination(Subject::Lane).await.unwrap();
    lane.commit_all().await.unwrap();
    lane.execute(&[1]).await.unwrap();
}
