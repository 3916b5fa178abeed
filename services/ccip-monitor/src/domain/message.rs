//! What a message's events make of it: its status, and how it came to it.
//!
//! The six states of the operators (CCIP-4) with what logs can really show:
//!
//! ```text
//!              committed            tried              succeeded
//!   sent ────────────────► delivered ─────► executing ──────────► executed
//!    │  ◄────────────────      │               │  ▲                 ▲
//!    │     root removed        │ failed        │  │ tried again     │ succeeded
//!    │                         ▼               ▼  │                 │
//!    │                       failed ◄──────────┴──┴─────────────────┤
//!    └──────── timed out (also from delivered, executing) ──► expired
//! ```
//!
//! A private dialect has no commits, so it goes from `sent` to `executed` at once. `executed` is the only end: a
//! failed or expired message can still be executed by hand. Whatever else comes after `executed` is no transition but
//! an [`Illegal`], which is a finding.
//!
//! An event that is undone by a reorganisation is not answered by a transition back: the history is folded again
//! without it. So no order of reading gives another status.

use std::fmt;

/// The state of a message, as everybody sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Accepted at its source.
    Sent,
    /// Arrived at the destination, not executed.
    Delivered,
    /// An execution is on its way, by other evidence than logs: contracts never log it.
    Executing,
    /// Done.
    Executed,
    /// The last execution failed. It can be executed by hand.
    Failed,
    /// Nothing final within the lane's time, on the destination chain's clock. It can still be executed.
    Expired,
}

impl Status {
    /// All of them, in the order of a message's way.
    pub const ALL: [Self; 6] =
        [Self::Sent, Self::Delivered, Self::Executing, Self::Executed, Self::Failed, Self::Expired];

    /// Label, row and wire value.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Executing => "executing",
            Self::Executed => "executed",
            Self::Failed => "failed",
            Self::Expired => "expired",
        }
    }

    /// The status of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == name)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What moves a message after its send. In the order of the destination chain, judgements by the time they were made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Event {
    /// It arrived: its number is in an accepted report.
    Committed,
    /// The report was withdrawn.
    RootRemoved,
    /// An execution was seen on its way, or ran and was reverted as a whole.
    Tried,
    /// An execution succeeded.
    Succeeded,
    /// An execution failed.
    Failed,
    /// The lane's time is over.
    TimedOut,
    /// The lane's time was made longer: it is not over after all.
    TimeExtended,
}

impl Event {
    /// Label, row and wire value.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Committed => "committed",
            Self::RootRemoved => "root_removed",
            Self::Tried => "tried",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::TimedOut => "timed_out",
            Self::TimeExtended => "time_extended",
        }
    }
}

/// How far a message is at its destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Progress {
    Nothing,
    Committed,
    /// `committed`: what is left when the execution comes to nothing.
    Tried {
        committed: bool,
    },
    Failed,
    Succeeded,
}

/// Where a message stands. Made by [`State::sent`], moved by [`State::advance`] and by nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct State {
    progress: Progress,
    late: bool,
}

/// An event that cannot be, after what was before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Illegal {
    /// Succeeded twice: replay protection is broken.
    #[error("the message was executed twice")]
    ExecutedTwice,
    /// Failed after it had succeeded: what succeeded is final in every version.
    #[error("the message failed after it had been executed")]
    FailedAfterSuccess,
    /// The report was withdrawn after its message had been executed.
    #[error("the root was removed after the message had been executed")]
    RootRemovedAfterSuccess,
    /// A report was withdrawn that had not been accepted.
    #[error("a root was removed that had not been committed")]
    RootRemovedWithoutCommit,
    /// Arrived twice.
    #[error("the message was committed twice")]
    CommittedTwice,
    /// Ran out of time after it had been executed.
    #[error("an executed message cannot run out of time")]
    LateAfterSuccess,
}

impl State {
    /// The bit of [`State::code`] that says that the lane's time is over.
    const LATE: u8 = 8;

    /// A message that was sent, and of which nothing else is known.
    pub const fn sent() -> Self {
        Self { progress: Progress::Nothing, late: false }
    }

    /// The state as a number, for a row.
    pub const fn code(self) -> u8 {
        let progress = match self.progress {
            Progress::Nothing => 0,
            Progress::Committed => 1,
            Progress::Tried { committed: false } => 2,
            Progress::Tried { committed: true } => 3,
            Progress::Failed => 4,
            Progress::Succeeded => 5,
        };
        if self.late { progress | Self::LATE } else { progress }
    }

