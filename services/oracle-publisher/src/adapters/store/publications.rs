//! A publication's row, read in one way by everybody.

use causeway_store::Error;

use super::values::{answer, digest, parse, round_id, timestamp, unsigned};
use crate::ports::RoundRow;

/// The one SELECT of a publication, with what comes behind its `FROM`.
macro_rules! select_publication {
    ($rest:literal, $($argument:expr),* $(,)?) => {
        sqlx::query_as!(
            $crate::adapters::store::publications::PublicationColumns,
            r#"
            SELECT intent_key, feed_id, decision_id, based_on_round::TEXT AS "based_on_round!",
                   answer::TEXT AS "answer!", reason, state, round_id::TEXT AS round_id, tx_hash, block_number,
                   decided_at, updated_at, trace_id
            FROM publication
            "# + $rest,
            $($argument),*
        )
    };
}

pub(super) use select_publication;

pub(super) struct PublicationColumns {
    pub(super) intent_key: String,
    pub(super) feed_id: String,
    pub(super) decision_id: i64,
    pub(super) based_on_round: String,
    pub(super) answer: String,
    pub(super) reason: String,
    pub(super) state: String,
    pub(super) round_id: Option<String>,
    pub(super) tx_hash: Option<Vec<u8>>,
    pub(super) block_number: Option<i64>,
    pub(super) decided_at: time::OffsetDateTime,
    pub(super) updated_at: time::OffsetDateTime,
    pub(super) trace_id: Option<String>,
}

impl TryFrom<PublicationColumns> for RoundRow {
    type Error = Error;

    fn try_from(row: PublicationColumns) -> Result<Self, Error> {
        Ok(Self {
            intent_key: row.intent_key,
            feed: parse(&row.feed_id, "publication.feed_id")?,
            decision_id: unsigned(row.decision_id, "publication.decision_id")?,
            based_on_round: round_id(&row.based_on_round, "publication.based_on_round")?,
            answer: answer(&row.answer, "publication.answer")?,
            reason: row.reason,
            state: row.state,
            round_id: row.round_id.map(|text| round_id(&text, "publication.round_id")).transpose()?,
            tx_hash: row.tx_hash.map(|bytes| digest(&bytes, "publication.tx_hash")).transpose()?,
            block_number: row.block_number.map(|n| unsigned(n, "publication.block_number")).transpose()?,
            decided_at: timestamp(row.decided_at, "publication.decided_at")?,
            updated_at: timestamp(row.updated_at, "publication.updated_at")?,
            trace_id: row.trace_id,
        })
    }
}
