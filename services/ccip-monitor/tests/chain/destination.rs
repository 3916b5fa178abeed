//! A message at its destination.

use std::time::Duration;

use causeway_primitives::U256;
use causeway_testkit::ccip::{Behaviour, Family, Role, Send, Sender, Side, Subject};
use ccip_monitor::{
    domain::diagnose::evidence::{Curses, Delivery, DestinationReads, ExecutionState},
    ports::ChainReads as _,
};

use super::stand::{Stand, hello};

fn gas(found: &DestinationReads) -> u64 {
    match found.delivery.value {
        Ok(Delivery::Takes { gas }) => gas,
        _ => panic!("{:?}", found.delivery),
    }
}

#[tokio::test]
async fn ccip_15_arrival_order_and_execution_are_read_from_both_versions() {
    let stand = Stand::new().await;
    let send = hello(&stand.world);
    let (old, new) = (stand.world.v1_5(Side::Home), stand.world.v1_6(Side::Home));
    let sent = [(Family::V1_5, old.send(&send).await.unwrap()), (Family::V1_6, new.send(&send).await.unwrap())];
    let committed = [old.commit_unblessed(1..=1).await.unwrap(), new.commit(1..=1).await.unwrap()];
    for ((family, sent), committed) in sent.iter().zip(&committed) {
        let parcel = stand.parcel(*family, &send, sent);
        let ask = stand.destination_ask(*family, parcel, Some(committed.root));
        let found = stand.away.destination(stand.away_pin().await, &ask).await;
        assert_eq!(found.listed.value, Ok(true), "{family:?}: {}", found.listed.proof);
        assert!(found.state.find().unwrap().enabled, "{family:?}");
        assert_eq!(found.next_commit.value, Ok(2), "{family:?}");
        assert!(found.root_accepted.find().unwrap().is_some(), "{family:?}: {}", found.root_accepted.proof);
        assert_eq!(found.inbound_nonce.value, Ok(0), "{family:?}");
        assert_eq!(found.execution.value, Ok(ExecutionState::Untouched), "{family:?}");
        assert!(found.threshold.find().unwrap() > &Duration::ZERO, "{family:?}");
        assert_eq!(found.curses.value, Ok(Curses { global: false, lane: false }), "{family:?}");
        let gas = gas(&found);
        assert!((1_000..200_000).contains(&gas), "{family:?}: {gas}");
        if *family == Family::V1_5 {
            assert_eq!((found.blessed.value, found.paused.value), (Ok(false), Ok(false)));
        }
    }
    old.bless(committed[0].root).await.unwrap();
    for (family, executed) in [(Family::V1_5, old.execute(&[1]).await), (Family::V1_6, new.execute(&[1]).await)] {
        executed.unwrap();
        let (_, sent) = sent.iter().find(|(one, _)| *one == family).unwrap();
        let ask = stand.destination_ask(family, stand.parcel(family, &send, sent), None);
        let found = stand.away.destination(stand.away_pin().await, &ask).await;
        assert_eq!(found.execution.value, Ok(ExecutionState::Succeeded), "{family:?}");
        assert_eq!(found.inbound_nonce.value, Ok(1), "{family:?}");
    }
}

#[tokio::test]
async fn ccip_15_a_receiver_that_refuses_is_simulated_with_its_reason_and_one_that_is_hungry_with_its_gas() {
    let stand = Stand::new().await;
    let send = hello(&stand.world);
    let lane = stand.world.v1_6(Side::Home);
    let sent = lane.send(&send).await.unwrap();
    let ask = stand.destination_ask(Family::V1_6, stand.parcel(Family::V1_6, &send, &sent), None);

    let reason = "the vault is closed".to_owned();
    stand.world.away.tell_receiver(&Behaviour::RevertWithReason(reason.clone())).await.unwrap();
    let found = stand.away.destination(stand.away_pin().await, &ask).await;
    match found.delivery.value {
        Ok(Delivery::Reverts { reason: found }) => assert!(found.contains(&reason), "{found}"),
        other => panic!("{other:?}"),
    }
    stand.world.away.tell_receiver(&Behaviour::UseGas(500_000)).await.unwrap();
    let found = stand.away.destination(stand.away_pin().await, &ask).await;
    assert!((500_000..700_000).contains(&gas(&found)), "{}", gas(&found));

    let nobody = Send { receiver: stand.world.away.account(Role::Stranger), ..send };
    let ask = stand.destination_ask(Family::V1_6, stand.parcel(Family::V1_6, &nobody, &sent), None);
    let found = stand.away.destination(stand.away_pin().await, &ask).await;
    assert_eq!(found.delivery.value, Ok(Delivery::NotCalled));
}

