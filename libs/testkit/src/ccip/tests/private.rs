//! The operators' own family, and somebody who pretends to be it.

use alloy::primitives::{B256, Bytes, U256, b256, keccak256};

use crate::ccip::{Behaviour, Error, Role, Sender, Side, Transaction, World};

/// First topics of the two events.
const MESSAGE_SENT: B256 = b256!("802c6746db839cfc7e0e91acc673c4a618f921e14d2ca65160cf483f786eb51b");
const MESSAGE_EXECUTED: B256 = b256!("33ba3832c480f4398583bd0fcf5340cd8c687075f0ec75d1918aa20cc6b848e4");

const HELLO: Bytes = Bytes::from_static(b"hello");

fn count(transaction: &Transaction, topic: B256) -> usize {
    transaction.logs.iter().filter(|log| log.topic0() == Some(&topic)).count()
}

#[tokio::test]
async fn ccip_2_a_private_message_costs_link_and_is_executed_under_its_derived_id() {
    let world = World::start().await.unwrap();
    for side in [Side::Home, Side::Away] {
        let (lane, here, there) = (world.private(side), world.chain(side), world.chain(side.other()));
        let before = here.balance(here.tokens.link, here.tokens.sender).await.unwrap();
        let sent = lane.send(Sender::Contract, there.tokens.receiver, HELLO).await.unwrap();
        assert_eq!(count(&sent.transaction, MESSAGE_SENT), 1);
        assert_eq!((sent.fee, sent.sender), (lane.fee(&HELLO).await.unwrap(), here.tokens.sender));
        assert_eq!(before - here.balance(here.tokens.link, here.tokens.sender).await.unwrap(), sent.fee);
        let preimage = [sent.transaction.hash.as_slice(), &U256::from(sent.log_index).to_be_bytes::<32>()].concat();
        assert_eq!(sent.message_id, keccak256(preimage));

        let executed = lane.execute(&sent).await.unwrap();
        assert_eq!(count(&executed, MESSAGE_EXECUTED), 1);
        assert!(executed.logs.iter().any(|log| log.topics().get(1) == Some(&sent.message_id)));
        assert_eq!(there.received().await.unwrap(), 1);
        assert!(!lane.attempt(&sent).await.unwrap().took_effect, "once only");
        assert_eq!(count(&lane.replay(&sent).await.unwrap(), MESSAGE_EXECUTED), 1);
        assert!(!lane.attempt(&sent).await.unwrap().took_effect, "protected again");
    }
}

#[tokio::test]
async fn a_relayer_may_number_messages_in_its_own_way() {
    let world = World::start().await.unwrap();
    let lane = world.private(Side::Home);
    let sent = lane.send(Sender::Account(Role::User), world.away.tokens.receiver, HELLO).await.unwrap();
    let id = B256::with_last_byte(1);
    let executed = lane.execute_as(id, &sent).await.unwrap();
    assert!(executed.logs.iter().any(|log| log.topics().get(1) == Some(&id)));
}

#[tokio::test]
async fn a_receiver_that_reverts_reverts_the_execution() {
    let world = World::start().await.unwrap();
    let lane = world.private(Side::Home);
    let sent = lane.send(Sender::Account(Role::User), world.away.tokens.receiver, HELLO).await.unwrap();
    world.away.tell_receiver(&Behaviour::RevertWithReason("closed".to_owned())).await.unwrap();
    let refused = lane.execute(&sent).await.unwrap_err();
    assert!(refused.to_string().contains("closed"), "{refused}");
    world.away.tell_receiver(&Behaviour::Accept).await.unwrap();
    lane.execute(&sent).await.unwrap();
}

#[tokio::test]
async fn a_closed_lane_an_empty_purse_and_a_strange_relayer_are_refused() {
    let world = World::start().await.unwrap();
    let (lane, receiver) = (world.private(Side::Home), world.away.tokens.receiver);
    let poor = lane.attempt_send(Sender::Account(Role::Stranger), receiver, &HELLO).await.unwrap();
    assert!(!poor.took_effect);
    lane.close().await.unwrap();
    assert!(matches!(lane.fee(&HELLO).await, Err(Error::Chain(_))));
    lane.open().await.unwrap();
    let sent = lane.send(Sender::Account(Role::User), receiver, HELLO).await.unwrap();
    let relayer = world.away.account(Role::Relayer);
    lane.set_relayer(relayer, false).await.unwrap();
    assert!(!lane.attempt(&sent).await.unwrap().took_effect);
    lane.set_relayer(relayer, true).await.unwrap();
    lane.execute(&sent).await.unwrap();
}

#[tokio::test]
async fn a_look_alike_emits_the_same_events_and_any_malformed_log() {
    let world = World::start().await.unwrap();
    let (here, there) = (world.pretender(Side::Home), world.pretender(Side::Away));
    let victim = world.home.tokens.sender;
    let sent = here.pretend_sent(victim, world.away.selector, world.away.tokens.receiver, HELLO).await.unwrap();
    assert_eq!(count(&sent, MESSAGE_SENT), 1);
    assert_eq!(sent.logs[0].address(), world.home.private.look_alike);

    let real = world.private(Side::Home).send(Sender::Contract, world.away.tokens.receiver, HELLO).await.unwrap();
    let executed = there.pretend_executed(world.home.selector, &real).await.unwrap();
    assert_eq!(count(&executed, MESSAGE_EXECUTED), 1);

    let topics = [MESSAGE_SENT, B256::repeat_byte(0xff), B256::ZERO, B256::with_last_byte(3)];
    for length in 0..=topics.len() {
        let data = Bytes::from(vec![0xee; 33 * length]);
        let raw = here.raw(topics[..length].to_vec(), data.clone()).await.unwrap();
        assert_eq!((raw.logs[0].topics(), &raw.logs[0].data().data), (&topics[..length], &data));
    }
}
