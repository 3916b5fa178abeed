//! Who of several replicas should hold which leases: evenly, and with as few changes as that takes.
//!
//! Pure. Every replica computes it from the same rows, so that nobody has to be asked and nobody has to agree; a replica
//! that saw older rows only tries for what it does not get. It decides nothing about safety: that is the lease's row.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// A process that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Different for every process.
    pub holder: Arc<str>,
    /// What it would hold, the most important first: that is moved last.
    pub leases: Vec<Arc<str>>,
}

/// Leases with their holders.
pub type Holders = BTreeMap<Arc<str>, Arc<str>>;

/// Who should hold each lease that somebody stands for.
///
/// What is held stays where it is unless its holder has two more than somebody who stands for it too: with replicas that
/// all stand for the same, no two differ by more than one, and of a single lease the holder never changes while it lives.
/// A lease whose holder does not stand any more is nobody's until it ends, and absent here.
pub fn divide(candidates: &[Candidate], held: &Holders) -> Holders {
    let leases = in_order(candidates);
    let living: BTreeSet<&Arc<str>> = candidates.iter().map(|candidate| &candidate.holder).collect();
    let stays = |lease: &Arc<str>| {
        let holder = held.get(lease).filter(|holder| living.contains(holder))?;
        Some((Arc::clone(lease), Arc::clone(holder)))
    };
    let mut division: Holders = leases.iter().filter_map(stays).collect();
    for lease in leases.iter().filter(|lease| !held.contains_key(*lease)) {
        if let Some((_, holder)) = idlest(candidates, &division, lease) {
            let holder = Arc::clone(holder);
            division.insert(Arc::clone(lease), holder);
        }
    }
    // Each step brings two loads closer together, so there is a last one.
    while let Some((lease, holder)) = relief(&leases, candidates, &division) {
        division.insert(lease, holder);
    }
    division
}

/// Everything that anybody stands for, the most important first.
fn in_order(candidates: &[Candidate]) -> Vec<Arc<str>> {
    let mut places: BTreeMap<&Arc<str>, usize> = BTreeMap::new();
    for (place, lease) in candidates.iter().flat_map(|candidate| candidate.leases.iter().enumerate()) {
        let known = places.entry(lease).or_insert(place);
        *known = place.min(*known);
    }
    let mut ordered: Vec<(usize, &Arc<str>)> = places.into_iter().map(|(lease, place)| (place, lease)).collect();
    ordered.sort();
    ordered.into_iter().map(|(_, lease)| Arc::clone(lease)).collect()
}

/// How many leases somebody has.
fn load(division: &Holders, holder: &Arc<str>) -> usize {
    division.values().filter(|other| *other == holder).count()
}

/// Who has the least of those that stand for the lease.
fn idlest<'a>(candidates: &'a [Candidate], division: &Holders, lease: &Arc<str>) -> Option<(usize, &'a Arc<str>)> {
    let able = candidates.iter().filter(|candidate| candidate.leases.contains(lease));
    able.map(|candidate| (load(division, &candidate.holder), &candidate.holder)).min()
}

/// The next lease to move, and to whom: the least important one of who has the most.
fn relief(leases: &[Arc<str>], candidates: &[Candidate], division: &Holders) -> Option<(Arc<str>, Arc<str>)> {
    let movable = leases.iter().filter_map(|lease| {
        let from = load(division, division.get(lease)?);
        let (to, holder) = idlest(candidates, division, lease)?;
        (from >= to.saturating_add(2)).then_some((from, lease, holder))
    });
    // The last one of the largest.
    let (_, lease, holder) = movable.max_by_key(|(from, _, _)| *from)?;
    Some((Arc::clone(lease), Arc::clone(holder)))
}

#[cfg(test)]
mod tests;
