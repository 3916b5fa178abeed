//! That it says what FireFly's published OpenAPI file says, and misbehaves as it is told.

use std::collections::BTreeSet;

use alloy::primitives::{B256, U256};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use super::*;
use crate::{
    anvil::Anvil,
    bridge::Endpoint,
    openapi::{Published, strangers},
    token::{Spec, Token},
    wait::eventually,
};

struct World {
    _anvil: Anvil,
    firefly: Firefly,
    token: Token,
    http: Client,
    issuer: String,
    holder: String,
}

async fn world() -> World {
    let anvil = Anvil::builder().gas_price(0).start().await.unwrap();
    let account = |index: usize| anvil.accounts()[index].address;
    let endpoint = Endpoint::connect(anvil.url(), 138).await.unwrap();
    let (admin, issuer, guardian) = (account(0), account(1), account(2));
    let spec = Spec { symbol: "cEUR".into(), decimals: 6, cap: U256::from(1_000_000), admin, issuer, guardian };
    let token = Token::deploy(&endpoint, &spec).await.unwrap();
    token.set_holder(account(3), true).await.unwrap();
    let firefly = Firefly::start(anvil.url()).await.unwrap();
    let (issuer, holder) = (issuer.to_string(), account(3).to_string());
    World { _anvil: anvil, firefly, token, http: Client::new(), issuer, holder }
}

impl World {
    fn body(&self, key: &str, mark: u8) -> Value {
        let param = |name: &str, kind: &str| json!({ "name": name, "schema": { "details": { "type": kind } } });
        json!({
            "location": { "address": self.token.address.to_string() },
            "key": self.issuer,
            "method": {
                "name": "mintWithReference",
                "params": [param("to", "address"), param("amount", "uint256"), param("businessReference", "bytes32")],
                "returns": [],
            },
            "input": { "to": self.holder, "amount": "5", "businessReference": B256::repeat_byte(mark).to_string() },
            "idempotencyKey": key,
        })
    }

    async fn invoke(&self, key: &str, mark: u8) -> Result<(StatusCode, Value), reqwest::Error> {
        let url = format!("{}/api/v1/namespaces/default/contracts/invoke", self.firefly.url());
        let answer = self.http.post(url).json(&self.body(key, mark)).send().await?;
        let status = answer.status();
        Ok((status, answer.json().await?))
    }

    async fn get(&self, path: &str) -> Value {
        let url = format!("{}/api/v1/namespaces/default/{path}", self.firefly.url());
        self.http.get(url).send().await.unwrap().json().await.unwrap()
    }

    /// The one operation of a key, once it has this status.
    async fn operation(&self, key: &str, status: &str) -> Value {
        eventually(&format!("{key} is {status}"), async || {
            let transactions = self.get(&format!("transactions?idempotencykey={key}")).await;
            let tx = transactions[0]["id"].as_str().unwrap_or_default().to_owned();
            let operations = self.get(&format!("transactions/{tx}/operations")).await;
            if operations[0]["status"] == status { Ok(operations[0].clone()) } else { Err(operations) }
        })
        .await
    }
}

#[tokio::test]
async fn tok_2_an_invocation_becomes_a_transaction_of_the_chain_and_is_told_when_it_is_mined() {
    let world = world().await;
    let (status, operation) = world.invoke("k-1", 1).await.unwrap();
    assert_eq!((status, operation["type"].as_str()), (StatusCode::ACCEPTED, Some("blockchain_invoke")));
    let done = world.operation("k-1", "Succeeded").await;
    assert_eq!(done["id"], operation["id"]);
    assert_eq!(world.token.total_supply().await.unwrap(), U256::from(5));
    let (status, again) = world.invoke("k-1", 2).await.unwrap();
    assert_eq!(status, StatusCode::CONFLICT, "whatever the body is");
    assert!(again["error"].as_str().unwrap().starts_with("FF10431: "));
    assert_eq!(world.token.performed().await.unwrap().len(), 1);
}

#[tokio::test]
async fn tok_2_each_misdeed_is_what_it_is_called() {
    let world = world().await;
    world.firefly.next(&[Misdeed::NeverTaken, Misdeed::LostAnswer, Misdeed::ConnectorAway, Misdeed::Race]);
    assert!(world.invoke("never", 1).await.is_err());
    assert_eq!(world.get("transactions?idempotencykey=never").await, json!([]));
    assert!(world.invoke("lost", 2).await.is_err());
    world.operation("lost", "Succeeded").await;
    let (status, _) = world.invoke("away", 3).await.unwrap();
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    let stored = world.operation("away", "Initialized").await;
    let (status, again) = world.invoke("away", 4).await.unwrap();
    assert_eq!(status, StatusCode::ACCEPTED);
    assert_ne!(again["id"], stored["id"], "an operation that was never stored");
    let done = world.operation("away", "Succeeded").await;
    let reference = done["input"]["input"]["businessReference"].as_str().unwrap();
    assert_eq!(reference, B256::repeat_byte(3).to_string(), "the stored input, not the new one");
    assert_eq!(world.invoke("race", 5).await.unwrap().0, StatusCode::CONFLICT);
    assert_eq!(world.get("transactions?idempotencykey=race").await, json!([]));

    world.firefly.next(&[Misdeed::FailedThenSucceeded, Misdeed::Dead]);
    world.invoke("flips", 6).await.unwrap();
    world.operation("flips", "Failed").await;
    world.operation("flips", "Succeeded").await;
    assert_eq!(world.invoke("dead", 7).await.unwrap().0, StatusCode::INTERNAL_SERVER_ERROR);
    let dead = world.operation("dead", "Failed").await;
    let detail = world.get(&format!("operations/{}?fetchstatus=true", dead["id"].as_str().unwrap())).await;
    assert!(detail.get("detail").is_none(), "the connector knows nothing of it");
}

#[tokio::test]
async fn tok_2_every_answer_has_the_form_that_the_published_file_gives_it() {
    let Some(published) = Published::read("firefly-core.swagger.yaml") else { return };
    let world = world().await;
    let path = |path: &str| format!("/namespaces/{{ns}}{path}");
    let none = BTreeSet::new();
    let (_, operation) = world.invoke("k-1", 1).await.unwrap();
    let invoke = path("/contracts/invoke");
    assert_eq!(strangers(&published.answer(&invoke, "post", "202"), &operation, ""), none);
    let asked = strangers(&published.asked(&invoke, "post"), &world.body("k-1", 1), "");
    assert_eq!(asked, none, "what is asked for has the published form as well");
    let done = world.operation("k-1", "Succeeded").await;
    let (tx, id) = (done["tx"].as_str().unwrap(), done["id"].as_str().unwrap());
    let pairs = [
        ("/transactions", "transactions".to_owned()),
        ("/transactions/{txnid}", format!("transactions/{tx}")),
        ("/transactions/{txnid}/operations", format!("transactions/{tx}/operations")),
        ("/operations/{opid}", format!("operations/{id}?fetchstatus=true")),
        ("/status", "status".to_owned()),
    ];
    for (name, asked) in pairs {
        let schema = published.answer(&path(name), "get", "200");
        assert_eq!(strangers(&schema, &world.get(&asked).await, name), none);
    }
}
