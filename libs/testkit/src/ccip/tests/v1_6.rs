//! CCIP 1.6 on the real contracts.

use alloy::{
    primitives::{B256, Bytes, U256, b256},
    sol_types::{Revert, SolError},
};

use crate::ccip::{Behaviour, Error, Fee, Order, Send, Sender, Side, State, Subject, Transaction, World};

/// First topics from the table of CCIP 1.6's events.
const MESSAGE_SENT: B256 = b256!("192442a2b2adb6a7948f097023cb6b57d29d3a7a5dd33e6666d33c39cc456f32");
const COMMIT_ACCEPTED: B256 = b256!("b967c9b9e1b7af9a61ca71ff00e9f5b89ec6f2e268de8dacf12f0de8e51f3e47");
const STATE_CHANGED: B256 = b256!("05665fe9ad095383d018353f4cbcba77e84db27dd215081bbf7cdf9ae6fbe48b");
const CURSED: B256 = b256!("1716e663a90a76d3b6c7e5f680673d1b051454c19c627e184c8daf28f3104f74");
const UNCURSED: B256 = b256!("0676e709c9cc74fa0519fd78f7c33be0f1b2b0bae0507c724aef7229379c6ba1");
const ROUTER_EXECUTED: B256 = b256!("9b877de93ea9895756e337442c657f95a34fc68e7eb988bdfa693d5be83016b6");
/// By its selector in the table of errors.
const RECEIVER_ERROR: [u8; 4] = [0x0a, 0x8d, 0x6e, 0x8c];

fn has(transaction: &Transaction, topic: B256) -> bool {
    transaction.logs.iter().any(|log| log.topic0() == Some(&topic))
}

fn hello(world: &World) -> Send {
    Send::new(world.away.tokens.receiver, b"hello".as_slice())
}

#[tokio::test]
async fn ccip_3_a_message_of_1_6_is_sent_committed_and_executed_in_both_directions() {
    let world = World::start().await.unwrap();
    for side in [Side::Home, Side::Away] {
        let (lane, there) = (world.v1_6(side), world.chain(side.other()));
        let sent = lane.send(&Send::new(there.tokens.receiver, b"hello".as_slice())).await.unwrap();
        assert_eq!((sent.sequence_number, sent.nonce), (1, 1));
        assert!(has(&sent.transaction, MESSAGE_SENT) && sent.fee > U256::ZERO);

        let committed = lane.commit(1..=1).await.unwrap();
        assert!(has(&committed.transaction, COMMIT_ACCEPTED));
        let leaf = lane.leaves(1..=1).await.unwrap()[0].hash;
        assert_eq!((committed.root, lane.state(1).await.unwrap()), (leaf, State::Untouched));

        let executed = lane.execute(&[1]).await.unwrap();
        assert!(has(&executed.transaction, STATE_CHANGED) && has(&executed.transaction, ROUTER_EXECUTED));
        let outcome = &executed.outcomes[0];
        assert_eq!((outcome.message_id, outcome.message_hash), (sent.message_id, leaf));
        assert_eq!((outcome.state, lane.state(1).await.unwrap()), (State::Success, State::Success));
        assert_eq!(there.received().await.unwrap(), 1);
    }
}

#[tokio::test]
async fn several_messages_under_one_root_are_executed_in_parts() {
    let world = World::start().await.unwrap();
    let lane = world.v1_6(Side::Home);
    for _ in 0..5 {
        lane.send(&Send { order: Order::Free, ..hello(&world) }).await.unwrap();
    }
    lane.commit_all().await.unwrap();
    for part in [&[2, 5][..], &[1, 3, 4]] {
        let executed = lane.execute(part).await.unwrap();
        let told: Vec<_> = executed.outcomes.iter().map(|outcome| (outcome.sequence_number, outcome.state)).collect();
        let expected: Vec<_> = part.iter().map(|number| (*number, State::Success)).collect();
        assert_eq!(told, expected);
    }
    assert_eq!(world.away.received().await.unwrap(), 5);
}

#[tokio::test]
async fn link_pays_and_the_sender_contracts_balance_goes_down_by_the_fee() {
    let world = World::start().await.unwrap();
    let (lane, tokens) = (world.v1_6(Side::Home), world.home.tokens);
    let send = Send { sender: Sender::Contract, fee: Fee::Link, ..hello(&world) };
    let before = world.home.balance(tokens.link, tokens.sender).await.unwrap();
    let quoted = lane.fee(&send).await.unwrap();
    let sent = lane.send(&send).await.unwrap();
    let after = world.home.balance(tokens.link, tokens.sender).await.unwrap();
    assert_eq!((sent.fee, before - after), (quoted, quoted));
    assert!(lane.fee(&Send { fee: Fee::Native, ..send }).await.unwrap() > U256::ZERO);
}