#[tokio::test]
async fn ccip_15_a_disabled_source_a_curse_and_a_full_pool_are_seen() {
    let stand = Stand::new().await;
    let lane = stand.world.v1_6(Side::Home);
    let bridged = stand.world.home.tokens.bridged;
    let send = Send { tokens: vec![(bridged, U256::from(1_000))], ..hello(&stand.world) };
    let sent = lane.send(&send).await.unwrap();
    lane.limit_arrivals(10, 1).await.unwrap();
    lane.disable_source().await.unwrap();
    lane.curse_destination(Subject::Lane).await.unwrap();
    let mut parcel = stand.parcel(Family::V1_6, &send, &sent);
    parcel.tokens = stand.original(Family::V1_6, &parcel, sent.transaction.hash).await.tokens;
    let found =
        stand.away.destination(stand.away_pin().await, &stand.destination_ask(Family::V1_6, parcel, None)).await;
    assert!(!found.state.find().unwrap().enabled);
    assert_eq!(found.curses.value, Ok(Curses { global: false, lane: true }));
    let bucket = found.buckets[0].find().unwrap_or_else(|| panic!("{:?}", found.buckets[0]));
    assert_eq!((bucket.enabled, bucket.capacity, bucket.rate), (true, U256::from(10), U256::from(1)));
    assert_eq!(bucket.wanted, U256::from(1_000));
}

#[tokio::test]
async fn ccip_15_the_operators_own_contract_says_what_it_executed_and_who_relays() {
    let stand = Stand::new().await;
    let lane = stand.world.private(Side::Home);
    let receiver = stand.world.away.tokens.receiver;
    let sender = Sender::Account(Role::User);
    let first = lane.send(sender, receiver, b"one".as_slice().into()).await.unwrap();
    let executed = lane.execute(&first).await.unwrap();
    let second = lane.send(sender, receiver, b"two".as_slice().into()).await.unwrap();

    let pin = stand.away_pin().await;
    for (message, state) in [(&first, ExecutionState::Succeeded), (&second, ExecutionState::Untouched)] {
        let mut parcel = stand.parcel(Family::Private, &hello(&stand.world), &sent_of(message));
        parcel.data = Some(message.data.clone());
        let mut ask = stand.destination_ask(Family::Private, parcel, None);
        ask.last_relayed = Some((executed.hash, pin.time, pin.time));
        let found = stand.away.destination(pin, &ask).await;
        assert_eq!(found.execution.value, Ok(state), "{}", found.execution.proof);
        let relayer = stand.world.away.account(Role::Relayer);
        assert_eq!(found.relay.last.value.unwrap().unwrap().relayer, relayer);
        assert_eq!(found.relay.allowed.value, Ok(true));
        assert!(found.relay.balance.value.unwrap() > U256::ZERO);
    }
    let relayer = stand.world.away.account(Role::Relayer);
    lane.set_relayer(relayer, false).await.unwrap();
    let parcel = stand.parcel(Family::Private, &hello(&stand.world), &sent_of(&second));
    let mut ask = stand.destination_ask(Family::Private, parcel, None);
    ask.last_relayed = Some((executed.hash, pin.time, pin.time));
    let found = stand.away.destination(stand.away_pin().await, &ask).await;
    assert_eq!(found.relay.allowed.value, Ok(false), "{}", found.relay.allowed.proof);
}

fn sent_of(message: &causeway_testkit::ccip::private::Relayed) -> causeway_testkit::ccip::Sent {
    causeway_testkit::ccip::Sent {
        transaction: message.transaction.clone(),
        log_index: message.log_index,
        message_id: message.message_id,
        sequence_number: 0,
        nonce: 0,
        fee: message.fee,
    }
}
