//! From an outbox row to a channel: one attempt each time, in turn, not faster than a channel bears.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use causeway_store::outbox::{self, Backoff, Failure, Handler, Message, Order};
use causeway_telemetry::Chain;
use tokio::{
    sync::Mutex,
    time::{Instant, sleep_until},
};

use crate::{channel::Channel, metrics::Metrics, wire};

/// How alerts leave the outbox. In turn, because a channel that hears of an end before its beginning keeps an incident
/// open that is over; for about three hours, because what is older has reached people by other ways.
pub(crate) fn settings() -> outbox::Settings {
    outbox::Settings {
        poll_interval: Duration::from_millis(250),
        // A message that a killed process was delivering waits for this and a little more.
        delivery_timeout: Duration::from_secs(20),
        order: Order::InTurn,
        concurrency: 1,
        max_attempts: 200,
        backoff: Backoff { first: Duration::from_secs(1), cap: Duration::from_secs(60) },
    }
}

/// Delivers one channel's messages.
#[derive(Debug)]
pub(crate) struct Delivery {
    channel: Arc<dyn Channel>,
    metrics: Metrics,
    not_before: Mutex<Instant>,
}

impl Delivery {
    pub(crate) fn new(channel: Arc<dyn Channel>, metrics: Metrics) -> Self {
        Self { channel, metrics, not_before: Mutex::new(Instant::now()) }
    }
}

#[async_trait]
impl Handler for Delivery {
    async fn deliver(&self, message: &Message) -> Result<(), Failure> {
        let notification = serde_json::to_vec(&message.payload).map_err(wire::Error::Json);
        let notification = notification.and_then(|json| wire::decode(&json));
        let notification = notification.map_err(|error| Failure::Reject { detail: Chain(&error).to_string() })?;
        let mut not_before = self.not_before.lock().await;
        sleep_until(*not_before).await;
        let delivered = self.channel.deliver(&notification).await;
        *not_before = Instant::now() + self.channel.pace();
        let channel = self.channel.id().as_str();
        match delivered {
            Ok(()) => {
                self.metrics.count(channel, "delivered");
                Ok(())
            }
            Err(error) => {
                self.metrics.count(channel, error.as_str());
                let detail = Chain(&error).to_string();
                Err(if error.is_retryable() {
                    Failure::Retry { detail, after: error.retry_after() }
                } else {
                    Failure::Reject { detail }
                })
            }
        }
    }
}