#[tokio::test]
async fn tokens_are_burned_here_and_minted_there() {
    let world = World::start().await.unwrap();
    let (lane, receiver) = (world.v1_6(Side::Home), world.away.tokens.receiver);
    let amount = U256::from(7);
    let send = Send { tokens: vec![(world.home.tokens.bridged, amount)], ..hello(&world) };
    let (_, executed) = lane.deliver(&send).await.unwrap();
    assert_eq!(executed.outcomes[0].state, State::Success);
    assert_eq!(world.away.balance(world.away.tokens.bridged, receiver).await.unwrap(), amount);
}

#[tokio::test]
async fn a_pool_whose_limit_is_reached_fails_the_message_with_the_time_to_wait() {
    let world = World::start().await.unwrap();
    let lane = world.v1_6(Side::Home);
    lane.limit_arrivals(10, 1).await.unwrap();
    let send = Send { tokens: vec![(world.home.tokens.bridged, U256::from(1_000))], ..hello(&world) };
    let (_, executed) = lane.deliver(&send).await.unwrap();
    let outcome = &executed.outcomes[0];
    assert_eq!(outcome.state, State::Failure);
    // TokenHandlingError(address,bytes) around TokenMaxCapacityExceeded(uint256,uint256,address).
    assert!(outcome.return_data.starts_with(&[0x9f, 0xe2, 0xf9, 0x5a]), "{}", outcome.return_data);
    assert!(outcome.return_data.windows(4).any(|window| window == [0x1a, 0x76, 0x57, 0x2a]));
}

#[tokio::test]
async fn ccip_7_a_failed_receiver_is_executed_by_hand_and_failed_attempts_are_mined() {
    let world = World::start().await.unwrap();
    let lane = world.v1_6(Side::Home);
    let reason = "the vault is closed".to_owned();
    world.away.tell_receiver(&Behaviour::RevertWithReason(reason.clone())).await.unwrap();
    let (_, executed) = lane.deliver(&hello(&world)).await.unwrap();
    let outcome = &executed.outcomes[0];
    assert_eq!(outcome.state, State::Failure);
    assert!(outcome.return_data.starts_with(&RECEIVER_ERROR), "{}", outcome.return_data);
    let told = Revert::from(reason).abi_encode();
    assert!(outcome.return_data.windows(told.len()).any(|window| window == told));

    let reverted = lane.attempt_manually(1, None).await.unwrap();
    assert!(!reverted.took_effect && reverted.logs.is_empty());
    assert!(matches!(lane.manually_execute(1, None).await, Err(Error::Reverted { .. })));
    assert_eq!(lane.state(1).await.unwrap(), State::Failure);

    world.away.tell_receiver(&Behaviour::Accept).await.unwrap();
    let executed = lane.manually_execute(1, None).await.unwrap();
    assert_eq!((executed.outcomes[0].state, lane.state(1).await.unwrap()), (State::Success, State::Success));
}

#[tokio::test]
async fn every_way_to_fail_leaves_its_mark_in_the_return_data() {
    let world = World::start().await.unwrap();
    let lane = world.v1_6(Side::Home);
    let ways = [
        (Behaviour::RevertWithError, 36),
        (Behaviour::RevertEmpty, 0),
        (Behaviour::Panic, 36),
        (Behaviour::UseGas(500_000), 0),
    ];
    for (behaviour, length) in ways {
        world.away.tell_receiver(&behaviour).await.unwrap();
        let send = Send { order: Order::Free, ..hello(&world) };
        let (_, executed) = lane.deliver(&send).await.unwrap();
        let data = &executed.outcomes[0].return_data;
        assert!(data.starts_with(&RECEIVER_ERROR), "{behaviour:?}: {data}");
        // Selector, offset, then the length of what the receiver said.
        assert_eq!(U256::from_be_slice(&data[36..68]), U256::from(length), "{behaviour:?}: {data}");
    }
}

#[tokio::test]
async fn more_gas_heals_a_receiver_that_ran_out() {
    let world = World::start().await.unwrap();
    let lane = world.v1_6(Side::Home);
    world.away.tell_receiver(&Behaviour::UseGas(400_000)).await.unwrap();
    let (sent, executed) = lane.deliver(&hello(&world)).await.unwrap();
    assert_eq!(executed.outcomes[0].state, State::Failure);
    let number = sent.sequence_number;
    assert!(lane.manually_execute(number, Some(100_000)).await.is_err(), "less than the message's own limit");
    let executed = lane.manually_execute(number, Some(600_000)).await.unwrap();
    assert_eq!(executed.outcomes[0].state, State::Success);
}

#[tokio::test]
async fn an_untouched_message_is_open_to_everybody_after_eight_hours() {
    let world = World::start().await.unwrap();
    let lane = world.v1_6(Side::Home);
    lane.send(&hello(&world)).await.unwrap();
    lane.commit_all().await.unwrap();
    assert!(!lane.attempt_manually(1, None).await.unwrap().took_effect);
    world.away.anvil.increase_time(8 * 60 * 60 + 60).await.unwrap();
    let executed = lane.manually_execute(1, None).await.unwrap();
    assert_eq!(executed.outcomes[0].state, State::Success);
}

