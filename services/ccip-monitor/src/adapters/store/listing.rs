//! Pages of messages by any filters, newest first.
//!
//! Chains, lanes and the status are turned into pairs of (lane, status), of which there are few. Each pair is one stretch
//! of one index in the order of the page, so a page costs the same whatever the filters are, however deep it lies, and
//! however many messages there are. A sender or a receiver choose another index with the same pairs behind them.

use causeway_primitives::Timestamp;
use causeway_store::{Error, Named as _};
use time::{OffsetDateTime, macros::datetime};

use super::{
    Store,
    values::{signed, status_code, tag},
};
use crate::{
    domain::message::Status,
    ports::{Direction, Filter, PageKey},
};

/// No message is sent then: the end that stands for "no end".
const NEVER: OffsetDateTime = datetime!(9999-12-31 23:59:59.999 UTC);

/// A page's bounds, as columns.
struct Page<'a> {
    store: &'a Store,
    /// Pairs of lane and status.
    lanes: Vec<i32>,
    statuses: Vec<i16>,
    /// Behind which place it begins. One bound for the filter's and the page's: an index that is given two walks from the one
    /// that is further away.
    at: OffsetDateTime,
    key: i64,
    /// The time at which it ends: within what is asked for when it goes to older ones, and beyond it when to newer ones.
    end: OffsetDateTime,
    limit: i64,
}

/// An account as it is looked for: an index knows it by its tag, which two accounts of one owner may be made to share, so
/// the whole of it is compared as well.
#[derive(Debug, Clone, Copy)]
struct Account<'a> {
    tag: i64,
    bytes: &'a [u8],
}

impl<'a> Account<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self { tag: tag(bytes), bytes }
    }
}

/// Keys of messages in the order of the page, without orphaned ones.
pub(super) async fn list(
    store: &Store,
    filter: &Filter,
    from: Option<(PageKey, Direction)>,
    limit: u32,
) -> Result<Vec<i64>, Error> {
    let lanes = list_lanes(store, filter).await?;
    let statuses = match filter.status {
        Some(status) => vec![status_code(status)],
        None => Status::ALL.map(status_code).to_vec(),
    };
    let direction = from.map_or(Direction::Older, |(_, direction)| direction);
    let (at, key, end) = bounds(filter, from.map(|(page, _)| page), direction);
    let page = Page {
        store,
        statuses: lanes.iter().flat_map(|_| statuses.clone()).collect(),
        lanes: lanes.iter().flat_map(|lane| statuses.iter().map(|_| *lane)).collect(),
        at,
        key,
        end,
        limit: i64::from(limit),
    };
    let sender = filter.sender.as_ref().map(|sender| Account::new(sender.as_slice()));
    let receiver = filter.receiver.as_ref().map(|receiver| Account::new(receiver));
    match (sender, receiver, direction) {
        (None, None, Direction::Older) => page.older().await,
        (None, None, Direction::Newer) => page.newer().await,
        (Some(sender), receiver, Direction::Older) => page.older_of_sender(sender, receiver).await,
        (Some(sender), receiver, Direction::Newer) => page.newer_of_sender(sender, receiver).await,
        (None, Some(receiver), Direction::Older) => page.older_of_receiver(receiver).await,
        (None, Some(receiver), Direction::Newer) => page.newer_of_receiver(receiver).await,
    }
}

/// Behind which time and key a page begins, and the time at which it ends. No message has the lowest key, so behind it at a
/// time is at that time or later, and before it earlier.
fn bounds(filter: &Filter, from: Option<PageKey>, direction: Direction) -> (OffsetDateTime, i64, OffsetDateTime) {
    let earliest = filter.sent_from.unwrap_or(Timestamp::EPOCH).to_datetime();
    let latest = filter.sent_before.map_or(NEVER, Timestamp::to_datetime);
    let page = from.map(|page| (page.sent_at.to_datetime(), signed(page.key)));
    match direction {
        Direction::Older => {
            let (at, key) = page.map_or((latest, i64::MIN), |page| page.min((latest, i64::MIN)));
            (at, key, earliest)
        }
        Direction::Newer => {
            let (at, key) = page.map_or((earliest, i64::MIN), |page| page.max((earliest, i64::MIN)));
            (at, key, latest)
        }
    }
}

