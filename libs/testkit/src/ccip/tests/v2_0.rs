//! CCIP 2.0 on the real contracts.

use alloy::primitives::{B256, b256};

use crate::ccip::{Behaviour, Fee, Role, Send, Sender, Side, State, Subject, Transaction, World};

/// First topics from the table of CCIP 2.0's events.
const MESSAGE_SENT: B256 = b256!("371bc2ff0a006f4ef863b1d27a065d4e9f938b6d883eb154572b4aea593b32cc");
const STATE_CHANGED: B256 = b256!("8c324ce1367b83031769f6a813e3bb4c117aba2185789d66b98b791405be6df2");
const CURSED: B256 = b256!("1716e663a90a76d3b6c7e5f680673d1b051454c19c627e184c8daf28f3104f74");

fn has(transaction: &Transaction, topic: B256) -> bool {
    transaction.logs.iter().any(|log| log.topic0() == Some(&topic))
}

fn hello(world: &World) -> Send {
    Send::new(world.away.tokens.receiver, b"hello".as_slice())
}

#[tokio::test]
async fn ccip_3_a_message_of_2_0_is_sent_attested_and_executed_in_both_directions() {
    let world = World::start().await.unwrap();
    for side in [Side::Home, Side::Away] {
        let (lane, there) = (world.v2_0(side), world.chain(side.other()));
        for (number, sender, fee) in [(1, Sender::Contract, Fee::Link), (2, Sender::Account(Role::User), Fee::Native)] {
            let send = Send { sender, fee, ..Send::new(there.tokens.receiver, b"hello".as_slice()) };
            let quoted = lane.fee(&send).await.unwrap();
            let sent = lane.send(&send).await.unwrap();
            assert!(has(&sent.transaction, MESSAGE_SENT));
            assert_eq!((sent.sequence_number, sent.fee), (number, quoted));
            assert_eq!(lane.next_to_send().await.unwrap(), number + 1);

            let executed = lane.execute(&sent, None).await.unwrap();
            assert!(has(&executed.transaction, STATE_CHANGED));
            let outcome = &executed.outcomes[0];
            assert_eq!((outcome.message_id, outcome.state), (sent.message_id, State::Success), "{outcome:?}");
            assert_eq!(outcome.sequence_number, number);
            assert!(!lane.attempt(&sent, None).await.unwrap().took_effect, "executed already");
        }
        assert_eq!(there.received().await.unwrap(), 2);
    }
}

#[tokio::test]
async fn a_failed_receiver_of_2_0_is_executed_again_with_more_gas() {
    let world = World::start().await.unwrap();
    let lane = world.v2_0(Side::Home);
    world.away.tell_receiver(&Behaviour::UseGas(400_000)).await.unwrap();
    let sent = lane.send(&hello(&world)).await.unwrap();
    assert_eq!(lane.execute(&sent, None).await.unwrap().outcomes[0].state, State::Failure);
    assert_eq!(lane.state(sent.message_id).await.unwrap(), State::Failure);
    assert!(!lane.attempt(&sent, None).await.unwrap().took_effect, "no progress");
    assert_eq!(lane.execute(&sent, Some(700_000)).await.unwrap().outcomes[0].state, State::Success);
}

#[tokio::test]
async fn a_cursed_lane_of_2_0_refuses_at_both_ends_until_it_is_lifted() {
    let world = World::start().await.unwrap();
    let lane = world.v2_0(Side::Home);
    for subject in [Subject::Lane, Subject::Everything] {
        assert!(has(&lane.curse_source(subject).await.unwrap(), CURSED));
        // Unlike 1.6, the fee is quoted: only the send is refused.
        let fee = lane.fee(&hello(&world)).await.unwrap();
        assert!(!lane.attempt_send(&hello(&world), fee).await.unwrap().took_effect);
        lane.uncurse_source(subject).await.unwrap();
    }
    let sent = lane.send(&hello(&world)).await.unwrap();
    lane.curse_destination(Subject::Lane).await.unwrap();
    assert!(!lane.attempt(&sent, None).await.unwrap().took_effect);
    lane.uncurse_destination(Subject::Lane).await.unwrap();
    lane.execute(&sent, None).await.unwrap();
}
