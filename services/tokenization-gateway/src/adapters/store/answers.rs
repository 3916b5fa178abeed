//! What is told to whoever ordered: written with the step that causes it, one copy for each receiver in the outbox.

use std::{collections::HashMap, time::Duration};

use causeway_primitives::Timestamp;
use causeway_store::{
    Error, Named as _, Transaction,
    outbox::{self, Delivery, Letter},
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    NewAnswer, Reporter, Store, audit,
    steps::Taken,
    values::{Column as _, small, there, timestamp},
};
use crate::domain::{
    actor::Actor,
    request::{AnswerId, MessageId, Request, RequestId},
    saga::State,
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

/// A message none of whose requests is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// The message.
    pub message: MessageId,
    /// `MT103`, `pacs.008.001.08`.
    pub message_type: String,
    /// The sender's reference of the whole message.
    pub reference: String,
    /// By position; those that were requests before, under another message, are not among them.
    pub transactions: Vec<TransactionEnd>,
}

/// What became of one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransactionEnd {
    /// Which of the message's transactions, from 1.
    pub position: u32,
    /// The sender's reference.
    pub reference: String,
    /// End-to-end reference.
    pub end_to_end: Option<String>,
    /// UETR.
    pub uetr: Option<String>,
    /// Where its request ended, or the label of why it became none.
    pub outcome: Result<State, String>,
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
            WHERE request_id = $1 OR message_id = (SELECT message_id FROM request WHERE request_id = $1)
            ORDER BY created_at, step, message_type
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
        audit::append(&mut tx, &[(answer.request.to_string(), body.to_string(), at)]).await?;
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

/// Counts the open requests of a message, so that the last of them answers it.
pub(super) async fn await_report(
    tx: &mut Transaction,
    id: MessageId,
    open: usize,
    refused: &[TransactionEnd],
) -> Result<(), Error> {
    let queries = tx.queries();
    let refused: Vec<Value> = refused.iter().map(written).collect();
    sqlx::query!(
        "INSERT INTO message_report (message_id, open, refused) VALUES ($1, $2, $3)",
        Uuid::from_u128(id.get()),
        i32::try_from(open).unwrap_or(i32::MAX),
        Value::from(refused),
    )
    .execute(&mut **tx)
    .named("insert_message_report", &queries)
    .await
    .map(drop)
}

