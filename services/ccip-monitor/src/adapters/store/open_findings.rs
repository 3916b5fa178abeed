//! Findings for their readers.

use causeway_primitives::MessageId;
use causeway_store::{Error, Named as _};
use time::OffsetDateTime;

use super::{
    Store,
    values::{chain, digest, signed, some_timestamp, timestamp, unsigned},
};
use crate::{
    domain::finding::Kind,
    ports::{FindingView, OpenFindings},
};

struct FindingColumns {
    finding: i64,
    kind: String,
    chain: i64,
    lane_name: Option<String>,
    message_id: Option<Vec<u8>>,
    subject: String,
    detail: String,
    seen_at: OffsetDateTime,
    closed_at: Option<OffsetDateTime>,
}

impl TryFrom<FindingColumns> for FindingView {
    type Error = Error;

    fn try_from(row: FindingColumns) -> Result<Self, Error> {
        let id = row.message_id.map(|id| digest(&id, "finding.message_id")).transpose()?;
        Ok(Self {
            sequence: unsigned(row.finding, "finding.finding")?,
            kind: Kind::from_name(&row.kind).ok_or(Error::Unreadable { column: "finding.kind" })?,
            chain: chain(row.chain, "finding.chain")?,
            lane_name: row.lane_name,
            message: id.map(MessageId::new),
            subject: row.subject,
            detail: row.detail,
            seen_at: timestamp(row.seen_at, "finding.seen_at")?,
            closed_at: some_timestamp(row.closed_at, "finding.closed_at")?,
        })
    }
}

/// Open ones, newest first.
pub(super) async fn list(store: &Store, limit: u32) -> Result<Vec<FindingView>, Error> {
    sqlx::query_as!(
        FindingColumns,
        r#"
        SELECT finding, kind, chain, lane.name AS "lane_name?", message_id, subject, detail, seen_at, closed_at
        FROM finding LEFT JOIN lane ON lane.lane = finding.lane
        WHERE closed_at IS NULL ORDER BY finding DESC LIMIT $1
        "#,
        i64::from(limit),
    )
    .fetch_all(store.pool.executor())
    .named("list_open_findings", store.pool.queries())
    .await?
    .into_iter()
    .map(FindingView::try_from)
    .collect()
}

/// How many are open of each kind and lane, with the newest one's words: however many there are of one, no other is left out.
pub(super) async fn count(store: &Store) -> Result<Vec<OpenFindings>, Error> {
    let rows = sqlx::query!(
        r#"
        SELECT newest.kind, newest.chain, lane.name AS "lane_name?", counted.findings AS "findings!", newest.finding,
               newest.detail, newest.seen_at
        FROM (
            SELECT count(*) AS findings, max(finding) AS newest FROM finding
            WHERE closed_at IS NULL GROUP BY kind, chain, lane
        ) AS counted
        JOIN finding AS newest ON newest.finding = counted.newest
        LEFT JOIN lane ON lane.lane = newest.lane
        ORDER BY newest.finding
        "#,
    )
    .fetch_all(store.pool.executor())
    .named("count_open_findings", store.pool.queries())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(OpenFindings {
                kind: Kind::from_name(&row.kind).ok_or(Error::Unreadable { column: "finding.kind" })?,
                chain: chain(row.chain, "finding.chain")?,
                lane_name: row.lane_name,
                count: unsigned(row.findings, "count")?,
                newest: unsigned(row.finding, "finding.finding")?,
                detail: row.detail,
                seen_at: timestamp(row.seen_at, "finding.seen_at")?,
            })
        })
        .collect()
}

/// Open and closed ones below a number, newest first.
pub(super) async fn list_all(store: &Store, before: Option<u64>, limit: u32) -> Result<Vec<FindingView>, Error> {
    sqlx::query_as!(
        FindingColumns,
        r#"
        SELECT finding, kind, chain, lane.name AS "lane_name?", message_id, subject, detail, seen_at, closed_at
        FROM finding LEFT JOIN lane ON lane.lane = finding.lane
        WHERE $1::BIGINT IS NULL OR finding < $1 ORDER BY finding DESC LIMIT $2
        "#,
        before.map(signed),
        i64::from(limit),
    )
    .fetch_all(store.pool.executor())
    .named("list_all_findings", store.pool.queries())
    .await?
    .into_iter()
    .map(FindingView::try_from)
    .collect()
}
