//! Two replicas before one guard, which gives leave to one holder at a time.

use std::collections::BTreeSet;

use causeway_primitives::U256;
use causeway_testkit::{
    service::Service,
    wait::{SOON, eventually},
};
use serde_json::{Value, json};

use super::{
    process::{BANK, Process},
    stand::Stand,
};

/// Orders a token by this replica, and waits until it is there and told of.
pub(super) async fn mint(replica: &Service, stand: &Stand, name: &str) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = |path: &str| format!("http://{}{path}", replica.listening().http);
    let order = json!({ "asset": "eur", "amount": "1", "to": stand.holder.to_string(), "business_reference": name });
    let call = client.post(url("/api/v1/tokens/mint")).bearer_auth(BANK).header("idempotency-key", name);
    let told: Value = call.body(order.to_string()).send().await.unwrap().json().await.unwrap();
    let request = url(&format!("/api/v1/requests/{}", told["request_id"].as_str().unwrap()));
    eventually("the token is reported", async || {
        let asked = client.get(&request).bearer_auth(BANK).send().await.unwrap();
        let told = asked.json::<Value>().await.unwrap();
        if told["state"] == "reported" { Ok(()) } else { Err(told) }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tok_8_a_standby_takes_no_leave_from_the_leader_and_gets_it_when_the_leader_dies() {
    let stand = Stand::new("gateway_standby").await;
    let leader = Process::start(&stand).await;
    mint(&leader.service, &stand, "first").await;
    let standby = leader.replica("standby").await;
    mint(&standby, &stand, "second").await;
    let asked = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(stand.replica.asked(), asked(&["tokenization-gateway-0"]), "the standby does not even ask");
    let _neighbours = leader.kill().await;
    mint(&standby, &stand, "third").await;
    assert_eq!(stand.replica.asked(), asked(&["standby", "tokenization-gateway-0"]));
    assert_eq!(stand.token.total_supply().await.unwrap(), U256::from(3_000_000));
    standby.terminate(SOON).await.unwrap();
}
