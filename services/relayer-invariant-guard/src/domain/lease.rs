//! Who may act: one lease at a time for overlapping scopes, from the leader only, under no halt, on a fresh Pass only.
//!
//! The guard counts a lease from when it grants it, its holder from when it asked, which is earlier: when the guard holds a
//! lease for over, the holder has stopped. See `libs/relayer-client`, whose rules are the other half of this.

use std::{collections::BTreeMap, time::Duration};

use causeway_primitives::{Monotonic, RelayerId, Scope};

use super::latch::{HaltId, Latch};

/// Whether this replica may grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It leads, in this epoch; each grant is checked against it again in the store.
    Leader {
        /// The fencing epoch.
        epoch: u64,
    },
    /// Another one leads.
    Standby,
}

/// How far this replica is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// It has not passed its checkpoint again since it started to lead.
    Starting,
    /// It has.
    Ready,
}

/// The newest Pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pass {
    /// Its verdict: a UUID.
    pub verdict: u128,
    /// When gathering its evidence BEGAN: nothing that happened later is in it.
    pub begun: Monotonic,
}

/// Limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// The longest lease.
    pub ttl: Duration,
    /// How old a Pass may be when the lease that rests on it ends.
    pub max_verdict_age: Duration,
}

/// Everything that a grant depends on.
#[derive(Debug, Clone, Copy)]
pub struct Situation<'a> {
    /// What is halted; `None` when it cannot be read, which counts as halted.
    pub latch: Option<&'a Latch>,
    /// Whether this replica may grant.
    pub role: Role,
    /// How far it is.
    pub progress: Progress,
    /// The newest Pass.
    pub pass: Option<Pass>,
    /// Now.
    pub now: Monotonic,
}

/// A wish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Who asks.
    pub holder: RelayerId,
    /// For what.
    pub scope: Scope,
    /// The highest epoch that it knows.
    pub known_epoch: u64,
}

/// A lease as it is granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// Whose.
    pub holder: RelayerId,
    /// For what.
    pub scope: Scope,
    /// Its epoch.
    pub epoch: u64,
    /// Its number within the epoch.
    pub sequence: u64,
    /// The Pass that it rests on.
    pub verdict: u128,
    /// How long.
    pub ttl: Duration,
}

/// No lease.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// What is halted cannot be read.
    #[error("the latch cannot be read, which counts as halted")]
    LatchUnreadable,
    /// A halt touches the scope.
    #[error("halted by {halt} ({scope}, epoch {epoch})")]
    Halted {
        /// The first of them.
        halt: HaltId,
        /// What it stops.
        scope: Scope,
        /// Its epoch.
        epoch: u64,
    },
    /// Another replica leads.
    #[error("this replica does not lead")]
    NotLeader,
    /// The holder has seen a later leader.
    #[error("the holder knows epoch {known}, this replica has {epoch}")]
    Behind {
        /// What the holder knows.
        known: u64,
        /// Ours.
        epoch: u64,
    },
    /// Not yet.
    #[error("the checkpoint has not passed again yet")]
    Starting,
    /// Somebody else may still act.
    #[error("{holder} holds {scope} for {left:?} at most")]
    HeldByAnother {
        /// Who.
        holder: RelayerId,
        /// What.
        scope: Scope,
        /// For how long at most.
        left: Duration,
    },
    /// Nothing has passed recently enough.
    #[error("the last pass is {age:?} old, {limit:?} are allowed")]
    NoFreshPass {
        /// Its age; `None` without one.
        age: Option<Duration>,
        /// The limit.
        limit: Duration,
    },
}

/// The leases that may still be good.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Granted {
    leases: BTreeMap<Scope, Holding>,
    /// The last number that was given in this epoch.
    sequence: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Holding {
    holder: RelayerId,
    /// The holder has stopped by then.
    over_at: Monotonic,
}

impl Granted {
    /// What a new leader must assume: whatever its predecessor granted may have been granted just now.
    pub fn inherited(leases: impl IntoIterator<Item = (Scope, RelayerId, Duration)>, now: Monotonic) -> Self {
        let held =
            |(scope, holder, ttl): (Scope, RelayerId, Duration)| (scope, Holding { holder, over_at: now.after(ttl) });
        Self { leases: leases.into_iter().map(held).collect(), sequence: 0 }
    }

    /// Notes a lease, before it is sent.
    pub fn record(&mut self, lease: &Lease, now: Monotonic) {
        self.sequence = lease.sequence;
        let mut over_at = now.after(lease.ttl);
        if let Some(held) = self.leases.get(&lease.scope).filter(|held| held.holder == lease.holder) {
            // A shorter one may never arrive, and then the holder has the longer one still.
            over_at = over_at.max(held.over_at);
        }
        self.leases.insert(lease.scope, Holding { holder: lease.holder.clone(), over_at });
    }

    /// Forgets a lease that its holder gave back.
    pub fn give_back(&mut self, scope: Scope, holder: &RelayerId) {
        self.leases.retain(|held, holding| !(*held == scope && holding.holder == *holder));
    }

    /// Who may act now, and by when they have certainly stopped.
    pub fn holders(&self, now: Monotonic) -> impl Iterator<Item = (Scope, &RelayerId, Monotonic)> {
        let current = self.leases.iter().filter(move |(_, held)| held.over_at > now);
        current.map(|(scope, held)| (*scope, &held.holder, held.over_at))
    }

    fn rival(&self, request: &Request, now: Monotonic) -> Option<Refusal> {
        let rival =
            self.holders(now).find(|(scope, holder, _)| scope.overlaps(request.scope) && **holder != request.holder);
        rival.map(|(scope, holder, over_at)| Refusal::HeldByAnother {
            holder: holder.clone(),
            scope,
            left: over_at.since(now),
        })
    }
}

/// Decides about a wish. The caller records the lease, in memory and in the store, before it answers.
///
/// # Errors
/// [`Refusal`], the gravest reason first.
pub fn grant(
    granted: &Granted,
    request: &Request,
    situation: &Situation<'_>,
    policy: &Policy,
) -> Result<Lease, Refusal> {
    let latch = situation.latch.ok_or(Refusal::LatchUnreadable)?;
    if let Some(halt) = latch.over(request.scope).next() {
        return Err(Refusal::Halted { halt: halt.id, scope: halt.scope, epoch: halt.epoch });
    }
    let epoch = match situation.role {
        Role::Leader { epoch } => epoch,
        Role::Standby => return Err(Refusal::NotLeader),
    };
    if request.known_epoch > epoch {
        return Err(Refusal::Behind { known: request.known_epoch, epoch });
    }
    match situation.progress {
        Progress::Starting => return Err(Refusal::Starting),
        Progress::Ready => {}
    }
    if let Some(refusal) = granted.rival(request, situation.now) {
        return Err(refusal);
    }
    let limit = policy.max_verdict_age;
    let pass = situation.pass.ok_or(Refusal::NoFreshPass { age: None, limit })?;
    let age = situation.now.since(pass.begun);
    let ttl = limit.saturating_sub(age).min(policy.ttl);
    // A lease of less than a millisecond cannot be written down.
    if ttl < Duration::from_millis(1) {
        return Err(Refusal::NoFreshPass { age: Some(age), limit });
    }
    let (holder, scope) = (request.holder.clone(), request.scope);
    Ok(Lease { holder, scope, epoch, sequence: granted.sequence.saturating_add(1), verdict: pass.verdict, ttl })
}

#[cfg(test)]
mod tests;
