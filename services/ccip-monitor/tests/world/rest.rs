//! Bad input on the real port: each is refused with its reason, and nothing else happens.

use causeway_testkit::{ccip::Family, monitor::Plan};

use super::stage::Stage;

/// An id that no message has.
const UNKNOWN: &str = "0x1111111111111111111111111111111111111111111111111111111111111111";

#[tokio::test]
async fn ccip_8_bad_input_is_refused_with_its_reason_and_an_unknown_message_is_not_found() {
    let stage = Stage::new(Plan { families: vec![Family::V1_6], ..Plan::default() }).await;
    let replica = stage.serve("replica-a").await;
    for path in [
        "messages/0x12",
        "messages/xyz",
        "messages?status=lost",
        "messages?sender=0x12",
        "messages?source_chain_id=besu",
        "messages?limit=0",
        "messages?limit=1000000",
        "messages?cursor=AAAA",
        "messages?sent_from=yesterday",
        "messages?chain=138",
        "messages?status=failed&status=sent",
        "transactions/138/0x12/messages",
        "transactions/0/0x1111111111111111111111111111111111111111111111111111111111111111/messages",
    ] {
        let (status, body) = replica.client.json(&format!("/api/v1/ccip/{path}")).await.unwrap();
        assert_eq!(status, 400, "{path}: {body}");
        let told = |field: &str| body[field].as_str().is_some_and(|text| !text.is_empty());
        assert!(told("reason") && told("message"), "{path}: {body}");
    }
    for path in [format!("messages/{UNKNOWN}"), format!("messages/{UNKNOWN}/diagnosis")] {
        let (status, body) = replica.client.json(&format!("/api/v1/ccip/{path}")).await.unwrap();
        assert_eq!(status, 404, "{path}: {body}");
    }
    let document = replica.json("/api/v1/openapi.json").await;
    for path in ["/api/v1/ccip/messages", "/api/v1/ccip/messages/{message_id}"] {
        assert!(document["paths"][path]["get"].is_object(), "{path} is documented");
    }
    stage.finish(vec![replica]).await;
}
