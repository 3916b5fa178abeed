//! What is told to whoever ordered: written with the step that causes it, one copy for each receiver in the outbox.

use std::{collections::HashMap, time::Duration};

use causeway_primitives::Timestamp;
use causeway_store::{
    Error, Named as _, Transaction,
    outbox::{self, Delivery},
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{NewAnswer, Store, audit, values::timestamp};
use crate::domain::{
    actor::Actor,
    request::{AnswerId, RequestId},
};

/// An answer as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerRow {
    /// Its name, which receivers see as the idempotency key.
    pub id: AnswerId,
    /// Whose it is.
    pub request: RequestId,
    /// `pacs.002.001.10`, `MT910` and so on.
    pub message_type: String,
    /// As it is sent.
    pub content: String,
    /// When it was written.
    pub at: Timestamp,
    /// How far it has come with the receiver who is farthest behind; `None` where nobody is told, or was long ago.
    pub state: Option<Delivery>,
}

/// A row without its state.
struct Row {
    answer_id: Uuid,
    request_id: Uuid,
    message_type: String,
    content: String,
    created_at: time::OffsetDateTime,
}

impl Store {
    /// What was told of a request, oldest first.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn list_answers(&self, id: RequestId) -> Result<Vec<AnswerRow>, Error> {
        let rows = sqlx::query_as!(
            Row,
            r#"
            SELECT answer_id, request_id, message_type, content, created_at FROM answer
            WHERE request_id = $1 ORDER BY created_at, step, message_type
            "#,
            Uuid::from_u128(id.get()),
        )
        .fetch_all(self.pool.executor())
        .named("list_answers", self.pool.queries())
        .await?;
        self.with_states(rows).await
    }

    /// An answer.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn find_answer(&self, id: AnswerId) -> Result<Option<AnswerRow>, Error> {
        let row = sqlx::query_as!(
            Row,
            "SELECT answer_id, request_id, message_type, content, created_at FROM answer WHERE answer_id = $1",
            Uuid::from_u128(id.get()),
        )
        .fetch_optional(self.pool.executor())
        .named("find_answer", self.pool.queries())
        .await?;
        Ok(self.with_states(row.into_iter().collect()).await?.pop())
    }

    /// Sends an answer again to every receiver, under its own name. Recorded.
    ///
    /// # Errors
    /// [`Error`]: nothing is sent.
    pub async fn replay_answer(&self, answer: &AnswerRow, actor: &Actor, at: Timestamp) -> Result<(), Error> {
        let mut tx = self.pool.begin().await?;
        let body = json!({ "event": "answer_replayed", "answer": answer.id.to_string(), "actor": actor.as_str() });
        audit::append(&mut tx, &answer.request.to_string(), &body.to_string(), at).await?;
        let payload = payload(answer.id, answer.request, &answer.message_type, &answer.content);
        for topic in self.receivers.iter() {
            outbox::replay(&mut tx, topic, &answer.id.to_string(), &payload).await?;
        }
        tx.commit().await
    }

    /// Removes at most `limit` copies of answers that were delivered longer ago than this; the answers themselves stay.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn prune_delivered(&self, age: Duration, limit: u32) -> Result<u64, Error> {
        outbox::prune(&self.pool, age, limit).await
    }

    async fn with_states(&self, rows: Vec<Row>) -> Result<Vec<AnswerRow>, Error> {
        let keys: Vec<String> = rows.iter().map(|row| row.answer_id.to_string()).collect();
        let mut worst: HashMap<String, Delivery> = HashMap::with_capacity(keys.len());
        for one in outbox::list_states(&self.pool, &self.receivers, &keys).await? {
            let known = worst.entry(one.key).or_insert(one.state);
            *known = (*known).max(one.state);
        }
        let row = rows.into_iter().map(|row| {
            Ok(AnswerRow {
                id: AnswerId::new(row.answer_id.as_u128()),
                request: RequestId::new(row.request_id.as_u128()),
                state: worst.get(&row.answer_id.to_string()).copied(),
                message_type: row.message_type,
                content: row.content,
                at: timestamp(row.created_at, "answer.created_at")?,
            })
        });
        row.collect()
    }
}

/// Writes an answer, once under its name.
pub(super) async fn insert_answer(
    tx: &mut Transaction,
    id: RequestId,
    (answer, receivers): (&NewAnswer, &[&'static str]),
    at: Timestamp,
) -> Result<(), Error> {
    let queries = tx.queries();
    sqlx::query!(
        r#"
        INSERT INTO answer (answer_id, request_id, step, message_type, content, created_at)
        SELECT $1, $2, COALESCE(MAX(step.step), 0), $3, $4, $5 FROM step WHERE step.request_id = $2
        ON CONFLICT (answer_id) DO NOTHING
        "#,
        Uuid::from_u128(answer.id.get()),
        Uuid::from_u128(id.get()),
        answer.message_type,
        answer.content,
        at.to_datetime(),
    )
    .execute(&mut **tx)
    .named("insert_answer", &queries)
    .await?;
    let payload = payload(answer.id, id, &answer.message_type, &answer.content);
    for topic in receivers {
        outbox::enqueue(tx, topic, &answer.id.to_string(), &payload).await?;
    }
    Ok(())
}

/// What receivers get.
fn payload(id: AnswerId, request: RequestId, message_type: &str, content: &str) -> Value {
    json!({
        "answer_id": id.to_string(),
        "request_id": request.to_string(),
        "message_type": message_type,
        "content": content,
    })
}
