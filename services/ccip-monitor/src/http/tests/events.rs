//! The stream of changes: resumed without a gap, bounded, ended by the drain.

use std::{sync::Arc, time::Duration};

use axum::{
    body::{Body, BodyDataStream},
    http::{Request, StatusCode, header},
};
use causeway_runtime::CancellationToken;
use futures_util::StreamExt as _;
use serde_json::{Value, json};

use super::{Api, api, ask};
use crate::ports::{
    MessageView,
    fake::FakeStore,
    samples::{id, message, pending},
};

/// Enough on any machine; a test that waits longer has failed.
const SOON: Duration = Duration::from_secs(10);

struct Reader {
    body: BodyDataStream,
    text: String,
}

impl Reader {
    async fn open(api: Api, path: &str, last: Option<&str>) -> Self {
        let mut request = Request::get(format!("/api/v1/ccip/events{path}"));
        if let Some(last) = last {
            request = request.header("Last-Event-ID", last);
        }
        let response = ask(api, request.body(Body::empty()).unwrap()).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
        Self { body: response.into_body().into_data_stream(), text: String::new() }
    }

    /// The next event's id and data.
    async fn next(&mut self) -> (u64, Value) {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
                let event = field("id: ").zip(field("data: "));
                self.text = rest.to_owned();
                if let Some((id, data)) = event {
                    return (id.parse().unwrap(), serde_json::from_str(&data).unwrap());
                }
                continue;
            }
            let chunk = tokio::time::timeout(SOON, self.body.next()).await.unwrap().unwrap().unwrap();
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    async fn ends(&mut self) -> bool {
        tokio::time::timeout(SOON, async { while self.body.next().await.is_some() {} }).await.is_ok()
    }
}

fn store(messages: Vec<MessageView>) -> Arc<FakeStore> {
    Arc::new(FakeStore { messages, ..FakeStore::default() })
}

fn over(store: &Arc<FakeStore>) -> Api {
    Api { watch: Arc::clone(store) as _, ..api(FakeStore::default()) }
}

#[tokio::test(start_paused = true)]
async fn ccip_8_a_stream_tells_what_changes_from_now_on() {
    let store = store(vec![message(1), pending(2)]);
    store.change(4, &message(1));
    let mut reader = Reader::open(over(&store), "", None).await;
    store.change(5, &pending(2));
    let (sequence, body) = reader.next().await;
    assert_eq!((sequence, &body["message_id"], &body["status"]), (5, &json!(id(2).to_string()), &json!("sent")));
}

#[tokio::test(start_paused = true)]
async fn ccip_8_a_browser_that_comes_back_misses_nothing_and_sees_nothing_twice() {
    let store = store((1..=3).map(message).collect());
    for number in 1..=3 {
        store.change(u64::from(number), &message(number));
    }
    // The page's address is older than what the browser knows.
    let mut reader = Reader::open(over(&store), "?after=0", Some("1")).await;
    assert_eq!((reader.next().await.0, reader.next().await.0), (2, 3));
    let mut reader = Reader::open(over(&store), "?after=2", None).await;
    assert_eq!(reader.next().await.0, 3);
}

#[tokio::test(start_paused = true)]
async fn ccip_8_changes_of_one_message_that_are_read_together_are_told_once() {
    let store = store(vec![message(1), message(2)]);
    for (sequence, number) in [(1, 1), (2, 2), (3, 1)] {
        store.change(sequence, &message(number));
    }
    let mut reader = Reader::open(over(&store), "?after=0", None).await;
    let (first, second) = (reader.next().await, reader.next().await);
    assert_eq!((first.0, &first.1["message_id"]), (2, &json!(id(2).to_string())));
    assert_eq!((second.0, &second.1["message_id"]), (3, &json!(id(1).to_string())));
}

#[tokio::test(start_paused = true)]
async fn ccip_8_a_stream_of_one_message_or_lane_tells_no_other() {
    let other = MessageView { lane_name: "elsewhere".to_owned(), ..message(2) };
    let store = store(vec![message(1), other.clone()]);
    store.change(1, &message(1));
    store.change(2, &other);
    let mut reader = Reader::open(over(&store), &format!("?after=0&message_id={}", id(2)), None).await;
    assert_eq!(reader.next().await.0, 2);
    let mut reader = Reader::open(over(&store), "?after=0&lane=elsewhere", None).await;
    assert_eq!(reader.next().await.0, 2);
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_when_the_service_drains() {
    let draining = CancellationToken::new();
    let api = Api { draining: draining.clone(), ..over(&store(Vec::new())) };
    let mut reader = Reader::open(api, "", None).await;
    draining.cancel();
    assert!(reader.ends().await);
}

#[tokio::test(start_paused = true)]
async fn there_is_room_for_so_many_streams_and_a_place_is_given_back() {
    let api = over(&store(Vec::new()));
    let first = Reader::open(api.clone(), "", None).await;
    let request = || Request::get("/api/v1/ccip/events").body(Body::empty()).unwrap();
    let refused = ask(api.clone(), request()).await;
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(refused.headers().contains_key(header::RETRY_AFTER));
    drop(first);
    assert_eq!(ask(api, request()).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn ccip_8_a_last_event_that_we_did_not_give_is_refused() {
    let request = Request::get("/api/v1/ccip/events").header("Last-Event-ID", "x").body(Body::empty()).unwrap();
    assert_eq!(ask(over(&store(Vec::new())), request).await.status(), StatusCode::BAD_REQUEST);
}
