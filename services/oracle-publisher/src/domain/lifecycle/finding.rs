//! What each source did in one evaluation. The point of it is to blame nobody for the market: when most
//! venues look bad at once, it is the market, or our own network, and not each of them.

use std::collections::{BTreeMap, BTreeSet};

use causeway_primitives::{SourceId, VenueId};

use super::{Member, Status};
use crate::domain::{
    aggregate::{Aggregation, Contribution, Exclusion, Flaw, Outcome, Verdict},
    observation::Standing,
};

/// What a source did that costs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Blame {
    /// It gave no price at all.
    Silent,
    /// Its price was too old, by our clock or by its own.
    Stale,
    /// Its price was stamped in the future.
    Future,
    /// It repeated a price that the market had left.
    Frozen,
    /// Its price was too far from the median.
    Outlier,
    /// Its converted price had no representation.
    OutOfRange,
    /// It refused our credential. Quarantines at once: it will not heal by waiting for strikes.
    Credential,
}

impl Blame {
    /// The label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Silent => "silent",
            Self::Stale => "stale",
            Self::Future => "future",
            Self::Frozen => "frozen",
            Self::Outlier => "outlier",
            Self::OutOfRange => "out_of_range",
            Self::Credential => "credential",
        }
    }

    /// What a flaw blames its source for; `None` where it is not the source's fault.
    const fn of(flaw: Flaw) -> Option<Self> {
        match flaw {
            Flaw::Future => Some(Self::Future),
            Flaw::VenueStale | Flaw::Stale => Some(Self::Stale),
            Flaw::Frozen => Some(Self::Frozen),
            Flaw::Outlier => Some(Self::Outlier),
            Flaw::ConversionOutOfRange => Some(Self::OutOfRange),
            Flaw::ConversionUnavailable => None,
        }
    }
}

/// What one evaluation means for one source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// Nothing wrong.
    Clean,
    /// Something wrong, and it was the source.
    Bad(Blame),
    /// Nothing can be said: it was the market, or there is nothing to compare with.
    Excused,
}

/// Whose trouble it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Single sources, or none.
    SourceSpecific,
    /// More than half of the voting venues. Nobody is blamed; the feed is degraded.
    MarketWide,
}

impl Scope {
    /// The label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SourceSpecific => "source_specific",
            Self::MarketWide => "market_wide",
        }
    }
}

/// The findings of one evaluation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Findings {
    /// Whose trouble it was.
    pub scope: Scope,
    /// One for each member, by source.
    pub by_source: BTreeMap<SourceId, Finding>,
}

/// What one evaluation means for each member of the feed. A member without a contribution was silent.
///
/// Credential faults are not seen in an aggregation: the shell gives them to [`next`](super::next)
/// itself, as `Finding::Bad(Blame::Credential)`.
pub fn findings(aggregation: &Aggregation, members: &[Member<'_>]) -> Findings {
    let said: BTreeMap<&SourceId, &Contribution> = aggregation
        .contributions
        .iter()
        .filter(|contribution| contribution.verdict != Verdict::Excluded(Exclusion::Superseded))
        .map(|contribution| (&contribution.source, contribution))
        .collect();
    let comparable = matches!(aggregation.outcome, Outcome::Answer(_));
    let look_at = |member| (member, look(member, said.get(member.source).copied(), comparable));
    let found: Vec<(&Member<'_>, Finding)> = members.iter().map(look_at).collect();
    let scope = scope(&found);
    let by_source = found.iter().map(|(member, finding)| {
        let finding = match (scope, finding) {
            (Scope::MarketWide, Finding::Bad(_)) => Finding::Excused,
            (Scope::MarketWide | Scope::SourceSpecific, finding) => *finding,
        };
        (member.source.clone(), finding)
    });
    Findings { scope, by_source: by_source.collect() }
}

fn look(member: &Member<'_>, said: Option<&Contribution>, comparable: bool) -> Finding {
    let Some(contribution) = said else {
        // A backup that waits may not even be asked, to save its quota.
        let waits = member.record.status() == Status::Standby;
        return if waits { Finding::Excused } else { Finding::Bad(Blame::Silent) };
    };
    match contribution.flaw {
        Some(flaw) => Blame::of(flaw).map_or(Finding::Excused, Finding::Bad),
        // Its venue was rejected for the sake of a sibling: no praise, no blame.
        None if contribution.verdict == Verdict::Excluded(Exclusion::Flawed(Flaw::Outlier)) => Finding::Excused,
        None if comparable => Finding::Clean,
        // Without an answer, "not found bad" is no proof of being good, and clears no suspect. But a source on
        // probation may be the very voice that the quorum lacks: were it excused, the feed could never come back. So
        // fresh words carry it on. Should it lie still, the median of a full quorum bears one liar, and says so.
        None => match member.record.status() {
            Status::Probation(_) => Finding::Clean,
            Status::Healthy | Status::Suspect | Status::Quarantined | Status::Excluded | Status::Standby => {
                Finding::Excused
            }
        },
    }
}

/// Counts venues, not sources, and only those that should have voted: a crowd in quarantine says
/// nothing about the market. A venue is affected when all its voting sources are.
fn scope(found: &[(&Member<'_>, Finding)]) -> Scope {
    let mut voting: BTreeSet<&VenueId> = BTreeSet::new();
    let mut sound: BTreeSet<&VenueId> = BTreeSet::new();
    for (member, finding) in found {
        match member.record.standing(member.reduced_weight) {
            Standing::Active(_) => {
                voting.insert(member.venue);
                if !matches!(finding, Finding::Bad(_)) {
                    sound.insert(member.venue);
                }
            }
            Standing::Shadow | Standing::Inactive(_) => {}
        }
    }
    let affected = voting.len().saturating_sub(sound.len());
    if affected.saturating_mul(2) > voting.len() { Scope::MarketWide } else { Scope::SourceSpecific }
}
