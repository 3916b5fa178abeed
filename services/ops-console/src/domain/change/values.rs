//! A change as a value, and what can happen to it.

use std::time::Duration;

use causeway_primitives::{B256, Timestamp};

use super::{expect::Verdict, plan::Plan, state::State};

/// How a change is dealt with; held at the time of the proposal, so that it becomes no easier by a change of settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// Distinct people besides the proposer. Zero for what only makes things safer.
    pub approvals: u32,
    /// Not begun after this.
    pub expires_at: Timestamp,
    /// Its effect must be seen within so long.
    pub validate_within: Duration,
}

/// What the last look before or after it showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// Whether all of it was as it must be.
    pub verdict: Verdict,
    /// What was seen, line by line.
    pub words: String,
    /// When.
    pub at: Timestamp,
}

/// A change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What is agreed on.
    pub plan: Plan,
    /// Who proposed it.
    pub proposer: String,
    /// When.
    pub proposed_at: Timestamp,
    /// How it is dealt with.
    pub terms: Terms,
    /// Who approved, in order.
    pub approvals: Vec<String>,
    /// Where it is.
    pub state: State,
    /// The last look.
    pub look: Option<Look>,
    /// Who does it by hand.
    pub doer: Option<String>,
    /// By when the call is over, or the effect must be seen.
    pub due_at: Option<Timestamp>,
    /// What came of it so far, in a sentence.
    pub outcome: String,
}

/// What a service answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It did it.
    Done(String),
    /// It did not, and says why.
    Refused(String),
    /// Nobody knows.
    Lost(String),
}

/// What came of a change, in the words of a person who found out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// It happened.
    Happened,
    /// It did not.
    DidNotHappen,
}

/// Something that happens to a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The pre-check was made.
    Checked(Look),
    /// Somebody approves the plan of this hash.
    Approve {
        /// Who.
        by: String,
        /// What he has read.
        plan: B256,
    },
    /// Somebody says no.
    Refuse {
        /// Who.
        by: String,
        /// Why.
        why: String,
    },
    /// Its proposer takes it back.
    Withdraw {
        /// Who.
        by: String,
    },
    /// It is about to begin, with what a look shows now. `by`: who does it by hand.
    Begin {
        /// What a look shows now.
        look: Look,
        /// Who begins by hand; `None`: the console calls.
        by: Option<String>,
        /// Those of whom approved it who may approve now.
        standing: Vec<String>,
    },
    /// Who did it by hand says that it is done.
    Finish {
        /// Who.
        by: String,
        /// What was done.
        how: String,
    },
    /// The service answered, or did not.
    Answered(Answer),
    /// Whoever made the call is gone.
    Orphaned,
    /// A look at the effect.
    Looked(Look),
    /// Somebody found out what came of it.
    Settle {
        /// Who.
        by: String,
        /// What.
        found: Found,
        /// How he knows.
        how: String,
    },
    /// Time has passed.
    Tick,
}

/// It cannot happen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Four eyes are two people's.
    #[error("{0} proposed it; somebody else approves")]
    OwnProposal(String),
    /// Once is enough.
    #[error("{0} has approved already")]
    Already(String),
    /// He read something else.
    #[error("the approval is of another plan; read this one again")]
    OtherPlan,
    /// Nothing begins any more.
    #[error("it has expired; propose it again")]
    Expired,
    /// It is not there, or past that.
    #[error("it is {}: {needed}", .state.words())]
    NotNow {
        /// Where it is.
        state: State,
        /// What it would have to be.
        needed: &'static str,
    },
    /// Only somebody else may.
    #[error("only {0} may")]
    NotYours(String),
}
