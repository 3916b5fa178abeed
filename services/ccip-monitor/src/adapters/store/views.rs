//! Messages as their readers see them, by key. Every other read finds keys first and comes here.

use std::collections::HashMap;

use causeway_primitives::{Bytes, ChainSelector, MessageId, Timestamp};
use causeway_store::{Error, Named as _};
use time::OffsetDateTime;

use super::{
    Store,
    values::{address, amount, chain, digest, link, origin, proof, small, some_timestamp, state, timestamp, unsigned},
};
use crate::{
    domain::event::{Payload, TokenAmount},
    ports::{MessageView, Side},
};

/// Retries that are shown of many: so many of the first and so many of the last.
const RETRIES: i32 = 5;

pub(super) struct MessageColumns {
    message: i64,
    state: i16,
    link: Option<i16>,
    attempts: i32,
    sent_at: OffsetDateTime,
    delivered_at: Option<OffsetDateTime>,
    executed_at: Option<OffsetDateTime>,
    orphaned: bool,
    dialect: String,
    source: String,
    destination: String,
    destination_chain: Option<i64>,
    lane_name: String,
    on_ramp: Vec<u8>,
    chain: i64,
    block: i64,
    block_hash: Vec<u8>,
    tx: Vec<u8>,
    is_final: bool,
    message_id: Vec<u8>,
    id_origin: i16,
    id_proof: i16,
    computed_id: Option<Vec<u8>>,
    sequence: Option<i64>,
    nonce: Option<i64>,
    sender: Vec<u8>,
    receiver: Vec<u8>,
    data_hash: Vec<u8>,
    data_length: i64,
    data_head: Vec<u8>,
    fee_token: Vec<u8>,
    fee: String,
    fee_juels: Option<String>,
    gas_limit: Option<String>,
    tokens: Vec<Vec<u8>>,
    amounts: Vec<String>,
    attempt_tx: Option<Vec<u8>>,
    attempt_block: Option<i64>,
    attempt_block_hash: Option<Vec<u8>>,
    attempt_at: Option<OffsetDateTime>,
    attempt_is_final: bool,
}

/// The messages of these keys, in the order of the keys; those that are no more are left out.
pub(super) async fn list(store: &Store, keys: &[i64]) -> Result<Vec<MessageView>, Error> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let mut views = HashMap::new();
    for row in select(store, keys).await? {
        let key = row.message;
        views.insert(key, MessageView::try_from(row)?);
    }
    let retried: Vec<i64> = views.iter().filter(|(_, view)| view.retry_count > 0).map(|(key, _)| *key).collect();
    for (key, at) in list_retries(store, &retried).await? {
        if let Some(view) = views.get_mut(&key) {
            view.retry_timestamps.push(at);
            view.last_retry_at = Some(at);
        }
    }
    for (key, earlier) in list_resends(store, keys).await? {
        if let Some(view) = views.get_mut(&key) {
            view.possible_resend_of = Some(earlier);
        }
    }
    Ok(keys.iter().filter_map(|key| views.remove(key)).collect())
}

