//! What must say yes before anything moves: the guard, the oracle, a second person, the token itself.

use std::time::Duration;

use causeway_primitives::{Timestamp, U256};
use causeway_testkit::{fault::RpcProxy, wait::eventually};
use time::{Date, UtcOffset, macros::format_description};
use tokenization_gateway::{
    app::{Decision, NotDecided},
    domain::{
        request::RequestId,
        saga::{Hold, State},
        valuation::Quote,
    },
};

use super::{
    messages::{mt103, mt103_for, uetr},
    outsiders::{Temper, fresh},
    stand::{Stand, actor, clock},
};

impl Stand {
    async fn held(&self, number: u32, amount: &str, reason: &str) -> RequestId {
        let id = self.order(&mt103(&uetr(number), amount, "")).await;
        let held = self.reaches(id, "held").await;
        assert_eq!(held.saga.state.reason(), reason);
        assert_eq!(self.token.performed().await.unwrap(), [], "nothing moves while it waits");
        id
    }
}

#[tokio::test]
async fn tok_8_a_halted_or_silent_guard_holds_and_a_resumed_one_lets_go_on() {
    let stand = Stand::new("gateway_guard").await;
    for (number, temper) in [(1, Temper::Halted), (2, Temper::Down)] {
        stand.replica.now(temper);
        let gateway = stand.start();
        let id = stand.order(&mt103(&uetr(number), "10,", "")).await;
        stand.reaches(id, "held").await;
        let before = stand.token.performed().await.unwrap().len();
        stand.replica.now(Temper::Grants { cap: u64::MAX });
        let done = stand.reaches(id, "reported").await;
        assert_eq!(done.saga.attempt, 1);
        assert_eq!(stand.token.performed().await.unwrap().len(), before + 1);
        gateway.kill().await;
    }
}

#[tokio::test]
async fn tok_8_what_is_signed_and_in_no_pool_is_not_sent_under_a_halt() {
    let mut stand = Stand::new("gateway_unsent").await;
    let proxy = stand.proxy.insert(RpcProxy::start(stand.anvil.url()).await.unwrap());
    proxy.fail("eth_sendRawTransaction", -32_000, "txpool is full");
    let proxy = stand.proxy.as_ref().unwrap();
    let gateway = stand.start();
    let signed = stand.order(&mt103(&uetr(1), "10,", "")).await;
    stand.reaches(signed, "submitted").await;
    stand.replica.known_to_be(Temper::Halted).await;
    let halted = stand.held(2, "10,", "guard").await;
    let looks = || proxy.calls("eth_getBlockByNumber");
    let looked = async |times: u64| {
        let before = looks();
        eventually("it is looked after", async || looks() >= before + times).await;
    };
    looked(3).await;
    let sent = proxy.calls("eth_sendRawTransaction");
    proxy.honest();
    // Many times as long as the pause before the same bytes are sent again.
    looked(60).await;
    assert_eq!(proxy.calls("eth_sendRawTransaction"), sent);
    assert_eq!(stand.state(signed).await, State::Submitted);
    stand.replica.now(Temper::Grants { cap: u64::MAX });
    for id in [signed, halted] {
        stand.reaches(id, "reported").await;
    }
    stand.is_reconciled(&gateway).await;
}

#[tokio::test]
async fn tok_8_more_than_the_guards_cap_waits() {
    let stand = Stand::new("gateway_cap").await;
    stand.replica.now(Temper::Grants { cap: 9_999_999 });
    let gateway = stand.start();
    let id = stand.held(1, "10,", "guard").await;
    stand.replica.now(Temper::Grants { cap: 10_000_000 });
    stand.reaches(id, "reported").await;
    stand.is_reconciled(&gateway).await;
}

#[tokio::test]
async fn tok_8_a_missing_or_stale_price_holds_and_is_never_replaced_by_a_default() {
    let stand = Stand::new("gateway_price").await;
    let gateway = stand.start();
    let cases = [
        (Quote::Stale, "price_stale"),
        (fresh(Duration::from_secs(61)), "price_stale"),
        (Quote::Halted, "price_halted"),
        (Quote::Missing, "price_missing"),
        (Quote::Unreachable, "oracle_unreachable"),
    ];
    let mut waiting = Vec::new();
    for (number, (quote, reason)) in (1..).zip(cases) {
        stand.prices.now(quote);
        waiting.push(stand.held(number, "10,", reason).await);
    }
    stand.prices.now(fresh(Duration::from_secs(2)));
    for id in waiting {
        let done = stand.reaches(id, "reported").await;
        assert_eq!(done.valuation.unwrap().age, Duration::from_secs(2));
    }
    stand.is_reconciled(&gateway).await;
}

