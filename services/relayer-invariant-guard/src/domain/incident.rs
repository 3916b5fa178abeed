//! The life of an incident: open, acknowledged, decided, mitigated, closed; each step with who and why.

use causeway_primitives::Timestamp;

use super::resume::Operator;

/// Where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Nobody has taken it: it escalates.
    Open,
    /// Somebody has.
    Acknowledged,
    /// It is known why, and decided what is done.
    Decided,
    /// The halt is released, or a later incident has taken over.
    Mitigated,
    /// Post-mortem written.
    Closed,
}

impl State {
    /// Every one of them, in their order.
    pub const EVERY: [Self; 5] = [Self::Open, Self::Acknowledged, Self::Decided, Self::Mitigated, Self::Closed];

    /// Row and label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Acknowledged => "acknowledged",
            Self::Decided => "decided",
            Self::Mitigated => "mitigated",
            Self::Closed => "closed",
        }
    }

    /// The one of this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::EVERY.into_iter().find(|state| state.as_str() == word)
    }
}

/// What is done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Decision {
    /// Repair, and go on from there.
    FixForward,
    /// Go back to the last checkpoint.
    RollBack,
    /// Nothing was wrong.
    FalseAlarm,
}

impl Decision {
    /// Row and label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FixForward => "fix_forward",
            Self::RollBack => "roll_back",
            Self::FalseAlarm => "false_alarm",
        }
    }

    /// The one of this word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::FixForward, Self::RollBack, Self::FalseAlarm].into_iter().find(|decision| decision.as_str() == word)
    }
}

/// Something that happens to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Somebody takes it.
    Acknowledged(Operator),
    /// Somebody says why it happened and what is done.
    Decided(Operator, Decision),
    /// The halt was released, or superseded.
    Mitigated,
    /// Somebody has written what was learned.
    PostMortem(Operator),
    /// Anything worth knowing.
    Note(Operator),
}

/// A line of the timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// What.
    pub event: Event,
    /// In words.
    pub text: String,
}

/// It cannot happen yet, or any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Nobody has taken it.
    #[error("the incident is not acknowledged")]
    NotAcknowledged,
    /// The bridge is still halted for it.
    #[error("the incident is not mitigated")]
    NotMitigated,
    /// It is over.
    #[error("the incident is closed")]
    Closed,
}

/// The next state.
///
/// Taking an incident that is taken is no error: two people answer one page.
///
/// # Errors
/// [`Refused`] when it cannot happen here.
pub const fn next(state: State, event: &Event) -> Result<State, Refused> {
    match (state, event) {
        (State::Closed, Event::Acknowledged(_) | Event::Decided(..) | Event::Mitigated | Event::PostMortem(_)) => {
            Err(Refused::Closed)
        }
        (state, Event::Note(_)) => Ok(state),
        (State::Open, Event::Acknowledged(_)) => Ok(State::Acknowledged),
        (state, Event::Acknowledged(_)) => Ok(state),
        (State::Open, Event::Decided(..)) => Err(Refused::NotAcknowledged),
        (State::Mitigated, Event::Decided(..)) => Ok(State::Mitigated),
        (State::Acknowledged | State::Decided, Event::Decided(..)) => Ok(State::Decided),
        (_, Event::Mitigated) => Ok(State::Mitigated),
        (State::Mitigated, Event::PostMortem(_)) => Ok(State::Closed),
        (_, Event::PostMortem(_)) => Err(Refused::NotMitigated),
    }
}

/// Whether somebody must be told again until somebody answers.
pub const fn escalates(state: State) -> bool {
    match state {
        State::Open => true,
        State::Acknowledged | State::Decided | State::Mitigated | State::Closed => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grd_9_an_incident_goes_from_fired_to_post_mortem_and_not_past_a_step() {
        let who: Operator = "alice".parse().unwrap();
        let decided = Event::Decided(who.clone(), Decision::FixForward);
        assert_eq!(next(State::Open, &decided), Err(Refused::NotAcknowledged));
        let taken = next(State::Open, &Event::Acknowledged(who.clone())).unwrap();
        assert!(escalates(State::Open) && !escalates(taken));
        assert_eq!(next(taken, &Event::PostMortem(who.clone())), Err(Refused::NotMitigated));
        let state = next(taken, &decided).unwrap();
        let state = next(state, &Event::Mitigated).unwrap();
        let state = next(state, &Event::PostMortem(who.clone())).unwrap();
        assert_eq!(state, State::Closed);
        assert_eq!(next(state, &decided), Err(Refused::Closed));
        assert_eq!(next(state, &Event::Note(who)), Ok(State::Closed), "what is learned later is still noted");
    }
}