async fn select(store: &Store, keys: &[i64]) -> Result<Vec<MessageColumns>, Error> {
    sqlx::query_as!(
        MessageColumns,
        r#"
        SELECT message.message, message.state, message.link, message.attempts, message.sent_at, message.delivered_at,
               message.executed_at, message.orphaned, lane.dialect, lane.source::TEXT AS "source!",
               lane.destination::TEXT AS "destination!", lane.destination_chain, lane.name AS lane_name,
               ramp.contract AS on_ramp, sent.chain, sent.block, sent.block_hash, sent.tx,
               COALESCE(sent.block <= source.final_height, FALSE) AS "is_final!", sent.message_id, sent.id_origin,
               sent.id_proof, sent.computed_id, sent.sequence, sent.nonce, sent.sender, sent.receiver, sent.data_hash,
               sent.data_length, sent.data_head, sent.fee_token, sent.fee::TEXT AS "fee!",
               sent.fee_juels::TEXT AS fee_juels, sent.gas_limit::TEXT AS gas_limit, sent.tokens,
               sent.amounts::TEXT[] AS "amounts!", attempt.tx AS "attempt_tx?", attempt.block AS "attempt_block?",
               attempt.block_hash AS "attempt_block_hash?", attempt.at AS "attempt_at?",
               COALESCE(attempt.block <= destination.final_height, FALSE) AS "attempt_is_final!"
        FROM UNNEST($1::BIGINT[]) AS given (message)
        JOIN message ON message.message = given.message
        JOIN lane ON lane.lane = message.lane
        JOIN sent ON sent.change = message.sent
        JOIN ramp ON ramp.ramp = sent.ramp
        LEFT JOIN attempt ON attempt.change = message.last_attempt
        LEFT JOIN cursor AS source ON source.chain = sent.chain
        LEFT JOIN cursor AS destination ON destination.chain = attempt.chain
        "#,
        keys,
    )
    .fetch_all(store.pool.executor())
    .named("list_messages_by_key", store.pool.queries())
    .await
}

/// Executions after the first, oldest first: of many, the first and the last few.
async fn list_retries(store: &Store, keys: &[i64]) -> Result<Vec<(i64, Timestamp)>, Error> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let rows = sqlx::query!(
        r#"
        SELECT message AS "message!", at AS "at!"
        FROM (
            SELECT message, at, row_number() OVER (PARTITION BY message ORDER BY block, log_index, change) AS ordinal,
                   count(*) OVER (PARTITION BY message) AS total
            FROM (
                SELECT message, at, block, log_index, change FROM attempt
                WHERE message = ANY($1) AND unwinding IS NULL AND outcome < 2
                UNION ALL
                SELECT message, at, block, 9223372036854775807, change FROM judgement
                WHERE message = ANY($1) AND unwinding IS NULL AND occurrence = 'reverted'
            ) AS execution
        ) AS numbered
        WHERE ordinal > 1 AND (ordinal <= 1 + $2 OR ordinal > total - $2)
        ORDER BY message, ordinal
        "#,
        keys,
        RETRIES,
    )
    .fetch_all(store.pool.executor())
    .named("list_retries", store.pool.queries())
    .await?;
    rows.into_iter().map(|row| Ok((row.message, timestamp(row.at, "attempt.at")?))).collect()
}

/// The message before each that is like it in everything and was not executed yet when it was sent.
async fn list_resends(store: &Store, keys: &[i64]) -> Result<Vec<(i64, MessageId)>, Error> {
    let rows = sqlx::query!(
        r#"
        SELECT given.message AS "message!", earlier.message_id AS "message_id!"
        FROM UNNEST($1::BIGINT[]) AS given (message)
        JOIN message ON message.message = given.message
        JOIN sent ON sent.change = message.sent
        CROSS JOIN LATERAL (
            SELECT other.message, other.message_id FROM sent AS other
            WHERE other.content = sent.content AND other.unwinding IS NULL AND NOT other.repeated
              AND other.at <= sent.at AND other.change < sent.change AND other.lane = sent.lane
              AND other.sender = sent.sender AND other.receiver = sent.receiver AND other.data_hash = sent.data_hash
              AND other.tokens = sent.tokens AND other.amounts = sent.amounts
            ORDER BY other.at DESC, other.change DESC
            LIMIT 1
        ) AS earlier
        JOIN message AS before ON before.message = earlier.message
        WHERE before.executed_at IS NULL OR before.executed_at > message.sent_at
        "#,
        keys,
    )
    .fetch_all(store.pool.executor())
    .named("list_resends", store.pool.queries())
    .await?;
    rows.into_iter().map(|row| Ok((row.message, MessageId::new(digest(&row.message_id, "sent.message_id")?)))).collect()
}

