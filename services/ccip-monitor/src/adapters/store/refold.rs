//! Messages folded anew from all their evidence: where it came in another order than that of its chains.

use std::collections::HashMap;

use causeway_primitives::{Address, B256};
use causeway_store::{Error, Named as _};
use time::OffsetDateTime;

use super::{
    findings::{self, Substance},
    lanes::Lanes,
    standings::{self, Known},
    values::{address, chain, digest, outcome, timestamp, unsigned},
    work::{Ordered, Work},
};
use crate::{
    domain::{
        event::{Outcome, Place},
        standing::{Occurrence, Standing},
    },
    ports::Executed,
};

/// Messages of one statement.
const CHUNK: usize = 5_000;

/// A piece of evidence about a message, on the canonical chain.
struct Evidence {
    change: i64,
    occurrence: Occurrence,
    place: Place,
    /// Of an execution.
    execution: Option<Execution>,
}

struct Execution {
    outcome: Outcome,
    link: Option<i16>,
    substance: Substance,
}

struct EvidenceColumns {
    message: i64,
    change: i64,
    occurrence: String,
    chain: i64,
    block: i64,
    log_index: i64,
    block_hash: Vec<u8>,
    tx: Vec<u8>,
    contract: Vec<u8>,
    at: OffsetDateTime,
    outcome: Option<i16>,
    link: Option<i16>,
    leaf: Option<Vec<u8>>,
    content: Option<i64>,
}

/// Messages, column by column.
#[derive(Default)]
struct Given {
    messages: Vec<i64>,
    lanes: Vec<i32>,
    numbers: Vec<Option<i64>>,
    /// How far a report may reach that begins at the number or before it. Without a report of the lane, none does.
    furthest: Vec<Option<i64>>,
    ramps: Vec<Option<Vec<u8>>>,
}

impl Given {
    fn new(lanes: &Lanes, known: &[Known]) -> Self {
        let mut given = Self::default();
        for Known { message, lane, ramp, sequence, .. } in known {
            let widest = lanes.widest_report(*lane);
            given.messages.push(*message);
            given.lanes.push(*lane);
            given.numbers.push(*sequence);
            given.furthest.push(sequence.filter(|_| widest > 0).map(|number| number.saturating_add(widest)));
            given.ramps.push(lanes.contract(*lane, *ramp).map(|contract| contract.to_vec()));
        }
        given
    }
}

/// Folds the messages that were found to need it.
pub(super) async fn run(work: &mut Work) -> Result<(), Error> {
    let messages: Vec<i64> = std::mem::take(&mut work.refold).into_iter().collect();
    work.board.remove(&messages);
    for chunk in messages.chunks(CHUNK) {
        let mut known = standings::list_by_keys(work, chunk).await?;
        fold_all(work, &mut known).await?;
        standings::update(work, &known.iter().collect::<Vec<_>>()).await?;
    }
    Ok(())
}

/// Folds messages whose evidence is stored, whether they themselves are stored yet or not.
pub(super) async fn fold_all(work: &mut Work, messages: &mut [Known]) -> Result<(), Error> {
    for chunk in messages.chunks_mut(CHUNK) {
        let mut evidence = list_evidence(work, chunk).await?;
        for known in chunk {
            fold(work, known, evidence.remove(&known.message).unwrap_or_default());
        }
    }
    Ok(())
}

fn fold(work: &mut Work, known: &mut Known, evidence: Vec<Evidence>) {
    known.standing = Standing::sent();
    known.last_attempt = None;
    known.link = None;
    for Evidence { change, occurrence, place, execution } in evidence {
        if let Some(execution) = execution {
            known.last_attempt = Some(change);
            known.link = execution.link;
            executed(work, known, &place, &execution);
        }
        if let Err(illegal) = known.standing.advance(occurrence, place.time) {
            work.findings.extend(findings::illegal(&work.lanes, known, &place, illegal));
        }
    }
}

fn executed(work: &mut Work, known: &Known, place: &Place, execution: &Execution) {
    work.findings.extend(findings::substance(&work.lanes, known, place, execution.substance));
    let claimed = work.claimed.contains(&known.message);
    if !claimed && !work.revived.contains(&known.message) {
        return;
    }
    let Known { lane, sender, sent_at, id, nonce, .. } = *known;
    if let (Outcome::Succeeded, Some(nonce)) = (execution.outcome, nonce) {
        work.ordered.push(Ordered { lane, sender, sent_at, nonce, id, place: *place });
    }
    // One that was told of before its send was undone is not told of again.
    if !claimed {
        return;
    }
    if let Ok(key) = work.lanes.key(lane) {
        let lane = key.clone();
        work.executed.push(Executed { lane, id, outcome: execution.outcome, sent_at, executed_at: place.time });
    }
}

