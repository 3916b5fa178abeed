//! In turn: a message that fails is tried again before the next one of its topic, and holds up no other topic.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use causeway_store::outbox::{self, Backoff, Dispatcher, Failure, Handler, Message, Order, Settings};
use serde_json::json;
use tokio::{sync::mpsc, time::timeout};
use tokio_util::sync::CancellationToken;

use crate::stand::Stand;

const LIMIT: Duration = Duration::from_secs(30);

/// Fails the first attempt of every message.
#[derive(Debug)]
struct Stubborn(mpsc::UnboundedSender<String>);

#[async_trait]
impl Handler for Stubborn {
    async fn deliver(&self, message: &Message) -> Result<(), Failure> {
        self.0.send(format!("{} {} {}", message.topic, message.key, message.attempt())).unwrap();
        match message.attempt() {
            1 => Err(Failure::Retry { detail: "503".to_owned(), after: None }),
            _ => Ok(()),
        }
    }
}

fn settings() -> Settings {
    Settings {
        poll_interval: Duration::from_millis(10),
        order: Order::InTurn,
        concurrency: 8,
        backoff: Backoff { first: Duration::from_millis(300), cap: Duration::from_millis(300) },
        ..Settings::default()
    }
}

#[tokio::test]
async fn grd_8_in_turn_no_message_overtakes_one_that_fails_even_with_two_dispatchers() {
    let stand = Stand::new("outbox_turn").await;
    let mut tx = stand.pool.begin().await.unwrap();
    for (topic, key) in [("slack", "fired"), ("pager", "fired"), ("slack", "resolved"), ("pager", "resolved")] {
        outbox::enqueue(&mut tx, topic, key, &json!({})).await.unwrap();
    }
    tx.commit().await.unwrap();
    let (sender, mut seen) = mpsc::unbounded_channel();
    let stop = CancellationToken::new();
    let running: Vec<_> = [stand.pool.clone(), stand.another_process()]
        .into_iter()
        .map(|pool| {
            let handler: Arc<dyn Handler> = Arc::new(Stubborn(sender.clone()));
            let dispatcher =
                Dispatcher::new(pool, settings()).route("slack", Arc::clone(&handler)).route("pager", handler);
            tokio::task::spawn(dispatcher.run(stop.clone()))
        })
        .collect();
    let (mut slack, mut pager) = (Vec::new(), Vec::new());
    while slack.len() + pager.len() < 8 {
        let told = timeout(LIMIT, seen.recv()).await.expect("nothing was delivered").unwrap();
        let (topic, attempt) = told.split_once(' ').unwrap();
        if topic == "slack" { slack.push(attempt.to_owned()) } else { pager.push(attempt.to_owned()) }
    }
    stop.cancel();
    for one in running {
        timeout(LIMIT, one).await.expect("the dispatcher never stopped").unwrap().unwrap();
    }
    let in_turn = ["fired 1", "fired 2", "resolved 1", "resolved 2"];
    assert_eq!(slack, in_turn);
    assert_eq!(pager, in_turn);
}