/// With the last request of a message, answers the message. Behind the record's lock, so that of two that end at once one
/// is the last.
pub(super) async fn report(
    tx: &mut Transaction,
    request: &Request,
    (reporter, receivers): (Option<Reporter>, &[&'static str]),
    at: Timestamp,
) -> Result<(), Error> {
    let Some(origin) = &request.origin else { return Ok(()) };
    let queries = tx.queries();
    let row = sqlx::query!(
        "UPDATE message_report SET open = open - 1 WHERE message_id = $1 AND open > 0 RETURNING open, refused",
        Uuid::from_u128(origin.message.get()),
    )
    .fetch_optional(&mut **tx)
    .named("count_message_report", &queries)
    .await?;
    let (Some(row), Some(reporter)) = (row, reporter) else { return Ok(()) };
    if row.open > 0 {
        return Ok(());
    }
    let mut transactions = list_ends(tx, origin.message).await?;
    let refused = row.refused.as_array().into_iter().flatten();
    for one in refused {
        transactions.push(read(one).ok_or(Error::Unreadable { column: "message_report.refused" })?);
    }
    transactions.sort_by_key(|one| one.position);
    let ended = Ended {
        message: origin.message,
        message_type: origin.message_type.clone(),
        reference: origin.message_reference.clone(),
        transactions,
    };
    // Of texts that came in a valid message, each can stand in XML.
    let answer = reporter(&ended, at).map_err(|_| Error::Unreadable { column: "message.reference" })?;
    let told = Told { request, message: Some(origin.message), answer: &answer, at };
    insert(tx, &[told], receivers).await
}

async fn list_ends(tx: &mut Transaction, id: MessageId) -> Result<Vec<TransactionEnd>, Error> {
    let queries = tx.queries();
    let rows = sqlx::query!(
        r#"
        SELECT position, sender_reference, end_to_end, uetr, state, reason
        FROM request WHERE message_id = $1 ORDER BY position
        "#,
        Uuid::from_u128(id.get()),
    )
    .fetch_all(&mut **tx)
    .named("list_transaction_ends", &queries)
    .await?;
    rows.into_iter()
        .map(|row| {
            let state = State::read(&row.state, &row.reason);
            Ok(TransactionEnd {
                position: small(there(row.position, "request.position")?, "request.position")?,
                reference: row.sender_reference.unwrap_or_default(),
                end_to_end: row.end_to_end,
                uetr: row.uetr,
                outcome: Ok(state.map_err(|_| Error::Unreadable { column: "request.state" })?),
            })
        })
        .collect()
}

/// A transaction that became no request, as a row has it.
fn written(end: &TransactionEnd) -> Value {
    json!({
        "position": end.position,
        "reference": end.reference,
        "end_to_end": end.end_to_end,
        "uetr": end.uetr,
        "reason": end.outcome.as_ref().err(),
    })
}

fn read(row: &Value) -> Option<TransactionEnd> {
    let text = |name: &str| row.get(name).and_then(Value::as_str).map(str::to_owned);
    Some(TransactionEnd {
        position: u32::try_from(row.get("position")?.as_u64()?).ok()?,
        reference: text("reference")?,
        end_to_end: text("end_to_end"),
        uetr: text("uetr"),
        outcome: Err(text("reason")?),
    })
}

/// An answer as it is written.
struct Told<'a> {
    request: &'a Request,
    /// Of a whole message.
    message: Option<MessageId>,
    answer: &'a NewAnswer,
    at: Timestamp,
}

/// Writes what steps tell.
pub(super) async fn insert_answers(
    tx: &mut Transaction,
    taken: &[Taken<'_>],
    receivers: &[&'static str],
) -> Result<(), Error> {
    let told = taken.iter().flat_map(|one| {
        let told = move |answer| Told { request: one.request, message: None, answer, at: one.step.at };
        one.step.answers.iter().map(told)
    });
    insert(tx, &told.collect::<Vec<_>>(), receivers).await
}

/// Writes answers, each once under its name, and a copy for each receiver in the trace of its request.
async fn insert(tx: &mut Transaction, told: &[Told<'_>], receivers: &[&'static str]) -> Result<(), Error> {
    if told.is_empty() {
        return Ok(());
    }
    let queries = tx.queries();
    sqlx::query!(
        r#"
        INSERT INTO answer (answer_id, request_id, step, message_type, content, created_at, message_id)
        SELECT told.answer_id, told.request_id, last.step, told.message_type, told.content, told.at, told.message_id
        FROM UNNEST($1::UUID[], $2::UUID[], $3::TEXT[], $4::TEXT[], $5::TIMESTAMPTZ[], $6::UUID[])
            AS told (answer_id, request_id, message_type, content, at, message_id)
        CROSS JOIN LATERAL (
            SELECT COALESCE(MAX(step.step), 0) AS step FROM step WHERE step.request_id = told.request_id
        ) AS last
        ON CONFLICT (answer_id) DO NOTHING
        "#,
        &told.column(|one| Uuid::from_u128(one.answer.id.get())),
        &told.column(|one| Uuid::from_u128(one.request.id.get())),
        &told.column(|one| one.answer.message_type.clone()),
        &told.column(|one| one.answer.content.clone()),
        &told.column(|one| one.at.to_datetime()),
        &told.column(|one| one.message.map(|message| Uuid::from_u128(message.get()))) as &[Option<Uuid>],
    )
    .execute(&mut **tx)
    .named("insert_answers", &queries)
    .await?;
    let letters = told.column(|one| Letter {
        key: one.answer.id.to_string(),
        payload: payload(one.answer.id, one.request.id, &one.answer.message_type, &one.answer.content),
        traceparent: one.request.traceparent.clone(),
    });
    for topic in receivers {
        outbox::enqueue_all(tx, topic, &letters).await?;
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
