//! A message as its row says it: the state with its times and the number of its executions.
//!
//! A destination chain is read in order, so a row is moved step by step as events come; where events come late (the
//! send was read after its execution, a hole was filled, blocks were undone) it is folded anew. Both give the same row,
//! because both are made of [`Standing::advance`].

use causeway_primitives::Timestamp;

use super::message::{Event, Illegal, State};

/// What happened to a message, as evidence names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Occurrence {
    /// A report covers it.
    Committed,
    /// The report was withdrawn.
    RootRemoved,
    /// A transaction that executes it was seen and is not in a block yet.
    Underway,
    /// A transaction that executes it was reverted as a whole: an execution that left no log.
    Reverted,
    /// An execution succeeded.
    Succeeded,
    /// An execution failed.
    Failed,
    /// The lane's time is over.
    TimedOut,
    /// The lane's time was made longer.
    TimeExtended,
}

impl Occurrence {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Committed,
        Self::RootRemoved,
        Self::Underway,
        Self::Reverted,
        Self::Succeeded,
        Self::Failed,
        Self::TimedOut,
        Self::TimeExtended,
    ];

    /// Label and row value.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Committed => "committed",
            Self::RootRemoved => "root_removed",
            Self::Underway => "underway",
            Self::Reverted => "reverted",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::TimedOut => "timed_out",
            Self::TimeExtended => "time_extended",
        }
    }

    /// The occurrence of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|occurrence| occurrence.as_str() == name)
    }

    /// What it is to the state.
    pub const fn event(self) -> Event {
        match self {
            Self::Committed => Event::Committed,
            Self::RootRemoved => Event::RootRemoved,
            Self::Underway | Self::Reverted => Event::Tried,
            Self::Succeeded => Event::Succeeded,
            Self::Failed => Event::Failed,
            Self::TimedOut => Event::TimedOut,
            Self::TimeExtended => Event::TimeExtended,
        }
    }

    /// Whether it counts as an execution: all but the first are retries.
    pub const fn is_attempt(self) -> bool {
        match self {
            Self::Reverted | Self::Succeeded | Self::Failed => true,
            Self::Committed | Self::RootRemoved | Self::Underway | Self::TimedOut | Self::TimeExtended => false,
        }
    }
}

/// The state of a message with its times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The state.
    pub state: State,
    /// Executions, illegal ones included.
    pub attempts: u32,
    /// When it arrived; `None` again after its report was withdrawn.
    pub delivered_at: Option<Timestamp>,
    /// When it succeeded.
    pub executed_at: Option<Timestamp>,
}

impl Standing {
    /// A message that was sent, and of which nothing else is known.
    pub const fn sent() -> Self {
        Self { state: State::sent(), attempts: 0, delivered_at: None, executed_at: None }
    }

    /// Takes the next event in the order of the destination chain.
    ///
    /// # Errors
    /// [`Illegal`]: only the number of executions has changed.
    pub fn advance(&mut self, occurrence: Occurrence, at: Timestamp) -> Result<(), Illegal> {
        if occurrence.is_attempt() {
            self.attempts = self.attempts.saturating_add(1);
        }
        self.state = self.state.advance(occurrence.event())?;
        match occurrence {
            Occurrence::Committed => self.delivered_at = self.delivered_at.or(Some(at)),
            Occurrence::RootRemoved => self.delivered_at = None,
            Occurrence::Succeeded => self.executed_at = Some(at),
            Occurrence::Underway
            | Occurrence::Reverted
            | Occurrence::Failed
            | Occurrence::TimedOut
            | Occurrence::TimeExtended => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: u64) -> Timestamp {
        Timestamp::from_secs(second).unwrap()
    }

    #[test]
    fn ccip_7_every_execution_counts_and_the_first_is_no_retry() {
        let mut standing = Standing::sent();
        standing.advance(Occurrence::Committed, at(1)).unwrap();
        standing.advance(Occurrence::Failed, at(2)).unwrap();
        standing.advance(Occurrence::Underway, at(3)).unwrap();
        standing.advance(Occurrence::Reverted, at(4)).unwrap();
        standing.advance(Occurrence::Succeeded, at(5)).unwrap();
        assert_eq!((standing.attempts, standing.delivered_at, standing.executed_at), (3, Some(at(1)), Some(at(5))));
        assert_eq!(standing.advance(Occurrence::Succeeded, at(6)), Err(Illegal::ExecutedTwice));
        assert_eq!((standing.attempts, standing.executed_at), (4, Some(at(5))));
    }

    #[test]
    fn ccip_4_a_withdrawn_report_takes_the_time_of_arrival_with_it() {
        let mut standing = Standing::sent();
        standing.advance(Occurrence::Committed, at(1)).unwrap();
        standing.advance(Occurrence::RootRemoved, at(2)).unwrap();
        assert_eq!(standing, Standing::sent());
        standing.advance(Occurrence::Committed, at(3)).unwrap();
        assert_eq!(standing.delivered_at, Some(at(3)));
    }

    #[test]
    fn an_occurrence_is_its_name() {
        for occurrence in Occurrence::ALL {
            assert_eq!(Occurrence::from_name(occurrence.as_str()), Some(occurrence));
        }
    }
}
