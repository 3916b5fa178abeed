//! Messages as they stand: read by what evidence names them by, and written back.

use causeway_primitives::{Address, B256, MessageId, Timestamp};
use causeway_store::{Error, Named as _};
use time::OffsetDateTime;

use super::{
    board::Board,
    values::{address, digest, small, some_timestamp, state, status_code, timestamp},
    work::Work,
};
use crate::domain::standing::Standing;

/// A message, as far as its executions concern it.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) message: i64,
    pub(super) lane: i32,
    pub(super) ramp: i32,
    pub(super) id: MessageId,
    pub(super) sequence: Option<i64>,
    pub(super) nonce: Option<i64>,
    pub(super) leaf: Option<B256>,
    /// The tag of sender and data.
    pub(super) content: i64,
    /// The sender's tag.
    pub(super) sender: i64,
    pub(super) sent_at: Timestamp,
    pub(super) standing: Standing,
    pub(super) last_attempt: Option<i64>,
    pub(super) link: Option<i16>,
}

pub(super) struct KnownColumns {
    message: i64,
    lane: i32,
    ramp: i32,
    message_id: Vec<u8>,
    sequence: Option<i64>,
    nonce: Option<i64>,
    leaf: Option<Vec<u8>>,
    content: i64,
    sender: i64,
    sent_at: OffsetDateTime,
    state: i16,
    attempts: i32,
    delivered_at: Option<OffsetDateTime>,
    executed_at: Option<OffsetDateTime>,
    last_attempt: Option<i64>,
    link: Option<i16>,
}

impl TryFrom<KnownColumns> for Known {
    type Error = Error;

    fn try_from(row: KnownColumns) -> Result<Self, Error> {
        Ok(Self {
            message: row.message,
            lane: row.lane,
            ramp: row.ramp,
            id: MessageId::new(digest(&row.message_id, "sent.message_id")?),
            sequence: row.sequence,
            nonce: row.nonce,
            leaf: row.leaf.map(|leaf| digest(&leaf, "sent.leaf")).transpose()?,
            content: row.content,
            sender: row.sender,
            sent_at: timestamp(row.sent_at, "message.sent_at")?,
            standing: Standing {
                state: state(row.state)?,
                attempts: small(row.attempts, "message.attempts")?,
                delivered_at: some_timestamp(row.delivered_at, "message.delivered_at")?,
                executed_at: some_timestamp(row.executed_at, "message.executed_at")?,
            },
            last_attempt: row.last_attempt,
            link: row.link,
        })
    }
}

/// Numbers that a report covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Covered {
    pub(super) lane: i32,
    /// `None`: of every ramp of the lane.
    pub(super) on_ramp: Option<Address>,
    pub(super) first: i64,
    pub(super) last: i64,
}

/// [`Covered`], as columns.
pub(super) struct CoveredColumns {
    pub(super) lane: i32,
    pub(super) on_ramp: Option<Vec<u8>>,
    pub(super) first: i64,
    pub(super) last: i64,
}

impl TryFrom<CoveredColumns> for Covered {
    type Error = Error;

    fn try_from(CoveredColumns { lane, on_ramp, first, last }: CoveredColumns) -> Result<Self, Error> {
        let on_ramp = on_ramp.map(|contract| address(&contract, "report.on_ramp")).transpose()?;
        Ok(Self { lane, on_ramp, first, last })
    }
}

/// The messages of these (lane, id), on the chain or undone. Here and below, `OFFSET 0` keeps the planner to one look into
/// the index for each key, also where it does not know yet how many rows there are.
pub(super) async fn list_by_ids(work: &mut Work, lanes: &[i32], ids: &[Vec<u8>]) -> Result<Vec<Known>, Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let queries = work.tx.queries();
    sqlx::query_as!(
        KnownColumns,
        r#"
        SELECT message.message AS "message!", sent.lane AS "lane!", sent.ramp AS "ramp!", sent.message_id AS "message_id!", sent.sequence,
               sent.nonce, sent.leaf, sent.content AS "content!", message.sender AS "sender!", message.sent_at AS "sent_at!",
               message.state AS "state!", message.attempts AS "attempts!", message.delivered_at, message.executed_at,
               message.last_attempt, message.link
        FROM UNNEST($1::BYTEA[], $2::INTEGER[]) AS given (message_id, lane)
        CROSS JOIN LATERAL (
            SELECT * FROM sent
            WHERE sent.message_id = given.message_id AND sent.lane = given.lane AND sent.unwinding IS NULL
              AND NOT sent.repeated
            OFFSET 0
        ) AS sent
        CROSS JOIN LATERAL (SELECT * FROM message WHERE message.message = sent.message OFFSET 0) AS message
        UNION ALL
        SELECT message.message, sent.lane, sent.ramp, sent.message_id, sent.sequence, sent.nonce, sent.leaf, sent.content, message.sender,
               message.sent_at, message.state, message.attempts, message.delivered_at, message.executed_at,
               message.last_attempt, message.link
        FROM UNNEST($1::BYTEA[], $2::INTEGER[]) AS given (message_id, lane)
        CROSS JOIN LATERAL (
            SELECT * FROM sent
            WHERE sent.message_id = given.message_id AND sent.lane = given.lane AND sent.unwinding IS NOT NULL
            OFFSET 0
        ) AS sent
        CROSS JOIN LATERAL (
            SELECT * FROM message WHERE message.message = sent.message AND message.sent = sent.change OFFSET 0
        ) AS message
        "#,
        ids,
        lanes,
    )
    .fetch_all(&mut *work.tx)
    .named("list_messages_by_ids", &queries)
    .await?
    .into_iter()
    .map(Known::try_from)
    .collect()
}

