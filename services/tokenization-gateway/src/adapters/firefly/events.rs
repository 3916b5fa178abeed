//! FireFly's events, which wake the courier and are believed in nothing.
//!
//! The subscription is durable and begins with the oldest event; each event is acknowledged when it has woken. One that comes
//! twice, out of order or never changes nothing, because the courier looks by itself as well.

use std::{sync::Arc, time::Duration};

use causeway_store::lease::Leadership;
use futures_util::{SinkExt as _, StreamExt as _};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use tokio::{
    sync::{Notify, watch},
    time::timeout,
};
use tokio_tungstenite::tungstenite::{
    self, Message,
    client::IntoClientRequest as _,
    http::{HeaderValue, header},
};
use tokio_util::sync::CancellationToken;

use super::api::{Api, Error};

/// The pause after the first connection that failed; each that follows is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// The longest pause: the courier looks by itself meanwhile.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// A connection that cannot be made in this time is not made.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);

/// See the module.
#[derive(Debug)]
pub struct Events {
    api: Api,
    subscription: String,
    wake: Arc<Notify>,
}

/// Why there are no events at the moment.
#[derive(Debug, thiserror::Error)]
enum Deaf {
    #[error("the subscription could not be made")]
    Subscription(#[from] Error),
    #[error("the connection broke")]
    Connection(#[from] tungstenite::Error),
    #[error("nobody answered in time")]
    Timeout(#[from] tokio::time::error::Elapsed),
    #[error("the address is none for events")]
    Address,
    #[error("FireFly says that the protocol was broken")]
    Protocol,
}

impl Events {
    /// By a subscription of this name. `wake` is what they do.
    pub const fn new(api: Api, subscription: String, wake: Arc<Notify>) -> Self {
        Self { api, subscription, wake }
    }

    /// Listens while this replica leads, until it is told to stop.
    ///
    /// # Errors
    /// None: a connection that breaks is made again.
    pub async fn run(
        self,
        mut leadership: watch::Receiver<Option<Leadership>>,
        stop: CancellationToken,
    ) -> Result<(), std::convert::Infallible> {
        let mut pause = FIRST_PAUSE;
        loop {
            let leads = leadership.borrow_and_update().is_some();
            let heard = async { if leads { self.listen(&mut pause).await } else { std::future::pending().await } };
            let ended = tokio::select! {
                () = stop.cancelled() => return Ok(()),
                changed = leadership.changed() => {
                    if changed.is_err() { return Ok(()) }
                    continue;
                }
                ended = heard => ended,
            };
            if let Err(deaf) = ended {
                tracing::debug!(error = %causeway_telemetry::Chain(&deaf), "no events from FireFly");
            }
            if stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_none() {
                return Ok(());
            }
            pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
        }
    }

    /// Until the connection ends.
    async fn listen(&self, pause: &mut Duration) -> Result<(), Deaf> {
        self.api.subscribe(&self.subscription).await?;
        let url = self.api.events(&self.subscription).ok_or(Deaf::Address)?;
        let mut request = url.as_str().into_client_request()?;
        if let Some(secret) = self.api.authorization() {
            let value = HeaderValue::from_str(secret.expose_secret()).map_err(|_| Deaf::Address)?;
            request.headers_mut().insert(header::AUTHORIZATION, value);
        }
        let (mut socket, _) = timeout(CONNECT_WITHIN, tokio_tungstenite::connect_async(request)).await??;
        *pause = FIRST_PAUSE;
        // What was missed while nobody listened.
        self.wake.notify_one();
        while let Some(message) = socket.next().await {
            let Message::Text(text) = message? else { continue };
            let event: Value = serde_json::from_str(text.as_str()).unwrap_or_default();
            if event.get("type").and_then(Value::as_str) == Some("protocol_error") {
                return Err(Deaf::Protocol);
            }
            self.wake.notify_one();
            if let Some(id) = event.get("id").and_then(Value::as_str) {
                socket.send(Message::text(self.acknowledgement(id).to_string())).await?;
            }
        }
        Ok(())
    }

    fn acknowledgement(&self, id: &str) -> Value {
        let subscription = json!({ "namespace": self.api.namespace(), "name": self.subscription });
        json!({ "type": "ack", "id": id, "subscription": subscription })
    }
}
