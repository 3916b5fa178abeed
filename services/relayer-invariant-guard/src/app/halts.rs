//! Halts by hand, and halts as people ask for them.

use causeway_primitives::{B256, RelayerId, Scope};
use causeway_store::Error as StoreError;
use causeway_telemetry::Chain;
use uuid::Uuid;

use super::{Error, Guard, latching::Unlatched};
use crate::{
    adapters::store::{Entry, HaltRow, Snapshot},
    domain::{
        latch::{Cause, Halt, HaltId},
        resume::Operator,
    },
};

/// Which halts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Those that hold.
    Active,
    /// Those that do not hold any more as well.
    All,
}

impl Guard {
    /// An operator halts. The request's id is the halt's, so that the same request again is the same halt.
    ///
    /// # Errors
    /// [`Error::NotDurable`] when the database did not take it: it is in force in this process, and tried again until it
    /// is taken.
    pub async fn halt_by_hand(
        &self,
        request: Uuid,
        (scope, cause): (Scope, Cause),
        reason: &str,
        operator: &Operator,
    ) -> Result<HaltRow, Error> {
        let id = HaltId::new(request.as_u128());
        let halt = Halt {
            id,
            scope,
            cause,
            evidence: B256::ZERO,
            epoch: self.known_epoch(),
            at: self.parts.clock.now(),
            parent: None,
        };
        let by = match cause {
            Cause::Drill => format!("drill:{operator}"),
            Cause::Manual | Cause::Reported | Cause::Violation(_) => format!("operator:{operator}"),
        };
        self.latch(Unlatched::new(halt, reason, by)).await;
        self.parts.store.find_halt(id).await.ok().flatten().ok_or(Error::NotDurable)
    }

    /// Puts a relayer's report on the record, once. What it led to does not wait for this.
    pub async fn record_report(&self, report: Uuid, holder: &RelayerId, kind: &str, detail: &str) {
        let at = self.parts.clock.now();
        let body = serde_json::json!({
            "at": at.to_string(),
            "kind": kind,
            "summary": format!("{holder} reports {kind}: {detail}"),
        });
        let (subject, actor) = (report.to_string(), holder.to_string());
        let entry = Entry { at, kind: "report", subject, actor, body: body.to_string() };
        if let Err(error) = self.parts.store.append_audit(&entry).await {
            tracing::error!(%report, error = %Chain(&error), "report not recorded");
        }
    }

    /// Halts, newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn list_halts(
        &self,
        which: Which,
        after: Option<HaltId>,
        limit: u32,
    ) -> Result<Vec<HaltRow>, StoreError> {
        match which {
            Which::Active => self.parts.store.list_active_halts(after, limit).await,
            Which::All => self.parts.store.list_halts(after, limit).await,
        }
    }

    /// The evidence of a halt in canonical bytes.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn halt_evidence(&self, halt: HaltId) -> Result<Option<Snapshot>, StoreError> {
        self.parts.store.find_evidence(halt).await
    }
}
