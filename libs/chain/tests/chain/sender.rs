//! The sender against a real EVM without fees, left alone with its node: sign, journal, send, replace, confirm.

use std::sync::Arc;

use alloy::primitives::U256;
use causeway_chain::{
    intent::{Failure, Outcome, Stage},
    journal::Journal,
    revert::Reason,
    sender::{FeePolicy, Rehearsal, SendPolicy, Simulation, UpdatesLeft},
};
use causeway_testkit::contracts::Dialect;
use tokio_util::sync::CancellationToken;

use crate::support::{Crash, CrashingJournal, RESEND, STUCK, World, happened, memory, outcome, signed, state};

#[tokio::test]
async fn ora_11_an_intent_lands_once_in_every_dialect_without_a_wei() {
    for dialect in Dialect::ALL {
        let world = World::new(dialect).await;
        let sender = world.sender(memory());
        let mut events = sender.events();
        let intent = world.intent(1, 107_219_000);
        sender.submit(&intent).await.unwrap();
        sender.submit(&intent).await.unwrap();
        sender.tick().await.unwrap();
        sender.tick().await.unwrap();
        world.anvil.mine(1).await.unwrap();
        sender.tick().await.unwrap();
        sender.tick().await.unwrap();
        assert_eq!(happened(&mut events), ["signed", "sent", "confirmed"], "{dialect:?}");
        assert_eq!(world.answers().await, ["107219000"], "{dialect:?}");
        assert!(matches!(sender.outcome(&intent.key).await, Ok(Outcome::Confirmed(_))));
    }
}

#[tokio::test]
async fn ora_11_a_process_killed_at_any_point_leaves_exactly_one_effect() {
    for crash in Crash::ALL {
        let world = World::new(Dialect::UpdateAnswerInt256).await;
        let disk = memory();
        let first = world.sender(Arc::new(CrashingJournal::new(Arc::clone(&disk), crash)));
        let mut events = first.events();
        first.submit(&world.intent(1, 7)).await.unwrap();
        // An outcome to be noted needs a block.
        world.anvil.set_automine(crash == Crash::BeforeOutcome).await.unwrap();
        let killed = first.drive(CancellationToken::new()).await;
        assert!(killed.is_err_and(|error| error.is_fenced()), "{crash:?}");
        let before = signed(&mut events);

        let second = world.sender(Arc::clone(&disk) as Arc<dyn Journal>);
        world.clock.pass(RESEND);
        second.tick().await.unwrap();
        world.anvil.mine(1).await.unwrap();
        second.tick().await.unwrap();
        let after = state(&disk, "round:1:7").await;
        assert_eq!(after.attempts.len(), 1, "{crash:?}");
        if let Some(hash) = before.first() {
            assert_eq!(after.attempts[0].hash, *hash, "{crash:?} changed the bytes");
        }
        assert!(matches!(after.stage, Stage::Settled(Outcome::Confirmed(_))), "{crash:?}: {:?}", after.stage);
        assert_eq!(world.answers().await, ["7"], "{crash:?}");
    }
}

#[tokio::test]
async fn ora_11_a_stuck_transaction_is_replaced_where_gas_is_free() {
    let world = World::new(Dialect::UpdateAnswerInt256).await;
    let journal = memory();
    let sender = world.sender(Arc::clone(&journal) as Arc<dyn Journal>);
    let mut events = sender.events();
    sender.submit(&world.intent(1, 7)).await.unwrap();
    sender.tick().await.unwrap();
    world.clock.pass(STUCK);
    sender.tick().await.unwrap();
    // This pool wants a higher price for a replacement, which nobody can offer here; both attempts live on.
    assert_eq!(happened(&mut events), ["signed", "sent", "signed", "refused"]);
    let attempts = state(&journal, "round:1:7").await.attempts;
    assert_eq!((attempts[0].nonce, attempts[0].gas_limit + 1), (attempts[1].nonce, attempts[1].gas_limit));
    assert!(attempts.iter().all(|attempt| attempt.fees.ceiling() == 0));

    // The pool forgets the first one. The second takes its place, as it is.
    assert!(world.anvil.drop_transaction(attempts[0].hash).await.unwrap());
    world.clock.pass(RESEND);
    sender.tick().await.unwrap();
    world.anvil.mine(1).await.unwrap();
    sender.tick().await.unwrap();
    assert_eq!(happened(&mut events), ["sent", "confirmed"]);
    let settled = outcome(&journal, "round:1:7").await.unwrap();
    assert_eq!(settled.inclusion().unwrap().tx_hash, attempts[1].hash);
    assert_eq!(world.answers().await, ["7"]);
}

