//! One source's record and its moves.
//!
//! A quarantine doubles with each one that is still remembered, up to a cap: a source that flaps costs
//! more each time than it brings. What an operator says wins over everything the automaton finds.

use std::time::Duration;

use causeway_primitives::Timestamp;

use super::{Blame, Finding};
use crate::domain::{
    observation::{Inactive, Standing, Weight},
    policy::LifecyclePolicy,
};

/// How far a source on probation has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Compared, without a vote.
    Shadow,
    /// With a reduced vote.
    Reduced,
}

impl Stage {
    /// The label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Shadow => "shadow",
            Self::Reduced => "reduced",
        }
    }
}

/// Where the automaton is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// In good standing.
    Healthy,
    /// Found bad, not often enough yet. Still votes: one bad word is what the median is for.
    Suspect {
        /// Bad findings since it was healthy.
        strikes: u32,
        /// Clean findings since the last bad one.
        clean: u32,
    },
    /// Without a vote until then.
    Quarantined {
        /// When probation begins.
        until: Timestamp,
    },
    /// Proving itself.
    Probation {
        /// How far it has come.
        stage: Stage,
        /// Clean findings in this stage.
        clean: u32,
    },
}

/// What a source is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Post {
    /// It always votes.
    Primary,
    /// It waits.
    Standby,
    /// A backup that votes because the quorum is short.
    Promoted,
}

impl Post {
    /// The label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Standby => "standby",
            Self::Promoted => "promoted",
        }
    }
}

/// What an operator says about a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operator {
    /// Nothing: the life cycle decides.
    HandsOff,
    /// It is out until reinstated.
    Excluded,
}

/// What a source is, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// In good standing, and voting.
    Healthy,
    /// Voting, but watched.
    Suspect,
    /// Without a vote for a time.
    Quarantined,
    /// Proving itself.
    Probation(Stage),
    /// Taken out by an operator.
    Excluded,
    /// A backup in good standing that is not needed.
    Standby,
}

impl Status {
    /// The label. Both stages of probation share one; the stage has its own.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Suspect => "suspect",
            Self::Quarantined => "quarantined",
            Self::Probation(_) => "probation",
            Self::Excluded => "excluded",
            Self::Standby => "standby",
        }
    }
}

/// Why a source moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cause {
    /// What it did.
    Fault(Blame),
    /// A suspect that was clean for long enough.
    Cleared,
    /// Its quarantine is over.
    Served,
    /// Clean for long enough in the shadow.
    ShadowPassed,
    /// Clean for long enough at reduced weight.
    ProbationPassed,
    /// A backup that the quorum needs.
    QuorumShort,
    /// A backup that the quorum needs no more.
    QuorumRestored,
    /// An operator took it out.
    ExcludedByOperator,
    /// An operator gave it back.
    ReinstatedByOperator,
}

impl Cause {
    /// The label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fault(blame) => blame.as_str(),
            Self::Cleared => "cleared",
            Self::Served => "served",
            Self::ShadowPassed => "shadow_passed",
            Self::ProbationPassed => "probation_passed",
            Self::QuorumShort => "quorum_short",
            Self::QuorumRestored => "quorum_restored",
            Self::ExcludedByOperator => "excluded_by_operator",
            Self::ReinstatedByOperator => "reinstated_by_operator",
        }
    }
}

/// A move of a source: an event with its cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// What it was.
    pub from: Status,
    /// What it is.
    pub to: Status,
    /// Why.
    pub cause: Cause,
}

/// A source's record. Plain data: the caller stores it, so that a restart forgives nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Where the automaton is.
    pub state: State,
    /// What it is for.
    pub post: Post,
    /// What an operator says.
    pub operator: Operator,
    /// When its status last changed.
    pub since: Timestamp,
    /// Why; `None` for one that never moved.
    pub cause: Option<Cause>,
    /// When it was quarantined, oldest first; only those still remembered, a bounded number.
    pub quarantines: Vec<Timestamp>,
}

/// A doubling per entry reaches any cap long before this; the bound is for the storage.
const REMEMBERED: usize = 32;

impl Source {
    /// A source that was never heard of.
    pub const fn new(post: Post, now: Timestamp) -> Self {
        let (state, operator) = (State::Healthy, Operator::HandsOff);
        Self { state, post, operator, since: now, cause: None, quarantines: Vec::new() }
    }

    /// What it is, in one word: the operator's first, then the automaton's, then the post's.
    pub const fn status(&self) -> Status {
        match (self.operator, self.state, self.post) {
            (Operator::Excluded, _, _) => Status::Excluded,
            (Operator::HandsOff, State::Quarantined { .. }, _) => Status::Quarantined,
            (Operator::HandsOff, State::Probation { stage, .. }, _) => Status::Probation(stage),
            (Operator::HandsOff, State::Healthy | State::Suspect { .. }, Post::Standby) => Status::Standby,
            (Operator::HandsOff, State::Healthy, Post::Primary | Post::Promoted) => Status::Healthy,
            (Operator::HandsOff, State::Suspect { .. }, Post::Primary | Post::Promoted) => Status::Suspect,
        }
    }

    /// What its word is worth. A backup on probation stays in the shadow: it is not needed.
    pub const fn standing(&self, reduced: Weight) -> Standing {
        match (self.status(), self.post) {
            (Status::Healthy | Status::Suspect, _) => Standing::Active(Weight::FULL),
            (Status::Probation(Stage::Reduced), Post::Primary | Post::Promoted) => Standing::Active(reduced),
            (Status::Probation(Stage::Reduced), Post::Standby) | (Status::Probation(Stage::Shadow), _) => {
                Standing::Shadow
            }
            (Status::Quarantined, _) => Standing::Inactive(Inactive::Quarantined),
            (Status::Excluded, _) => Standing::Inactive(Inactive::Excluded),
            (Status::Standby, _) => Standing::Inactive(Inactive::Standby),
        }
    }