    /// The state of this number; `None` for one that [`State::code`] never gives.
    pub const fn from_code(code: u8) -> Option<Self> {
        let progress = match code & !Self::LATE {
            0 => Progress::Nothing,
            1 => Progress::Committed,
            2 => Progress::Tried { committed: false },
            3 => Progress::Tried { committed: true },
            4 => Progress::Failed,
            5 => Progress::Succeeded,
            _ => return None,
        };
        Some(Self { progress, late: code & Self::LATE != 0 })
    }

    /// The status that everybody sees. A message that failed stays `failed` when its time is over: it says more.
    pub const fn status(self) -> Status {
        match (self.progress, self.late) {
            (Progress::Succeeded, _) => Status::Executed,
            (Progress::Failed, _) => Status::Failed,
            (Progress::Nothing | Progress::Committed | Progress::Tried { .. }, true) => Status::Expired,
            (Progress::Nothing, false) => Status::Sent,
            (Progress::Committed, false) => Status::Delivered,
            (Progress::Tried { .. }, false) => Status::Executing,
        }
    }

    /// The state after an event.
    ///
    /// # Errors
    /// [`Illegal`]; the state stays as it was.
    pub const fn advance(self, event: Event) -> Result<Self, Illegal> {
        let progress = match event {
            Event::Committed => self.committed(),
            Event::RootRemoved => self.root_removed(),
            Event::Tried => Ok(self.tried()),
            Event::Succeeded => match self.progress {
                Progress::Succeeded => Err(Illegal::ExecutedTwice),
                Progress::Nothing | Progress::Committed | Progress::Tried { .. } | Progress::Failed => {
                    Ok(Progress::Succeeded)
                }
            },
            Event::Failed => match self.progress {
                Progress::Succeeded => Err(Illegal::FailedAfterSuccess),
                Progress::Nothing | Progress::Committed | Progress::Tried { .. } | Progress::Failed => {
                    Ok(Progress::Failed)
                }
            },
            Event::TimedOut | Event::TimeExtended => return self.judged(event),
        };
        match progress {
            Ok(progress) => Ok(Self { progress, late: self.late }),
            Err(illegal) => Err(illegal),
        }
    }

    const fn committed(self) -> Result<Progress, Illegal> {
        match self.progress {
            Progress::Nothing => Ok(Progress::Committed),
            Progress::Tried { committed: false } => Ok(Progress::Tried { committed: true }),
            // An execution whose commit is read later, because watching began in between.
            Progress::Failed => Ok(Progress::Failed),
            Progress::Succeeded => Ok(Progress::Succeeded),
            Progress::Committed | Progress::Tried { committed: true } => Err(Illegal::CommittedTwice),
        }
    }

    const fn root_removed(self) -> Result<Progress, Illegal> {
        match self.progress {
            Progress::Committed => Ok(Progress::Nothing),
            Progress::Tried { committed: true } => Ok(Progress::Tried { committed: false }),
            // What failed needs its root to be executed again, and has it no longer.
            Progress::Failed => Ok(Progress::Failed),
            Progress::Succeeded => Err(Illegal::RootRemovedAfterSuccess),
            Progress::Nothing | Progress::Tried { committed: false } => Err(Illegal::RootRemovedWithoutCommit),
        }
    }

    const fn tried(self) -> Progress {
        match self.progress {
            Progress::Nothing => Progress::Tried { committed: false },
            Progress::Committed => Progress::Tried { committed: true },
            Progress::Tried { committed } => Progress::Tried { committed },
            // A try after a failure that left no log of its own: the failure is still the last word.
            Progress::Failed => Progress::Failed,
            Progress::Succeeded => Progress::Succeeded,
        }
    }

    const fn judged(self, event: Event) -> Result<Self, Illegal> {
        match (self.progress, event) {
            (Progress::Succeeded, _) => Err(Illegal::LateAfterSuccess),
            (progress, Event::TimedOut) => Ok(Self { progress, late: true }),
            (progress, _) => Ok(Self { progress, late: false }),
        }
    }
}

/// A step of a message's history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Step<K> {
    /// The evidence.
    pub evidence: K,
    /// What it was.
    pub event: Event,
    /// The status after it; unchanged where the event was illegal or said nothing new.
    pub status: Status,
    /// Why it changed nothing.
    pub illegal: Option<Illegal>,
}