#[tokio::test]
async fn ora_11_a_stuck_transaction_is_replaced_at_a_higher_price_where_gas_costs() {
    let mut world = World::new(Dialect::UpdateAnswerInt256).await;
    world.policy = SendPolicy { fees: FeePolicy::Eip1559 { tip: 1, cap: 1_000_000_000_000 }, ..world.policy };
    world.anvil.set_balance(world.publisher().address, U256::from(10).pow(U256::from(18))).await.unwrap();
    let journal = memory();
    let sender = world.sender(Arc::clone(&journal) as Arc<dyn Journal>);
    let mut events = sender.events();
    sender.submit(&world.intent(1, 7)).await.unwrap();
    sender.tick().await.unwrap();
    world.clock.pass(STUCK);
    sender.tick().await.unwrap();
    world.anvil.mine(1).await.unwrap();
    sender.tick().await.unwrap();
    assert_eq!(happened(&mut events), ["signed", "sent", "signed", "sent", "confirmed"]);
    let after = state(&journal, "round:1:7").await;
    assert_eq!(after.attempts.len(), 2);
    assert!(after.attempts[1].fees.ceiling() > after.attempts[0].fees.ceiling());
    assert_eq!(world.answers().await, ["7"]);
}

#[tokio::test]
async fn ora_11_a_dropped_transaction_is_sent_again_byte_for_byte() {
    let world = World::new(Dialect::UpdateAnswerInt256).await;
    let journal = memory();
    let sender = world.sender(Arc::clone(&journal) as Arc<dyn Journal>);
    sender.submit(&world.intent(1, 7)).await.unwrap();
    sender.tick().await.unwrap();
    let hash = state(&journal, "round:1:7").await.attempts[0].hash;
    assert!(world.anvil.drop_transaction(hash).await.unwrap());
    world.clock.pass(RESEND);
    sender.tick().await.unwrap();
    world.anvil.mine(1).await.unwrap();
    sender.tick().await.unwrap();
    let after = state(&journal, "round:1:7").await;
    assert_eq!(after.attempts.iter().map(|attempt| attempt.hash).collect::<Vec<_>>(), [hash]);
    assert_eq!(world.answers().await, ["7"]);
}

#[tokio::test]
async fn ora_11_what_would_revert_is_never_signed_and_its_reason_is_told() {
    let world = World::new(Dialect::SubmitRound).await;
    let journal = memory();
    let sender = world.sender(Arc::clone(&journal) as Arc<dyn Journal>);
    let wrong_round = world.intent(9, 7);
    let reason = Reason::Text("invalid round".to_owned());
    let fails = Rehearsal::Fails(Simulation::Reverts(reason.clone()));
    assert_eq!(sender.rehearse(&wrong_round).await.unwrap(), fails);
    sender.submit(&wrong_round).await.unwrap();
    sender.tick().await.unwrap();
    assert_eq!(outcome(&journal, "round:9:7").await, Some(Outcome::Failed(Failure::WouldRevert(reason))));
    assert!(state(&journal, "round:9:7").await.attempts.is_empty());
    assert!(matches!(sender.rehearse(&world.intent(1, 7)).await.unwrap(), Rehearsal::Passes { .. }));
}

#[tokio::test]
async fn ora_11_a_mined_revert_is_no_success_and_its_reason_is_told() {
    let world = World::new(Dialect::SubmitRound).await;
    let journal = memory();
    let sender = world.sender(Arc::clone(&journal) as Arc<dyn Journal>);
    sender.submit(&world.intent(1, 7)).await.unwrap();
    sender.tick().await.unwrap();
    // The role is taken away while the transaction waits. The owner pays more, so it comes first.
    world.aggregator.remove_transmitter(&world.anvil, world.publisher().address).await.unwrap();
    world.anvil.mine(1).await.unwrap();
    sender.tick().await.unwrap();
    let Some(Outcome::Reverted { reason, .. }) = outcome(&journal, "round:1:7").await else {
        panic!("{:?}", state(&journal, "round:1:7").await.stage)
    };
    assert_eq!(reason, Reason::Text("not an enabled transmitter".to_owned()));
    assert_eq!(world.answers().await, [""; 0]);
}

#[tokio::test]
async fn ora_11_a_receipt_without_the_expected_event_is_no_success() {
    let world = World::new(Dialect::UpdateAnswerInt256).await;
    let journal = memory();
    let sender = world.sender(Arc::clone(&journal) as Arc<dyn Journal>);
    let mut intent = world.intent(1, 7);
    intent.data = world.intent(1, 8).data;
    sender.submit(&intent).await.unwrap();
    sender.tick().await.unwrap();
    world.anvil.mine(1).await.unwrap();
    sender.tick().await.unwrap();
    assert!(matches!(outcome(&journal, "round:1:7").await, Some(Outcome::EventMissing(_))));
}

#[tokio::test]
async fn ora_11_the_balance_is_told_in_updates() {
    let mut world = World::new(Dialect::UpdateAnswerInt256).await;
    let free = world.sender(memory());
    assert_eq!(free.funds(100_000).await.unwrap().updates_left, UpdatesLeft::Unlimited);
    world.policy = SendPolicy { fees: FeePolicy::Eip1559 { tip: 2, cap: 1_000 }, ..world.policy };
    world.anvil.set_balance(world.publisher().address, U256::from(1_000_000)).await.unwrap();
    let priced = world.sender(memory());
    assert_eq!(priced.funds(100_000).await.unwrap().updates_left, UpdatesLeft::Count(5));
}
