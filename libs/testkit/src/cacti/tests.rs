//! That it says what the published OpenAPI file says, and does a thing as often as it is asked.

use alloy::primitives::U256;
use reqwest::Client;
use serde_json::{Value, json};

use super::*;
use crate::{
    anvil::Anvil,
    bridge::Endpoint,
    openapi::{Published, strangers},
    token::{Spec, Token},
};

const BASE: &str = "/api/v1/@hyperledger-cacti/cactus-plugin-satp-hermes";

struct World {
    _chains: [Anvil; 2],
    cacti: Cacti,
    home: End,
    away: End,
    giver: String,
    taker: String,
}

async fn end(anvil: &Anvil, chain: u64) -> End {
    let account = |index: usize| anvil.accounts()[index].address;
    let endpoint = Endpoint::connect(anvil.url(), chain).await.unwrap();
    let cap = U256::from(1_000_000);
    let (admin, issuer, guardian) = (account(0), account(1), account(2));
    let spec = Spec { symbol: "cEUR".into(), decimals: 6, cap, admin, issuer, guardian };
    let token = Token::deploy(&endpoint, &spec).await.unwrap();
    for holder in [account(3), account(4)] {
        token.set_holder(holder, true).await.unwrap();
    }
    End { token, account: issuer }
}

async fn world() -> World {
    let home_chain = Anvil::builder().gas_price(0).start().await.unwrap();
    let away_chain = Anvil::builder().chain_id(1_337).start().await.unwrap();
    let (home, away) = (end(&home_chain, 138).await, end(&away_chain, 1_337).await);
    let (giver, taker) = (home_chain.accounts()[3].address, away_chain.accounts()[4].address);
    assert!(home.mint(giver, U256::from(100)).await);
    let cacti = Cacti::start(home.clone(), away.clone()).await.unwrap();
    let chains = [home_chain, away_chain];
    World { _chains: chains, cacti, home, away, giver: giver.to_string(), taker: taker.to_string() }
}

impl World {
    fn body(&self, context: &str) -> Value {
        let asset = |owner: &str, network: &str| {
            json!({
                "id": context, "referenceId": context, "owner": owner, "contractName": "SettlementToken", "amount": "10",
                "networkId": { "id": network, "ledgerType": "BESU_2X" }, "tokenType": "NONSTANDARD_FUNGIBLE",
                "ercTokenStandard": "ERC20",
            })
        };
        json!({
            "contextID": context,
            "sourceAsset": asset(&self.giver, "home"),
            "receiverAsset": asset(&self.taker, "away"),
        })
    }

    async fn transact(&self, context: &str) -> Result<Value, reqwest::Error> {
        let url = format!("{}{BASE}/transact", self.cacti.url());
        Client::new().post(url).json(&self.body(context)).send().await?.json().await
    }

    async fn get(&self, path: &str) -> Value {
        let url = format!("{}{BASE}/{path}", self.cacti.url());
        Client::new().get(url).send().await.unwrap().json().await.unwrap()
    }

    async fn supplies(&self) -> (U256, U256) {
        (self.home.token.total_supply().await.unwrap(), self.away.token.total_supply().await.unwrap())
    }
}

#[tokio::test]
async fn tok_3_the_same_context_twice_is_two_transfers_and_failed_is_not_undone() {
    let world = world().await;
    for _ in 0..2 {
        assert_eq!(world.transact("c-1").await.unwrap()["statusResponse"]["status"], "DONE");
    }
    assert_eq!(world.supplies().await, (U256::from(80), U256::from(20)));
    assert_eq!(world.get("get-sessions-ids").await.as_array().unwrap().len(), 2);
    world.cacti.next(&[Misdeed::FailsInTheMiddle, Misdeed::LostSession]);
    let failed = world.transact("c-2").await.unwrap();
    assert_eq!(failed["statusResponse"]["substatus"], "RECOVERED", "it says");
    assert_eq!(world.supplies().await, (U256::from(70), U256::from(20)), "and did not");
    assert!(world.transact("c-3").await.is_err());
    assert_eq!(world.supplies().await, (U256::from(60), U256::from(30)));
    let sessions = world.get("get-sessions-ids").await;
    assert!(!sessions.to_string().contains("c-3"), "forgotten: {sessions}");
}

#[tokio::test]
async fn tok_3_every_answer_has_the_form_that_the_published_file_gives_it() {
    let Some(published) = Published::read("cacti-satp-hermes.oapi-api1-bundled.json") else { return };
    let world = world().await;
    let path = |name: &str| format!("{BASE}/{name}");
    let done = world.transact("c-1").await.unwrap();
    let none = std::collections::BTreeSet::new();
    assert_eq!(strangers(&published.asked(&path("transact"), "post"), &world.body("c-1"), ""), none);
    assert_eq!(strangers(&published.answer(&path("transact"), "post", "200"), &done, ""), none);
    let session = done["sessionID"].as_str().unwrap();
    let status = world.get(&format!("status?SessionID={session}")).await;
    assert_eq!(strangers(&published.answer(&path("status"), "get", "200"), &status, ""), none);
    let sessions = world.get("get-sessions-ids").await;
    assert_eq!(strangers(&published.answer(&path("get-sessions-ids"), "get", "200"), &sessions, ""), none);
}
