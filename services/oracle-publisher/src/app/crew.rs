//! The sources of one feed with their records: who votes now, and what an evaluation means for each.
//!
//! Holds state, decides nothing: the rules are `domain::lifecycle`'s.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use causeway_primitives::{Monotonic, Ppm, SourceId, Timestamp};

use super::board::{Board, Word};
use crate::{
    config::{self, Role},
    domain::{
        aggregate::Aggregation,
        lifecycle::{
            self, Blame, Change, Finding, Member, Operator, Post, Scope, Source, condition, findings, staffing,
        },
        observation::{Observation, Standing},
        policy::{Condition, FeedPolicy},
    },
    ports::Fault,
};

/// A source and its record.
#[derive(Debug, Clone)]
pub struct Mate {
    /// What it is.
    pub source: config::Source,
    /// What it did.
    pub record: Source,
}

/// A move of one source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// Which source.
    pub source: SourceId,
    /// How.
    pub change: Change,
}

/// The sources of one feed.
#[derive(Debug, Clone)]
pub struct Crew {
    mates: Vec<Mate>,
    policy: FeedPolicy,
    scope: Scope,
}

impl Crew {
    /// All sources that may vote on their posts, without a past.
    pub fn new(sources: &[config::Source], policy: FeedPolicy, now: Timestamp) -> Self {
        let mate = |source: &config::Source| {
            let post = match source.role {
                Role::Primary => Post::Primary,
                Role::Backup => Post::Standby,
                Role::Reference => return None,
            };
            Some(Mate { source: source.clone(), record: Source::new(post, now) })
        };
        Self { mates: sources.iter().filter_map(mate).collect(), policy, scope: Scope::SourceSpecific }
    }

    /// Takes stored records over. A source that was a backup and is a primary now (or the other way round) keeps
    /// its past and gets the configuration's post.
    pub fn restore(&mut self, stored: &BTreeMap<SourceId, Source>) {
        for mate in &mut self.mates {
            if let Some(record) = stored.get(&mate.source.id) {
                let post = match (mate.is_backup(), record.post) {
                    (true, Post::Promoted) => Post::Promoted,
                    (true, Post::Standby | Post::Primary) => Post::Standby,
                    (false, _) => Post::Primary,
                };
                mate.record = Source { post, ..record.clone() };
            }
        }
    }

    /// The sources with their records.
    pub fn mates(&self) -> &[Mate] {
        &self.mates
    }

    /// The record of one source.
    pub fn record(&self, source: &SourceId) -> Option<&Source> {
        self.mates.iter().find(|mate| mate.source.id == *source).map(|mate| &mate.record)
    }

    /// Whether all primary sources are in good standing.
    pub fn condition(&self) -> Condition {
        condition(&self.members(), self.scope)
    }

    /// What a source's word is worth.
    pub fn standing(&self, mate: &Mate) -> Standing {
        mate.record.standing(self.policy.terms().lifecycle.reduced_weight)
    }

    /// The share of a full vote that a source has.
    pub fn weight(&self, mate: &Mate) -> Ppm {
        match self.standing(mate) {
            Standing::Active(weight) => weight.share(),
            Standing::Shadow | Standing::Inactive(_) => Ppm::ZERO,
        }
    }

    /// The last words of all sources that ever said something. Spans are cut to milliseconds, as they are stored,
    /// so that a replay sees exactly what the decision saw.
    pub fn observations(&self, board: &Board, now: Monotonic) -> Vec<Observation> {
        self.mates.iter().filter_map(|mate| self.observation(mate, board.look(&mate.source.id), now)).collect()
    }

    fn observation(&self, mate: &Mate, word: Word, now: Monotonic) -> Option<Observation> {
        let age = whole_millis(word.age(now)?);
        let unchanged_for = whole_millis(word.unchanged_for(now));
        let tick = word.tick?;
        Some(Observation {
            source: mate.source.id.clone(),
            venue: mate.source.venue.clone(),
            price: tick.price,
            route: mate.source.route.clone(),
            venue_time: tick.venue_time,
            received_at: tick.received_at,
            age,
            unchanged_for,
            standing: self.standing(mate),
        })
    }

    /// What one evaluation means for every source: strikes, quarantines, probation, and which backups are needed.
    pub fn step(&mut self, aggregation: &Aggregation, board: &Board, now: Timestamp) -> Vec<Move> {
        let found = findings(aggregation, &self.members());
        self.scope = found.scope;
        let mut moves = Vec::new();
        let lifecycle = self.policy.terms().lifecycle;
        for mate in &mut self.mates {
            let word = board.take(&mate.source.id);
            let finding = if word.new_faults.contains(&Fault::Credential) {
                Finding::Bad(Blame::Credential)
            } else {
                found.by_source.get(&mate.source.id).copied().unwrap_or(Finding::Excused)
            };
            let outcome = lifecycle::next(&mate.record, finding, now, &lifecycle);
            mate.settle(outcome, &mut moves);
        }
        self.staff(aggregation, now, &mut moves);
        moves
    }

    /// A primary in good standing may still have no voice, for no fault of its own: the feed that converts its price
    /// has none. A backup stands in for each of those too.
    fn staff(&mut self, aggregation: &Aggregation, now: Timestamp, moves: &mut Vec<Move>) {
        let needed = self.policy.terms().quorum.needed(self.condition());
        let heard: BTreeSet<&SourceId> = aggregation
            .contributions
            .iter()
            .filter(|part| part.verdict.is_counted())
            .map(|part| &part.source)
            .collect();
        let mut sound = BTreeSet::new();
        let mut voices = BTreeSet::new();
        for mate in self.mates.iter().filter(|mate| !mate.is_backup() && mate.record.is_sound()) {
            sound.insert(&mate.source.venue);
            if heard.contains(&mate.source.id) {
                voices.insert(&mate.source.venue);
            }
        }
        let voiceless = sound.len().saturating_sub(voices.len());
        let promoted: BTreeSet<SourceId> = staffing(&self.members(), needed.saturating_add(voiceless));
        for mate in self.mates.iter_mut().filter(|mate| mate.is_backup()) {
            let post = if promoted.contains(&mate.source.id) { Post::Promoted } else { Post::Standby };
            if post != mate.record.post {
                let outcome = lifecycle::assign(&mate.record, post, now);
                mate.settle(outcome, moves);
            }
        }
    }

    /// An operator's word about one source; `None` when the feed has no such source.
    pub fn order(&mut self, source: &SourceId, operator: Operator, now: Timestamp) -> Option<Vec<Move>> {
        let mate = self.mates.iter_mut().find(|mate| mate.source.id == *source)?;
        let mut moves = Vec::new();
        let outcome = lifecycle::set_operator(&mate.record, operator, now);
        mate.settle(outcome, &mut moves);
        Some(moves)
    }

    fn members(&self) -> Vec<Member<'_>> {
        let reduced_weight = self.policy.terms().lifecycle.reduced_weight;
        self.mates
            .iter()
            .map(|mate| Member {
                source: &mate.source.id,
                venue: &mate.source.venue,
                record: &mate.record,
                reduced_weight,
            })
            .collect()
    }
}

impl Mate {
    /// Whether it votes only while the quorum is short.
    pub fn is_backup(&self) -> bool {
        self.source.role == Role::Backup
    }

    fn settle(&mut self, (record, change): (Source, Option<Change>), moves: &mut Vec<Move>) {
        self.record = record;
        if let Some(change) = change {
            moves.push(Move { source: self.source.id.clone(), change });
        }
    }
}

fn whole_millis(span: Duration) -> Duration {
    Duration::from_millis(u64::try_from(span.as_millis()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests;
