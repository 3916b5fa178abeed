//! A message's way: all its evidence, what was undone included, each step with the status after it.

use causeway_primitives::{B256, ChainId, Timestamp};
use causeway_store::{Error, Named as _};
use time::OffsetDateTime;

use super::{
    Store,
    values::{chain, digest, timestamp, unsigned},
};
use crate::{
    domain::{
        message::{Event, Status},
        standing::{Occurrence, Standing},
    },
    ports::HistoryStep,
};

/// Steps that are shown: an execution may be tried as often as somebody pays for it.
const SHOWN: i64 = 1_000;

struct StepColumns {
    occurrence: String,
    chain: i64,
    block: i64,
    tx: Option<Vec<u8>>,
    at: OffsetDateTime,
    cause: String,
    /// The block after which the chain was another one; set for what was undone.
    undone_above: Option<i64>,
    undone_at: Option<OffsetDateTime>,
}

/// Evidence in the order of its chain: sends first, then the destination.
struct Step {
    /// `None`: the send.
    occurrence: Option<Occurrence>,
    chain: ChainId,
    block: u64,
    tx: Option<B256>,
    at: Timestamp,
    cause: String,
    /// Why it does not count, and when that was found out.
    undone: Option<(String, Timestamp)>,
}

/// Oldest step first. What was undone is followed at once by its undoing; it moved nothing that came after it.
pub(super) async fn list(store: &Store, message: i64) -> Result<Vec<HistoryStep>, Error> {
    let mut steps = Vec::new();
    let mut standing = Standing::sent();
    for row in select(store, message).await? {
        let step = Step::try_from(row)?;
        let before = standing;
        let refused = step.occurrence.and_then(|occurrence| standing.advance(occurrence, step.at).err());
        let cause = refused.map_or_else(|| step.cause.clone(), |illegal| illegal.to_string());
        steps.push(step.shown(name(step.occurrence), standing.state.status(), cause, step.at));
        if let Some((cause, at)) = &step.undone {
            standing = before;
            steps.push(step.shown("undone", standing.state.status(), cause.clone(), *at));
        }
    }
    Ok(steps)
}

fn name(occurrence: Option<Occurrence>) -> &'static str {
    occurrence.map(Occurrence::event).map_or("sent", Event::as_str)
}

impl Step {
    fn shown(&self, event: &str, status: Status, cause: String, at: Timestamp) -> HistoryStep {
        HistoryStep {
            event: event.to_owned(),
            status,
            at,
            chain: Some(self.chain),
            block_number: Some(self.block),
            tx: self.tx,
            cause,
        }
    }
}

impl TryFrom<StepColumns> for Step {
    type Error = Error;

    fn try_from(row: StepColumns) -> Result<Self, Error> {
        let unreadable = Error::Unreadable { column: "judgement.occurrence" };
        let undone = match row.undone_at {
            None => None,
            Some(at) => {
                let above = row.undone_above.unwrap_or(0);
                let cause =
                    format!("block {} is not on the chain any more; it is another one from {above} on", row.block);
                Some((cause, timestamp(at, "unwinding.at")?))
            }
        };
        Ok(Self {
            occurrence: match row.occurrence.as_str() {
                "sent" => None,
                name => Some(Occurrence::from_name(name).ok_or(unreadable)?),
            },
            chain: chain(row.chain, "chain")?,
            block: unsigned(row.block, "block")?,
            tx: row.tx.filter(|tx| !tx.is_empty()).map(|tx| digest(&tx, "tx")).transpose()?,
            at: timestamp(row.at, "at")?,
            cause: row.cause,
            undone,
        })
    }
}

async fn select(store: &Store, message: i64) -> Result<Vec<StepColumns>, Error> {
    sqlx::query_as!(
        StepColumns,
        r#"
        WITH sends AS (
            SELECT sent.* FROM message JOIN sent ON sent.change = message.sent WHERE message.message = $1
            UNION
            SELECT sent.* FROM sent WHERE message = $1 AND (unwinding IS NOT NULL OR repeated)
        ), counted AS (
            SELECT sent.lane, sent.sequence, ramp.contract AS ramp,
                   sent.sequence + LEAST(lane.widest_report, 9223372036854775807 - sent.sequence) AS furthest
            FROM message JOIN sent ON sent.change = message.sent JOIN lane ON lane.lane = sent.lane
            JOIN ramp ON ramp.ramp = sent.ramp
            WHERE message.message = $1 AND sent.sequence IS NOT NULL AND lane.widest_report > 0
        ), covering AS (
            SELECT report.* FROM counted
            JOIN report ON report.lane = counted.lane AND report.first <= counted.sequence
                AND report.last BETWEEN counted.sequence AND counted.furthest
                AND (report.on_ramp IS NULL OR report.on_ramp = counted.ramp)
        ), evidence AS (
            SELECT 'sent' AS occurrence, 0 AS side, chain, block, log_index, change, tx, at,
                   CASE WHEN repeated THEN 'sent again under the same id' ELSE 'accepted by the on-ramp' END AS cause,
                   unwinding
            FROM sends
            UNION ALL
            SELECT 'committed', 1, chain, block, log_index, change, tx, at,
                   'report of ' || first || ' to ' || last, unwinding
            FROM covering
            UNION ALL
            SELECT DISTINCT 'root_removed', 1, removal.chain, removal.block, removal.log_index, removal.change,
                   removal.tx, removal.at, 'the report was withdrawn', removal.unwinding
            FROM covering JOIN removal ON removal.root = covering.root AND removal.contract = covering.contract
                AND removal.chain = covering.chain
                AND (removal.block, removal.log_index) > (covering.block, covering.log_index)
            UNION ALL
            SELECT (ARRAY ['succeeded', 'failed', 'committed'])[outcome + 1], 1, chain, block, log_index, change, tx, at,
                   CASE link WHEN 1 THEN 'found by its content, in order' ELSE 'by the off-ramp' END, unwinding
            FROM attempt WHERE message = $1
            UNION ALL
            SELECT occurrence, 1, chain, block, 9223372036854775807, change, tx, at, cause, unwinding
            FROM judgement WHERE message = $1
        )
        SELECT occurrence AS "occurrence!", evidence.chain AS "chain!", block AS "block!", tx, evidence.at AS "at!",
               cause AS "cause!", COALESCE(unwinding.number, 0) + 1 AS undone_above, unwinding.at AS "undone_at?"
        FROM evidence LEFT JOIN unwinding ON unwinding.unwinding = evidence.unwinding
        ORDER BY side, block, log_index, change LIMIT $2
        "#,
        message,
        SHOWN,
    )
    .fetch_all(store.pool.executor())
    .named("list_history", store.pool.queries())
    .await
}
