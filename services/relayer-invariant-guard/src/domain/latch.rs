//! What is halted. Two sets that only grow, halts and releases, so that replicas which see different things can only halt
//! too much when they meet: any replica adds halts, and a release is an approved act of its own.

use std::{collections::BTreeMap, fmt};

use causeway_primitives::{B256, Scope, Timestamp};

use super::finding::Code;

/// Names a halt. On the wire and in rows it is a UUID.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HaltId(u128);

impl HaltId {
    /// The id of these bits.
    pub const fn new(bits: u128) -> Self {
        Self(bits)
    }

    /// The bits.
    pub const fn get(self) -> u128 {
        self.0
    }
}

impl fmt::Display for HaltId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for HaltId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Why somebody or something halted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// A verdict.
    Violation(Code),
    /// The relayer's own database refused a second batch.
    Reported,
    /// An operator.
    Manual,
    /// An exercise, which halts for real.
    Drill,
}

impl Cause {
    /// Row, label and wire value.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Violation(code) => code.as_str(),
            Self::Reported => "REPORTED",
            Self::Manual => "MANUAL",
            Self::Drill => "DRILL",
        }
    }
}

/// A halt.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Halt {
    /// Its id.
    pub id: HaltId,
    /// What it stops.
    pub scope: Scope,
    /// Why.
    pub cause: Cause,
    /// The hash of the evidence that it rests on; zero where an operator's word is enough.
    pub evidence: B256,
    /// The epoch in which it was latched.
    pub epoch: u64,
    /// When: for people.
    pub at: Timestamp,
    /// The halt that was being resumed from.
    pub parent: Option<HaltId>,
}

/// A release that is not one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotReleased {
    /// No such halt.
    #[error("there is no halt {halt}")]
    Unknown {
        /// Which.
        halt: HaltId,
    },
    /// It is released already.
    #[error("halt {halt} is released")]
    Already {
        /// Which.
        halt: HaltId,
    },
    /// A holder takes a lease after a halt only from a higher epoch.
    #[error("halt {halt} is of epoch {halted}, a release needs a higher one than {given}")]
    Epoch {
        /// Which.
        halt: HaltId,
        /// Its epoch.
        halted: u64,
        /// That of the release.
        given: u64,
    },
}

/// All halts and all releases.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Latch {
    halts: BTreeMap<HaltId, Halt>,
    /// The epoch of each release.
    releases: BTreeMap<HaltId, u64>,
}

impl Latch {
    /// Adds a halt. Adding it again changes nothing, also when it is released by now.
    pub fn halt(&mut self, halt: Halt) {
        self.halts.entry(halt.id).or_insert(halt);
    }

    /// Adds a release. That it was approved is the caller's to know: see [`super::resume`].
    ///
    /// # Errors
    /// [`NotReleased`] when the halt does not exist, is released, or is not older than the epoch.
    pub fn release(&mut self, halt: HaltId, epoch: u64) -> Result<(), NotReleased> {
        let held = self.halts.get(&halt).ok_or(NotReleased::Unknown { halt })?;
        if self.releases.contains_key(&halt) {
            return Err(NotReleased::Already { halt });
        }
        if epoch <= held.epoch {
            return Err(NotReleased::Epoch { halt, halted: held.epoch, given: epoch });
        }
        self.releases.insert(halt, epoch);
        Ok(())
    }

    /// The halts that hold.
    pub fn active(&self) -> impl Iterator<Item = &Halt> {
        self.halts.values().filter(|halt| !self.releases.contains_key(&halt.id))
    }

    /// The halts that hold and touch a scope.
    pub fn over(&self, scope: Scope) -> impl Iterator<Item = &Halt> {
        self.active().filter(move |halt| halt.scope.overlaps(scope))
    }

    /// What a halt stops, or stopped.
    pub fn scope_of(&self, halt: HaltId) -> Option<Scope> {
        self.halts.get(&halt).map(|halt| halt.scope)
    }

    /// The epoch in which a halt was released.
    pub fn released_in(&self, halt: HaltId) -> Option<u64> {
        self.releases.get(&halt).copied()
    }

    /// What another replica knows as well.
    pub fn merge(&mut self, other: &Self) {
        other.halts.values().for_each(|halt| self.halt(halt.clone()));
        for (halt, epoch) in &other.releases {
            self.releases.entry(*halt).and_modify(|known| *known = (*known).min(*epoch)).or_insert(*epoch);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn halt(id: u128, scope: Scope, epoch: u64) -> Halt {
        let (evidence, at) = (B256::ZERO, Timestamp::EPOCH);
        Halt { id: HaltId::new(id), scope, cause: Cause::Manual, evidence, epoch, at, parent: None }
    }

    #[test]
    fn grd_17_a_release_needs_a_higher_epoch_and_happens_once() {
        let mut latch = Latch::default();
        latch.halt(halt(1, Scope::Settlement, 4));
        let id = HaltId::new(1);
        assert_eq!(latch.release(id, 4), Err(NotReleased::Epoch { halt: id, halted: 4, given: 4 }));
        assert_eq!(latch.release(HaltId::new(2), 9), Err(NotReleased::Unknown { halt: HaltId::new(2) }));
        assert_eq!(latch.over(Scope::All).count(), 1);
        latch.release(id, 5).unwrap();
        assert_eq!(latch.active().count(), 0);
        assert_eq!(latch.release(id, 6), Err(NotReleased::Already { halt: id }));
        latch.halt(halt(1, Scope::Settlement, 4));
        assert_eq!(latch.active().count(), 0, "a message that comes late does not halt again");
    }

    fn some_latch() -> impl Strategy<Value = Latch> {
        let act = (0_u128..6, 0_u64..4, any::<bool>());
        prop::collection::vec(act, 0..12).prop_map(|acts| {
            let mut latch = Latch::default();
            for (id, epoch, releases) in acts {
                // One id is one halt on every replica: its content follows from its id.
                latch.halt(halt(id, if id < 3 { Scope::All } else { Scope::Settlement }, 1));
                if releases {
                    let _ = latch.release(HaltId::new(id), epoch);
                }
            }
            latch
        })
    }

    fn merged(parts: &[&Latch]) -> Latch {
        let mut all = Latch::default();
        parts.iter().for_each(|part| all.merge(part));
        all
    }

    proptest! {
        #[test]
        fn grd_13_replicas_that_meet_agree_whoever_speaks_first_and_however_often(
            a in some_latch(), b in some_latch(), c in some_latch(),
        ) {
            let once = merged(&[&a, &b, &c]);
            prop_assert_eq!(&once, &merged(&[&c, &a, &b]));
            prop_assert_eq!(&once, &merged(&[&a, &b, &a, &c, &once, &b]));
            let known = |latch: &Latch| latch.halts.len();
            prop_assert!(known(&once) >= known(&a).max(known(&b)).max(known(&c)), "a halt is never lost");
        }

        #[test]
        fn grd_13_a_halt_that_is_added_never_frees_a_scope(mut latch in some_latch(), id in 10_u128..20) {
            let before: Vec<_> = latch.active().map(|halt| halt.id).collect();
            latch.halt(halt(id, Scope::Settlement, 1));
            prop_assert!(before.iter().all(|known| latch.active().any(|halt| halt.id == *known)));
            prop_assert!(latch.over(Scope::All).any(|halt| halt.id == HaltId::new(id)));
        }
    }
}
