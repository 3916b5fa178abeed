//! The transitions: what an event makes of a request.

use super::{
    event::Event,
    state::{Doubt, Failure, Hold, Rejection, State},
};
use crate::domain::ledger::Phase;

/// So many effects are journaled for one request before it is given up. Each had the guard's leave and ended on chain
/// without effect; what fails so often does not fail by chance.
const MAX_ATTEMPTS: u32 = 8;

/// Where whatever waited, or was tried in vain, goes on: everything that is asked before an effect is asked anew, because
/// price, limits and leave of an hour ago are worth nothing.
const AGAIN: State = State::Mapped;

/// A request's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Saga {
    /// Where it stands.
    pub state: State,
    /// How many effects were journaled so far.
    pub attempt: u32,
}

impl Saga {
    /// Where every request begins.
    pub const START: Self = Self { state: State::Received, attempt: 0 };
}

/// What the sender of the message is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Answer {
    /// It waits, and why.
    Pending(Hold),
    /// It is done.
    Settled,
    /// It is refused, and why.
    Rejected(Rejection),
    /// It was tried and did not happen, and why.
    Failed(Failure),
}

/// One step: everything that its transaction writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transition {
    /// The place after it.
    pub saga: Saga,
    /// What the books take.
    pub books: Option<Phase>,
    /// What is told.
    pub answer: Option<Answer>,
}

/// The event cannot happen there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{} cannot happen to a request that is {}", event.as_str(), state.as_str())]
pub struct Illegal {
    /// Where the request stands.
    pub state: State,
    /// What was to happen.
    pub event: Event,
}

/// What an event makes of a request.
///
/// # Errors
/// [`Illegal`] when it cannot happen there: somebody else was quicker, or the caller is wrong.
pub fn next(saga: Saga, event: Event) -> Result<Transition, Illegal> {
    let illegal = Illegal { state: saga.state, event };
    let to = destination(saga, event).ok_or(illegal)?;
    let attempt = match event {
        Event::Journaled => saga.attempt.saturating_add(1),
        Event::Parsed
        | Event::Validated
        | Event::Mapped
        | Event::Valued
        | Event::Authorised
        | Event::Cleared
        | Event::Signed
        | Event::Lapsed
        | Event::WouldRevert
        | Event::Mined
        | Event::SentOn
        | Event::Doubted(_)
        | Event::Found
        | Event::Absent
        | Event::Reconciled
        | Event::Reported
        | Event::Rejected(_)
        | Event::Held(_)
        | Event::Released
        | Event::Approved
        | Event::Disowned
        | Event::Undo
        | Event::Undone => saga.attempt,
    };
    Ok(Transition { saga: Saga { state: to, attempt }, books: books(event), answer: answer(to) })
}

/// Where an event leads from here; `None` when it cannot happen here.
fn destination(saga: Saga, event: Event) -> Option<State> {
    let state = saga.state;
    let only = |from: State, to: State| (state == from).then_some(to);
    let signed_or_not = matches!(state, State::Submitting | State::Submitted);
    // Done here, and not known to be where it was to go.
    let proving = matches!(state, State::Mined | State::Unknown(Doubt::Undelivered));
    match event {
        Event::Parsed => only(State::Received, State::Parsed),
        Event::Validated => only(State::Parsed, State::Validated),
        Event::Mapped => only(State::Validated, State::Mapped),
        Event::Valued => only(State::Mapped, State::Valued),
        Event::Authorised => only(State::Valued, State::Approved),
        Event::Cleared => only(State::Approved, State::Guarded),
        Event::Journaled => only(State::Guarded, State::Submitting),
        Event::Signed => only(State::Submitting, State::Submitted),
        // Also behind a signature: of bytes whose nonce somebody else used, nothing is left that could be mined.
        Event::Lapsed => signed_or_not.then_some(AGAIN),
        Event::WouldRevert => signed_or_not.then_some(State::Held(Hold::Chain)),
        // Signing and mining may both have happened since the last look.
        Event::Mined => signed_or_not.then_some(State::Mined),
        Event::Doubted(doubt) => may_be_doubted(state, doubt).then_some(State::Unknown(doubt)),
        Event::SentOn => only(State::Mined, State::Mined),
        Event::Found => only(State::Unknown(Doubt::Unseen), State::Mined),
        Event::Absent => {
            let again = if saga.attempt < MAX_ATTEMPTS { AGAIN } else { State::Failed(Failure::Exhausted) };
            only(State::Unknown(Doubt::Unseen), again)
        }
        Event::Reconciled => proving.then_some(State::Reconciled),
        Event::Reported => only(State::Reconciled, State::Reported),
        Event::Rejected(rejection) => may_be_rejected(state, rejection).then_some(State::Rejected(rejection)),
        Event::Held(hold) => may_be_held(state, hold).then_some(State::Held(hold)),
        Event::Released => match state.hold() {
            Some(Hold::Approval) | None => None,
            Some(_) => Some(AGAIN),
        },
        Event::Approved => only(State::Held(Hold::Approval), AGAIN),
        Event::Disowned => only(State::Unknown(Doubt::OtherContent), State::Failed(Failure::Disowned)),
        // Again for each attempt at undoing it.
        Event::Undo => (proving || state == State::Compensating).then_some(State::Compensating),
        Event::Undone => only(State::Compensating, State::Failed(Failure::Compensated)),
    }
}

