//! The rules: what a lease, a halt and the time that passes allow. Pure; the time is an argument.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use causeway_primitives::{AssetId, Scope, U256};
use tokio::time::Instant;

/// So much of an asset, in base units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amount {
    /// The asset.
    pub asset: AssetId,
    /// In base units.
    pub units: U256,
}

/// What an operation moves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spend {
    /// Nothing: it anchors a root, or pays gas.
    Nothing,
    /// Value that caps count.
    Of(Amount),
}

/// The lease that an operation stands under, for journals and reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Authority {
    /// Its epoch.
    pub epoch: u64,
    /// Its sequence.
    pub sequence: u64,
    /// When it ends, on this process's clock.
    pub until: Instant,
}

/// No leave.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// A halt covers it.
    #[error("{scope} is halted by {halt_id} in epoch {epoch}")]
    Halted {
        /// The halted scope.
        scope: Scope,
        /// The halt.
        halt_id: Arc<str>,
        /// Its epoch.
        epoch: u64,
    },
    /// The file of halts cannot be read, so there may be one.
    #[error("the latch file cannot be read, which counts as halted")]
    LatchUnreadable,
    /// No lease covers the scope.
    #[error("no lease covers {scope}")]
    NoLease {
        /// The scope.
        scope: Scope,
    },
    /// The lease has run out.
    #[error("the lease for {scope} has run out")]
    Expired {
        /// The scope.
        scope: Scope,
    },
    /// A lease of another epoch has come since the permit was given.
    #[error("the permit is of epoch {permitted}, the lease of {current}")]
    EpochChanged {
        /// The permit's.
        permitted: u64,
        /// The one now.
        current: u64,
    },
    /// The lease does not list the asset.
    #[error("the lease does not cover {asset}")]
    AssetNotCovered {
        /// The asset.
        asset: AssetId,
    },
    /// More than one operation may move.
    #[error("{units} of {asset} are more than the {cap} that one operation may move")]
    OverOperationCap {
        /// The asset.
        asset: AssetId,
        /// What was asked for.
        units: U256,
        /// The cap.
        cap: U256,
    },
    /// More than the grant has left.
    #[error("{units} of {asset} are more than the {left} that this grant has left")]
    OverTotalCap {
        /// The asset.
        asset: AssetId,
        /// What was asked for.
        units: U256,
        /// What is left.
        left: U256,
    },
    /// The relayer is stopping.
    #[error("the relayer is stopping")]
    Stopping,
}

impl Refused {
    /// Label and field value.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Halted { .. } => "halted",
            Self::LatchUnreadable => "latch_unreadable",
            Self::NoLease { .. } => "no_lease",
            Self::Expired { .. } => "expired",
            Self::EpochChanged { .. } => "epoch_changed",
            Self::AssetNotCovered { .. } => "asset_not_covered",
            Self::OverOperationCap { .. } => "over_operation_cap",
            Self::OverTotalCap { .. } => "over_total_cap",
            Self::Stopping => "stopping",
        }
    }
}

/// How a scope stands, for health pages and metrics. Not for deciding: that is what permits are for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// A lease covers it.
    Granted {
        /// The lease.
        authority: Authority,
        /// What is left of it.
        left: Duration,
        /// Whether the guard watches more closely than usual.
        probation: bool,
    },
    /// Nothing does.
    Refused(Refused),
}

/// A halt as it is remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Halted {
    pub(crate) halt_id: Arc<str>,
    pub(crate) epoch: u64,
}

/// What survives a restart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Memory {
    pub(crate) epoch: u64,
    pub(crate) halted: BTreeMap<Scope, Halted>,
}

impl Memory {
    /// Adds a halt; of two for one scope the later epoch counts.
    fn halt(&mut self, scope: Scope, halt: Halted) {
        self.epoch = self.epoch.max(halt.epoch);
        let known = self.halted.get(&scope).is_some_and(|known| known.epoch > halt.epoch);
        if !known {
            self.halted.insert(scope, halt);
        }
    }

