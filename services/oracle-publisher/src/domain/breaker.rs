//! The feed's circuit breaker: what stops publishing when the evidence contradicts itself, and what has
//! to happen before it starts again.
//!
//! It opens on disagreement, on an unconfirmed jump and on an answer out of bounds; waits; then asks for
//! consecutive agreement over a time; then closes. Missing evidence neither opens nor closes it. What an
//! operator forced holds until the operator clears it, and the automaton goes on beneath, so that on
//! clearing the feed is where the evidence says.
//!
//! Plain state in, plain state out: the caller stores it, so that a restart does not close a breaker.

use causeway_primitives::Timestamp;

use super::{
    decide::{Assessment, RefuseReason},
    policy::BreakerPolicy,
};

/// Where the automaton is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Answers are published.
    Closed,
    /// Nothing is published, and agreement does not count yet.
    Open {
        /// When it last had a reason to open.
        since: Timestamp,
        /// That reason.
        reason: RefuseReason,
    },
    /// Nothing is published, and agreement counts.
    HalfOpen {
        /// When the run of agreement began; `None` before the first.
        since: Option<Timestamp>,
        /// Its length so far.
        agreeing: u32,
    },
}

/// Where a breaker is, for people and labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Position {
    /// Publishing.
    Closed,
    /// Not publishing.
    Open,
    /// Not publishing, about to.
    HalfOpen,
}

impl Position {
    /// The label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half_open",
        }
    }
}

/// What an operator may force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Forced {
    /// Nothing is published.
    Open,
    /// Disagreement and jumps do not stop publishing. Bounds still do.
    Closed,
}

impl Forced {
    /// The label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "forced_open",
            Self::Closed => "forced_closed",
        }
    }
}

/// A feed's breaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Breaker {
    /// Where the automaton is.
    pub state: State,
    /// What an operator forced, until cleared.
    pub forced: Option<Forced>,
}

impl Breaker {
    /// The breaker of a feed that never had trouble.
    pub const CLOSED: Self = Self { state: State::Closed, forced: None };

    /// Where it is in effect.
    pub const fn effective(&self) -> Position {
        match self.forced {
            Some(Forced::Open) => Position::Open,
            Some(Forced::Closed) => Position::Closed,
            None => match self.state {
                State::Closed => Position::Closed,
                State::Open { .. } => Position::Open,
                State::HalfOpen { .. } => Position::HalfOpen,
            },
        }
    }

    /// What an operator forced, as a word: `forced_open`, `forced_closed`, `none`.
    pub const fn order(&self) -> &'static str {
        match self.forced {
            Some(forced) => forced.as_str(),
            None => "none",
        }
    }

    /// True while an operator holds it closed.
    pub const fn is_forced_closed(&self) -> bool {
        matches!(self.forced, Some(Forced::Closed))
    }
}

/// Why a breaker moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cause {
    /// The evidence was suspicious.
    Suspicion(RefuseReason),
    /// The cooldown is over.
    Cooldown,
    /// The venues agreed for long enough.
    Agreement,
    /// An operator.
    Operator,
}

impl Cause {
    /// The label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Suspicion(reason) => reason.as_str(),
            Self::Cooldown => "cooldown",
            Self::Agreement => "agreement",
            Self::Operator => "operator",
        }
    }
}

/// A move of the breaker in effect: an event with its cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transition {
    /// Where it was.
    pub from: Position,
    /// Where it is.
    pub to: Position,
    /// Why.
    pub cause: Cause,
}

/// The breaker after one evaluation.
///
/// The transition is of the position in effect: while something is forced, there is none.
pub fn next(
    breaker: &Breaker,
    assessment: Assessment,
    now: Timestamp,
    policy: &BreakerPolicy,
) -> (Breaker, Option<Transition>) {
    let (state, cause) = step(breaker.state, assessment, now, policy);
    let after = Breaker { state, forced: breaker.forced };
    (after, transition(breaker, &after, cause))
}

/// The breaker after an operator's word; `None` clears what was forced.
pub fn force(breaker: &Breaker, forced: Option<Forced>) -> (Breaker, Option<Transition>) {
    let after = Breaker { state: breaker.state, forced };
    (after, transition(breaker, &after, Cause::Operator))
}

fn transition(before: &Breaker, after: &Breaker, cause: Cause) -> Option<Transition> {
    let (from, to) = (before.effective(), after.effective());
    (from != to).then_some(Transition { from, to, cause })
}