/// A rule refuses what it is asked about; a person refuses what waits. Nothing that may have happened is ever rejected.
const fn may_be_rejected(state: State, rejection: Rejection) -> bool {
    match rejection {
        Rejection::Rule(_) => matches!(state, State::Mapped | State::Valued),
        Rejection::Person => matches!(state, State::Held(_)),
    }
}

/// Each doubt belongs to those who can have it: of the effect whoever watches it, of its delivery whoever has proven the
/// effect, of somebody else's doings whoever looks.
const fn may_be_doubted(state: State, doubt: Doubt) -> bool {
    let watching = matches!(state, State::Submitting | State::Submitted);
    match doubt {
        Doubt::Unseen => watching,
        Doubt::Undelivered => matches!(state, State::Mined),
        Doubt::OtherContent => {
            let looking = matches!(state, State::Mined | State::Unknown(Doubt::Unseen | Doubt::Undelivered));
            watching || looking
        }
    }
}

/// Each reason to wait belongs to the step that finds it.
fn may_be_held(state: State, hold: Hold) -> bool {
    match hold {
        Hold::Duplicate | Hold::ValueDate | Hold::Valuation(_) => state == State::Mapped,
        Hold::Approval => state == State::Valued,
        Hold::Guard => matches!(state, State::Approved | State::Guarded),
        // Of the chain: there is no way to do it. That it would be refused there, the journaled intent shows: `WouldRevert`.
        Hold::Books | Hold::Chain => state == State::Guarded,
    }
}

/// Pending with the journal, posted with the proof, voided where it is certain that nothing happened.
const fn books(event: Event) -> Option<Phase> {
    match event {
        Event::Journaled => Some(Phase::Pending),
        Event::Reconciled => Some(Phase::Posted),
        Event::Lapsed | Event::WouldRevert | Event::Absent | Event::Disowned | Event::Undone => Some(Phase::Voided),
        Event::Parsed
        | Event::Validated
        | Event::Mapped
        | Event::Valued
        | Event::Authorised
        | Event::Cleared
        | Event::Signed
        | Event::Mined
        | Event::SentOn
        | Event::Doubted(_)
        | Event::Found
        | Event::Reported
        | Event::Rejected(_)
        | Event::Held(_)
        | Event::Released
        | Event::Approved
        | Event::Undo => None,
    }
}

/// The sender hears of every end, and of waits. What may have happened is nothing to tell.
const fn answer(to: State) -> Option<Answer> {
    match to {
        State::Reported => Some(Answer::Settled),
        State::Rejected(rejection) => Some(Answer::Rejected(rejection)),
        State::Failed(failure) => Some(Answer::Failed(failure)),
        State::Held(hold) => Some(Answer::Pending(hold)),
        State::Received
        | State::Parsed
        | State::Validated
        | State::Mapped
        | State::Valued
        | State::Approved
        | State::Guarded
        | State::Submitting
        | State::Submitted
        | State::Mined
        | State::Reconciled
        | State::Unknown(_)
        | State::Compensating => None,
    }
}
