//! What siblings get over gRPC: streams, and value in flight.

use std::time::Duration;

use alloy::primitives::U256;
use causeway_proto::{
    ccip::v1::{GetInFlightValueRequest, InFlightValue, MessageStatus, WatchMessagesRequest, WatchMessagesResponse},
    types::v1::ChainPosition,
};
use causeway_testkit::{
    ccip::{Family, Send, Side},
    monitor::{Plan, lane_name},
    wait::{SOON, eventually},
};
use tonic::{Code, Streaming};

use super::{replica::Replica, stage::Stage};

fn plan() -> Plan {
    Plan { families: vec![Family::V1_6], ..Plan::default() }
}

/// The next change of a stream.
async fn next(changes: &mut Streaming<WatchMessagesResponse>) -> Option<WatchMessagesResponse> {
    tokio::time::timeout(SOON, changes.message()).await.expect("a change in time").expect("no end")
}

/// Reads changes until the message has this status, and gives the sequence of that change.
async fn hears(changes: &mut Streaming<WatchMessagesResponse>, id: &str, status: MessageStatus) -> u64 {
    let mut last = 0;
    loop {
        let change = next(changes).await.expect("the stream goes on");
        assert!(change.sequence > last, "changes are in order");
        last = change.sequence;
        let message = change.message.expect("a message");
        if message.message_id == id && message.status() == status {
            return last;
        }
    }
}

#[tokio::test]
async fn ccip_18_a_watcher_hears_of_every_change_and_goes_on_after_a_break_without_a_gap() {
    let stage = Stage::new(plan()).await;
    let replica = stage.serve("replica-a").await;
    let request = WatchMessagesRequest::default();
    let mut changes = replica.ccip.clone().watch_messages(request).await.unwrap().into_inner();
    let message = stage.send(Family::V1_6, Side::Home, "watched").await;
    let sent = hears(&mut changes, &message.id, MessageStatus::Sent).await;
    drop(changes);
    stage.commit(&message).await;
    stage.execute(&message).await;
    replica.status(&message.id, "executed").await;

    let request = WatchMessagesRequest { after: sent, ..WatchMessagesRequest::default() };
    let mut changes = replica.ccip.clone().watch_messages(request).await.unwrap().into_inner();
    // What was missed is told as it is now.
    hears(&mut changes, &message.id, MessageStatus::Executed).await;
    let request = WatchMessagesRequest { after: sent, ..WatchMessagesRequest::default() };
    let mut again = replica.ccip.clone().watch_messages(request).await.unwrap().into_inner();
    hears(&mut again, &message.id, MessageStatus::Executed).await;

    let ended = async {
        loop {
            match changes.message().await {
                Ok(Some(_)) => {}
                Ok(None) => return Code::Ok,
                Err(status) => return status.code(),
            }
        }
    };
    let (ended, ()) = tokio::join!(tokio::time::timeout(SOON, ended), stage.finish(vec![replica]));
    assert_eq!(ended.unwrap(), Code::Unavailable, "a watcher is told to come back, not that all was said");
}

async fn in_flight(replica: &Replica) -> Vec<InFlightValue> {
    let request = GetInFlightValueRequest::default();
    replica.ccip.clone().get_in_flight_value(request).await.expect("a sum").into_inner().values
}

#[tokio::test]
async fn ccip_18_value_in_flight_is_what_was_sent_and_has_not_arrived_at_positions_that_are_stated() {
    let stage = Stage::new(plan()).await;
    let replica = stage.serve("replica-a").await;
    let world = &stage.world.ccip;
    let lane = world.v1_6(Side::Home);
    let amount = U256::from(1_500_000_000_000_000_000_u64);
    let tokens = vec![(world.home.tokens.bridged, amount)];
    let send = Send { tokens, ..Send::new(world.away.tokens.receiver, Vec::new()) };
    let sent = lane.send(&send).await.unwrap();
    replica.status(&sent.message_id.to_string(), "sent").await;

    let value = eventually("value in flight", async || in_flight(&replica).await.into_iter().next()).await;
    assert_eq!((value.lane, value.messages), (lane_name(Family::V1_6, Side::Home), 1));
    assert_eq!(value.amount.unwrap().value, amount.to_string());

    let far = ChainPosition { chain_id: 138, block_number: 1_000_000, ..ChainPosition::default() };
    let request = GetInFlightValueRequest { at_least: vec![far], ..GetInFlightValueRequest::default() };
    let refused = replica.ccip.clone().get_in_flight_value(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition, "an incomplete sum is no sum: {refused:?}");

    lane.commit_all().await.unwrap();
    lane.execute(&[sent.sequence_number]).await.unwrap();
    replica.status(&sent.message_id.to_string(), "executed").await;
    eventually("nothing in flight", async || in_flight(&replica).await.is_empty()).await;
    stage.finish(vec![replica]).await;
}

#[tokio::test]
async fn ccip_18_server_sent_events_tell_each_change_and_go_on_after_the_last_one() {
    let stage = Stage::new(plan()).await;
    let replica = stage.serve("replica-a").await;
    let message = stage.deliver(Family::V1_6, Side::Home, "told").await;
    replica.status(&message.id, "executed").await;
    let url = format!("http://{}/api/v1/ccip/events", replica.service.listening().http);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut answer = client.get(&url).header("Last-Event-ID", "0").send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    let mut text = String::new();
    let told = async {
        while !text.contains("executed") {
            let chunk = answer.chunk().await.unwrap().expect("the stream goes on");
            text.push_str(&String::from_utf8_lossy(&chunk));
        }
    };
    tokio::time::timeout(Duration::from_secs(30), told).await.unwrap();
    assert!(text.contains("id:") && text.contains(&message.id), "{text}");
    drop(answer);
    stage.finish(vec![replica]).await;
}
