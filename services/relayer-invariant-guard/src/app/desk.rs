//! The desk where relayers ask for leave: asks the domain, writes down what it grants, and then answers.

use causeway_primitives::{AssetId, B256, RelayerId, Scope, U256};
use causeway_store::Error as StoreError;
use causeway_telemetry::Chain;
use uuid::Uuid;

use super::{Guard, latching::Unlatched};
use crate::{
    adapters::store::Operation,
    domain::{
        latch::{Cause, Halt, HaltId, Latch},
        lease::{Lease, Policy, Refusal, Request, Role, Situation, grant},
    },
};

/// What one grant may move of an asset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CapSetting {
    /// The asset.
    pub asset: AssetId,
    /// One operation.
    pub per_operation: U256,
    /// All operations of a grant.
    pub total: U256,
}

/// What came of a wish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The lease, written down, or why there is none.
    pub outcome: Result<Lease, Refusal>,
    /// What is halted; empty when it cannot be read.
    pub halted: Vec<Halt>,
    /// The epoch of leases, as far as this replica knows.
    pub epoch: u64,
    /// What one grant may move.
    pub caps: Vec<CapSetting>,
    /// Whether the relayer is watched more closely.
    pub standing: Standing,
}

/// How a relayer stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// As ever.
    Regular,
    /// It was halted not long ago: shorter leases, smaller caps.
    Probation,
}

impl Guard {
    /// Decides about a wish for a lease.
    pub async fn acquire(&self, request: &Request) -> Answer {
        let latch = self.known_latch().await;
        let standing = self.standing(request.scope);
        let outcome = match self.decide(request, latch.as_ref(), standing) {
            Ok(lease) => self.write_down(lease).await,
            Err(refusal) => Err(refusal),
        };
        let halted = latch.map(|latch| latch.active().cloned().collect()).unwrap_or_default();
        let epoch = self.known_epoch();
        let settings = &self.parts.settings;
        let caps = match standing {
            Standing::Regular => settings.caps.clone(),
            Standing::Probation => settings.probation.caps.clone(),
        };
        Answer { outcome, halted, epoch, caps, standing }
    }

    /// Read together with the Pass that a grant rests on: both are of the newest verdict.
    fn standing(&self, scope: Scope) -> Standing {
        let on_probation = self.state().probation.iter().any(|resumed| resumed.overlaps(scope));
        if on_probation { Standing::Probation } else { Standing::Regular }
    }

    /// Forgets a lease that its holder gave back.
    ///
    /// # Errors
    /// [`StoreError`]: then a successor waits for its end.
    pub async fn give_back(
        &self,
        scope: Scope,
        holder: &RelayerId,
        (epoch, sequence): (u64, u64),
    ) -> Result<(), StoreError> {
        if self.parts.store.delete_lease(scope, holder, epoch, sequence).await? {
            self.state().granted.give_back(scope, holder);
        }
        Ok(())
    }

    /// A relayer's own database refused a second batch: batch creation stops before anything is looked at. One report is
    /// one halt, however often it is told.
    pub async fn batch_refused(&self, report: Uuid, holder: &RelayerId, detail: &str) {
        let halt = Halt {
            id: HaltId::new(report.as_u128()),
            scope: Scope::BatchCreation,
            cause: Cause::Reported,
            evidence: B256::ZERO,
            epoch: self.known_epoch(),
            at: self.parts.clock.now(),
            parent: None,
        };
        self.latch(Unlatched::new(halt, detail, format!("report:{report} of {holder}"))).await;
    }

    /// What is halted now; `None` when it cannot be read.
    pub async fn halted(&self) -> Option<Vec<Halt>> {
        self.known_latch().await.map(|latch| latch.active().cloned().collect())
    }

    /// Takes what a relayer did.
    ///
    /// # Errors
    /// [`StoreError`]: none of it is taken.
    pub async fn take_operations(&self, holder: &RelayerId, operations: &[Operation]) -> Result<Vec<Uuid>, StoreError> {
        self.parts.store.insert_operations(holder, operations).await
    }

    fn decide(&self, request: &Request, latch: Option<&Latch>, standing: Standing) -> Result<Lease, Refusal> {
        let regular = self.parts.settings.lease;
        let policy = match standing {
            Standing::Regular => regular,
            Standing::Probation => Policy { ttl: regular.ttl.min(self.parts.settings.probation.ttl), ..regular },
        };
        let leads = self.leadership();
        let state = self.state();
        let term = state.term.filter(|term| leads.is_some_and(|leads| leads.epoch() == term.leadership));
        let situation = Situation {
            latch,
            role: term.map_or(Role::Standby, |term| Role::Leader { epoch: term.epoch }),
            progress: state.progress(),
            pass: state.pass,
            now: self.parts.clock.monotonic(),
        };
        grant(&state.granted, request, &situation, &policy)
    }

    /// In memory first, so that no second one is granted beside it; then in the database, which has the last word.
    async fn write_down(&self, lease: Lease) -> Result<Lease, Refusal> {
        let leadership = self.leadership().ok_or(Refusal::NotLeader)?;
        self.state().granted.record(&lease, self.parts.clock.monotonic());
        match self.parts.store.insert_lease(&leadership, &lease, self.parts.clock.now()).await {
            Ok(true) => Ok(lease),
            // Somebody halted, or another leader came, since the decision: the next answer says which.
            Ok(false) => Err(Refusal::Starting),
            Err(StoreError::Fenced { .. }) => Err(Refusal::NotLeader),
            Err(error) => {
                tracing::error!(error = %Chain(&error), "lease could not be written down");
                Err(Refusal::LatchUnreadable)
            }
        }
    }

    /// What is latched, with what could not be latched yet.
    pub(super) async fn known_latch(&self) -> Option<Latch> {
        let latch = self.latched().await;
        latch.inspect_err(|error| tracing::error!(error = %Chain(error), "latch unreadable")).ok()
    }
}