#[tokio::test]
async fn a_cursed_lane_refuses_at_both_ends_until_it_is_lifted() {
    let world = World::start().await.unwrap();
    let lane = world.v1_6(Side::Home);
    for subject in [Subject::Lane, Subject::Everything] {
        assert!(has(&lane.curse_source(subject).await.unwrap(), CURSED));
        assert!(matches!(lane.fee(&hello(&world)).await, Err(Error::Chain(_))));
        let refused = lane.attempt_send(&hello(&world), U256::from(10).pow(U256::from(18))).await.unwrap();
        assert!(!refused.took_effect);
        assert!(has(&lane.uncurse_source(subject).await.unwrap(), UNCURSED));
    }
    lane.send(&hello(&world)).await.unwrap();

    lane.curse_destination(Subject::Lane).await.unwrap();
    assert!(matches!(lane.commit_all().await, Err(Error::Reverted { .. })));
    lane.uncurse_destination(Subject::Lane).await.unwrap();
    lane.commit_all().await.unwrap();

    lane.curse_destination(Subject::Lane).await.unwrap();
    let skipped = lane.execute(&[1]).await.unwrap();
    assert_eq!(skipped.outcomes, [], "the network's execution is skipped, not reverted");
    assert_eq!(skipped.transaction.logs.len(), 2, "SkippedReportExecution and Transmitted");
}

#[tokio::test]
async fn a_paused_lane_and_a_sender_off_the_list_are_refused() {
    let world = World::start().await.unwrap();
    let lane = world.v1_6(Side::Home);
    let fee = lane.fee(&hello(&world)).await.unwrap();
    let (pause, resume) = (lane.pause().await.unwrap(), lane.attempt_send(&hello(&world), fee).await.unwrap());
    assert!(pause.took_effect && !resume.took_effect);
    lane.resume().await.unwrap();
    lane.send(&hello(&world)).await.unwrap();

    lane.allow_only(vec![world.home.tokens.sender]).await.unwrap();
    assert!(!lane.attempt_send(&hello(&world), fee).await.unwrap().took_effect);
    lane.send(&Send { sender: Sender::Contract, ..hello(&world) }).await.unwrap();
    lane.disallow(vec![world.home.tokens.sender]).await.unwrap();
    lane.allow_everybody().await.unwrap();
    lane.send(&hello(&world)).await.unwrap();

    lane.unroute().await.unwrap();
    assert!(matches!(lane.fee(&hello(&world)).await, Err(Error::Chain(_))));
    lane.route_again().await.unwrap();
    lane.disable_source().await.unwrap();
    assert!(matches!(lane.commit_all().await, Err(Error::Reverted { .. })));
    lane.enable_source().await.unwrap();
    lane.commit_all().await.unwrap();
}

#[tokio::test]
async fn an_earlier_message_of_the_same_sender_holds_up_the_later_one() {
    let world = World::start().await.unwrap();
    let lane = world.v1_6(Side::Home);
    for _ in 0..2 {
        lane.send(&hello(&world)).await.unwrap();
    }
    lane.commit_all().await.unwrap();
    let skipped = lane.execute(&[2]).await.unwrap();
    assert_eq!(skipped.outcomes, []);
    let by = world.away.v1_6.nonce_manager;
    assert!(skipped.transaction.logs.iter().any(|log| log.address() == by), "SkippedIncorrectNonce");
    for number in [1, 2] {
        assert_eq!(lane.execute(&[number]).await.unwrap().outcomes[0].state, State::Success);
    }
}

#[tokio::test]
async fn a_lying_root_and_a_tampered_message_are_never_executed() {
    let world = World::start().await.unwrap();
    let lane = world.v1_6(Side::Home);
    lane.send(&hello(&world)).await.unwrap();
    lane.send(&hello(&world)).await.unwrap();
    lane.commit(1..=1).await.unwrap();
    let tampered = lane.execute_tampered(1, Bytes::from_static(b"hullo")).await;
    assert!(matches!(tampered, Err(Error::Reverted { .. })), "{tampered:?}");
    let lie = lane.commit_root(2..=2, B256::repeat_byte(0x66)).await.unwrap();
    assert!(has(&lie.transaction, COMMIT_ACCEPTED));
    assert!(matches!(lane.execute(&[2]).await, Err(Error::Reverted { .. })));
    assert!(matches!(lane.execute(&[3]).await, Err(Error::NotCommitted(3))));
    assert!(matches!(lane.commit(5..=5).await, Err(Error::NotSent(5))));
}

#[tokio::test]
async fn prices_are_committed_without_a_root() {
    let world = World::start().await.unwrap();
    let transaction = world.v1_6(Side::Home).commit_prices().await.unwrap();
    assert!(has(&transaction, COMMIT_ACCEPTED));
    assert_eq!(world.v1_6(Side::Home).next_to_commit().await.unwrap(), 1);
}
