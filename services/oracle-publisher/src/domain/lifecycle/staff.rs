//! Who is on post. Backups vote while the venues in good standing are fewer than the quorum, and no
//! longer: a backup is usually dearer, slower, or an aggregator that already contains the others.

use std::collections::BTreeSet;

use causeway_primitives::{SourceId, VenueId};

use super::{Post, Scope, Source};
use crate::domain::{observation::Weight, policy::Condition};

/// A source with its record, as a feed sees it.
#[derive(Debug, Clone, Copy)]
pub struct Member<'a> {
    /// Who.
    pub source: &'a SourceId,
    /// Whose voice.
    pub venue: &'a VenueId,
    /// Its record.
    pub record: &'a Source,
    /// What its vote is worth on the second stage of probation.
    pub reduced_weight: Weight,
}

impl Member<'_> {
    fn is_backup(&self) -> bool {
        match self.record.post {
            Post::Primary => false,
            Post::Standby | Post::Promoted => true,
        }
    }
}

/// Whether more agreement has to be asked for: while the market as a whole is in trouble, and while a
/// primary source is out or on probation.
pub fn condition(members: &[Member<'_>], scope: Scope) -> Condition {
    let all_sound = members.iter().filter(|member| !member.is_backup()).all(|member| member.record.is_sound());
    match scope {
        Scope::SourceSpecific if all_sound => Condition::Normal,
        Scope::SourceSpecific | Scope::MarketWide => Condition::Degraded,
    }
}

/// The backups that should be on post for this quorum: in the order of the configuration, only those in
/// good standing, and only of venues that have no voice yet.
pub fn staffing(members: &[Member<'_>], quorum: usize) -> BTreeSet<SourceId> {
    let sound = || members.iter().filter(|member| member.record.is_sound());
    let mut venues: BTreeSet<&VenueId> = sound().filter(|member| !member.is_backup()).map(|m| m.venue).collect();
    let mut promoted = BTreeSet::new();
    for backup in sound().filter(|member| member.is_backup()) {
        if venues.len() >= quorum {
            break;
        }
        if venues.insert(backup.venue) {
            promoted.insert(backup.source.clone());
        }
    }
    promoted
}
