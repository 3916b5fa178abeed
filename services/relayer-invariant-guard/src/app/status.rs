//! What is granted, halted and known right now, and what the newest verdict says about each balance.

use std::{collections::BTreeMap, time::Duration};

use causeway_primitives::{AssetId, ChainName, Timestamp};
use causeway_store::Error as StoreError;

use super::{Error, Guard};
use crate::{
    adapters::store::{Judged, LeaseRow, VerdictRow},
    domain::{latch::Halt, lease::Role, resume::State},
};
use uuid::Uuid;

/// What operators want to read with the figures, and no rule needs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    /// Decimals of assets: to show base units as tokens.
    pub decimals: BTreeMap<AssetId, u8>,
    /// EIP-155 ids of the chains.
    pub chain_ids: BTreeMap<ChainName, u64>,
    /// Preset and mode that are in force, and what contradicts them.
    pub notes: Vec<String>,
}

/// How the relayer stands, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// It may act.
    Running,
    /// It is stopped.
    Halted,
    /// It is stopped, and a resume is being validated.
    Validating,
    /// It may act under smaller caps.
    Probation,
    /// Nothing has passed recently enough.
    NoFreshPass,
}

impl Condition {
    /// Wire value.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::Halted => "HALTED",
            Self::Validating => "VALIDATING",
            Self::Probation => "PROBATION",
            Self::NoFreshPass => "NO_FRESH_PASS",
        }
    }
}

/// The guard now.
#[derive(Debug, Clone)]
pub struct Status {
    /// How the relayer stands.
    pub condition: Condition,
    /// Whether this replica leads, by what it last knew.
    pub role: Role,
    /// The fencing epoch.
    pub epoch: u64,
    /// What is halted.
    pub halted: Vec<Halt>,
    /// What is granted, and by when it has certainly ended.
    pub leases: Vec<(LeaseRow, Timestamp)>,
    /// The newest verdict.
    pub last: Option<Judged>,
    /// Age of the newest Pass, by the machine's clock: for people.
    pub pass_age: Option<Duration>,
    /// Sequence of the newest checkpoint.
    pub checkpoint: u64,
}

impl Guard {
    /// What is granted, halted and known.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn status(&self) -> Result<Status, StoreError> {
        let (store, now) = (&self.parts.store, self.parts.clock.now());
        let halted: Vec<Halt> = self.latched().await?.active().cloned().collect();
        let passed_at = store.find_last_verdict_at("pass").await?;
        let pass_age = passed_at.map(|at| now.since(at));
        let resumes = store.list_open_resumes().await?;
        let is = |wanted: fn(&State) -> bool| resumes.iter().any(|row| wanted(&row.resume.state));
        let condition = if halted.is_empty() {
            let fresh = pass_age.is_some_and(|age| age <= self.parts.settings.lease.max_verdict_age);
            match (fresh, is(|state| matches!(state, State::Probation { .. }))) {
                (false, _) => Condition::NoFreshPass,
                (true, true) => Condition::Probation,
                (true, false) => Condition::Running,
            }
        } else if is(|state| matches!(state, State::Approved | State::Validating { .. })) {
            Condition::Validating
        } else {
            Condition::Halted
        };
        let epoch = store.get_epoch().await?;
        let leases = store.list_leases().await?.into_iter().map(|lease| {
            let ends_by = lease.granted_at.after(lease.ttl);
            (lease, ends_by)
        });
        Ok(Status {
            condition,
            role: self.leadership().map_or(Role::Standby, |_| Role::Leader { epoch }),
            epoch,
            halted,
            leases: leases.filter(|(_, ends_by)| *ends_by > now).collect(),
            last: store.list_judged(None, None, 1).await?.pop(),
            pass_age,
            checkpoint: store.find_checkpoint().await?.map_or(0, |checkpoint| checkpoint.sequence),
        })
    }

    /// A verdict without its evidence.
    ///
    /// # Errors
    /// [`Error::VerdictUnknown`], or of the store.
    pub async fn judged(&self, id: Uuid) -> Result<Judged, Error> {
        self.parts.store.find_judged(id).await?.ok_or(Error::VerdictUnknown)
    }

    /// A verdict with its evidence.
    ///
    /// # Errors
    /// [`Error::VerdictUnknown`], or of the store.
    pub async fn verdict(&self, id: Uuid) -> Result<VerdictRow, Error> {
        self.parts.store.find_verdict(id).await?.ok_or(Error::VerdictUnknown)
    }

    /// Verdicts of one outcome ("pass", "violation", "indeterminate") or all, newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn list_verdicts(
        &self,
        outcome: Option<&'static str>,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<Judged>, StoreError> {
        self.parts.store.list_judged(outcome, after, limit).await
    }

    /// Entries of the record, newest first, before an index if one is given.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn list_record(
        &self,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<crate::adapters::store::AuditRow>, StoreError> {
        self.parts.store.list_audit_back(before, limit).await
    }
}