/// The messages on the chain that one of these reports covers, but for those of ramps of which the board has all.
pub(super) async fn list_by_ranges(work: &mut Work, board: &Board, ranges: &[Covered]) -> Result<Vec<Known>, Error> {
    let (mut ramps, mut firsts, mut lasts) = (Vec::new(), Vec::new(), Vec::new());
    for Covered { lane, on_ramp, first, last } in ranges {
        for ramp in work.lanes.ramps_covered(*lane, *on_ramp).filter(|ramp| !board.holds(*ramp, *first, *last)) {
            ramps.push(ramp);
            firsts.push(*first);
            lasts.push(*last);
        }
    }
    if ramps.is_empty() {
        return Ok(Vec::new());
    }
    let queries = work.tx.queries();
    sqlx::query_as!(
        KnownColumns,
        r#"
        SELECT message.message, sent.lane, sent.ramp, sent.message_id, sent.sequence, sent.nonce, sent.leaf, sent.content, message.sender,
               message.sent_at, message.state, message.attempts, message.delivered_at, message.executed_at,
               message.last_attempt, message.link
        FROM UNNEST($1::INTEGER[], $2::BIGINT[], $3::BIGINT[]) AS given (ramp, first, last)
        CROSS JOIN LATERAL (
            SELECT * FROM sent
            WHERE sent.ramp = given.ramp AND sent.sequence BETWEEN given.first AND given.last AND sent.unwinding IS NULL
              AND sent.sequence IS NOT NULL AND NOT sent.repeated
            OFFSET 0
        ) AS sent
        CROSS JOIN LATERAL (SELECT * FROM message WHERE message.message = sent.message OFFSET 0) AS message
        "#,
        &ramps,
        &firsts,
        &lasts,
    )
    .fetch_all(&mut *work.tx)
    .named("list_messages_by_ranges", &queries)
    .await?
    .into_iter()
    .map(Known::try_from)
    .collect()
}

/// The messages of these keys, by the send that counts.
pub(super) async fn list_by_keys(work: &mut Work, keys: &[i64]) -> Result<Vec<Known>, Error> {
    let queries = work.tx.queries();
    sqlx::query_as!(
        KnownColumns,
        r#"
        SELECT message.message, sent.lane, sent.ramp, sent.message_id, sent.sequence, sent.nonce, sent.leaf, sent.content, message.sender,
               message.sent_at, message.state, message.attempts, message.delivered_at, message.executed_at,
               message.last_attempt, message.link
        FROM UNNEST($1::BIGINT[]) AS given (message)
        CROSS JOIN LATERAL (SELECT * FROM message WHERE message.message = given.message OFFSET 0) AS message
        CROSS JOIN LATERAL (SELECT * FROM sent WHERE sent.change = message.sent OFFSET 0) AS sent
        "#,
        keys,
    )
    .fetch_all(&mut *work.tx)
    .named("list_messages_by_keys", &queries)
    .await?
    .into_iter()
    .map(Known::try_from)
    .collect()
}

/// Writes messages as they stand now.
pub(super) async fn update(work: &mut Work, changed: &[&Known]) -> Result<(), Error> {
    if changed.is_empty() {
        return Ok(());
    }
    let standing = |known: &&Known| known.standing;
    let messages: Vec<i64> = changed.iter().map(|known| known.message).collect();
    let statuses: Vec<i16> = changed.iter().map(standing).map(|now| status_code(now.state.status())).collect();
    let states: Vec<i16> = changed.iter().map(standing).map(|now| i16::from(now.state.code())).collect();
    let attempts: Vec<i32> =
        changed.iter().map(standing).map(|now| i32::try_from(now.attempts).unwrap_or(i32::MAX)).collect();
    let datetime = |time: Option<Timestamp>| time.map(Timestamp::to_datetime);
    let delivered: Vec<_> = changed.iter().map(standing).map(|now| datetime(now.delivered_at)).collect();
    let executed: Vec<_> = changed.iter().map(standing).map(|now| datetime(now.executed_at)).collect();
    let last: Vec<Option<i64>> = changed.iter().map(|known| known.last_attempt).collect();
    let links: Vec<Option<i16>> = changed.iter().map(|known| known.link).collect();
    let queries = work.tx.queries();
    sqlx::query!(
        r#"
        UPDATE message
        SET status = given.status, state = given.state, attempts = given.attempts, delivered_at = given.delivered_at,
            executed_at = given.executed_at, last_attempt = given.last_attempt, link = given.link, updated_at = $9
        FROM UNNEST($1::BIGINT[], $2::SMALLINT[], $3::SMALLINT[], $4::INTEGER[], $5::TIMESTAMPTZ[], $6::TIMESTAMPTZ[],
                    $7::BIGINT[], $8::SMALLINT[])
            AS given (message, status, state, attempts, delivered_at, executed_at, last_attempt, link)
        WHERE message.message = given.message
        "#,
        &messages,
        &statuses,
        &states,
        &attempts,
        &delivered as &[Option<OffsetDateTime>],
        &executed as &[Option<OffsetDateTime>],
        &last as &[Option<i64>],
        &links as &[Option<i16>],
        work.now.to_datetime(),
    )
    .execute(&mut *work.tx)
    .named("update_messages", &queries)
    .await
    .map(drop)
}
