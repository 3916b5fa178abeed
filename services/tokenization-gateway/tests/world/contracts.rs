//! The assets' contracts beside what was pinned.

use causeway_primitives::{Address, U256};
use causeway_testkit::{
    bridge::Endpoint,
    token::{Registry, Spec, Token},
};
use tokenization_gateway::adapters::contracts::{Contracts, Pinned};

use super::{
    messages::{mt103, uetr},
    stand::Stand,
};

#[tokio::test]
async fn tok_1_an_asset_is_what_token_and_registry_say_or_it_is_told_how_they_differ() {
    let stand = Stand::new("gateway_contracts").await;
    let endpoint = Endpoint::connect(stand.anvil.url(), 138).await.unwrap();
    let owner = stand.anvil.accounts()[0].address;
    let registry = Registry::deploy(&endpoint, owner).await.unwrap();
    let pinned = Pinned {
        asset: "eur".parse().unwrap(),
        token: stand.token.address,
        decimals: 6,
        denomination: "EUR".to_owned(),
    };
    let told = async |registry: Option<Address>, pinned: &Pinned| {
        let contracts = Contracts::new(stand.endpoints(), registry, vec![pinned.clone()]);
        contracts.differences().await.unwrap().remove(&pinned.asset)
    };
    let listed = Some(registry.address);
    assert_eq!(told(None, &pinned).await, None, "without a registry the token alone is asked");
    assert_eq!(told(listed, &pinned).await.unwrap(), "the registry does not know eur");
    registry.register("eur", stand.token.address, "EUR").await.unwrap();
    assert_eq!(told(listed, &pinned).await, None);
    let differs = |change: fn(&mut Pinned)| {
        let mut other = pinned.clone();
        change(&mut other);
        other
    };
    let decimals = told(listed, &differs(|pinned| pinned.decimals = 18)).await.unwrap();
    assert!(decimals.ends_with("has 6 decimals and not 18"), "{decimals}");
    let denomination = told(listed, &differs(|pinned| pinned.denomination = "USD".to_owned())).await.unwrap();
    assert_eq!(denomination, "the registry names another denomination");
    let nobody = told(listed, &differs(|pinned| pinned.token = Address::repeat_byte(9))).await.unwrap();
    assert!(nobody.ends_with("is no token"), "{nobody}");
    let spec = Spec {
        symbol: "cEUR2".into(),
        decimals: 6,
        cap: U256::from(1_000_000),
        admin: owner,
        issuer: owner,
        guardian: owner,
    };
    let other = Token::deploy(&endpoint, &spec).await.unwrap().address;
    let elsewhere = told(listed, &Pinned { token: other, ..pinned.clone() }).await.unwrap();
    assert!(elsewhere.starts_with("the registry names the token"), "{elsewhere}");
    registry.close("eur").await.unwrap();
    assert_eq!(told(listed, &pinned).await.unwrap(), "the registry has closed it");
}

#[tokio::test]
async fn tok_8_of_an_asset_whose_contract_differs_nothing_is_sent() {
    let stand = Stand::new("gateway_contracts_held").await;
    let _gateway = stand.start_with_difference("the registry has closed it");
    let id = stand.order(&mt103(&uetr(1), "10,", "")).await;
    let held = stand.reaches(id, "held").await;
    assert_eq!(held.saga.state.reason(), "chain_refuses");
    assert_eq!(held.saga.attempt, 0, "nothing was journaled");
    assert_eq!(stand.token.performed().await.unwrap(), []);
}
