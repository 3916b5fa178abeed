//! Corrections: somebody proposes, somebody else decides, and the next evaluation counts it.

use causeway_store::Error as StoreError;
use uuid::Uuid;

use super::{Error, Guard};
use crate::{
    adapters::store::{AdjustmentRow, DecisionRow, Outcome},
    domain::{
        adjustment::{self, Adjustment},
        resume::Operator,
    },
};

impl Guard {
    /// Proposes a correction.
    ///
    /// # Errors
    /// [`Error::Adjustment`] when no equation would see it, or of the store.
    pub async fn propose_adjustment(&self, new: Adjustment) -> Result<AdjustmentRow, Error> {
        adjustment::check(&new, &self.parts.rules)?;
        let id = Uuid::now_v7();
        self.parts.store.insert_adjustment(id, &new, self.parts.clock.now()).await?;
        self.adjustment(id).await
    }

    /// Decides about a correction: approving is for somebody else than the proposer, refusing for anybody.
    ///
    /// # Errors
    /// [`Error`] with the reasons that the contract names.
    pub async fn decide_adjustment(
        &self,
        id: Uuid,
        operator: Operator,
        outcome: Outcome,
        comment: &str,
    ) -> Result<AdjustmentRow, Error> {
        let row = self.adjustment(id).await?;
        match outcome {
            Outcome::Approved => adjustment::approve(&row.adjustment, &operator)?,
            Outcome::Refused => {}
        }
        let (at, comment) = (self.parts.clock.now(), comment.to_owned());
        let decision = DecisionRow { outcome, operator, at, comment };
        if !self.parts.store.insert_adjustment_decision(&row, &decision).await? {
            return Err(Error::AdjustmentDecided);
        }
        self.wake();
        self.adjustment(id).await
    }

    /// Corrections, newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn list_adjustments(&self, after: Option<Uuid>, limit: u32) -> Result<Vec<AdjustmentRow>, StoreError> {
        self.parts.store.list_adjustments(after, limit).await
    }

    async fn adjustment(&self, id: Uuid) -> Result<AdjustmentRow, Error> {
        self.parts.store.find_adjustment(id).await?.ok_or(Error::AdjustmentUnknown)
    }
}
