//! Tokens that leave for another chain over real CCIP: once, followed to the end, and given back when they are declined.

use std::{sync::Arc, time::Duration};

use alloy::primitives::Address;
use causeway_primitives::{ChainSelector, Decimal, U256};
use causeway_proto::ccip::v1::MessageStatus;
use causeway_testkit::{
    ccip::{Side, State as Delivered},
    token::TokenBridge,
    wait::eventually,
};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use tokenization_gateway::{
    app::{Asked, Taken},
    domain::{instruction::Movement, ledger::Account, request::RequestId},
    ports::Arrival,
};

use super::{
    messages::{mt103, uetr},
    stand::{Stand, actor},
    way::Way,
};

const TEN: u64 = 10_000_000;

impl Stand {
    /// With ten tokens in the holder's hands, and a gateway that was killed behind them.
    async fn endowed(label: &str) -> Self {
        let stand = Self::with_a_way(label).await;
        let gateway = stand.start();
        stand.endow(1).await;
        gateway.kill().await;
        stand
    }

    /// Ten tokens for the holder, so many times, by a gateway that is at work.
    pub(super) async fn endow(&self, times: u32) {
        for number in 1..=times {
            let id = self.order(&mt103(&uetr(number), "10,", "")).await;
            self.reaches(id, "reported").await;
        }
    }

    /// Orders that ten of the holder's tokens go to an account of another chain.
    pub(super) async fn sends(&self, to: Address, destination: ChainSelector, business_reference: &str) -> RequestId {
        let asked = Asked {
            asset: "eur".parse().unwrap(),
            amount: Decimal::from(10),
            movement: Movement::Bridge { from: self.holder, to, destination },
            business_reference: business_reference.to_owned(),
        };
        match self.orders.ask(&actor("bank"), &asked).await.unwrap().unwrap() {
            Taken::New(id) | Taken::Known(id) => id,
        }
    }

    async fn sends_away(&self, to: Address, business_reference: &str) -> RequestId {
        self.sends(to, self.way().destination(), business_reference).await
    }

    pub(super) async fn in_books(&self, account: Account) -> U256 {
        self.store.get_books(&"eur".parse().unwrap()).await.unwrap().balance(account).get()
    }

    /// Waits for a step, whatever state the request is in behind it.
    pub(super) async fn stepped(&self, id: RequestId, event: &str, state: &str) {
        eventually(&format!("{event}, and so {state}"), async || {
            let steps = self.store.list_steps(id).await.unwrap();
            let is_there = steps.iter().any(|step| step.event == event && step.state == state);
            if is_there { Ok(()) } else { Err(format!("{steps:?}")) }
        })
        .await;
    }
}