/// A message's whole way: its status now, and each step to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History<K> {
    /// The state after the last step.
    pub state: State,
    /// The steps, in order.
    pub steps: Vec<Step<K>>,
}

/// Folds a message's events, each with its evidence, in the order of the destination chain.
pub fn fold<K>(events: impl IntoIterator<Item = (K, Event)>) -> History<K> {
    let mut state = State::sent();
    let mut steps = Vec::new();
    for (evidence, event) in events {
        let advanced = state.advance(event);
        state = advanced.unwrap_or(state);
        steps.push(Step { evidence, event, status: state.status(), illegal: advanced.err() });
    }
    History { state, steps }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn status(events: &[Event]) -> Status {
        fold(events.iter().map(|event| ((), *event))).state.status()
    }

    #[test]
    fn ccip_4_a_message_goes_from_sent_to_executed() {
        use Event::{Committed, Failed, RootRemoved, Succeeded, TimeExtended, TimedOut, Tried};
        let table: &[(&[Event], Status)] = &[
            (&[], Status::Sent),
            (&[Committed], Status::Delivered),
            (&[Committed, Tried], Status::Executing),
            (&[Committed, Tried, Succeeded], Status::Executed),
            (&[Committed, Failed], Status::Failed),
            (&[Committed, Failed, Succeeded], Status::Executed),
            (&[Committed, RootRemoved], Status::Sent),
            (&[Committed, RootRemoved, Committed], Status::Delivered),
            (&[TimedOut], Status::Expired),
            (&[Committed, TimedOut], Status::Expired),
            (&[TimedOut, Committed], Status::Expired),
            (&[TimedOut, Succeeded], Status::Executed),
            (&[TimedOut, TimeExtended], Status::Sent),
            (&[Failed, TimedOut], Status::Failed),
            (&[Succeeded], Status::Executed),
        ];
        for (events, expected) in table {
            assert_eq!(status(events), *expected, "{events:?}");
        }
    }

    #[test]
    fn ccip_4_what_cannot_be_changes_nothing_and_is_named() {
        let done = State::sent().advance(Event::Succeeded).unwrap();
        assert_eq!(done.advance(Event::Succeeded), Err(Illegal::ExecutedTwice));
        assert_eq!(done.advance(Event::Failed), Err(Illegal::FailedAfterSuccess));
        assert_eq!(done.advance(Event::RootRemoved), Err(Illegal::RootRemovedAfterSuccess));
        assert_eq!(done.advance(Event::TimedOut), Err(Illegal::LateAfterSuccess));
        assert_eq!(State::sent().advance(Event::RootRemoved), Err(Illegal::RootRemovedWithoutCommit));
        let history = fold([(1, Event::Succeeded), (2, Event::Succeeded)]);
        assert_eq!(history.steps[1].illegal, Some(Illegal::ExecutedTwice));
        assert_eq!(history.steps[1].status, Status::Executed);
    }

    fn any_event() -> impl Strategy<Value = Event> {
        prop_oneof![
            Just(Event::Committed),
            Just(Event::RootRemoved),
            Just(Event::Tried),
            Just(Event::Succeeded),
            Just(Event::Failed),
            Just(Event::TimedOut),
            Just(Event::TimeExtended),
        ]
    }

    proptest! {
        #[test]
        fn ccip_4_a_stored_state_is_the_state(events in proptest::collection::vec(any_event(), 0..8)) {
            let state = fold(events.into_iter().map(|event| ((), event))).state;
            prop_assert_eq!(State::from_code(state.code()), Some(state));
        }

        /// Whatever is read after the execution, it stays executed.
        #[test]
        fn ccip_4_executed_is_the_end(before in proptest::collection::vec(any_event(), 0..8), after in proptest::collection::vec(any_event(), 0..8)) {
            let mut events = before;
            events.push(Event::Succeeded);
            events.extend(after);
            prop_assert_eq!(status(&events), Status::Executed);
        }

        /// Expired is never the end: a success always counts.
        #[test]
        fn ccip_4_expired_is_reversible(before in proptest::collection::vec(any_event(), 0..8)) {
            let mut events = before;
            events.push(Event::TimedOut);
            events.push(Event::Succeeded);
            prop_assert_eq!(status(&events), Status::Executed);
        }
    }
}