    fn over(&self, scope: Scope) -> Option<(Scope, &Halted)> {
        self.halted.iter().map(|(halted, halt)| (*halted, halt)).find(|(halted, _)| halted.overlaps(scope))
    }
}

/// A lease as it was granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Grant {
    pub(crate) scope: Scope,
    pub(crate) epoch: u64,
    pub(crate) sequence: u64,
    pub(crate) ttl: Duration,
    pub(crate) caps: BTreeMap<AssetId, Budget>,
    pub(crate) probation: bool,
}

/// What may be moved of one asset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Budget {
    pub(crate) per_operation: U256,
    pub(crate) left: U256,
}

/// A lease as it is held.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Held {
    epoch: u64,
    sequence: u64,
    until: Instant,
    caps: BTreeMap<AssetId, Budget>,
    probation: bool,
}

/// A grant that changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Ignored {
    /// From a leader that has been succeeded.
    #[error("the grant is of epoch {granted}, {known} is known")]
    OldEpoch { granted: u64, known: u64 },
    /// Overtaken by a later grant.
    #[error("the grant has sequence {granted}, {held} is held")]
    OldSequence { granted: u64, held: u64 },
    /// On its way when the halt came.
    #[error("the grant is of epoch {granted}, {scope} was halted in {halted}")]
    Halted { granted: u64, scope: Scope, halted: u64 },
    /// There may be a halt that cannot be read.
    #[error("the latch file cannot be read")]
    LatchUnreadable,
}

/// What a permit stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ticket {
    pub(crate) scope: Scope,
    pub(crate) epoch: u64,
    pub(crate) spend: Spend,
}

/// The holder's state.
#[derive(Debug, Clone)]
pub(crate) struct Clearance {
    /// `None` when it cannot be read.
    memory: Option<Memory>,
    leases: BTreeMap<Scope, Held>,
    stopping: bool,
}

impl Clearance {
    pub(crate) const fn new(memory: Option<Memory>) -> Self {
        Self { memory, leases: BTreeMap::new(), stopping: false }
    }

    pub(crate) fn memory(&self) -> Option<&Memory> {
        self.memory.as_ref()
    }

    pub(crate) fn epoch(&self) -> u64 {
        self.memory.as_ref().map_or(0, |memory| memory.epoch)
    }

    /// Takes a lease that answers a request sent at `sent`.
    pub(crate) fn grant(&mut self, grant: Grant, sent: Instant) -> Result<(), Ignored> {
        let memory = self.memory.as_mut().ok_or(Ignored::LatchUnreadable)?;
        let granted = grant.epoch;
        if granted < memory.epoch {
            return Err(Ignored::OldEpoch { granted, known: memory.epoch });
        }
        if let Some(held) = self.leases.get(&grant.scope).filter(|held| held.epoch == granted)
            && grant.sequence <= held.sequence
        {
            return Err(Ignored::OldSequence { granted: grant.sequence, held: held.sequence });
        }
        let overlapping = memory.halted.iter().filter(|(scope, _)| scope.overlaps(grant.scope));
        if let Some((scope, halt)) = overlapping.max_by_key(|(_, halt)| halt.epoch).filter(|(_, h)| granted <= h.epoch)
        {
            return Err(Ignored::Halted { granted, scope: *scope, halted: halt.epoch });
        }
        memory.epoch = granted;
        memory.halted.retain(|scope, _| !scope.overlaps(grant.scope));
        let Grant { scope, epoch, sequence, ttl, caps, probation } = grant;
        self.leases.insert(scope, Held { epoch, sequence, until: sent + ttl, caps, probation });
        Ok(())
    }

    /// Takes a halt: at once, whatever else is known.
    pub(crate) fn halt(&mut self, scope: Scope, halt: Halted) {
        if let Some(memory) = &mut self.memory {
            memory.halt(scope, halt);
        }
        self.drop_overlapping(scope);
    }

    /// Gives up the leases that touch a scope, without remembering anything.
    pub(crate) fn drop_overlapping(&mut self, scope: Scope) {
        self.leases.retain(|held, _| !held.overlaps(scope));
    }

