//! What is missing: executions and reports of messages that nobody sent, although their source was read past them.
//!
//! Absence is no event, so this looks from time to time. Numbers below the first one that was ever seen of a lane were
//! sent before watching began, and are not missing.

use std::time::Duration;

use causeway_primitives::{B256, MessageId, Timestamp};
use causeway_store::{Error, Named as _, lease::Leadership};
use time::OffsetDateTime;

use super::{
    Store, events, findings, lanes,
    values::{address, chain, digest, timestamp, unsigned},
    work::{Order, Work},
};
use crate::{
    domain::{
        event::Place,
        finding::{Finding, Kind},
        lane::LaneKey,
    },
    ports::{LedgerError, Pace},
};

/// Missing messages that are named in one audit. What is left is named by the next one.
const LOOKED_AT: i64 = 500;

/// Reports that are looked at in one audit: with usual ones of some dozen messages, faster than they are read.
const REPORTS_LOOKED_AT: i64 = 5_000;

pub(super) async fn run(
    store: &Store,
    leadership: &Leadership,
    margin: Duration,
    now: Timestamp,
) -> Result<Vec<Finding>, LedgerError> {
    let mut work = Work::begin(store, Some(leadership), Order::Onward, Pace::Live).await?;
    let margin = i64::try_from(margin.as_secs()).unwrap_or(i64::MAX);
    look_at_reports(&mut work, margin).await?;
    close_over(&mut work, now.to_datetime()).await?;
    let mut missing = list_executions(&mut work, margin).await?;
    missing.extend(list_reports(&mut work).await?);
    let new = findings::insert(&mut work.tx, &work.lanes, missing).await?;
    let told: Vec<_> = new.iter().map(|finding| events::finding_opened(finding, None)).collect();
    events::insert(&mut work, &told).await?;
    work.commit().await?;
    Ok(new)
}

/// Looks at reports that their source was read past, and again at those that lacked something.
async fn look_at_reports(work: &mut Work, margin: i64) -> Result<(), Error> {
    let queries = work.tx.queries();
    sqlx::query!(
        r#"
        UPDATE report
        SET audited = CASE WHEN looked.numbers > looked.last - looked.first THEN 1 ELSE 2 END
        FROM (
            SELECT report.change, GREATEST(report.first, lowest.sequence) AS first, report.last, known.numbers
            FROM (
                (SELECT report.change, report.lane, report.on_ramp, report.first, report.last
                 FROM report
                 JOIN lane ON lane.lane = report.lane
                 JOIN cursor AS source ON source.chain = lane.source_chain
                 WHERE report.audited = 0 AND report.unwinding IS NULL
                   AND report.at + make_interval(secs => $1::BIGINT::DOUBLE PRECISION) < source.time
                 ORDER BY report.change LIMIT $2)
                UNION ALL
                (SELECT change, lane, on_ramp, first, last FROM report WHERE audited = 2 AND unwinding IS NULL
                 ORDER BY change LIMIT $2)
            ) AS report
            CROSS JOIN LATERAL (
                SELECT MIN(each.sequence) AS sequence
                FROM ramp CROSS JOIN LATERAL (
                    SELECT sequence FROM sent
                    WHERE sent.ramp = ramp.ramp AND sent.unwinding IS NULL AND sent.sequence IS NOT NULL
                    ORDER BY sequence LIMIT 1) AS each
                WHERE ramp.lane = report.lane AND ramp.contract = COALESCE(report.on_ramp, ramp.contract)
                HAVING MIN(each.sequence) IS NOT NULL
            ) AS lowest
            CROSS JOIN LATERAL (
                SELECT count(DISTINCT sent.sequence) AS numbers
                FROM ramp JOIN sent ON sent.ramp = ramp.ramp AND sent.sequence BETWEEN report.first AND report.last
                    AND sent.unwinding IS NULL AND sent.sequence IS NOT NULL
                WHERE ramp.lane = report.lane AND ramp.contract = COALESCE(report.on_ramp, ramp.contract)
            ) AS known
        ) AS looked
        WHERE report.change = looked.change
        "#,
        margin,
        REPORTS_LOOKED_AT,
    )
    .execute(&mut *work.tx)
    .named("audit_reports", &queries)
    .await
    .map(drop)
}

/// Looks again at the reports of these messages, whose sends were undone.
pub(super) async fn again(work: &mut Work, messages: &[i64]) -> Result<(), Error> {
    let queries = work.tx.queries();
    sqlx::query!(
        r#"
        UPDATE report SET audited = 0
        FROM (
            SELECT sent.lane, MIN(sent.sequence) AS lowest
            FROM UNNEST($1::BIGINT[]) AS given (message)
            JOIN message ON message.message = given.message
            JOIN sent ON sent.change = message.sent
            GROUP BY sent.lane
        ) AS undone
        WHERE report.lane = undone.lane AND report.last >= undone.lowest AND report.audited = 1
          AND report.unwinding IS NULL
        "#,
        messages,
    )
    .execute(&mut *work.tx)
    .named("audit_reports_again", &queries)
    .await
    .map(drop)
}

