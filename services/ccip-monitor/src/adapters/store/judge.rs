//! What the monitor itself found out, added to the messages' ways.

use causeway_store::{Error, Named as _, lease::Leadership};

use super::{
    Store, refold,
    values::signed,
    work::{Order, Work},
};
use crate::{
    domain::standing::Occurrence,
    ports::{Judgement, LedgerError, Pace, Verdict},
};

pub(super) async fn run(store: &Store, leadership: &Leadership, judgements: &[Judgement]) -> Result<u64, LedgerError> {
    if judgements.is_empty() {
        return Ok(0);
    }
    let mut work = Work::begin(store, Some(leadership), Order::Onward, Pace::Live).await?;
    let judged = insert(&mut work, judgements).await?;
    let added = u64::try_from(judged.len()).unwrap_or(u64::MAX);
    work.refold.extend(judged);
    refold::run(&mut work).await?;
    work.commit().await?;
    Ok(added)
}

/// At the destination's cursor: after everything that was read of it. Says which messages they moved.
async fn insert(work: &mut Work, judgements: &[Judgement]) -> Result<Vec<i64>, Error> {
    let changes: Vec<i64> = judgements.iter().map(|_| work.change()).collect();
    let messages: Vec<i64> = judgements.iter().map(|judgement| signed(judgement.message)).collect();
    let named = judgements.iter().map(|judgement| occurrence(judgement.verdict).as_str().to_owned());
    let occurrences: Vec<String> = named.collect();
    let times: Vec<_> = judgements.iter().map(|judgement| judgement.at.to_datetime()).collect();
    let txs: Vec<Option<Vec<u8>>> = judgements.iter().map(|judgement| transaction(judgement.verdict)).collect();
    let causes: Vec<String> = judgements.iter().map(|judgement| judgement.cause.clone()).collect();
    let queries = work.tx.queries();
    // Bit 8 of the state says that the lane's time is over.
    sqlx::query_scalar!(
        r#"
        INSERT INTO judgement (change, message, occurrence, chain, block, at, tx, cause)
        SELECT given.change, given.message, given.occurrence, cursor.chain, cursor.number, given.at, given.tx,
               given.cause
        FROM UNNEST($1::BIGINT[], $2::BIGINT[], $3::TEXT[], $4::TIMESTAMPTZ[], $5::BYTEA[], $6::TEXT[])
            AS given (change, message, occurrence, at, tx, cause)
        JOIN message ON message.message = given.message
        JOIN lane ON lane.lane = message.lane
        JOIN cursor ON cursor.chain = lane.destination_chain
        WHERE message.status <> 3 AND NOT message.orphaned
          AND CASE given.occurrence WHEN 'timed_out' THEN message.state & 8 = 0
                                    WHEN 'time_extended' THEN message.state & 8 <> 0
                                    ELSE TRUE END
        ON CONFLICT (message, occurrence, tx) WHERE tx IS NOT NULL AND unwinding IS NULL DO NOTHING
        RETURNING message
        "#,
        &changes,
        &messages,
        &occurrences,
        &times,
        &txs as &[Option<Vec<u8>>],
        &causes,
    )
    .fetch_all(&mut *work.tx)
    .named("insert_judgements", &queries)
    .await
}

const fn occurrence(verdict: Verdict) -> Occurrence {
    match verdict {
        Verdict::Underway(_) => Occurrence::Underway,
        Verdict::Reverted(_) => Occurrence::Reverted,
        Verdict::TimedOut => Occurrence::TimedOut,
        Verdict::TimeExtended => Occurrence::TimeExtended,
    }
}

fn transaction(verdict: Verdict) -> Option<Vec<u8>> {
    match verdict {
        Verdict::Underway(tx) | Verdict::Reverted(tx) => Some(tx.to_vec()),
        Verdict::TimedOut | Verdict::TimeExtended => None,
    }
}