impl Way {
    /// The oracle network's part: the first message of the lane is committed and executed.
    async fn deliver(&self) -> Delivered {
        let lane = self.world.v1_6(Side::Home);
        lane.commit_all().await.unwrap();
        let executed = lane.execute(&[1]).await.unwrap();
        executed.outcomes[0].state
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tok_3_what_is_bridged_is_burned_here_and_minted_there_once_and_booked_when_it_is_there() {
    let stand = Stand::endowed("gateway_bridge").await;
    let (way, there) = (stand.way(), Address::repeat_byte(0x77));
    way.ends.away.token.set_holder(there, true).await.unwrap();
    let gateway = stand.start();
    let id = stand.sends_away(there, "B-1").await;
    assert_eq!(stand.sends_away(there, "B-1").await, id, "the same order");
    stand.stepped(id, "mined", "mined").await;
    assert_eq!(stand.token.total_supply().await.unwrap(), U256::ZERO, "burned");
    assert_eq!(stand.in_books(Account::BridgedOut).await, U256::ZERO, "on its way is not there");
    gateway.kill().await;
    let gateway = stand.start();
    assert_eq!(way.deliver().await, Delivered::Success);
    let done = stand.reaches(id, "reported").await;
    assert_eq!(done.saga.attempt, 1);
    assert_eq!(way.ends.away.token.balance_of(there).await.unwrap(), U256::from(TEN));
    assert_eq!(stand.in_books(Account::BridgedOut).await, U256::from(TEN));
    stand.is_reconciled(&gateway).await;
    let departed = way.ends.home.departed().await.unwrap();
    assert_eq!((departed.len(), departed[0].to), (1, there));
    let again = TokenBridge::bridgeWithReferenceCall {
        from: stand.holder,
        to: there,
        amount: U256::from(TEN),
        destination: way.ends.away.selector,
        businessReference: done.instruction.reference.get(),
    };
    let issuer = stand.anvil.accounts()[super::stand::ISSUER].address;
    assert!(way.ends.home.act(issuer, &again).await.is_err(), "nobody sends a reference twice");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tok_3_tok_7_what_the_destination_declines_is_given_back_once_however_often_the_gateway_is_killed() {
    let stand = Stand::endowed("gateway_declined").await;
    let way = stand.way();
    let gateway = stand.start();
    let id = stand.sends_away(Address::repeat_byte(0x66), "B-2").await;
    stand.stepped(id, "mined", "mined").await;
    gateway.kill().await;
    assert_eq!(way.deliver().await, Delivered::Success, "executed, and not minted");
    let reference = stand.store.find_request(id).await.unwrap().unwrap().instruction.reference;
    assert!(way.ends.away.declined(reference.get()).await.unwrap());
    let seed = rand::rng().random();
    println!("seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    for _ in 0..12 {
        let gateway = stand.start();
        // Any moment of its work: the waiting is the test, not a way to synchronise.
        tokio::time::sleep(Duration::from_millis(random.random_range(5..40))).await;
        gateway.kill().await;
    }
    let gateway = stand.start();
    stand.stepped(id, "undone", "failed").await;
    let after = stand.store.find_request(id).await.unwrap().unwrap();
    assert_eq!(after.saga.state.reason(), "compensated");
    assert_eq!(stand.token.balance_of(stand.holder).await.unwrap(), U256::from(TEN), "seed {seed}");
    assert_eq!(stand.in_books(Account::Held(stand.holder)).await, U256::from(TEN));
    assert_eq!(stand.in_books(Account::BridgedOut).await, U256::ZERO);
    assert_eq!(stand.token.performed().await.unwrap().len(), 3, "minted, burned, given back; seed {seed}");
    stand.is_reconciled(&gateway).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tok_3_a_delivery_that_failed_is_told_and_neither_repeated_nor_given_back() {
    let stand = Stand::endowed("gateway_stranded").await;
    let (way, there) = (stand.way(), Address::repeat_byte(0x77));
    way.ends.away.token.set_holder(there, true).await.unwrap();
    way.ends.away.forget(&way.ends.home).await.unwrap();
    let gateway = stand.start();
    let id = stand.sends_away(there, "B-3").await;
    stand.stepped(id, "mined", "mined").await;
    assert_eq!(way.deliver().await, Delivered::Failure);
    way.monitor.now(MessageStatus::Failed);
    let stranded = stand.reaches(id, "unknown").await;
    assert_eq!(stranded.saga.state.reason(), "undelivered");
    gateway.kill().await;
    let gateway = stand.start();
    way.ends.away.meet(&way.ends.home).await.unwrap();
    way.world.v1_6(Side::Home).manually_execute(1, None).await.unwrap();
    stand.reaches(id, "reported").await;
    assert_eq!(way.ends.away.token.balance_of(there).await.unwrap(), U256::from(TEN));
    assert_eq!(way.ends.home.departed().await.unwrap().len(), 1);
    assert_eq!(stand.token.performed().await.unwrap().len(), 2, "minted and burned, nothing given back");
    stand.is_reconciled(&gateway).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tok_3_a_silent_monitor_is_not_asked_for_each_crossing_and_keeps_nothing_from_arriving() {
    let stand = Stand::endowed("gateway_silent_monitor").await;
    let (way, there) = (stand.way(), Address::repeat_byte(0x77));
    way.ends.away.token.set_holder(there, true).await.unwrap();
    let gateway = stand.start();
    let id = stand.sends_away(there, "B-4").await;
    stand.stepped(id, "mined", "mined").await;
    let backend = Arc::clone(&gateway.backend);
    gateway.kill().await;
    let request = stand.store.find_request(id).await.unwrap().unwrap();
    assert_eq!(backend.arrival(&request).await, Arrival::Underway);
    way.monitor.falls_silent();
    for _ in 0..20 {
        assert_eq!(backend.arrival(&request).await, Arrival::Unreadable, "whose delivery failed or not, nobody says");
    }
    let asked = way.monitor.asked();
    assert!((1..=2).contains(&asked), "asked {asked} times");
    assert_eq!(way.deliver().await, Delivered::Success);
    assert_eq!(backend.arrival(&request).await, Arrival::Arrived, "by the destination's own word");
}
