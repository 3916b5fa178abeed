//! Endpoints that leave things out.

use causeway_testkit::{
    ccip::{Family, Side},
    fault::RpcProxy,
    monitor::Plan,
    traces::Span,
    wait::{SOON, eventually},
};
use serde_json::Value;

use super::stage::Stage;

/// The first topic of 1.6's sends.
const SENT: &str = "0x192442a2b2adb6a7948f097023cb6b57d29d3a7a5dd33e6666d33c39cc456f32";

/// Leaves out the send with this number, without an error: what nodes behind a balancer do.
fn without(number: u64) -> impl Fn(&Value, Value) -> Value + Send + Sync + 'static {
    let number = format!("{number:#066x}");
    move |_, mut honest| {
        if let Some(logs) = honest.as_array_mut() {
            logs.retain(|log| log["topics"][0] != SENT || log["topics"][2] != number.as_str());
        }
        honest
    }
}

/// Gives the send with this number without its data: a log that is no encoding of its event.
fn damaged(number: u64) -> impl Fn(&Value, Value) -> Value + Send + Sync + 'static {
    let number = format!("{number:#066x}");
    move |_, mut honest| {
        for log in honest.as_array_mut().into_iter().flatten() {
            if log["topics"][0] == SENT && log["topics"][2] == number.as_str() {
                log["data"] = "0x".into();
            }
        }
        honest
    }
}

fn plan() -> Plan {
    Plan { families: vec![Family::V1_6], ..Plan::default() }
}

#[tokio::test]
async fn ccip_17_a_range_that_was_answered_incompletely_is_read_again_from_another_endpoint() {
    let mut stage = Stage::new(plan()).await;
    let liar = RpcProxy::start(stage.world.ccip.home.anvil.url()).await.unwrap();
    liar.rewrite("eth_getLogs", without(2));
    let honest = stage.world.ccip.home.anvil.url().to_owned();
    stage.read_through(Side::Home, &[liar.url(), &honest]);
    let mut sent = Vec::new();
    for number in 1..=3 {
        sent.push(stage.send(Family::V1_6, Side::Home, &format!("message {number}")).await);
    }
    let replica = stage.serve("replica-a").await;
    for message in &sent {
        replica.status(&message.id, "sent").await;
    }
    assert_eq!(replica.troubles().await, [""; 0], "nothing is missing");
    stage.finish(vec![replica]).await;
}

#[tokio::test]
async fn ccip_17_what_no_endpoint_tells_is_a_hole_that_verify_finds_and_that_is_tried_again() {
    let mut stage = Stage::new(plan()).await;
    let liar = RpcProxy::start(stage.world.ccip.home.anvil.url()).await.unwrap();
    liar.rewrite("eth_getLogs", without(2));
    stage.read_through(Side::Home, &[liar.url()]);
    let mut sent = Vec::new();
    for number in 1..=3 {
        sent.push(stage.send(Family::V1_6, Side::Home, &format!("message {number}")).await);
    }
    let replica = stage.serve("replica-a").await;
    replica.status(&sent[2].id, "sent").await;
    replica.finds("sequence_gap", true).await;
    replica.alert("CcipMessagesMissing", true).await;
    let (code, output) = stage.command(&["verify"]).await;
    assert_eq!(code, Some(1), "{output}");
    assert!(output.contains("home-to-away.ccip-1.6"), "{output}");

    liar.honest();
    replica.status(&sent[1].id, "sent").await;
    replica.finds("sequence_gap", false).await;
    replica.alert("CcipMessagesMissing", false).await;
    stage.finish(vec![replica]).await;
}

#[tokio::test]
async fn ccip_17_a_log_that_cannot_be_decoded_is_a_hole_until_an_endpoint_tells_it_whole() {
    let mut stage = Stage::new(plan()).await;
    let liar = RpcProxy::start(stage.world.ccip.home.anvil.url()).await.unwrap();
    liar.rewrite("eth_getLogs", damaged(2));
    stage.read_through(Side::Home, &[liar.url()]);
    let first = stage.send(Family::V1_6, Side::Home, "whole").await;
    let second = stage.send(Family::V1_6, Side::Home, "damaged").await;
    let replica = stage.serve("replica-a").await;
    replica.status(&first.id, "sent").await;
    replica.finds("undecodable", true).await;
    replica.alert("CcipMessagesMissing", true).await;
    let open = async || (replica.metric("ccip_open_holes", &["home"]).await > 0).then_some(());
    eventually("an open hole", open).await;
    assert!(replica.metric("ccip_errors_total", &["home", "decode"]).await > 0);
    let (code, output) = stage.command(&["verify"]).await;
    assert_eq!(code, Some(1), "{output}");
    assert!(output.contains("chain 138: ") && output.contains(" open holes"), "{output}");

    liar.honest();
    let told = replica.status(&second.id, "sent").await;
    let is_told = |span: &Span| span.name == "message sent" && told["trace_id"] == span.trace_id.as_str();
    stage.world.traces.wait_for(|spans| spans.iter().any(is_told), SOON).await.unwrap();
    replica.finds("undecodable", false).await;
    replica.alert("CcipMessagesMissing", false).await;
    let none = async || (replica.metric("ccip_open_holes", &["home"]).await == 0).then_some(());
    eventually("no open hole", none).await;
    stage.finish(vec![replica]).await;
}

#[tokio::test]
async fn ccip_17_the_last_message_of_a_ramp_is_missed_by_nobody_but_its_own_counter() {
    let mut stage = Stage::new(plan()).await;
    let liar = RpcProxy::start(stage.world.ccip.home.anvil.url()).await.unwrap();
    liar.rewrite("eth_getLogs", without(2));
    stage.read_through(Side::Home, &[liar.url()]);
    let first = stage.send(Family::V1_6, Side::Home, "seen").await;
    let last = stage.send(Family::V1_6, Side::Home, "left out").await;
    let replica = stage.serve("replica-a").await;
    replica.status(&first.id, "sent").await;
    let head = stage.world.ccip.home.anvil.block_number().await.unwrap();
    let read = async || replica.chain("home").await["block_number"].as_u64() >= Some(head);
    eventually("everything is read", read).await;
    let (code, output) = stage.command(&["verify"]).await;
    assert_eq!(code, Some(1), "{output}");
    liar.honest();
    replica.status(&last.id, "sent").await;
    stage.finish(vec![replica]).await;
}