/// The evidence of each message in the order of its destination chain; a judgement stands after the logs of its block.
/// `OFFSET 0` keeps the planner to one look into the one index that names the message, and away from those that hold all
/// rows that are not undone.
async fn list_evidence(work: &mut Work, known: &[Known]) -> Result<HashMap<i64, Vec<Evidence>>, Error> {
    let Given { messages, lanes, numbers, furthest, ramps } = Given::new(&work.lanes, known);
    let queries = work.tx.queries();
    let rows = sqlx::query_as!(
        EvidenceColumns,
        r#"
        WITH given AS MATERIALIZED (
            SELECT * FROM UNNEST($1::BIGINT[], $2::INTEGER[], $3::BIGINT[], $4::BIGINT[], $5::BYTEA[])
                AS given (message, lane, sequence, furthest, ramp)
        ), covering AS MATERIALIZED (
            SELECT given.message, report.*
            FROM given
            CROSS JOIN LATERAL (
                SELECT * FROM report
                WHERE report.lane = given.lane AND report.last BETWEEN given.sequence AND given.furthest
                OFFSET 0
            ) AS report
            WHERE report.first <= given.sequence AND report.unwinding IS NULL
              AND (report.on_ramp IS NULL OR report.on_ramp = given.ramp)
        )
        SELECT given.message AS "message!", attempt.change AS "change!",
               (ARRAY ['succeeded', 'failed', 'committed'])[attempt.outcome + 1] AS "occurrence!", attempt.chain AS "chain!",
               attempt.block AS "block!", attempt.log_index AS "log_index!", attempt.block_hash AS "block_hash!",
               attempt.tx AS "tx!", attempt.contract AS "contract!", attempt.at AS "at!", attempt.outcome, attempt.link,
               attempt.leaf, attempt.content
        FROM given CROSS JOIN LATERAL (
            SELECT * FROM attempt WHERE attempt.message = given.message OFFSET 0
        ) AS attempt
        WHERE attempt.unwinding IS NULL
        UNION ALL
        SELECT message, change, 'committed', chain, block, log_index, block_hash, tx, contract, at, NULL, NULL, NULL, NULL
        FROM covering
        UNION ALL
        SELECT DISTINCT covering.message, removal.change, 'root_removed', removal.chain, removal.block,
               removal.log_index, removal.block_hash, removal.tx, removal.contract, removal.at, NULL::SMALLINT,
               NULL::SMALLINT, NULL::BYTEA, NULL::BIGINT
        FROM covering JOIN removal ON removal.root = covering.root AND removal.contract = covering.contract
            AND removal.chain = covering.chain AND removal.unwinding IS NULL
            AND (removal.block, removal.log_index) > (covering.block, covering.log_index)
        UNION ALL
        SELECT given.message, judgement.change, judgement.occurrence, judgement.chain, judgement.block,
               9223372036854775807, ''::BYTEA, COALESCE(judgement.tx, ''::BYTEA), ''::BYTEA, judgement.at, NULL, NULL,
               NULL, NULL
        FROM given CROSS JOIN LATERAL (
            SELECT * FROM judgement WHERE judgement.message = given.message OFFSET 0
        ) AS judgement
        WHERE judgement.unwinding IS NULL
        ORDER BY 1, 5, 6, 2
        "#,
        &messages,
        &lanes,
        &numbers as &[Option<i64>],
        &furthest as &[Option<i64>],
        &ramps as &[Option<Vec<u8>>],
    )
    .fetch_all(&mut *work.tx)
    .named("list_evidence", &queries)
    .await?;
    by_message(rows)
}

fn by_message(rows: Vec<EvidenceColumns>) -> Result<HashMap<i64, Vec<Evidence>>, Error> {
    let mut evidence: HashMap<i64, Vec<Evidence>> = HashMap::new();
    for row in rows {
        evidence.entry(row.message).or_default().push(Evidence::try_from(row)?);
    }
    Ok(evidence)
}

impl TryFrom<EvidenceColumns> for Evidence {
    type Error = Error;

    fn try_from(row: EvidenceColumns) -> Result<Self, Error> {
        let unreadable = Error::Unreadable { column: "judgement.occurrence" };
        let leaf = row.leaf.map(|leaf| digest(&leaf, "attempt.leaf")).transpose()?;
        let substance = Substance { leaf, content: row.content };
        let execution = match row.outcome {
            None => None,
            Some(code) => outcome(code)?.map(|outcome| Execution { outcome, link: row.link, substance }),
        };
        Ok(Self {
            change: row.change,
            occurrence: Occurrence::from_name(&row.occurrence).ok_or(unreadable)?,
            place: Place {
                chain: chain(row.chain, "chain")?,
                block: unsigned(row.block, "block")?,
                block_hash: if_stated(&row.block_hash, "block_hash")?,
                time: timestamp(row.at, "at")?,
                tx: if_stated(&row.tx, "tx")?,
                log_index: unsigned(row.log_index, "log_index")?,
                contract: if row.contract.is_empty() { Address::ZERO } else { address(&row.contract, "contract")? },
            },
            execution,
        })
    }
}

/// A judgement stands in no block and often in no transaction: zero.
fn if_stated(bytes: &[u8], column: &'static str) -> Result<B256, Error> {
    if bytes.is_empty() { Ok(B256::ZERO) } else { digest(bytes, column) }
}
