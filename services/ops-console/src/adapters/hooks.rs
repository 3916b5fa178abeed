//! Webhooks for tickets and chats: each step of a change, signed, at least once, with the same key on every attempt.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use causeway_alerting::channel::Hook;
use causeway_store::{
    Pool,
    outbox::{Dispatcher, Failure, Handler, Message, Settings},
};
use causeway_telemetry::Chain;
use serde_json::{Value, json};

/// What a receiver understands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The whole event as JSON.
    Ticket,
    /// `{"text": …}`, as chats' incoming webhooks take it.
    Chat,
}

/// A receiver.
#[derive(Debug, Clone)]
pub struct Receiver {
    /// Its name in the settings.
    pub id: String,
    /// What it understands.
    pub kind: Kind,
    /// Where it is.
    pub hook: Hook,
}

impl Receiver {
    /// The outbox topic that is its own.
    pub fn topic(&self) -> String {
        format!("change-hook:{}", self.id)
    }
}

#[async_trait]
impl Handler for Receiver {
    async fn deliver(&self, message: &Message) -> Result<(), Failure> {
        let body = match self.kind {
            Kind::Ticket => message.payload.to_string(),
            Kind::Chat => json!({ "text": message.payload.get("text").unwrap_or(&Value::Null) }).to_string(),
        };
        self.hook.post(&message.key, message.enqueued_at, body.into_bytes()).await.map_err(|error| {
            let detail = Chain(&error).to_string();
            if error.is_retryable() {
                Failure::Retry { detail, after: error.retry_after() }
            } else {
                Failure::Reject { detail }
            }
        })
    }
}

/// Delivers to all of them, each at its own pace.
pub fn dispatcher(pool: Pool, receivers: &[Receiver]) -> Dispatcher {
    let settings = Settings { poll_interval: Duration::from_millis(500), concurrency: 4, ..Settings::default() };
    receivers.iter().fold(Dispatcher::new(pool, settings), |dispatcher, receiver| {
        dispatcher.route(receiver.topic(), Arc::new(receiver.clone()))
    })
}
