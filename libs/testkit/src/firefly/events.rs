//! Events over WebSocket: a durable subscription, one event after the other, each of which waits for its acknowledgement.

use std::{collections::HashMap, sync::Arc, time::Duration};

use axum::{
    extract::{
        Query, State,
        ws::{Message, WebSocket, WebSocketUpgrade},
    },
    response::Response,
};
use serde_json::{Value, json};

use super::{
    book::{Event, NAMESPACE},
    server::Shared,
};

/// Whoever does not acknowledge in this time is cut off, and hears it again.
const ACKNOWLEDGE_WITHIN: Duration = Duration::from_secs(5);

/// How long a look for new events waits at most.
const LOOK: Duration = Duration::from_millis(20);

pub(super) async fn connect(
    State(shared): State<Arc<Shared>>,
    Query(query): Query<HashMap<String, String>>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let name = query.get("name").cloned().unwrap_or_default();
    upgrade.on_upgrade(move |socket| async move {
        // A client that goes away is no error of ours.
        let _ = deliver(&shared, &name, socket).await;
    })
}

async fn deliver(shared: &Shared, name: &str, mut socket: WebSocket) -> Result<(), axum::Error> {
    let known = shared.book().subscriptions.contains_key(name);
    if !known {
        let error = json!({ "type": "protocol_error", "error": format!("FF10190: no subscription {name}") });
        return socket.send(Message::text(error.to_string())).await;
    }
    if shared.book().ways.replayed
        && let Some((_, offset)) = shared.book().subscriptions.get_mut(name)
    {
        *offset = 0;
    }
    loop {
        let next = {
            let book = shared.book();
            let offset = book.subscriptions.get(name).map_or(0, |(_, offset)| *offset);
            book.deliveries().get(offset).cloned()
        };
        let Some(event) = next else {
            tokio::select! {
                () = shared.told.notified() => {}
                () = tokio::time::sleep(LOOK) => {}
                gone = socket.recv() => if gone.is_none_or(|message| message.is_err()) { return Ok(()) },
            }
            continue;
        };
        socket.send(Message::text(told(&event, name).to_string())).await?;
        let acknowledged = tokio::time::timeout(ACKNOWLEDGE_WITHIN, acknowledgement(&mut socket, &event)).await;
        if !acknowledged.unwrap_or(false) {
            return Ok(());
        }
        let mut book = shared.book();
        book.acknowledged = book.acknowledged.saturating_add(1);
        if let Some((_, offset)) = book.subscriptions.get_mut(name) {
            *offset = offset.saturating_add(1);
        }
    }
}

async fn acknowledgement(socket: &mut WebSocket, event: &Event) -> bool {
    while let Some(Ok(message)) = socket.recv().await {
        let Message::Text(text) = message else { continue };
        let told: Value = serde_json::from_str(text.as_str()).unwrap_or_default();
        return told.get("type") == Some(&json!("ack")) && told.get("id") == Some(&json!(event.id));
    }
    false
}

fn told(event: &Event, subscription: &str) -> Value {
    json!({
        "id": event.id,
        "sequence": event.sequence,
        "type": event.kind,
        "namespace": NAMESPACE,
        "reference": event.reference,
        "tx": event.tx,
        "topic": "blockchain_invoke",
        "created": event.at,
        "subscription": { "namespace": NAMESPACE, "name": subscription },
    })
}
