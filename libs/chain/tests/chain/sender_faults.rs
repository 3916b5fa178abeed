//! The sender when others interfere: outsiders with the same key, reorganisations, endpoints that die, lag or
//! lose answers.

use std::{sync::Arc, time::Duration};

use alloy::primitives::{Bytes, U256};
use causeway_chain::{
    finality::Finality,
    intent::{Failure, OnNonceTaken, Outcome, Stage},
    journal::Journal,
    revert::Reason,
    rpc::RefusalKind,
    sender::{EventKind, SendPolicy, Sender},
};
use causeway_testkit::{contracts::Dialect, fault::RpcProxy};
use tokio_util::sync::CancellationToken;

use crate::support::{RESEND, STUCK, World, dead_url, happened, memory, outcome, state};

#[tokio::test]
async fn ora_11_a_reorganisation_takes_the_inclusion_back_and_the_same_bytes_land_again() {
    let mut world = World::new(Dialect::SubmitRound).await;
    world.policy = SendPolicy { finality: Finality::Depth(2), ..world.policy };
    let journal = memory();
    let sender = world.sender(Arc::clone(&journal) as Arc<dyn Journal>);
    let mut events = sender.events();
    sender.submit(&world.intent(1, 7)).await.unwrap();
    sender.tick().await.unwrap();
    world.anvil.mine(1).await.unwrap();
    sender.tick().await.unwrap();
    assert_eq!(happened(&mut events), ["signed", "sent", "included"]);

    world.anvil.reorganise(1).await.unwrap();
    assert_eq!(world.answers().await, [""; 0]);
    world.clock.pass(RESEND);
    sender.tick().await.unwrap();
    assert_eq!(happened(&mut events), ["reorganised", "sent"]);
    world.anvil.mine(1).await.unwrap();
    sender.tick().await.unwrap();
    world.anvil.mine(2).await.unwrap();
    sender.tick().await.unwrap();
    assert_eq!(happened(&mut events), ["included", "confirmed"]);
    assert_eq!(state(&journal, "round:1:7").await.attempts.len(), 1);
    assert_eq!(world.answers().await, ["7"]);
}

#[tokio::test]
async fn ora_11_a_nonce_that_an_outsider_used_ends_the_intent_or_signs_it_again() {
    for on_nonce_taken in [OnNonceTaken::Fail, OnNonceTaken::SignAgain] {
        let world = World::new(Dialect::UpdateAnswerInt256).await;
        let journal = memory();
        let sender = world.sender(Arc::clone(&journal) as Arc<dyn Journal>);
        let mut intent = world.intent(1, 7);
        intent.on_nonce_taken = on_nonce_taken;
        sender.submit(&intent).await.unwrap();
        sender.tick().await.unwrap();
        // Somebody else with the same key is faster.
        let hash = state(&journal, "round:1:7").await.attempts[0].hash;
        assert!(world.anvil.drop_transaction(hash).await.unwrap());
        let publisher = world.publisher().address;
        world.anvil.set_balance(publisher, U256::from(10).pow(U256::from(18))).await.unwrap();
        world.anvil.send(publisher, Some(publisher), &Bytes::new()).await.unwrap();
        world.clock.pass(RESEND);
        sender.tick().await.unwrap();
        world.anvil.mine(1).await.unwrap();
        sender.tick().await.unwrap();
        let after = state(&journal, "round:1:7").await;
        match on_nonce_taken {
            OnNonceTaken::Fail => {
                assert_eq!(after.stage, Stage::Settled(Outcome::Failed(Failure::NonceTaken)));
                assert_eq!(world.answers().await, [""; 0]);
            }
            OnNonceTaken::SignAgain => {
                assert!(matches!(after.stage, Stage::Settled(Outcome::Confirmed(_))), "{:?}", after.stage);
                let nonces: Vec<_> = after.attempts.iter().map(|attempt| attempt.nonce).collect();
                assert_eq!(nonces, [0, 1]);
                assert_eq!(world.answers().await, ["7"]);
            }
        }
    }
}

