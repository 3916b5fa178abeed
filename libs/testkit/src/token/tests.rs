//! The token's own promises, on a real EVM.

use alloy::{
    primitives::{Address, B256, Bytes, U256},
    sol_types::{SolCall, SolError},
};

use super::*;
use crate::{
    anvil::Anvil,
    bridge::{At, Endpoint, Error},
};

struct World {
    _anvil: Anvil,
    endpoint: Endpoint,
    token: Token,
    issuer: Address,
    anna: Address,
    bert: Address,
}

async fn world() -> World {
    let anvil = Anvil::builder().gas_price(0).start().await.unwrap();
    let endpoint = Endpoint::connect(anvil.url(), 138).await.unwrap();
    let account = |index: usize| anvil.accounts()[index].address;
    let (admin, issuer, guardian, anna, bert) = (account(0), account(1), account(2), account(3), account(4));
    let spec = Spec { symbol: "cEUR".into(), decimals: 6, cap: U256::from(1_000), admin, issuer, guardian };
    let token = Token::deploy(&endpoint, &spec).await.unwrap();
    for holder in [anna, bert] {
        token.set_holder(holder, true).await.unwrap();
    }
    World { _anvil: anvil, endpoint, token, issuer, anna, bert }
}

impl World {
    async fn mint(&self, amount: u64, mark: u8) -> Result<(), Error> {
        self.token.act(self.issuer, &mint(self.anna, amount, mark)).await
    }

    /// The selector with which a call reverts; `None` when it does not.
    async fn refusal<C: SolCall>(&self, from: Address, call: &C) -> Option<String> {
        let data: Bytes = call.abi_encode().into();
        self.endpoint.refusal(from, self.token.address, &data, At::Latest).await.unwrap()
    }
}

fn mint(to: Address, amount: u64, mark: u8) -> SettlementToken::mintWithReferenceCall {
    SettlementToken::mintWithReferenceCall {
        to,
        amount: U256::from(amount),
        businessReference: B256::repeat_byte(mark),
    }
}

/// Whether the node's words are of this error. It prints what a contract reverts with in hexadecimal, or as text where it
/// happens to be one.
fn names<E: SolError>(refusal: Option<&String>) -> bool {
    let selectors = [alloy::hex::encode(E::SELECTOR), String::from_utf8_lossy(&E::SELECTOR).into_owned()];
    refusal.is_some_and(|text| selectors.iter().any(|selector| text.contains(selector)))
}

#[tokio::test]
async fn tok_7_a_reference_takes_effect_once_whoever_sends_it_again() {
    let world = world().await;
    world.mint(100, 1).await.unwrap();
    for amount in [100, 1] {
        let again = world.refusal(world.issuer, &mint(world.anna, amount, 1)).await;
        assert!(names::<SettlementToken::ReferenceUsed>(again.as_ref()), "{again:?}");
        assert!(matches!(world.mint(amount, 1).await, Err(Error::Reverted { .. })));
    }
    let other_kind = SettlementToken::burnWithReferenceCall {
        from: world.anna,
        amount: U256::from(5),
        businessReference: B256::repeat_byte(1),
    };
    assert!(world.refusal(world.issuer, &other_kind).await.is_some(), "one reference for two kinds");
    assert_eq!(world.token.total_supply().await.unwrap(), U256::from(100));
    let performed = world.token.performed().await.unwrap();
    let expected = SettlementToken::Performed {
        businessReference: B256::repeat_byte(1),
        from: Address::ZERO,
        to: world.anna,
        amount: U256::from(100),
    };
    assert_eq!(performed, [expected]);
}

