//! A message sent again because somebody asks for it, and how far each one has come.

use serde_json::Value;

use crate::{Error, Named as _, Pool, Transaction};

/// How far a message has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Delivery {
    /// Taken by its receiver.
    Delivered,
    /// On its way.
    Pending,
    /// Given up on.
    Dead,
}

impl Delivery {
    /// Row, label and wire value.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Pending => "pending",
            Self::Dead => "dead",
        }
    }
}

/// The state of one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyState {
    /// What it is about.
    pub topic: String,
    /// Its idempotency key.
    pub key: String,
    /// How far it has come.
    pub state: Delivery,
}

/// Sends a message again under its own key, so that a receiver who has it knows it: at once and with all its attempts. One
/// that is on its way stays so; one that was pruned is written anew.
///
/// # Errors
/// [`Error::Query`] or [`Error::Timeout`].
pub async fn replay(tx: &mut Transaction, topic: &str, key: &str, payload: &Value) -> Result<(), Error> {
    let queries = tx.queries();
    sqlx::query!(
        r#"
        INSERT INTO causeway_outbox AS message (topic, key, payload)
        VALUES ($1, $2, $3)
        ON CONFLICT (topic, key) DO UPDATE
        SET state = 'pending', attempts = 0, due_at = clock_timestamp(), settled_at = NULL
        WHERE message.state <> 'pending'
        "#,
        topic,
        key,
        payload,
    )
    .execute(&mut **tx)
    .named("replay_message", &queries)
    .await
    .map(drop)
}

/// The states of the messages of these keys under these topics; of what was pruned, nothing.
///
/// # Errors
/// [`Error::Query`], [`Error::Timeout`] or [`Error::Unreadable`].
pub async fn list_states(pool: &Pool, topics: &[&str], keys: &[String]) -> Result<Vec<KeyState>, Error> {
    let topics: Vec<String> = topics.iter().map(|topic| (*topic).to_owned()).collect();
    let rows = sqlx::query!(
        "SELECT topic, key, state FROM causeway_outbox WHERE topic = ANY($1) AND key = ANY($2) ORDER BY id",
        &topics,
        keys,
    )
    .fetch_all(pool.executor())
    .named("list_message_states", pool.queries())
    .await?;
    rows.into_iter()
        .map(|row| {
            let states = [Delivery::Delivered, Delivery::Pending, Delivery::Dead];
            let state = states.into_iter().find(|state| state.as_str() == row.state);
            let state = state.ok_or(Error::Unreadable { column: "causeway_outbox.state" })?;
            Ok(KeyState { topic: row.topic, key: row.key, state })
        })
        .collect()
}