#[tokio::test]
async fn ora_11_a_gap_that_a_reorganisation_left_is_filled_and_the_same_bytes_land() {
    let world = World::new(Dialect::UpdateAnswerInt256).await;
    let publisher = world.publisher().address;
    world.anvil.set_balance(publisher, U256::from(10).pow(U256::from(18))).await.unwrap();
    // The intent lines up behind an outsider's transaction, which is then gone.
    world.anvil.send(publisher, Some(publisher), &Bytes::new()).await.unwrap();
    let journal = memory();
    let sender = world.sender(Arc::clone(&journal) as Arc<dyn Journal>);
    sender.submit(&world.intent(1, 7)).await.unwrap();
    sender.tick().await.unwrap();
    world.anvil.reorganise(1).await.unwrap();
    assert_eq!(world.anvil.nonce(publisher).await.unwrap(), 0);
    for _ in 0..3 {
        world.clock.pass(STUCK);
        sender.tick().await.unwrap();
        world.anvil.mine(1).await.unwrap();
    }
    sender.tick().await.unwrap();
    let after = state(&journal, "round:1:7").await;
    assert!(matches!(after.stage, Stage::Settled(Outcome::Confirmed(_))), "{:?}", after.stage);
    assert_eq!(after.attempts.iter().map(|attempt| attempt.nonce).collect::<Vec<_>>(), [1]);
    assert_eq!(journal.list_open().await.unwrap(), [], "the filler ended too");
    assert_eq!((world.anvil.nonce(publisher).await.unwrap(), world.answers().await), (2, vec!["7".to_owned()]));
}

#[tokio::test]
async fn ora_11_two_senders_with_one_key_that_both_believe_to_lead_publish_one_round() {
    let world = World::new(Dialect::UpdateAnswerInt256).await;
    let (one, other) = (memory(), memory());
    let senders: [Sender; 2] =
        [world.sender(Arc::clone(&one) as Arc<dyn Journal>), world.sender(Arc::clone(&other) as Arc<dyn Journal>)];
    // Each saw another price, so their transactions differ; their nonce does not.
    senders[0].submit(&world.intent(1, 7)).await.unwrap();
    senders[1].submit(&world.intent(1, 8)).await.unwrap();
    for sender in &senders {
        sender.tick().await.unwrap();
    }
    world.anvil.mine(1).await.unwrap();
    for sender in &senders {
        sender.tick().await.unwrap();
    }
    assert!(matches!(outcome(&one, "round:1:7").await, Some(Outcome::Confirmed(_))));
    assert_eq!(outcome(&other, "round:1:8").await, Some(Outcome::Failed(Failure::NonceTaken)));
    assert_eq!(world.answers().await, ["7"]);
}

#[tokio::test]
async fn ora_11_one_dead_endpoint_of_two_holds_nothing_up() {
    let world = World::new(Dialect::UpdateAnswerInt256).await;
    let (dead, alive) = (dead_url().await, world.anvil.url().to_owned());
    let journal = memory();
    let sender = world.sender_over(&[&dead, &alive], Arc::clone(&journal) as Arc<dyn Journal>);
    sender.submit(&world.intent(1, 7)).await.unwrap();
    sender.tick().await.unwrap();
    world.anvil.mine(1).await.unwrap();
    sender.tick().await.unwrap();
    assert!(matches!(outcome(&journal, "round:1:7").await, Some(Outcome::Confirmed(_))));
}

#[tokio::test]
async fn ora_11_an_answer_lost_on_its_way_does_not_make_a_second_transaction() {
    let world = World::new(Dialect::UpdateAnswerInt256).await;
    let proxy = RpcProxy::start(world.anvil.url()).await.unwrap();
    proxy.drop_answers("eth_sendRawTransaction");
    let journal = memory();
    let sender = world.sender_over(&[proxy.url()], Arc::clone(&journal) as Arc<dyn Journal>);
    let mut events = sender.events();
    sender.submit(&world.intent(1, 7)).await.unwrap();
    sender.tick().await.unwrap();
    assert_eq!(happened(&mut events), ["signed", "refused"]);
    world.anvil.mine(1).await.unwrap();
    sender.tick().await.unwrap();
    assert_eq!(happened(&mut events), ["confirmed"]);
    assert_eq!(proxy.calls("eth_sendRawTransaction"), 1);
    assert_eq!(world.answers().await, ["7"]);
}