#[tokio::test]
async fn tok_8_what_is_for_a_later_day_waits_until_it_begins_and_nobody_lets_it_go_on_before() {
    let mut stand = Stand::new("gateway_value_date").await;
    let gateway = stand.start();
    let day = |day: Date| day.format(format_description!("[year repr:last_two][month][day]")).unwrap();
    let order = |day: &str, number| mt103_for(day, &uetr(number), "10,", "");

    let today = clock().now().to_datetime().date();
    let far = today.saturating_add(time::Duration::days(2));
    let id = stand.order(&order(&day(far), 1)).await;
    let held = stand.reaches(id, "held").await;
    assert_eq!(held.saga.state, State::Held(Hold::ValueDate));
    let begins = Timestamp::from_datetime(far.midnight().assume_utc()).unwrap();
    assert_eq!(held.not_before, Some(begins));
    let told = &stand.store.list_answers(id).await.unwrap()[0].content;
    assert!(told.contains("PDNG") && told.contains("awaits its value date"), "{told}");
    let decide = async |decision| stand.desk.decide(id, &actor("anna"), decision, None).await.unwrap();
    assert_eq!(decide(Decision::Release).await, Err(NotDecided::NotBefore { begins }));
    assert_eq!(decide(Decision::Refuse).await.unwrap().saga.state.reason(), "refused_by_person");

    // What waits for a person first waits for its day afterwards, and the person need not.
    let again = [uetr(3), uetr(3).replace("cd27", "cd28")].map(|uetr| mt103_for(&day(far), &uetr, "10,", ""));
    stand.order(&again[0]).await;
    let twin = stand.order(&again[1]).await;
    assert_eq!(stand.state(twin).await, State::Held(Hold::Duplicate));
    assert!(stand.desk.decide(twin, &actor("anna"), Decision::Release, None).await.unwrap().is_ok());
    eventually("it waits for its day", async || stand.state(twin).await == State::Held(Hold::ValueDate)).await;

    // As far to the east as makes tomorrow begin in some seconds.
    let (now, tomorrow) = (clock().now().to_datetime(), today.next_day().unwrap());
    let ahead = tomorrow.midnight().assume_utc() - now - time::Duration::seconds(4);
    stand.days_begin(UtcOffset::from_whole_seconds(i32::try_from(ahead.whole_seconds()).unwrap()).unwrap());
    let id = stand.order(&order(&day(tomorrow), 2)).await;
    let begins = stand.reaches(id, "held").await.not_before.unwrap();
    assert_eq!(stand.token.performed().await.unwrap(), [], "nothing moves while it waits");
    stand.reaches(id, "reported").await;
    let steps = stand.store.list_steps(id).await.unwrap();
    let released = steps.iter().find(|step| step.event == "released").unwrap();
    assert!(released.at >= begins && released.actor == "gateway", "{released:?}");
    stand.is_reconciled(&gateway).await;
}

#[tokio::test]
async fn tok_8_above_the_limit_a_second_person_decides() {
    let stand = Stand::new("gateway_approval").await;
    let gateway = stand.start();
    let id = stand.held(1, "100000,01", "awaits_approval").await;
    let decide = |name: &'static str, decision| {
        let desk = stand.desk.clone();
        async move { desk.decide(id, &actor(name), decision, None).await.unwrap() }
    };
    assert_eq!(decide("bank", Decision::Approve).await, Err(NotDecided::SamePerson));
    let waiting = NotDecided::NotWaiting { state: State::Held(Hold::Approval) };
    assert_eq!(decide("anna", Decision::Release).await, Err(waiting), "a release is no approval");
    assert!(decide("anna", Decision::Approve).await.is_ok());
    let done = stand.reaches(id, "reported").await;
    assert_eq!(done.approvals[0].approver, actor("anna"));
    let refused = stand.order(&mt103(&uetr(2), "100000,01", "")).await;
    stand.reaches(refused, "held").await;
    let after = stand.desk.decide(refused, &actor("anna"), Decision::Refuse, None).await.unwrap().unwrap();
    assert_eq!(after.saga.state.reason(), "refused_by_person");
    let nobody = stand.order(&mt103(&uetr(3), "100000,02", "")).await;
    stand.reaches(nobody, "held").await;
    let [mallory, both] = ["mallory", "bank@ops-console"].map(actor);
    let refused = stand.desk.decide(nobody, &mallory, Decision::Approve, None).await.unwrap().unwrap_err();
    assert_eq!(refused.to_string(), "eur is approved by others: its approvers do not name mallory");
    let refused = stand.desk.decide(nobody, &both, Decision::Approve, None).await.unwrap().unwrap_err();
    assert_eq!(refused, NotDecided::SamePerson, "through whatever he acts");
    assert_eq!(stand.state(nobody).await, State::Held(Hold::Approval));
    stand.is_reconciled(&gateway).await;
}

#[tokio::test]
async fn tok_8_what_the_token_refuses_is_held_with_clean_books_and_goes_on_when_a_person_says_so() {
    let stand = Stand::new("gateway_paused").await;
    let gateway = stand.start();
    stand.token.pause().await.unwrap();
    let id = stand.held(1, "10,", "chain_refuses").await;
    stand.is_reconciled(&gateway).await;
    stand.token.unpause().await.unwrap();
    stand.desk.decide(id, &actor("bank"), Decision::Release, None).await.unwrap().unwrap();
    let done = stand.reaches(id, "reported").await;
    assert_eq!(done.saga.attempt, 2);
    assert_eq!(stand.token.total_supply().await.unwrap(), U256::from(10_000_000));
    stand.is_reconciled(&gateway).await;
}
