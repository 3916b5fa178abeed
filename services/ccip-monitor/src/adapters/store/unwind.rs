//! A reorganisation followed: what stands on blocks that are gone is marked, and messages are folded without it.

use std::collections::BTreeSet;

use causeway_chain::logs::Position;
use causeway_primitives::{ChainId, MessageId};
use causeway_store::{Error, Named as _, Transaction, lease::Leadership};
use time::OffsetDateTime;

use super::{
    Store, asides, audit,
    board::Board,
    cursor, events, findings, links, refold,
    standings::{self, Covered, CoveredColumns},
    values::{address, signed},
    work::{Order, Work},
};
use crate::{
    domain::finding::Kind,
    ports::{LedgerError, Pace, Unwound},
};

pub(super) async fn run(
    store: &Store,
    leadership: &Leadership,
    chain: ChainId,
    (from, to): (Option<Position>, Option<Position>),
) -> Result<Unwound, LedgerError> {
    let mut work = Work::begin(store, Some(leadership), Order::Onward, Pace::Live).await?;
    cursor::require(&mut work.tx, chain, from).await?;
    let keep = match to {
        None => None,
        Some(to) => Some((to, find_mark(&mut work, chain, to).await?.ok_or(LedgerError::NoMark { chain, to })?)),
    };
    let unwinding = insert_unwinding(&mut work, chain, to).await?;
    let undone = Undone { unwinding, chain: signed(chain.get()), above: to.map_or(-1, |to| signed(to.number)) };
    let (events, orphaned) = undone.evidence(&mut work).await?;
    undone.close_findings(&mut work).await?;
    undone.close_holes(&mut work).await?;
    move_back(&mut work.tx, undone.chain, keep).await?;
    let folded: Vec<i64> = work.refold.iter().copied().collect();
    let messages = u64::try_from(folded.len()).unwrap_or(u64::MAX);
    asides::insert(&mut work, &folded).await?;
    refold::run(&mut work).await?;
    let mut found = std::mem::take(&mut work.findings);
    // Nothing is to be said of them until they are on the chain again.
    found.retain(|finding| finding.message.is_none_or(|id| !orphaned.contains(&id)));
    findings::insert(&mut work.tx, &work.lanes, found).await?;
    let told = events::reorganised(chain, to, events);
    events::insert(&mut work, &[told]).await?;
    work.commit().await?;
    Ok(Unwound { events, messages })
}

async fn find_mark(work: &mut Work, chain: ChainId, to: Position) -> Result<Option<OffsetDateTime>, Error> {
    let queries = work.tx.queries();
    sqlx::query_scalar!(
        "SELECT time FROM mark WHERE chain = $1 AND number = $2 AND hash = $3",
        signed(chain.get()),
        signed(to.number),
        to.hash.as_slice(),
    )
    .fetch_optional(&mut *work.tx)
    .named("find_mark", &queries)
    .await
}

async fn insert_unwinding(work: &mut Work, chain: ChainId, to: Option<Position>) -> Result<i64, Error> {
    let queries = work.tx.queries();
    sqlx::query_scalar!(
        "INSERT INTO unwinding (chain, number, hash, at) VALUES ($1, $2, $3, now()) RETURNING unwinding",
        signed(chain.get()),
        to.map(|to| signed(to.number)),
        to.map(|to| to.hash.to_vec()),
    )
    .fetch_one(&mut *work.tx)
    .named("insert_unwinding", &queries)
    .await
}

/// What is undone: everything of the chain above a block.
struct Undone {
    unwinding: i64,
    chain: i64,
    above: i64,
}

impl Undone {
    /// Marks evidence, and leaves the messages that it concerns to be folded. Says how many events it was, and which
    /// messages are not on the chain any more.
    async fn evidence(&self, work: &mut Work) -> Result<(u64, BTreeSet<MessageId>), Error> {
        let (sends, orphaned) = self.sends(work).await?;
        let attempts = self.attempts(work).await?;
        let ranges = self.reports(work).await?;
        let judged = self.judgements(work).await?;
        let events = sends.saturating_add(attempts).saturating_add(judged);
        let covered = standings::list_by_ranges(work, &Board::default(), &ranges).await?;
        work.refold.extend(covered.iter().map(|known| known.message));
        let asides = self.asides(work).await?;
        let reports = u64::try_from(ranges.len()).unwrap_or(u64::MAX);
        Ok((events.saturating_add(reports).saturating_add(asides), orphaned))
    }

    async fn sends(&self, work: &mut Work) -> Result<(u64, BTreeSet<MessageId>), Error> {
        let queries = work.tx.queries();
        let undone = sqlx::query!(
            r#"
            UPDATE sent SET unwinding = $3 WHERE chain = $1 AND block > $2 AND unwinding IS NULL
            RETURNING message, repeated
            "#,
            self.chain,
            self.above,
            self.unwinding,
        )
        .fetch_all(&mut *work.tx)
        .named("undo_sends", &queries)
        .await?;
        let messages: Vec<i64> = undone.iter().filter(|row| !row.repeated).map(|row| row.message).collect();
        sqlx::query!("UPDATE message SET orphaned = TRUE WHERE message = ANY($1)", &messages)
            .execute(&mut *work.tx)
            .named("orphan_messages", &queries)
            .await?;
        links::release(work, &messages).await?;
        audit::again(work, &messages).await?;
        let orphaned = findings::undo_of_messages(&mut work.tx, &messages).await?;
        work.refold.extend(messages);
        Ok((u64::try_from(undone.len()).unwrap_or(u64::MAX), orphaned))
    }