impl TryFrom<MessageColumns> for MessageView {
    type Error = Error;

    fn try_from(row: MessageColumns) -> Result<Self, Error> {
        let lane = super::lanes::key(&row.dialect, &row.source, &row.destination)?;
        Ok(Self {
            key: unsigned(row.message, "message.message")?,
            id: MessageId::new(digest(&row.message_id, "sent.message_id")?),
            lane_name: row.lane_name.clone(),
            id_origin: origin(row.id_origin)?,
            id_proof: proof(row.id_proof, row.computed_id.as_deref())?,
            source: source_side(&row, lane.source)?,
            destination: destination_side(&row, lane.destination)?,
            lane,
            sender: address(&row.sender, "sent.sender")?,
            receiver: Bytes::from(row.receiver),
            on_ramp: address(&row.on_ramp, "ramp.contract")?,
            sequence: row.sequence.map(|number| unsigned(number, "sent.sequence")).transpose()?,
            nonce: row.nonce.map(|number| unsigned(number, "sent.nonce")).transpose()?,
            payload: Payload {
                hash: digest(&row.data_hash, "sent.data_hash")?,
                length: unsigned(row.data_length, "sent.data_length")?,
                head: Bytes::from(row.data_head),
            },
            fee_token: address(&row.fee_token, "sent.fee_token")?,
            fee: amount(&row.fee, "sent.fee")?,
            fee_juels: row.fee_juels.map(|text| amount(&text, "sent.fee_juels")).transpose()?,
            gas_limit: row.gas_limit.map(|text| amount(&text, "sent.gas_limit")).transpose()?,
            tokens: tokens(&row.tokens, &row.amounts)?,
            status: state(row.state)?.status(),
            sent_at: timestamp(row.sent_at, "message.sent_at")?,
            delivered_at: some_timestamp(row.delivered_at, "message.delivered_at")?,
            executed_at: some_timestamp(row.executed_at, "message.executed_at")?,
            retry_count: small(row.attempts, "message.attempts")?.saturating_sub(1),
            retry_timestamps: Vec::new(),
            last_retry_at: None,
            link: row.link.map(link).transpose()?,
            orphaned: row.orphaned,
            possible_resend_of: None,
        })
    }
}

fn source_side(row: &MessageColumns, selector: ChainSelector) -> Result<Side, Error> {
    Ok(Side {
        selector,
        chain_id: Some(chain(row.chain, "sent.chain")?),
        tx: Some(digest(&row.tx, "sent.tx")?),
        block_number: Some(unsigned(row.block, "sent.block")?),
        block_hash: Some(digest(&row.block_hash, "sent.block_hash")?),
        time: Some(timestamp(row.sent_at, "message.sent_at")?),
        is_final: row.is_final,
    })
}

fn destination_side(row: &MessageColumns, selector: ChainSelector) -> Result<Side, Error> {
    let hash = |value: &Option<Vec<u8>>, column| value.as_ref().map(|hash| digest(hash, column)).transpose();
    Ok(Side {
        selector,
        chain_id: row.destination_chain.map(|id| chain(id, "lane.destination_chain")).transpose()?,
        tx: hash(&row.attempt_tx, "attempt.tx")?,
        block_number: row.attempt_block.map(|block| unsigned(block, "attempt.block")).transpose()?,
        block_hash: hash(&row.attempt_block_hash, "attempt.block_hash")?,
        time: some_timestamp(row.attempt_at, "attempt.at")?,
        is_final: row.attempt_is_final,
    })
}

fn tokens(tokens: &[Vec<u8>], amounts: &[String]) -> Result<Vec<TokenAmount>, Error> {
    tokens
        .iter()
        .zip(amounts)
        .map(|(token, text)| {
            Ok(TokenAmount { token: address(token, "sent.tokens")?, amount: amount(text, "sent.amounts")? })
        })
        .collect()
}
