//! The sender against a real EVM without fees: one effect, whatever happens to the transaction.

use std::{sync::Arc, time::Duration};

use alloy::primitives::{Bytes, U256};
use causeway_chain::{
    finality::Finality,
    intent::{Failure, IntentState, OnNonceTaken, Outcome, Stage},
    journal::{Journal, MemoryJournal},
    revert::Reason,
    rpc::RefusalKind,
    sender::{EventKind, FeePolicy, Rehearsal, SendPolicy, Sender, Simulation, UpdatesLeft},
};
use causeway_testkit::{contracts::Dialect, fault::RpcProxy};
use tokio_util::sync::CancellationToken;

use crate::support::{Crash, CrashingJournal, IMPATIENT, World, dead_url, happened, signed};

const STUCK: Duration = Duration::from_secs(10);
const RESEND: Duration = Duration::from_secs(2);

fn memory() -> Arc<MemoryJournal> {
    Arc::new(MemoryJournal::default())
}

async fn state(journal: &MemoryJournal, key: &str) -> IntentState {
    journal.find(&key.parse().unwrap()).await.unwrap().unwrap()
}

async fn outcome(journal: &MemoryJournal, key: &str) -> Option<Outcome> {
    match state(journal, key).await.stage {
        Stage::Settled(outcome) => Some(outcome),
        Stage::Unsigned | Stage::Pending { .. } | Stage::Included { .. } => None,
    }
}

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
    tokio::time::sleep(IMPATIENT.circuit.cool_down).await;
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
