//! Every family's happy path, in both directions, on the real contracts.

use causeway_testkit::{
    ccip::{Family, Side},
    monitor::{Plan, dialect_name},
};
use serde_json::{Value, json};

use super::{
    stage::Stage,
    traffic::{FAMILIES, Message},
};

/// Whether the destination says what arrived before it is executed.
const fn reports(family: Family) -> bool {
    match family {
        Family::V1_5 | Family::V1_6 => true,
        Family::Private | Family::V2_0 => false,
    }
}

#[tokio::test]
async fn ccip_1_ccip_3_every_dialect_is_followed_from_the_send_to_the_execution_in_both_directions() {
    let stage = Stage::new(Plan::default()).await;
    let replica = stage.serve("replica-a").await;
    for family in FAMILIES {
        for from in [Side::Home, Side::Away] {
            let message = stage.send(family, from, "hello").await;
            let sent = replica.status(&message.id, "sent").await;
            is_complete(&stage, family, from, &message, &sent);
            stage.commit(&message).await;
            if reports(family) {
                let delivered = replica.status(&message.id, "delivered").await;
                assert!(delivered["delivered_at"].is_string(), "{delivered:#}");
            }
            stage.execute(&message).await;
            let executed = replica.status(&message.id, "executed").await;
            is_proven(family, &executed);
        }
    }
    let listed = replica.messages().await;
    assert_eq!(listed.len(), 8);
    assert_eq!(replica.troubles().await, [""; 0], "nothing was wrong");
    assert_eq!(replica.metric("ccip_messages_sent_total", &[]).await, 8);
    assert_eq!(replica.metric("ccip_messages_received_total", &[]).await, 8);
    assert_eq!(replica.metric("ccip_message_failures", &[]).await, 0);
    stage.finish(vec![replica]).await;
}

/// What CCIP-5 and CCIP-8 ask for, on the side that is known.
fn is_complete(stage: &Stage, family: Family, from: Side, message: &Message, told: &Value) {
    let (here, there) = (stage.world.ccip.chain(from), stage.world.ccip.chain(from.other()));
    assert_eq!(told["message_id"], message.id.as_str());
    assert_eq!(told["lane"], message.lane().as_str());
    assert_eq!(told["dialect"], dialect_name(family));
    assert_eq!(told["source"]["chain_id"], here.chain_id);
    assert_eq!(told["source"]["selector"], here.selector.to_string());
    assert_eq!(told["source"]["tx_hash"], message.tx().as_str());
    assert!(told["source"]["block_number"].as_u64().is_some_and(|number| number > 0));
    assert_eq!(told["source"]["timestamp"], told["sent_at"]);
    assert!(told["sent_at"].as_str().is_some_and(|time| time.ends_with('Z')), "UTC: {told:#}");
    assert_eq!(told["destination"]["chain_id"], there.chain_id);
    assert_eq!(told["destination"]["tx_hash"], Value::Null);
    let receiver = told["destination"]["receiver"].as_str().unwrap_or_default();
    let expected = format!("{:x}", there.tokens.receiver);
    assert!(receiver.ends_with(&expected), "{receiver} is {expected}");
    assert_eq!((&told["data"], &told["data_length"]), (&json!("0x68656c6c6f"), &json!(5)));
    assert_eq!(told["id_derived"], family == Family::Private);
    assert_eq!((&told["executed_at"], &told["retry_count"]), (&Value::Null, &json!(0)));
    assert!(told["fee"].as_str().is_some_and(|fee| fee != "0"), "{told:#}");
}

/// That what was executed is what was sent.
fn is_proven(family: Family, told: &Value) {
    let proof = match family {
        Family::Private => "not_derivable",
        Family::V1_5 | Family::V1_6 | Family::V2_0 => "verified",
    };
    assert_eq!(told["id_proof"], proof, "{told:#}");
    assert_eq!(told["link"], "id");
    assert_eq!(told["destination"]["timestamp"], told["executed_at"]);
    assert!(told["destination"]["tx_hash"].is_string());
    assert_eq!(told["retry_count"], 0);
    let steps: Vec<&str> =
        told["history"].as_array().unwrap().iter().filter_map(|step| step["event"].as_str()).collect();
    let expected: &[&str] = if reports(family) { &["sent", "committed", "succeeded"] } else { &["sent", "succeeded"] };
    assert_eq!(steps, expected, "{told:#}");
}

#[tokio::test]
async fn ccip_8_a_message_is_found_by_either_of_its_transactions_and_by_every_filter() {
    let stage = Stage::new(Plan { families: vec![Family::V1_6], ..Plan::default() }).await;
    let replica = stage.serve("replica-a").await;
    let message = stage.deliver(Family::V1_6, Side::Home, "found").await;
    let other = stage.send(Family::V1_6, Side::Away, "not found").await;
    let told = replica.status(&message.id, "executed").await;
    replica.status(&other.id, "sent").await;

    let (source, destination) = (&told["source"], &told["destination"]);
    for side in [source, destination] {
        let (chain, tx) = (side["chain_id"].as_u64().unwrap(), side["tx_hash"].as_str().unwrap());
        let found = replica.json(&format!("/api/v1/ccip/transactions/{chain}/{tx}/messages")).await;
        assert_eq!(ids(&found), [message.id.as_str()], "by {tx} on {chain}");
    }
    let (sender, receiver) = (source["sender"].as_str().unwrap(), destination["receiver"].as_str().unwrap());
    // Both chains' receivers have the same address: they were deployed by the same steps.
    let receiver_there = format!("receiver={receiver}&destination_chain_id=1337");
    for filter in [
        "source_chain_id=138",
        "destination_chain_id=1337",
        "status=executed",
        receiver_there.as_str(),
        &format!("sender={sender}&status=executed&source_chain_id=138&destination_chain_id=1337"),
    ] {
        let found = replica.json(&format!("/api/v1/ccip/messages?{filter}")).await;
        assert_eq!(ids(&found), [message.id.as_str()], "by {filter}");
    }
    let none = replica.json("/api/v1/ccip/messages?status=failed").await;
    assert!(ids(&none).is_empty());
    stage.finish(vec![replica]).await;
}

fn ids(page: &Value) -> Vec<&str> {
    page["messages"].as_array().unwrap().iter().filter_map(|message| message["message_id"].as_str()).collect()
}
