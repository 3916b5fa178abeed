//! Many intents at once: what they share is read once, and what cannot be paid for keeps nobody else out.

use std::sync::Arc;

use alloy::primitives::{Address, Bytes, U256};
use causeway_chain::{
    intent::{Expectation, Failure, Intent, OnNonceTaken, Outcome, Stage},
    journal::Journal,
    revert::Reason,
    sender::{FeePolicy, SendPolicy},
};
use causeway_testkit::{anvil::Rpc, contracts::Dialect, fault::RpcProxy};

use crate::support::{World, address, memory, outcome, state};

/// A transfer of nothing that carries so many bytes, each of which costs gas.
fn carrying(key: &str, bytes: usize) -> Intent {
    Intent {
        key: key.parse().unwrap(),
        to: address(0x77),
        value: U256::ZERO,
        data: Bytes::from(vec![1; bytes]),
        expect: Expectation::Status,
        on_nonce_taken: OnNonceTaken::Fail,
        expires_at: None,
        traceparent: None,
    }
}

#[tokio::test]
async fn ora_11_a_look_at_many_intents_reads_head_nonce_and_balance_once() {
    const INTENTS: u64 = 8;
    let mut world = World::new(Dialect::UpdateAnswerInt256).await;
    world.policy = SendPolicy { max_in_flight: 8, ..world.policy };
    let proxy = RpcProxy::start(world.anvil.url()).await.unwrap();
    let journal = memory();
    let sender = world.sender_over(&[proxy.url()], Arc::clone(&journal) as Arc<dyn Journal>);
    for number in 0..INTENTS {
        sender.submit(&carrying(&format!("crowd:{number}"), 1)).await.unwrap();
    }
    let shared = || ["eth_getBlockByNumber", "eth_getTransactionCount", "eth_getBalance"].map(|call| proxy.calls(call));
    sender.tick().await.unwrap();
    assert_eq!(shared(), [1, 1, 1]);
    assert_eq!(proxy.calls("eth_sendRawTransaction"), INTENTS);
    let mut nonces = Vec::new();
    for number in 0..INTENTS {
        let signed = state(&journal, &format!("crowd:{number}")).await;
        nonces.extend(signed.attempts.iter().map(|attempt| attempt.nonce));
    }
    assert_eq!(nonces, (0..INTENTS).collect::<Vec<_>>(), "each sees what the look has done for those before it");

    // Nothing is mined: the account's nonce says so for all of them, and nobody's receipt is asked for.
    sender.tick().await.unwrap();
    assert_eq!((shared(), proxy.calls("eth_getTransactionReceipt")), ([2, 2, 2], 0));

    // Ends and beginnings in one look: the nonces of those that end are used, though they were read before.
    sender.submit(&carrying("crowd:late", 1)).await.unwrap();
    world.anvil.mine(1).await.unwrap();
    sender.tick().await.unwrap();
    assert_eq!(shared(), [3, 3, 3]);
    assert!(matches!(outcome(&journal, "crowd:0").await, Some(Outcome::Confirmed(_))));
    assert_eq!(state(&journal, "crowd:late").await.stage, Stage::Pending { nonce: INTENTS });
}

#[tokio::test]
async fn ora_11_like_intents_are_estimated_once_and_one_that_would_not_go_through_again() {
    let mut world = World::new(Dialect::UpdateAnswerInt256).await;
    world.policy = SendPolicy { max_in_flight: 8, ..world.policy };
    let proxy = RpcProxy::start(world.anvil.url()).await.unwrap();
    let journal = memory();
    let sender = world.sender_over(&[proxy.url()], Arc::clone(&journal) as Arc<dyn Journal>);
    let tried = || ["eth_estimateGas", "eth_call"].map(|call| proxy.calls(call));
    sender.submit(&carrying("like:0", 64)).await.unwrap();
    sender.tick().await.unwrap();
    assert_eq!(tried(), [1, 0]);
    for number in 1..5 {
        sender.submit(&carrying(&format!("like:{number}"), 64)).await.unwrap();
    }
    sender.tick().await.unwrap();
    assert_eq!(tried(), [1, 4]);

    world.anvil.mine(1).await.unwrap();
    sender.tick().await.unwrap();
    for number in 0..5 {
        assert!(matches!(outcome(&journal, &format!("like:{number}")).await, Some(Outcome::Confirmed(_))));
    }

    // From now on all that is called there reverts.
    let reverting = (address(0x77), Bytes::from_static(&[0x5f, 0x5f, 0xfd]));
    let _: Option<bool> = Rpc::new(world.anvil.url()).call("anvil_setCode", &reverting).await.unwrap();
    sender.submit(&carrying("like:reverts", 64)).await.unwrap();
    sender.tick().await.unwrap();
    assert_eq!(tried()[0], 2, "what does not go through is estimated, which says why");
    let would_revert = Some(Outcome::Failed(Failure::WouldRevert(Reason::Silent)));
    assert_eq!(outcome(&journal, "like:reverts").await, would_revert);
    assert_eq!(proxy.calls("eth_sendRawTransaction"), 5);
}

#[tokio::test]
async fn ora_11_an_endpoint_that_does_not_answer_a_trial_is_left_and_not_asked_for_an_estimate() {
    let mut world = World::new(Dialect::UpdateAnswerInt256).await;
    world.policy = SendPolicy { max_in_flight: 8, ..world.policy };
    let proxy = RpcProxy::start(world.anvil.url()).await.unwrap();
    let journal = memory();
    let sender = world.sender_over(&[proxy.url(), world.anvil.url()], Arc::clone(&journal) as Arc<dyn Journal>);
    sender.submit(&carrying("left:0", 64)).await.unwrap();
    sender.tick().await.unwrap();
    assert_eq!(proxy.calls("eth_estimateGas"), 1);
    proxy.drop_answers("eth_call");
    sender.submit(&carrying("left:1", 64)).await.unwrap();
    sender.tick().await.unwrap();
    assert_eq!(proxy.calls("eth_estimateGas"), 1);
    assert!(matches!(state(&journal, "left:1").await.stage, Stage::Pending { .. }), "the other endpoint tells");
}

#[tokio::test]
async fn ora_11_intents_that_cannot_be_paid_for_do_not_keep_a_payable_one_out() {
    let mut world = World::new(Dialect::UpdateAnswerInt256).await;
    let gwei = 1_000_000_000_u64;
    let fees = FeePolicy::Eip1559 { tip: u128::from(gwei), cap: u128::from(100 * gwei) };
    world.policy = SendPolicy { max_in_flight: 2, fees, ..world.policy };
    let journal = memory();
    let sender = world.sender(Arc::clone(&journal) as Arc<dyn Journal>);
    // A gas costs the tip and nothing else: enough for a plain transfer, and not for ten thousand bytes.
    let account: Address = world.publisher().address;
    world.anvil.set_balance(account, U256::from(100_000_u64) * U256::from(gwei)).await.unwrap();
    for number in 0..5 {
        sender.submit(&carrying(&format!("dear:{number}"), 10_000)).await.unwrap();
    }
    sender.submit(&carrying("cheap", 1)).await.unwrap();
    for _ in 0..3 {
        sender.tick().await.unwrap();
    }
    for number in 0..5 {
        assert_eq!(state(&journal, &format!("dear:{number}")).await.stage, Stage::Unsigned, "it cannot be paid for");
    }
    assert_eq!(state(&journal, "cheap").await.stage, Stage::Pending { nonce: 0 }, "it was reached in three looks");
}
