//! Corrections that people proposed, and what others decided about them.

use std::collections::BTreeMap;

use causeway_primitives::{AssetId, I512, Timestamp};
use causeway_store::{Error, Named as _};
use uuid::Uuid;

use super::{
    Store, audit,
    values::{parse, timestamp},
};
use crate::domain::{adjustment::Adjustment, name::Name, quantity::Quantity, resume::Operator};

/// A correction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdjustmentRow {
    /// Its id.
    pub id: Uuid,
    /// What is corrected.
    pub adjustment: Adjustment,
    /// When it was proposed.
    pub proposed_at: Timestamp,
    /// What was decided; `None` while nothing was.
    pub decision: Option<DecisionRow>,
}

/// A decision about a correction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionRow {
    /// Which way.
    pub outcome: Outcome,
    /// Who.
    pub operator: Operator,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub comment: String,
}

/// Which way a decision went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It counts from the next evaluation on.
    Approved,
    /// It never does.
    Refused,
}

impl Outcome {
    /// Row and label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Refused => "refused",
        }
    }
}

impl Store {
    /// Stores a proposal with its record.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn insert_adjustment(&self, id: Uuid, new: &Adjustment, at: Timestamp) -> Result<(), Error> {
        let mut tx = self.pool.begin().await?;
        let queries = tx.queries();
        sqlx::query!(
            r#"
            INSERT INTO adjustment (adjustment_id, asset, term, amount, reason, proposer, proposed_at)
            VALUES ($1, $2, $3, $4::TEXT::NUMERIC, $5, $6, $7)
            "#,
            id,
            new.asset.as_str(),
            new.term.as_str(),
            new.amount.to_string(),
            new.reason,
            new.proposer.as_str(),
            at.to_datetime(),
        )
        .execute(&mut *tx)
        .named("insert_adjustment", &queries)
        .await?;
        let (by, what) = (new.proposer.as_str(), format!("proposed: {}", new.reason));
        audit::append(&mut tx, &entry((id, "proposed"), new, (by, &what), at)).await?;
        tx.commit().await
    }

    /// Stores a decision with its record; `false` when there is one already.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn insert_adjustment_decision(&self, row: &AdjustmentRow, decision: &DecisionRow) -> Result<bool, Error> {
        let mut tx = self.pool.begin().await?;
        let queries = tx.queries();
        let written = sqlx::query!(
            r#"
            INSERT INTO adjustment_decision (adjustment_id, decision, operator, at, comment) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (adjustment_id) DO NOTHING
            "#,
            row.id,
            decision.outcome.as_str(),
            decision.operator.as_str(),
            decision.at.to_datetime(),
            decision.comment,
        )
        .execute(&mut *tx)
        .named("insert_adjustment_decision", &queries)
        .await?;
        if written.rows_affected() == 0 {
            return Ok(false);
        }
        let what = format!("{}: {}", decision.outcome.as_str(), decision.comment);
        let by = (decision.operator.as_str(), what.as_str());
        audit::append(&mut tx, &entry((row.id, "decided"), &row.adjustment, by, decision.at)).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Corrections, newest first, from behind `after` on.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn list_adjustments(&self, after: Option<Uuid>, limit: u32) -> Result<Vec<AdjustmentRow>, Error> {
        let rows = sqlx::query_as!(
            Columns,
            r#"
            SELECT adjustment_id, asset, term, amount::TEXT AS "amount!", reason, proposer, proposed_at,
                   decision AS "decision?", operator AS "operator?", at AS "at?", comment AS "comment?"
            FROM adjustment LEFT JOIN adjustment_decision USING (adjustment_id)
            WHERE $1::UUID IS NULL
               OR (proposed_at, adjustment_id) < (SELECT last.proposed_at, last.adjustment_id FROM adjustment AS last
                                                  WHERE last.adjustment_id = $1)
            ORDER BY proposed_at DESC, adjustment_id DESC LIMIT $2
            "#,
            after,
            i64::from(limit),
        )
        .fetch_all(self.pool.executor())
        .named("list_adjustments", self.pool.queries())
        .await?;
        rows.into_iter().map(AdjustmentRow::try_from).collect()
    }

    /// A correction.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn find_adjustment(&self, id: Uuid) -> Result<Option<AdjustmentRow>, Error> {
        let row = sqlx::query_as!(
            Columns,
            r#"
            SELECT adjustment_id, asset, term, amount::TEXT AS "amount!", reason, proposer, proposed_at,
                   decision AS "decision?", operator AS "operator?", at AS "at?", comment AS "comment?"
            FROM adjustment LEFT JOIN adjustment_decision USING (adjustment_id)
            WHERE adjustment_id = $1
            "#,
            id,
        )
        .fetch_optional(self.pool.executor())
        .named("find_adjustment", self.pool.queries())
        .await?;
        row.map(AdjustmentRow::try_from).transpose()
    }

    /// What the approved ones add up to, by asset and term: a part of the evidence.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn sum_adjustments(&self) -> Result<BTreeMap<(AssetId, Name), Quantity>, Error> {
        let rows = sqlx::query!(
            r#"
            SELECT asset, term, SUM(amount)::TEXT AS "amount!"
            FROM adjustment JOIN adjustment_decision USING (adjustment_id)
            WHERE decision = 'approved' GROUP BY asset, term
            "#
        )
        .fetch_all(self.pool.executor())
        .named("sum_adjustments", self.pool.queries())
        .await?;
        let row = rows.into_iter().map(|row| {
            let key = (parse(&row.asset, "adjustment.asset")?, parse(&row.term, "adjustment.term")?);
            Ok((key, quantity(&row.amount)?))
        });
        row.collect()
    }
}

