//! Executions that name an id which no send states, brought to their messages by content.

use std::collections::{BTreeMap, HashMap};

use causeway_primitives::{ChainId, MessageId, Timestamp};
use causeway_store::{Error, Named as _};
use time::OffsetDateTime;

use super::{
    asides, findings,
    values::{address, chain, digest, signed, timestamp, unsigned},
    work::Work,
};
use crate::domain::{
    event::Place,
    link::{Linked, Open, SKEW, Waiting, in_order},
};

/// Which executions are looked at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Due {
    /// The chain that was read on.
    pub(super) chain: ChainId,
    /// The last change before this transaction: executions after it are new.
    pub(super) after: i64,
    /// Up to when the chain had been read before.
    pub(super) read_up_to: Option<OffsetDateTime>,
}

/// An execution that waits for a message with its content.
struct Attempt {
    change: i64,
    lane: i32,
    content: i64,
    id: MessageId,
    place: Place,
}

struct AttemptColumns {
    change: i64,
    lane: i32,
    content: i64,
    message_id: Vec<u8>,
    chain: i64,
    block: i64,
    log_index: i64,
    block_hash: Vec<u8>,
    tx: Vec<u8>,
    contract: Vec<u8>,
    at: OffsetDateTime,
}

/// Links what can be linked now. An execution is looked at when its source was read past it, so that the outcome does not
/// depend on which chain is ahead.
pub(super) async fn run(work: &mut Work, due: &Due) -> Result<(), Error> {
    let waiting = list_due(work, due).await?;
    if waiting.is_empty() {
        return Ok(());
    }
    let mut links = list_known_ids(work, &waiting).await?;
    let mut open = list_open(work, &waiting, &links).await?;
    let mut groups: BTreeMap<(i32, i64), Vec<&Attempt>> = BTreeMap::new();
    for attempt in &waiting {
        let group = groups.entry((attempt.lane, attempt.content)).or_default();
        // An id that comes again is the same message again.
        if !links.contains_key(&(attempt.lane, attempt.id)) && !group.iter().any(|first| first.id == attempt.id) {
            group.push(attempt);
        }
    }
    let mut ambiguous = Vec::new();
    for (group, attempts) in groups {
        let waiting: Vec<_> =
            attempts.iter().map(|attempt| Waiting { attempt: *attempt, at: attempt.place.time }).collect();
        for linked in in_order(&waiting, &open.remove(&group).unwrap_or_default()) {
            match linked {
                Linked::To(attempt, message) => drop(links.insert((attempt.lane, attempt.id), message)),
                Linked::Ambiguous(attempt) => ambiguous.push(attempt),
            }
        }
    }
    link(work, &waiting, &links, due.after).await?;
    mark_ambiguous(work, &ambiguous).await
}

type Links = HashMap<(i32, MessageId), i64>;

async fn list_due(work: &mut Work, due: &Due) -> Result<Vec<Attempt>, Error> {
    let from = due.read_up_to.map_or(OffsetDateTime::UNIX_EPOCH, |time| time - SKEW);
    let queries = work.tx.queries();
    let rows = sqlx::query_as!(
        AttemptColumns,
        r#"
        SELECT attempt.change, attempt.lane, attempt.content AS "content!", attempt.message_id, attempt.chain,
               attempt.block, attempt.log_index, attempt.block_hash, attempt.tx, attempt.contract, attempt.at
        FROM lane
        JOIN cursor AS source ON source.chain = lane.source_chain
        JOIN attempt ON attempt.lane = lane.lane AND attempt.at <= source.time
            AND attempt.message IS NULL AND attempt.content IS NOT NULL AND NOT attempt.ambiguous
            AND attempt.unwinding IS NULL
        WHERE (lane.source_chain = $1 AND attempt.at >= $2)
           OR (lane.destination_chain = $1 AND attempt.change > $3)
        ORDER BY attempt.lane, attempt.block, attempt.log_index
        "#,
        signed(due.chain.get()),
        from,
        due.after,
    )
    .fetch_all(&mut *work.tx)
    .named("list_waiting_attempts", &queries)
    .await?;
    rows.into_iter().map(Attempt::try_from).collect()
}

impl TryFrom<AttemptColumns> for Attempt {
    type Error = Error;

    fn try_from(row: AttemptColumns) -> Result<Self, Error> {
        Ok(Self {
            change: row.change,
            lane: row.lane,
            content: row.content,
            id: MessageId::new(digest(&row.message_id, "attempt.message_id")?),
            place: Place {
                chain: chain(row.chain, "attempt.chain")?,
                block: unsigned(row.block, "attempt.block")?,
                block_hash: digest(&row.block_hash, "attempt.block_hash")?,
                time: timestamp(row.at, "attempt.at")?,
                tx: digest(&row.tx, "attempt.tx")?,
                log_index: unsigned(row.log_index, "attempt.log_index")?,
                contract: address(&row.contract, "attempt.contract")?,
            },
        })
    }
}

/// Ids of the destination that were brought to messages before.
async fn list_known_ids(work: &mut Work, waiting: &[Attempt]) -> Result<Links, Error> {
    let lanes: Vec<i32> = waiting.iter().map(|attempt| attempt.lane).collect();
    let ids: Vec<Vec<u8>> = waiting.iter().map(|attempt| attempt.id.get().to_vec()).collect();
    let queries = work.tx.queries();
    let rows = sqlx::query!(
        r#"
        SELECT attempt.lane, attempt.message_id, attempt.message AS "message!"
        FROM UNNEST($1::INTEGER[], $2::BYTEA[]) AS given (lane, message_id)
        JOIN attempt ON attempt.message_id = given.message_id AND attempt.lane = given.lane AND attempt.link = 1
            AND attempt.unwinding IS NULL
        "#,
        &lanes,
        &ids,
    )
    .fetch_all(&mut *work.tx)
    .named("list_linked_ids", &queries)
    .await?;
    rows.into_iter()
        .map(|row| Ok(((row.lane, MessageId::new(digest(&row.message_id, "attempt.message_id")?)), row.message)))
        .collect()
}