async fn list_lanes(store: &Store, filter: &Filter) -> Result<Vec<i32>, Error> {
    sqlx::query_scalar!(
        r#"
        SELECT lane FROM lane
        WHERE ($1::BIGINT IS NULL OR source_chain = $1) AND ($2::BIGINT IS NULL OR destination_chain = $2)
          AND ($3::TEXT IS NULL OR name = $3)
        "#,
        filter.source_chain.map(|chain| signed(chain.get())),
        filter.destination_chain.map(|chain| signed(chain.get())),
        filter.lane,
    )
    .fetch_all(store.pool.executor())
    .named("list_lanes_of_filter", store.pool.queries())
    .await
}

impl Page<'_> {
    async fn older(&self) -> Result<Vec<i64>, Error> {
        sqlx::query_scalar!(
            r#"
            SELECT page.message AS "message!"
            FROM UNNEST($1::INTEGER[], $2::SMALLINT[]) AS pair (lane, status)
            CROSS JOIN LATERAL (
                SELECT message.message, message.sent_at FROM message
                WHERE message.lane = pair.lane AND message.status = pair.status AND NOT message.orphaned
                  AND (message.sent_at, message.message) < ($3, $4) AND message.sent_at >= $5
                ORDER BY message.sent_at DESC, message.message DESC LIMIT $6
            ) AS page
            ORDER BY page.sent_at DESC, page.message DESC LIMIT $6
            "#,
            &self.lanes,
            &self.statuses,
            self.at,
            self.key,
            self.end,
            self.limit,
        )
        .fetch_all(self.store.pool.executor())
        .named("list_older_messages", self.store.pool.queries())
        .await
    }

    async fn newer(&self) -> Result<Vec<i64>, Error> {
        sqlx::query_scalar!(
            r#"
            SELECT page.message AS "message!"
            FROM UNNEST($1::INTEGER[], $2::SMALLINT[]) AS pair (lane, status)
            CROSS JOIN LATERAL (
                SELECT message.message, message.sent_at FROM message
                WHERE message.lane = pair.lane AND message.status = pair.status AND NOT message.orphaned
                  AND (message.sent_at, message.message) > ($3, $4) AND message.sent_at < $5
                ORDER BY message.sent_at, message.message LIMIT $6
            ) AS page
            ORDER BY page.sent_at, page.message LIMIT $6
            "#,
            &self.lanes,
            &self.statuses,
            self.at,
            self.key,
            self.end,
            self.limit,
        )
        .fetch_all(self.store.pool.executor())
        .named("list_newer_messages", self.store.pool.queries())
        .await
    }

    /// A range of tags, be it of one, is told within the index; a condition that may be absent is not.
    async fn older_of_sender(&self, sender: Account<'_>, receiver: Option<Account<'_>>) -> Result<Vec<i64>, Error> {
        sqlx::query_scalar!(
            r#"
            SELECT page.message AS "message!"
            FROM UNNEST($1::INTEGER[], $2::SMALLINT[]) AS pair (lane, status)
            CROSS JOIN LATERAL (
                SELECT message.message, message.sent_at
                FROM message JOIN sent ON sent.change = message.sent
                WHERE message.lane = pair.lane AND message.status = pair.status AND NOT message.orphaned
                  AND (message.sent_at, message.message) < ($3, $4) AND message.sent_at >= $5
                  AND message.sender = $7 AND sent.sender = $8
                  AND message.receiver BETWEEN $9 AND $10 AND ($11::BYTEA IS NULL OR sent.receiver = $11)
                ORDER BY message.sent_at DESC, message.message DESC LIMIT $6
            ) AS page
            ORDER BY page.sent_at DESC, page.message DESC LIMIT $6
            "#,
            &self.lanes,
            &self.statuses,
            self.at,
            self.key,
            self.end,
            self.limit,
            sender.tag,
            sender.bytes,
            receiver.map_or(i64::MIN, |receiver| receiver.tag),
            receiver.map_or(i64::MAX, |receiver| receiver.tag),
            receiver.map(|receiver| receiver.bytes),
        )
        .fetch_all(self.store.pool.executor())
        .named("list_older_messages_of_sender", self.store.pool.queries())
        .await
    }

    async fn newer_of_sender(&self, sender: Account<'_>, receiver: Option<Account<'_>>) -> Result<Vec<i64>, Error> {
        sqlx::query_scalar!(
            r#"
            SELECT page.message AS "message!"
            FROM UNNEST($1::INTEGER[], $2::SMALLINT[]) AS pair (lane, status)
            CROSS JOIN LATERAL (
                SELECT message.message, message.sent_at
                FROM message JOIN sent ON sent.change = message.sent
                WHERE message.lane = pair.lane AND message.status = pair.status AND NOT message.orphaned
                  AND (message.sent_at, message.message) > ($3, $4) AND message.sent_at < $5
                  AND message.sender = $7 AND sent.sender = $8
                  AND message.receiver BETWEEN $9 AND $10 AND ($11::BYTEA IS NULL OR sent.receiver = $11)
                ORDER BY message.sent_at, message.message LIMIT $6
            ) AS page
            ORDER BY page.sent_at, page.message LIMIT $6
            "#,
            &self.lanes,
            &self.statuses,
            self.at,
            self.key,
            self.end,
            self.limit,
            sender.tag,
            sender.bytes,
            receiver.map_or(i64::MIN, |receiver| receiver.tag),
            receiver.map_or(i64::MAX, |receiver| receiver.tag),
            receiver.map(|receiver| receiver.bytes),
        )
        .fetch_all(self.store.pool.executor())
        .named("list_newer_messages_of_sender", self.store.pool.queries())
        .await
    }

    async fn older_of_receiver(&self, receiver: Account<'_>) -> Result<Vec<i64>, Error> {
        sqlx::query_scalar!(
            r#"
            SELECT page.message AS "message!"
            FROM UNNEST($1::INTEGER[], $2::SMALLINT[]) AS pair (lane, status)
            CROSS JOIN LATERAL (
                SELECT message.message, message.sent_at
                FROM message JOIN sent ON sent.change = message.sent
                WHERE message.lane = pair.lane AND message.status = pair.status AND NOT message.orphaned
                  AND (message.sent_at, message.message) < ($3, $4) AND message.sent_at >= $5
                  AND message.receiver = $7 AND sent.receiver = $8
                ORDER BY message.sent_at DESC, message.message DESC LIMIT $6
            ) AS page
            ORDER BY page.sent_at DESC, page.message DESC LIMIT $6
            "#,
            &self.lanes,
            &self.statuses,
            self.at,
            self.key,
            self.end,
            self.limit,
            receiver.tag,
            receiver.bytes,
        )
        .fetch_all(self.store.pool.executor())
        .named("list_older_messages_of_receiver", self.store.pool.queries())
        .await
    }

    async fn newer_of_receiver(&self, receiver: Account<'_>) -> Result<Vec<i64>, Error> {
        sqlx::query_scalar!(
            r#"
            SELECT page.message AS "message!"
            FROM UNNEST($1::INTEGER[], $2::SMALLINT[]) AS pair (lane, status)
            CROSS JOIN LATERAL (
                SELECT message.message, message.sent_at
                FROM message JOIN sent ON sent.change = message.sent
                WHERE message.lane = pair.lane AND message.status = pair.status AND NOT message.orphaned
                  AND (message.sent_at, message.message) > ($3, $4) AND message.sent_at < $5
                  AND message.receiver = $7 AND sent.receiver = $8
                ORDER BY message.sent_at, message.message LIMIT $6
            ) AS page
            ORDER BY page.sent_at, page.message LIMIT $6
            "#,
            &self.lanes,
            &self.statuses,
            self.at,
            self.key,
            self.end,
            self.limit,
            receiver.tag,
            receiver.bytes,
        )
        .fetch_all(self.store.pool.executor())
        .named("list_newer_messages_of_receiver", self.store.pool.queries())
        .await
    }
}