/// Findings of executions and reports whose messages were found after all.
async fn close_over(work: &mut Work, now: OffsetDateTime) -> Result<(), Error> {
    let queries = work.tx.queries();
    sqlx::query!(
        r#"
        UPDATE finding SET closed_at = $1, closing = 'over'
        WHERE closed_at IS NULL AND (
            (kind = 'execution_without_send' AND NOT EXISTS (
                SELECT FROM attempt WHERE attempt.message_id = finding.message_id AND attempt.message IS NULL
                    AND attempt.lane = finding.lane AND attempt.unwinding IS NULL))
            OR (kind = 'commit_without_send' AND NOT EXISTS (
                SELECT FROM report WHERE report.chain = finding.chain AND report.block = finding.block
                    AND report.log_index = finding.log_index AND report.unwinding IS NULL AND report.audited = 2)))
        "#,
        now,
    )
    .execute(&mut *work.tx)
    .named("close_found_sends", &queries)
    .await
    .map(drop)
}

struct PlaceColumns {
    dialect: String,
    source: String,
    destination: String,
    chain: i64,
    block: i64,
    log_index: i64,
    block_hash: Vec<u8>,
    tx: Vec<u8>,
    contract: Vec<u8>,
    at: OffsetDateTime,
    name: Vec<u8>,
    first: Option<i64>,
    last: Option<i64>,
}

impl PlaceColumns {
    fn lane(&self) -> Result<LaneKey, Error> {
        lanes::key(&self.dialect, &self.source, &self.destination)
    }

    fn name(&self) -> Result<B256, Error> {
        digest(&self.name, "attempt.message_id")
    }

    fn place(&self) -> Result<Place, Error> {
        Ok(Place {
            chain: chain(self.chain, "chain")?,
            block: unsigned(self.block, "block")?,
            block_hash: digest(&self.block_hash, "block_hash")?,
            time: timestamp(self.at, "at")?,
            tx: digest(&self.tx, "tx")?,
            log_index: unsigned(self.log_index, "log_index")?,
            contract: address(&self.contract, "contract")?,
        })
    }
}

async fn list_executions(work: &mut Work, margin: i64) -> Result<Vec<Finding>, Error> {
    let queries = work.tx.queries();
    let rows = sqlx::query_as!(
        PlaceColumns,
        r#"
        SELECT lane.dialect, lane.source::TEXT AS "source!", lane.destination::TEXT AS "destination!", attempt.chain,
               attempt.block, attempt.log_index, attempt.block_hash, attempt.tx, attempt.contract, attempt.at,
               attempt.message_id AS name, NULL::BIGINT AS first, NULL::BIGINT AS last
        FROM attempt
        JOIN lane ON lane.lane = attempt.lane
        JOIN cursor AS source ON source.chain = lane.source_chain
        WHERE attempt.message IS NULL AND attempt.unwinding IS NULL AND NOT attempt.ambiguous
          AND attempt.at + make_interval(secs => $1::BIGINT::DOUBLE PRECISION) < source.time
          AND NOT EXISTS (SELECT FROM finding WHERE finding.kind = 'execution_without_send'
                            AND finding.chain = attempt.chain
                            AND finding.subject = '0x' || encode(attempt.message_id, 'hex'))
          AND NOT (attempt.sequence IS NOT NULL AND attempt.sequence < COALESCE((
              SELECT MIN(lowest.sequence)
              FROM ramp CROSS JOIN LATERAL (
                  SELECT sequence FROM sent
                  WHERE sent.ramp = ramp.ramp AND sent.unwinding IS NULL AND sent.sequence IS NOT NULL
                  ORDER BY sequence LIMIT 1) AS lowest
              WHERE ramp.lane = attempt.lane), 0))
        LIMIT $2
        "#,
        margin,
        LOOKED_AT,
    )
    .fetch_all(&mut *work.tx)
    .named("list_executions_without_send", &queries)
    .await?;
    rows.iter()
        .map(|row| {
            let (id, lane, place) = (MessageId::new(row.name()?), row.lane()?, row.place()?);
            Ok(Finding {
                kind: Kind::ExecutionWithoutSend,
                chain: place.chain,
                lane: Some(lane),
                message: Some(id),
                subject: id.to_string(),
                detail: format!("message {id} was executed and its source, read past that time, does not have it"),
                place: Some(place),
            })
        })
        .collect()
}

async fn list_reports(work: &mut Work) -> Result<Vec<Finding>, Error> {
    let queries = work.tx.queries();
    let rows = sqlx::query_as!(
        PlaceColumns,
        r#"
        SELECT lane.dialect, lane.source::TEXT AS "source!", lane.destination::TEXT AS "destination!", report.chain,
               report.block, report.log_index, report.block_hash, report.tx, report.contract, report.at,
               report.root AS name, report.first, report.last
        FROM report
        JOIN lane ON lane.lane = report.lane
        WHERE report.audited = 2 AND report.unwinding IS NULL
        ORDER BY report.change LIMIT $1
        "#,
        LOOKED_AT,
    )
    .fetch_all(&mut *work.tx)
    .named("list_reports_without_send", &queries)
    .await?;
    rows.iter().map(report).collect()
}

fn report(row: &PlaceColumns) -> Result<Finding, Error> {
    let (root, lane, place) = (row.name()?, row.lane()?, row.place()?);
    let (first, last) = row.first.zip(row.last).ok_or(Error::Unreadable { column: "report.first" })?;
    Ok(Finding {
        kind: Kind::CommitWithoutSend,
        chain: place.chain,
        detail: format!("the report of {first} to {last} covers numbers that nobody sent"),
        lane: Some(lane),
        message: None,
        subject: format!("{root:#x}:{first}-{last}"),
        place: Some(place),
    })
}