fn entry((id, what): (Uuid, &str), new: &Adjustment, (by, summary): (&str, &str), at: Timestamp) -> audit::Entry {
    let body = serde_json::json!({
        "amount": new.amount.to_string(),
        "asset": new.asset.as_str(),
        "at": at.to_string(),
        "summary": format!("adjustment of {} by {} of {} {summary}", new.term, new.amount, new.asset),
        "term": new.term.as_str(),
    });
    audit::Entry { at, kind: "config", subject: format!("{id}/{what}"), actor: by.to_owned(), body: body.to_string() }
}

fn quantity(text: &str) -> Result<Quantity, Error> {
    I512::from_dec_str(text).map(Quantity::new).map_err(|_| Error::Unreadable { column: "adjustment.amount" })
}

struct Columns {
    adjustment_id: Uuid,
    asset: String,
    term: String,
    amount: String,
    reason: String,
    proposer: String,
    proposed_at: time::OffsetDateTime,
    decision: Option<String>,
    operator: Option<String>,
    at: Option<time::OffsetDateTime>,
    comment: Option<String>,
}

impl TryFrom<Columns> for AdjustmentRow {
    type Error = Error;

    fn try_from(row: Columns) -> Result<Self, Error> {
        let adjustment = Adjustment {
            asset: parse(&row.asset, "adjustment.asset")?,
            term: parse(&row.term, "adjustment.term")?,
            amount: quantity(&row.amount)?,
            reason: row.reason,
            proposer: parse(&row.proposer, "adjustment.proposer")?,
        };
        let decision = match (row.decision.as_deref(), row.operator, row.at) {
            (Some(word), Some(operator), Some(at)) => Some(DecisionRow {
                outcome: [Outcome::Approved, Outcome::Refused]
                    .into_iter()
                    .find(|outcome| outcome.as_str() == word)
                    .ok_or(Error::Unreadable { column: "adjustment_decision.decision" })?,
                operator: parse(&operator, "adjustment_decision.operator")?,
                at: timestamp(at, "adjustment_decision.at")?,
                comment: row.comment.unwrap_or_default(),
            }),
            _ => None,
        };
        let proposed_at = timestamp(row.proposed_at, "adjustment.proposed_at")?;
        Ok(Self { id: row.adjustment_id, adjustment, proposed_at, decision })
    }
}