fn step(state: State, assessment: Assessment, now: Timestamp, policy: &BreakerPolicy) -> (State, Cause) {
    match (state, assessment) {
        (_, Assessment::Suspicious(reason)) => (State::Open { since: now, reason }, Cause::Suspicion(reason)),
        (State::Closed, Assessment::Agreement | Assessment::Unknown(_)) => (State::Closed, Cause::Agreement),
        (State::Open { since, .. }, Assessment::Agreement | Assessment::Unknown(_)) => {
            let waiting = now.since(since) < policy.cooldown;
            let next = if waiting { state } else { State::HalfOpen { since: None, agreeing: 0 } };
            (next, Cause::Cooldown)
        }
        // Not knowing is no agreement: the run starts again.
        (State::HalfOpen { .. }, Assessment::Unknown(_)) => {
            (State::HalfOpen { since: None, agreeing: 0 }, Cause::Cooldown)
        }
        (State::HalfOpen { since, agreeing }, Assessment::Agreement) => {
            let since = since.unwrap_or(now);
            let agreeing = agreeing.saturating_add(1);
            let long_enough = agreeing >= policy.agreeing && now.since(since) >= policy.agreeing_for;
            let next = if long_enough { State::Closed } else { State::HalfOpen { since: Some(since), agreeing } };
            (next, Cause::Agreement)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::{aggregate::NoAnswer, samples};

    const POLICY: BreakerPolicy =
        BreakerPolicy { cooldown: Duration::from_secs(60), agreeing: 3, agreeing_for: Duration::from_secs(4) };
    const BAD: Assessment = Assessment::Suspicious(RefuseReason::Disagreement);
    const GOOD: Assessment = Assessment::Agreement;
    const GAP: Assessment = Assessment::Unknown(NoAnswer::NoQuorum);

    /// Plays assessments at seconds and gives every transition, written `second: from>to cause`.
    fn played(mut breaker: Breaker, steps: &[(u64, Assessment)]) -> (Breaker, Vec<String>) {
        let mut moves = Vec::new();
        for (second, assessment) in steps {
            let (after, moved) = next(&breaker, *assessment, samples::at(*second), &POLICY);
            breaker = after;
            if let Some(Transition { from, to, cause }) = moved {
                moves.push(format!("{second}: {}>{} {}", from.as_str(), to.as_str(), cause.as_str()));
            }
        }
        (breaker, moves)
    }

    #[test]
    fn ora_5_a_breaker_opens_waits_asks_for_agreement_and_closes() {
        let steps = [(0, GOOD), (1, BAD), (2, GOOD), (60, GOOD), (61, GOOD), (62, GOOD), (63, GOOD), (66, GOOD)];
        let (breaker, moves) = played(Breaker::CLOSED, &steps);
        assert_eq!(
            moves,
            ["1: closed>open disagreement", "61: open>half_open cooldown", "66: half_open>closed agreement"]
        );
        assert_eq!(breaker, Breaker::CLOSED);
    }

    #[test]
    fn ora_5_a_burst_of_agreement_within_a_moment_does_not_close_it() {
        let burst = [(0, BAD), (60, GOOD), (61, GOOD), (61, GOOD), (61, GOOD), (61, GOOD)];
        assert_eq!(played(Breaker::CLOSED, &burst).0.effective(), Position::HalfOpen);
    }

    #[test]
    fn ora_5_disagreement_starts_the_wait_again() {
        let (breaker, moves) = played(Breaker::CLOSED, &[(0, BAD), (50, BAD), (100, GOOD), (110, GOOD), (111, BAD)]);
        assert_eq!(moves.len(), 3);
        assert_eq!(breaker.state, State::Open { since: samples::at(111), reason: RefuseReason::Disagreement });
    }

    #[test]
    fn ora_5_missing_evidence_neither_opens_nor_closes() {
        assert_eq!(played(Breaker::CLOSED, &[(0, GAP), (1, GAP)]).1, Vec::<String>::new());
        let (breaker, _) =
            played(Breaker::CLOSED, &[(0, BAD), (60, GAP), (61, GOOD), (70, GOOD), (71, GAP), (80, GOOD)]);
        assert_eq!(breaker.state, State::HalfOpen { since: Some(samples::at(80)), agreeing: 1 });
    }

    #[test]
    fn ora_5_what_an_operator_forced_holds_until_cleared() {
        let (forced, moved) = force(&Breaker::CLOSED, Some(Forced::Open));
        assert_eq!(moved, Some(Transition { from: Position::Closed, to: Position::Open, cause: Cause::Operator }));
        let (forced, moves) = played(forced, &[(0, GOOD), (1_000, GOOD)]);
        assert_eq!((moves.len(), forced.effective()), (0, Position::Open));
        let (cleared, moved) = force(&forced, None);
        assert_eq!(moved.map(|transition| transition.to), Some(Position::Closed));
        assert_eq!(cleared, Breaker::CLOSED);
    }

    #[test]
    fn ora_5_the_automaton_goes_on_beneath_what_is_forced() {
        let (forced, _) = force(&Breaker::CLOSED, Some(Forced::Closed));
        let (forced, moves) = played(forced, &[(0, BAD)]);
        assert_eq!((moves.len(), forced.effective()), (0, Position::Closed));
        assert_eq!(force(&forced, None).0.effective(), Position::Open);
    }
}