#[tokio::test]
async fn tok_7_the_token_remembers_what_a_reference_did() {
    let world = world().await;
    world.mint(100, 1).await.unwrap();
    let of = |mark| SettlementToken::operationsCall { businessReference: B256::repeat_byte(mark) };
    let digest = SettlementToken::operationDigestCall { from: Address::ZERO, to: world.anna, amount: U256::from(100) };
    let expected = world.token.read(&digest).await.unwrap();
    assert_eq!(world.token.read(&of(1)).await.unwrap(), expected);
    assert_eq!(world.token.read(&of(2)).await.unwrap(), B256::ZERO);
    assert!(world.mint(901, 2).await.is_err(), "over the cap");
    assert_eq!(world.token.read(&of(2)).await.unwrap(), B256::ZERO, "what reverts takes no reference");
}

#[tokio::test]
async fn tok_8_only_the_issuer_moves_by_reference_and_only_between_listed_holders() {
    let world = world().await;
    let stranger = Address::repeat_byte(9);
    let refused = world.refusal(world.anna, &mint(world.anna, 1, 1)).await;
    assert!(names::<SettlementToken::MissingRole>(refused.as_ref()), "{refused:?}");
    let refused = world.refusal(world.issuer, &mint(stranger, 1, 1)).await;
    assert!(names::<SettlementToken::CannotReceive>(refused.as_ref()), "{refused:?}");
    world.mint(100, 1).await.unwrap();
    let moved = SettlementToken::transferWithReferenceCall {
        from: world.anna,
        to: world.bert,
        amount: U256::from(40),
        businessReference: B256::repeat_byte(2),
    };
    world.token.act(world.issuer, &moved).await.unwrap();
    assert_eq!(world.token.balance_of(world.bert).await.unwrap(), U256::from(40));
    world.token.set_holder(world.bert, false).await.unwrap();
    let own = SettlementToken::transferCall { to: world.bert, amount: U256::from(1) };
    assert!(world.token.act(world.anna, &own).await.is_err(), "to somebody who is not listed");
    let can = |from, to| SettlementToken::canTransferCall { from, to, amount: U256::from(1) };
    assert!(!world.token.read(&can(world.anna, world.bert)).await.unwrap());
    assert!(world.token.read(&can(world.anna, world.anna)).await.unwrap());
}

#[tokio::test]
async fn tok_8_what_is_frozen_or_paused_does_not_move() {
    let world = world().await;
    world.mint(100, 1).await.unwrap();
    world.token.freeze(world.anna, U256::from(80)).await.unwrap();
    let burn = |amount: u64, mark| SettlementToken::burnWithReferenceCall {
        from: world.anna,
        amount: U256::from(amount),
        businessReference: B256::repeat_byte(mark),
    };
    let refused = world.refusal(world.issuer, &burn(21, 2)).await;
    assert!(names::<SettlementToken::InsufficientUnfrozenBalance>(refused.as_ref()), "{refused:?}");
    world.token.act(world.issuer, &burn(20, 2)).await.unwrap();
    world.token.pause().await.unwrap();
    assert!(names::<SettlementToken::IsPaused>(world.refusal(world.issuer, &mint(world.anna, 1, 3)).await.as_ref()));
    world.token.unpause().await.unwrap();
    world.mint(1, 3).await.unwrap();
    assert_eq!(world.token.total_supply().await.unwrap(), U256::from(81));
}

#[tokio::test]
async fn tok_1_the_registry_says_once_which_token_stands_for_an_asset() {
    let world = world().await;
    let registry = Registry::deploy(&world.endpoint, world.anna).await.unwrap();
    assert!(registry.asset("eur").await.is_err(), "never registered");
    registry.register("eur", world.token.address, "EUR").await.unwrap();
    let asset = registry.asset("eur").await.unwrap();
    assert_eq!((asset.token, asset.decimals, asset.active), (world.token.address, 6, true));
    assert_eq!(asset.denomination, "EUR");
    for (name, token) in [("eur", Address::repeat_byte(1)), ("eur-2", world.token.address)] {
        assert!(registry.register(name, token, "EUR").await.is_err(), "{name}");
    }
    registry.close("eur").await.unwrap();
    assert!(!registry.asset("eur").await.unwrap().active);
    assert!(registry.close("eur").await.is_err(), "closed for good");
}