    /// Nothing is permitted any more. Names what was held: scope, epoch and sequence.
    pub(crate) fn stop(&mut self) -> Vec<(Scope, u64, u64)> {
        self.stopping = true;
        self.rest()
    }

    /// Nothing is permitted before the next grant. Names what was held: scope, epoch and sequence.
    pub(crate) fn rest(&mut self) -> Vec<(Scope, u64, u64)> {
        std::mem::take(&mut self.leases).into_iter().map(|(scope, held)| (scope, held.epoch, held.sequence)).collect()
    }

    /// Gives leave for one operation and counts what it moves.
    pub(crate) fn permit(&mut self, scope: Scope, spend: Spend, now: Instant) -> Result<(Ticket, Authority), Refused> {
        let key = self.covering(scope, now)?;
        let lost = Refused::NoLease { scope };
        let held = self.leases.get_mut(&key).ok_or(lost)?;
        if let Spend::Of(amount) = &spend {
            within_operation_cap(held, amount)?;
            let missing = || Refused::AssetNotCovered { asset: amount.asset.clone() };
            let budget = held.caps.get_mut(&amount.asset).ok_or_else(missing)?;
            budget.left = budget.left.checked_sub(amount.units).ok_or_else(|| Refused::OverTotalCap {
                asset: amount.asset.clone(),
                units: amount.units,
                left: budget.left,
            })?;
        }
        Ok((Ticket { scope, epoch: held.epoch, spend }, authority(held)))
    }

    /// Whether the leave still holds.
    pub(crate) fn check(&self, ticket: &Ticket, now: Instant) -> Result<Authority, Refused> {
        let key = self.covering(ticket.scope, now)?;
        let held = self.leases.get(&key).ok_or(Refused::NoLease { scope: ticket.scope })?;
        if held.epoch != ticket.epoch {
            return Err(Refused::EpochChanged { permitted: ticket.epoch, current: held.epoch });
        }
        if let Spend::Of(amount) = &ticket.spend {
            // A grant since then may have come with smaller caps.
            within_operation_cap(held, amount)?;
        }
        Ok(authority(held))
    }

    pub(crate) fn standing(&self, scope: Scope, now: Instant) -> Standing {
        let held = self.covering(scope, now).map(|key| self.leases.get(&key));
        match held {
            Ok(Some(held)) => Standing::Granted {
                authority: authority(held),
                left: held.until.saturating_duration_since(now),
                probation: held.probation,
            },
            Ok(None) => Standing::Refused(Refused::NoLease { scope }),
            Err(refused) => Standing::Refused(refused),
        }
    }

    /// The lease that covers a scope now: `Permitted(s)`. Of two, the one that ends later.
    fn covering(&self, scope: Scope, now: Instant) -> Result<Scope, Refused> {
        if self.stopping {
            return Err(Refused::Stopping);
        }
        let memory = self.memory.as_ref().ok_or(Refused::LatchUnreadable)?;
        if let Some((halted, halt)) = memory.over(scope) {
            let halt_id = Arc::clone(&halt.halt_id);
            return Err(Refused::Halted { scope: halted, halt_id, epoch: halt.epoch });
        }
        let current = self.leases.iter().filter(|(key, held)| key.covers(scope) && held.epoch == memory.epoch);
        match current.max_by_key(|(_, held)| held.until) {
            Some((key, held)) if now < held.until => Ok(*key),
            Some(_) => Err(Refused::Expired { scope }),
            None => Err(Refused::NoLease { scope }),
        }
    }
}

fn within_operation_cap(held: &Held, amount: &Amount) -> Result<(), Refused> {
    let asset = || amount.asset.clone();
    match held.caps.get(&amount.asset) {
        None => Err(Refused::AssetNotCovered { asset: asset() }),
        Some(budget) if amount.units > budget.per_operation => {
            Err(Refused::OverOperationCap { asset: asset(), units: amount.units, cap: budget.per_operation })
        }
        Some(_) => Ok(()),
    }
}

const fn authority(held: &Held) -> Authority {
    Authority { epoch: held.epoch, sequence: held.sequence, until: held.until }
}

#[cfg(test)]
mod tests;
