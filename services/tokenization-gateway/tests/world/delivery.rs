//! Answers on their way out: signed, repeated until they are taken, and whole files.

use std::{sync::Arc, time::Duration};

use causeway_store::outbox::{Backoff, Dispatcher, Order, Settings};
use causeway_testkit::wait::eventually;
use secrecy::SecretString;
use serde_json::Value;
use tokenization_gateway::adapters::{
    delivery::{Folder, Secret, Webhook},
    store::{BY_FOLDER, BY_WEBHOOK},
};
use tokio_util::sync::CancellationToken;
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::method};

use super::{
    messages::{mt103, uetr},
    stand::Stand,
};

const SECRET: &str = "0123456789abcdef0123456789abcdef";

#[tokio::test]
async fn tok_4_an_answer_goes_out_signed_again_until_it_is_taken_and_as_a_whole_file() {
    let stand = Stand::new("gateway_delivery").await;
    let gateway = stand.start();
    let receiver = MockServer::start().await;
    Mock::given(method("POST")).respond_with(ResponseTemplate::new(503)).up_to_n_times(2).mount(&receiver).await;
    Mock::given(method("POST")).respond_with(ResponseTemplate::new(202)).mount(&receiver).await;
    let folder = tempfile::tempdir().unwrap();
    let id = stand.order(&mt103(&uetr(1), "10,", "")).await;
    stand.reaches(id, "reported").await;
    let answers = stand.store.list_answers(id).await.unwrap();
    assert_eq!(answers.len(), 3, "a notification in each standard, and the status of the message");

    let secret = Secret::new(SecretString::from(SECRET)).unwrap();
    let url = receiver.uri().parse().unwrap();
    let webhook = Webhook::new(reqwest::Client::new(), url, secret, Duration::from_secs(5));
    let settings = Settings {
        poll_interval: Duration::from_millis(20),
        order: Order::Any,
        backoff: Backoff { first: Duration::from_millis(10), cap: Duration::from_millis(20) },
        ..Settings::default()
    };
    let dispatcher = Dispatcher::new(stand.pool().clone(), settings)
        .route(BY_WEBHOOK, Arc::new(webhook))
        .route(BY_FOLDER, Arc::new(Folder::new(folder.path().to_owned())));
    let stop = CancellationToken::new();
    let delivered = eventually("three files and five calls", async || {
        files(folder.path()).len() >= 3 && receiver.received_requests().await.unwrap().len() >= 5
    });
    tokio::select! {
        _ = dispatcher.run(stop.clone()) => {}
        () = delivered => {}
    }
    drop(gateway);

    let requests = receiver.received_requests().await.unwrap();
    for request in &requests {
        let header = |name: &str| request.headers[name].to_str().unwrap().to_owned();
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        assert_eq!(body["answer_id"], header("idempotency-key"));
        assert_eq!(header("x-causeway-signature"), signature(&header("x-causeway-timestamp"), &request.body));
    }
    let first = requests[0].headers["idempotency-key"].clone();
    let repeated = requests.iter().filter(|request| request.headers["idempotency-key"] == first);
    assert!(repeated.count() >= 2, "what was refused with 503 came again under its name");
    let mut told: Vec<_> = answers.into_iter().map(|answer| answer.content).collect();
    let mut written = files(folder.path());
    told.sort();
    written.sort();
    assert_eq!(written, told);
}

/// The contents of the files that a reader of the folder sees.
fn files(folder: &std::path::Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let whole = entries.filter(|entry| !entry.file_name().to_string_lossy().starts_with('.'));
    whole.map(|entry| std::fs::read_to_string(entry.path()).unwrap()).collect()
}

fn signature(timestamp: &str, body: &[u8]) -> String {
    use hmac::{Hmac, KeyInit as _, Mac as _};
    let mac = Hmac::<sha2::Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    let signed = mac.chain_update(timestamp).chain_update(b".").chain_update(body).finalize();
    format!("v1={}", hex::encode(signed.into_bytes()))
}