#[tokio::test]
async fn ora_11_an_endpoint_without_the_receipt_is_not_believed_when_another_has_it() {
    let world = World::new(Dialect::UpdateAnswerInt256).await;
    let lagging = RpcProxy::start(world.anvil.url()).await.unwrap();
    lagging.answer("eth_getTransactionReceipt", serde_json::Value::Null);
    let journal = memory();
    let sender = world.sender_over(&[lagging.url(), world.anvil.url()], Arc::clone(&journal) as Arc<dyn Journal>);
    let mut intent = world.intent(1, 7);
    intent.on_nonce_taken = OnNonceTaken::SignAgain;
    sender.submit(&intent).await.unwrap();
    sender.tick().await.unwrap();
    world.anvil.mine(1).await.unwrap();
    sender.tick().await.unwrap();
    assert!(lagging.calls("eth_getTransactionReceipt") > 0);
    assert!(matches!(outcome(&journal, "round:1:7").await, Some(Outcome::Confirmed(_))));
    assert_eq!(world.answers().await, ["7"]);
}

#[tokio::test]
async fn ora_11_bytes_that_no_endpoint_takes_are_kept_and_offered_again() {
    let world = World::new(Dialect::UpdateAnswerInt256).await;
    let proxy = RpcProxy::start(world.anvil.url()).await.unwrap();
    proxy.fail("eth_sendRawTransaction", -32_009, "Gas price below configured minimum gas price");
    let journal = memory();
    let sender = world.sender_over(&[proxy.url()], Arc::clone(&journal) as Arc<dyn Journal>);
    let mut events = sender.events();
    sender.submit(&world.intent(1, 7)).await.unwrap();
    sender.tick().await.unwrap();
    let refused = std::iter::from_fn(|| events.try_recv().ok()).last().unwrap().kind;
    assert!(matches!(refused, EventKind::Refused { kind: Some(RefusalKind::Underpriced), .. }), "{refused:?}");
    sender.tick().await.unwrap();
    assert_eq!(proxy.calls("eth_sendRawTransaction"), 1, "not again before its time");
    proxy.honest();
    world.clock.pass(RESEND);
    sender.tick().await.unwrap();
    world.anvil.mine(1).await.unwrap();
    sender.tick().await.unwrap();
    assert_eq!(state(&journal, "round:1:7").await.attempts.len(), 1);
    assert_eq!(world.answers().await, ["7"]);
}

#[tokio::test]
async fn ora_11_a_revert_whose_reason_no_node_can_tell_any_more_is_over_all_the_same() {
    for (code, refusal) in [(-32_000, "World state unavailable"), (-32_603, "Internal error")] {
        let world = World::new(Dialect::SubmitRound).await;
        let pruned = RpcProxy::start(world.anvil.url()).await.unwrap();
        let journal = memory();
        let sender = world.sender_over(&[pruned.url()], Arc::clone(&journal) as Arc<dyn Journal>);
        sender.submit(&world.intent(1, 7)).await.unwrap();
        sender.tick().await.unwrap();
        world.aggregator.remove_transmitter(&world.anvil, world.publisher().address).await.unwrap();
        world.anvil.mine(1).await.unwrap();
        // Hours later, say: the receipt is there, and the state of its block is not.
        pruned.fail("eth_call", code, refusal);
        sender.tick().await.unwrap();
        let Some(Outcome::Reverted { reason, .. }) = outcome(&journal, "round:1:7").await else {
            panic!("{refusal}: {:?}", state(&journal, "round:1:7").await.stage)
        };
        assert_eq!(reason, Reason::Unrepeatable);
    }
}

#[tokio::test]
async fn ora_11_a_chain_that_was_away_is_caught_up_with() {
    let mut world = World::new(Dialect::UpdateAnswerInt256).await;
    let journal = memory();
    let sender = world.sender(Arc::clone(&journal) as Arc<dyn Journal>);
    sender.submit(&world.intent(1, 7)).await.unwrap();
    let state_of_chain = world.anvil.dump().await.unwrap();
    world.anvil.kill().await.unwrap();
    assert!(sender.tick().await.is_err());
    world.anvil.resume(&state_of_chain).await.unwrap();
    world.anvil.set_automine(true).await.unwrap();

    let stop = CancellationToken::new();
    let (driven, landed) = tokio::join!(sender.drive(stop.clone()), async {
        let landed = tokio::time::timeout(Duration::from_secs(20), sender.outcome(&world.intent(1, 7).key)).await;
        stop.cancel();
        landed
    });
    driven.unwrap();
    assert!(matches!(landed, Ok(Ok(Outcome::Confirmed(_)))), "{landed:?}");
    assert_eq!(world.answers().await, ["7"]);
}