type OpenMessages = HashMap<(i32, i64), Vec<Open<i64, i64>>>;

/// Messages of these contents after the last one that was linked, in the order of their sends.
async fn list_open(work: &mut Work, waiting: &[Attempt], links: &Links) -> Result<OpenMessages, Error> {
    let mut until: BTreeMap<(i32, i64), Timestamp> = BTreeMap::new();
    for attempt in waiting.iter().filter(|attempt| !links.contains_key(&(attempt.lane, attempt.id))) {
        until.insert((attempt.lane, attempt.content), attempt.place.time);
    }
    let lanes: Vec<i32> = until.keys().map(|(lane, _)| *lane).collect();
    let contents: Vec<i64> = until.keys().map(|(_, content)| *content).collect();
    let limits: Vec<_> = until.values().map(|time| time.after(SKEW).to_datetime()).collect();
    let queries = work.tx.queries();
    let rows = sqlx::query!(
        r#"
        SELECT given.lane AS "lane!", given.content AS "content!", message.message, message.receiver, message.sent_at
        FROM UNNEST($1::INTEGER[], $2::BIGINT[], $3::TIMESTAMPTZ[]) AS given (lane, content, until)
        LEFT JOIN LATERAL (
            SELECT attempt.message FROM attempt
            WHERE attempt.lane = given.lane AND attempt.content = given.content AND attempt.link = 1
              AND attempt.unwinding IS NULL
            ORDER BY attempt.message DESC LIMIT 1
        ) AS last ON TRUE
        LEFT JOIN message AS linked ON linked.message = last.message
        JOIN sent ON sent.content = given.content AND sent.lane = given.lane AND sent.unwinding IS NULL
            AND sent.at BETWEEN COALESCE(linked.sent_at, '-infinity') AND given.until
            AND NOT sent.repeated AND sent.message > COALESCE(linked.message, 0)
        JOIN message ON message.message = sent.message AND message.last_attempt IS NULL
        ORDER BY sent.at, sent.change
        "#,
        &lanes,
        &contents,
        &limits,
    )
    .fetch_all(&mut *work.tx)
    .named("list_open_messages", &queries)
    .await?;
    let mut open = OpenMessages::new();
    for row in rows {
        let sent_at = timestamp(row.sent_at, "message.sent_at")?;
        open.entry((row.lane, row.content)).or_default().push(Open {
            message: row.message,
            sent_at,
            receiver: row.receiver,
        });
    }
    Ok(open)
}

/// Writes the links, and tells watchers of those whose execution is no change of this transaction.
async fn link(work: &mut Work, waiting: &[Attempt], links: &Links, after: i64) -> Result<(), Error> {
    let linked: Vec<(i64, i64)> =
        waiting.iter().filter_map(|attempt| Some((attempt.change, *links.get(&(attempt.lane, attempt.id))?))).collect();
    let changes: Vec<i64> = linked.iter().map(|(change, _)| *change).collect();
    let messages: Vec<i64> = linked.iter().map(|(_, message)| *message).collect();
    let queries = work.tx.queries();
    sqlx::query!(
        r#"
        UPDATE attempt SET message = given.message, link = 1
        FROM UNNEST($1::BIGINT[], $2::BIGINT[]) AS given (change, message)
        WHERE attempt.change = given.change
        "#,
        &changes,
        &messages,
    )
    .execute(&mut *work.tx)
    .named("link_attempts", &queries)
    .await?;
    work.refold.extend(&messages);
    work.claimed.extend(&messages);
    let late: Vec<i64> = linked.iter().filter(|(change, _)| *change <= after).map(|(_, message)| *message).collect();
    asides::insert(work, &late).await
}

async fn mark_ambiguous(work: &mut Work, attempts: &[&Attempt]) -> Result<(), Error> {
    for attempt in attempts {
        let lane = work.lanes.key(attempt.lane)?.clone();
        work.findings.push(findings::ambiguous(&attempt.place, lane, attempt.id));
    }
    let changes: Vec<i64> = attempts.iter().map(|attempt| attempt.change).collect();
    let queries = work.tx.queries();
    sqlx::query!("UPDATE attempt SET ambiguous = TRUE WHERE change = ANY($1)", &changes)
        .execute(&mut *work.tx)
        .named("mark_ambiguous_attempts", &queries)
        .await
        .map(drop)
}

/// Lets go of executions that were brought to messages whose sends were undone, and of those that nobody could bring to
/// one: their sources are read again.
pub(super) async fn release(work: &mut Work, messages: &[i64]) -> Result<(), Error> {
    let queries = work.tx.queries();
    sqlx::query!(
        r#"
        WITH lanes AS (SELECT DISTINCT lane FROM message WHERE message = ANY($1)), released AS (
            UPDATE attempt SET message = NULL, link = NULL WHERE message = ANY($1) AND link = 1
        )
        UPDATE attempt SET ambiguous = FALSE
        WHERE lane IN (SELECT lane FROM lanes) AND message IS NULL AND ambiguous AND unwinding IS NULL
          AND at >= (SELECT MIN(sent_at) FROM message WHERE message = ANY($1))
        "#,
        messages,
    )
    .execute(&mut *work.tx)
    .named("release_attempts", &queries)
    .await
    .map(drop)
}