    async fn attempts(&self, work: &mut Work) -> Result<u64, Error> {
        let queries = work.tx.queries();
        let undone = sqlx::query_scalar!(
            r#"
            UPDATE attempt SET unwinding = $3 WHERE chain = $1 AND block > $2 AND unwinding IS NULL RETURNING message
            "#,
            self.chain,
            self.above,
            self.unwinding,
        )
        .fetch_all(&mut *work.tx)
        .named("undo_attempts", &queries)
        .await?;
        work.refold.extend(undone.iter().flatten());
        Ok(u64::try_from(undone.len()).unwrap_or(u64::MAX))
    }

    /// The ranges of reports that are undone, or whose withdrawal is.
    async fn reports(&self, work: &mut Work) -> Result<Vec<Covered>, Error> {
        let queries = work.tx.queries();
        let reports = sqlx::query_as!(
            CoveredColumns,
            r#"
            UPDATE report SET unwinding = $3 WHERE chain = $1 AND block > $2 AND unwinding IS NULL
            RETURNING lane, on_ramp, first, last
            "#,
            self.chain,
            self.above,
            self.unwinding,
        )
        .fetch_all(&mut *work.tx)
        .named("undo_reports", &queries)
        .await?;
        let withdrawn = sqlx::query_as!(
            CoveredColumns,
            r#"
            WITH undone AS (
                UPDATE removal SET unwinding = $3 WHERE chain = $1 AND block > $2 AND unwinding IS NULL
                RETURNING root, contract
            )
            SELECT report.lane, report.on_ramp, report.first, report.last
            FROM undone JOIN report ON report.root = undone.root AND report.contract = undone.contract
            WHERE report.chain = $1
            "#,
            self.chain,
            self.above,
            self.unwinding,
        )
        .fetch_all(&mut *work.tx)
        .named("undo_removals", &queries)
        .await?;
        reports.into_iter().chain(withdrawn).map(Covered::try_from).collect()
    }

    async fn judgements(&self, work: &mut Work) -> Result<u64, Error> {
        let queries = work.tx.queries();
        let undone = sqlx::query_scalar!(
            r#"
            UPDATE judgement SET unwinding = $3 WHERE chain = $1 AND block > $2 AND unwinding IS NULL RETURNING message
            "#,
            self.chain,
            self.above,
            self.unwinding,
        )
        .fetch_all(&mut *work.tx)
        .named("undo_judgements", &queries)
        .await?;
        work.refold.extend(&undone);
        Ok(u64::try_from(undone.len()).unwrap_or(u64::MAX))
    }

    async fn asides(&self, work: &mut Work) -> Result<u64, Error> {
        let queries = work.tx.queries();
        let row = sqlx::query!(
            r#"
            WITH skips AS (
                UPDATE skip SET unwinding = $3 WHERE chain = $1 AND block > $2 AND unwinding IS NULL RETURNING 1
            ), settings AS (
                UPDATE setting SET unwinding = $3 WHERE chain = $1 AND block > $2 AND unwinding IS NULL RETURNING 1
            )
            SELECT (SELECT count(*) FROM skips) + (SELECT count(*) FROM settings) AS "undone!"
            "#,
            self.chain,
            self.above,
            self.unwinding,
        )
        .fetch_one(&mut *work.tx)
        .named("undo_asides", &queries)
        .await?;
        Ok(u64::try_from(row.undone).unwrap_or(0))
    }

    /// Those of blocks that are gone.
    async fn close_findings(&self, work: &mut Work) -> Result<(), Error> {
        let queries = work.tx.queries();
        sqlx::query!(
            r#"
            UPDATE finding SET closed_at = now(), closing = 'undone'
            WHERE chain = $1 AND block > $2 AND closed_at IS NULL
            "#,
            self.chain,
            self.above,
        )
        .execute(&mut *work.tx)
        .named("undo_findings", &queries)
        .await
        .map(drop)
    }

    /// Those of blocks that are gone, with the findings of those that no event showed.
    async fn close_holes(&self, work: &mut Work) -> Result<(), Error> {
        let queries = work.tx.queries();
        let closed = sqlx::query!(
            r#"
            UPDATE hole SET closed_at = now() WHERE chain = $1 AND first_block > $2 AND closed_at IS NULL
            RETURNING contract, first, last
            "#,
            self.chain,
            self.above,
        )
        .fetch_all(&mut *work.tx)
        .named("undo_holes", &queries)
        .await?;
        let mut gaps = Vec::new();
        for hole in closed {
            if let (Some(first), Some(last)) = (hole.first, hole.last) {
                gaps.push(findings::of_gap(address(&hole.contract, "hole.contract")?, first, last));
            }
        }
        findings::undo(&mut work.tx, Kind::SequenceGap, self.chain, &gaps).await
    }
}

async fn move_back(tx: &mut Transaction, chain: i64, keep: Option<(Position, OffsetDateTime)>) -> Result<(), Error> {
    delete_marks(tx, chain, keep.map_or(-1, |(to, _)| signed(to.number))).await?;
    let queries = tx.queries();
    let Some((to, time)) = keep else {
        return sqlx::query!("DELETE FROM cursor WHERE chain = $1", chain)
            .execute(&mut **tx)
            .named("delete_cursor", &queries)
            .await
            .map(drop);
    };
    sqlx::query!(
        "UPDATE cursor SET number = $2, hash = $3, time = $4, updated_at = now() WHERE chain = $1",
        chain,
        signed(to.number),
        to.hash.as_slice(),
        time,
    )
    .execute(&mut **tx)
    .named("retract_cursor", &queries)
    .await
    .map(drop)
}

async fn delete_marks(tx: &mut Transaction, chain: i64, above: i64) -> Result<(), Error> {
    let queries = tx.queries();
    sqlx::query!("DELETE FROM mark WHERE chain = $1 AND number > $2", chain, above)
        .execute(&mut **tx)
        .named("delete_undone_marks", &queries)
        .await
        .map(drop)
}
