//! What readers get as it happens, and the same message by gRPC.

use std::time::Duration;

use causeway_proto::ccip::v1::{GetMessageRequest, MessageStatus};
use causeway_testkit::{
    ccip::{Family, Side},
    monitor::Plan,
};

use super::stage::Stage;

fn plan() -> Plan {
    Plan { families: vec![Family::V1_6], ..Plan::default() }
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
    let request = GetMessageRequest { message_id: message.id.clone() };
    let by_grpc = replica.ccip.clone().get_message(request).await.unwrap().into_inner();
    let by_grpc = by_grpc.message.expect("a message");
    assert_eq!((by_grpc.message_id.as_str(), by_grpc.status()), (message.id.as_str(), MessageStatus::Executed));
    stage.finish(vec![replica]).await;
}