    /// True when its vote is whole, or would be on its post.
    pub const fn is_sound(&self) -> bool {
        matches!(self.status(), Status::Healthy | Status::Suspect | Status::Standby)
    }
}

/// The source after one finding. An excluded source does not move.
pub fn next(source: &Source, finding: Finding, now: Timestamp, policy: &LifecyclePolicy) -> (Source, Option<Change>) {
    let mut after = source.clone();
    let cause = match source.operator {
        Operator::Excluded => None,
        Operator::HandsOff => after.advance(finding, now, policy),
    };
    settle(source, after, cause, now)
}

/// The source on another post.
pub fn assign(source: &Source, post: Post, now: Timestamp) -> (Source, Option<Change>) {
    let cause = match post {
        Post::Promoted => Cause::QuorumShort,
        Post::Standby | Post::Primary => Cause::QuorumRestored,
    };
    settle(source, Source { post, ..source.clone() }, Some(cause), now)
}

/// The source after an operator's word. One that is given back starts in the shadow, whatever it was:
/// nobody knows what it did meanwhile.
pub fn set_operator(source: &Source, operator: Operator, now: Timestamp) -> (Source, Option<Change>) {
    let (state, cause) = match operator {
        Operator::Excluded => (source.state, Cause::ExcludedByOperator),
        Operator::HandsOff => (State::Probation { stage: Stage::Shadow, clean: 0 }, Cause::ReinstatedByOperator),
    };
    settle(source, Source { state, operator, ..source.clone() }, Some(cause), now)
}

/// Notes the change of status, if there is one.
fn settle(before: &Source, mut after: Source, cause: Option<Cause>, now: Timestamp) -> (Source, Option<Change>) {
    let (from, to) = (before.status(), after.status());
    let change = cause.filter(|_| from != to).map(|cause| Change { from, to, cause });
    if let Some(change) = &change {
        after.since = now;
        after.cause = Some(change.cause);
    }
    (after, change)
}

impl Source {
    fn advance(&mut self, finding: Finding, now: Timestamp, policy: &LifecyclePolicy) -> Option<Cause> {
        match (self.state, finding) {
            // Time served is served, whatever was found meanwhile.
            (State::Quarantined { until }, _) if now >= until => {
                self.state = State::Probation { stage: Stage::Shadow, clean: 0 };
                Some(Cause::Served)
            }
            (State::Quarantined { .. }, _) | (_, Finding::Excused) | (State::Healthy, Finding::Clean) => None,
            (_, Finding::Bad(blame @ Blame::Credential)) | (State::Probation { .. }, Finding::Bad(blame)) => {
                Some(self.quarantine(blame, now, policy))
            }
            (State::Healthy, Finding::Bad(blame)) => Some(self.strike(0, blame, now, policy)),
            (State::Suspect { strikes, .. }, Finding::Bad(blame)) => Some(self.strike(strikes, blame, now, policy)),
            (State::Suspect { strikes, clean }, Finding::Clean) => self.clear(strikes, clean, policy),
            (State::Probation { stage, clean }, Finding::Clean) => self.prove(stage, clean, policy),
        }
    }

    fn strike(&mut self, before: u32, blame: Blame, now: Timestamp, policy: &LifecyclePolicy) -> Cause {
        let strikes = before.saturating_add(1);
        if strikes >= policy.strikes {
            return self.quarantine(blame, now, policy);
        }
        self.state = State::Suspect { strikes, clean: 0 };
        Cause::Fault(blame)
    }

    fn clear(&mut self, strikes: u32, before: u32, policy: &LifecyclePolicy) -> Option<Cause> {
        let clean = before.saturating_add(1);
        let cleared = clean >= policy.clears;
        self.state = if cleared { State::Healthy } else { State::Suspect { strikes, clean } };
        cleared.then_some(Cause::Cleared)
    }

    fn prove(&mut self, stage: Stage, before: u32, policy: &LifecyclePolicy) -> Option<Cause> {
        let clean = before.saturating_add(1);
        let (needed, passed, cause) = match stage {
            Stage::Shadow => {
                let reduced = State::Probation { stage: Stage::Reduced, clean: 0 };
                (policy.shadow_rounds, reduced, Cause::ShadowPassed)
            }
            Stage::Reduced => (policy.reduced_rounds, State::Healthy, Cause::ProbationPassed),
        };
        let proven = clean >= needed;
        self.state = if proven { passed } else { State::Probation { stage, clean } };
        proven.then_some(cause)
    }

    fn quarantine(&mut self, blame: Blame, now: Timestamp, policy: &LifecyclePolicy) -> Cause {
        self.quarantines.retain(|past| now.since(*past) <= policy.flapping_window);
        let span = doubled(policy.quarantine, self.quarantines.len()).min(policy.quarantine_cap);
        if self.quarantines.len() >= REMEMBERED {
            self.quarantines.remove(0);
        }
        self.quarantines.push(now);
        self.state = State::Quarantined { until: now.after(span) };
        Cause::Fault(blame)
    }
}

/// `first · 2^times`, held at the longest span.
fn doubled(first: Duration, times: usize) -> Duration {
    let factor = u32::try_from(times).ok().and_then(|times| 2_u32.checked_pow(times)).unwrap_or(u32::MAX);
    first.saturating_mul(factor)
}
