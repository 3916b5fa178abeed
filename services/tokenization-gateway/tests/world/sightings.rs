//! Somebody else acts under our reference: what it did is found out on chain before anything is done or given up.

use alloy::primitives::Address;
use causeway_primitives::U256;
use causeway_testkit::{token::SettlementToken, wait::eventually};
use tokenization_gateway::{
    app::{Decision, NotDecided},
    domain::request::Request,
};

use super::{
    messages::{mt103, uetr},
    outsiders::Temper,
    stand::{ISSUER, Stand, actor},
};

/// A stand with a request that waits for the guard, so that somebody can be quicker.
async fn waiting(label: &str) -> (Stand, Request) {
    let stand = Stand::new(label).await;
    stand.replica.now(Temper::Halted);
    let gateway = stand.start();
    let id = stand.order(&mt103(&uetr(1), "10,", "")).await;
    let request = stand.reaches(id, "held").await;
    gateway.kill().await;
    (stand, request)
}

impl Stand {
    /// Mints under a request's reference with the issuer's key, past the gateway.
    async fn quicker(&self, request: &Request, to: Address, amount: u64) {
        let call = SettlementToken::mintWithReferenceCall {
            to,
            amount: U256::from(amount),
            businessReference: request.instruction.reference.get(),
        };
        let issuer = self.anvil.accounts()[ISSUER].address;
        self.token.act(issuer, &call).await.unwrap();
        self.replica.now(Temper::Grants { cap: u64::MAX });
    }
}

#[tokio::test]
async fn tok_7_what_somebody_else_sent_for_us_counts_as_done_and_is_not_done_again() {
    let (stand, request) = waiting("gateway_found").await;
    stand.quicker(&request, stand.holder, 10_000_000).await;
    let gateway = stand.start();
    stand.reaches(request.id, "reported").await;
    let steps = stand.store.list_steps(request.id).await.unwrap();
    assert!(steps.iter().any(|step| step.event == "found"), "{steps:?}");
    assert_eq!(stand.token.performed().await.unwrap().len(), 1);
    stand.is_reconciled(&gateway).await;
}

#[tokio::test]
async fn tok_7_a_reference_that_did_something_else_is_a_persons_matter() {
    let (stand, request) = waiting("gateway_other").await;
    stand.quicker(&request, stand.payer, 11_000_000).await;
    let gateway = stand.start();
    let unknown = stand.reaches(request.id, "unknown").await;
    let reason = |request: &Request| request.saga.state.reason();
    assert!(["outcome_unseen", "reference_of_other_content"].contains(&reason(&unknown)));
    eventually("it is known to be of other content", async || {
        reason(&stand.store.find_request(request.id).await.unwrap().unwrap()) == "reference_of_other_content"
    })
    .await;
    let (bank, anna) = (actor("bank"), actor("anna"));
    let decide = |name| stand.desk.decide(request.id, name, Decision::Disown, None);
    assert_eq!(decide(&bank).await.unwrap(), Err(NotDecided::SamePerson));
    let failed = decide(&anna).await.unwrap().unwrap();
    assert_eq!((failed.saga.state.as_str(), reason(&failed)), ("failed", "disowned"));
    let asset = "eur".parse().unwrap();
    let totals = stand.store.get_books(&asset).await.unwrap().totals().unwrap();
    assert!(totals.held.is_zero() && totals.uncertain.is_zero(), "the books never had it: {totals:?}");
    let comparison = stand.reconciler(&gateway).compare(&asset).await.unwrap();
    assert_eq!(comparison.outcome.unwrap().as_str(), "surplus", "what nobody ordered does not balance");
}

#[tokio::test]
async fn tok_7_books_balances_and_supply_are_compared_and_a_mint_past_the_gateway_is_seen() {
    let (stand, request) = waiting("gateway_reconciler").await;
    let gateway = stand.start();
    let asset = "eur".parse().unwrap();
    stand.replica.now(Temper::Grants { cap: u64::MAX });
    stand.reaches(request.id, "reported").await;
    let reconciler = stand.reconciler(&gateway);
    let whole = reconciler.compare(&asset).await.unwrap();
    assert_eq!(whole.outcome.map(|outcome| outcome.as_str()), Some("balanced"));
    let supply = whole.supply.unwrap();
    assert_eq!((supply.supply.total, whole.totals.held), (whole.totals.held, request.instruction.units));
    let call = SettlementToken::mintWithReferenceCall {
        to: stand.holder,
        amount: U256::from(1),
        businessReference: causeway_primitives::B256::repeat_byte(9),
    };
    stand.token.act(stand.anvil.accounts()[ISSUER].address, &call).await.unwrap();
    let broken = reconciler.compare(&asset).await.unwrap();
    assert_eq!(broken.outcome.map(|outcome| outcome.as_str()), Some("surplus"));
    let all = reconciler.compare_all().await;
    assert_eq!(all.len(), 1);
    assert_eq!(reconciler.latest().borrow().len(), 1, "what was found is kept for whoever asks");
}
