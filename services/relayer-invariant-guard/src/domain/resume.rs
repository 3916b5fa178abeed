//! The way out of a halt: `PROPOSED → APPROVED → VALIDATING → PROBATION → RUNNING`, and back to halted at any violation.
//!
//! Approvals are by distinct people of whom none proposed it, and bind to the halt, its evidence and the plan by hash: who
//! approves one thing has not approved another. Indeterminate verdicts stall and never advance. Where nothing had to be
//! repaired, a release leaves out the probation, not the approvals.

use std::{collections::BTreeMap, fmt, str::FromStr, sync::Arc, time::Duration};

use causeway_primitives::{B256, ChainName, Timestamp, keccak256};

use super::{canonical, evaluate::Verdict, latch::HaltId};

/// Not an operator's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an operator is named by 1 to 128 printable characters without blanks")]
pub struct OperatorError;

/// A person, by the name of the certificate. `Alice` and `alice` are one.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Operator(Arc<str>);

impl Operator {
    /// The name, in small letters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Operator {
    type Err = OperatorError;

    fn from_str(text: &str) -> Result<Self, OperatorError> {
        let fine = (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if fine { Ok(Self(text.to_ascii_lowercase().into())) } else { Err(OperatorError) }
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// How a halt is ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Something was repaired.
    Resume,
    /// Nothing had to be.
    Release,
}

impl Kind {
    /// Row and label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Resume => "resume",
            Self::Release => "release",
        }
    }

    /// The one of this word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Resume, Self::Release].into_iter().find(|kind| kind.as_str() == word)
    }
}

/// What is approved, as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The halt.
    pub halt: HaltId,
    /// The hash of the evidence that the halt rests on.
    pub evidence: B256,
    /// Resume or release.
    pub kind: Kind,
    /// What was or will be done, in words.
    pub text: String,
}

impl Plan {
    /// Names exactly this plan for exactly this halt and evidence.
    pub fn hash(&self) -> B256 {
        keccak256(canonical::encode(canonical::PLAN, self))
    }
}

/// How much it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Distinct operators besides the proposer; zero counts as one.
    pub approvals: u32,
    /// From the proposal to the end of the validation.
    pub window: Duration,
    /// Passes at new heights before the halt is released; zero counts as one.
    pub validations: u32,
    /// Passes at new heights before the caps are lifted.
    pub probation: u32,
}

/// How far the chains were at a verdict.
pub type Heights = BTreeMap<ChainName, u64>;

/// Where a resume is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Approvals are missing.
    Proposed,
    /// They are there; the next verdict begins the validation.
    Approved,
    /// Passes are counted. The halt holds.
    Validating {
        /// How many.
        passes: u32,
    },
    /// The halt is released, under caps.
    Probation {
        /// Passes since.
        passes: u32,
    },
    /// Done.
    Running,
    /// Over without success.
    Ended(Ending),
}

/// Why it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// Somebody refused it.
    Refused(Operator),
    /// The window closed.
    Expired,
    /// A verdict was a violation.
    Violation,
    /// Somebody halted during the probation, or a halt that follows from this one took over.
    HaltedAgain(HaltId),
}

/// A way out of a halt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resume {
    /// What is approved.
    pub plan: Plan,
    /// Who proposed it.
    pub proposer: Operator,
    /// When the window closes.
    pub expires_at: Timestamp,
    /// Who approved.
    pub approvals: Vec<Operator>,
    /// Where it is.
    pub state: State,
    /// The heights of the last verdict that counted: those of the halt at first.
    pub heights: Heights,
}

impl Resume {
    /// Whether anything can still become of it.
    pub const fn is_open(&self) -> bool {
        match self.state {
            State::Proposed | State::Approved | State::Validating { .. } | State::Probation { .. } => true,
            State::Running | State::Ended(_) => false,
        }
    }

    /// Whether a violation now halts again: people have approved that the relayer goes on, and it has not gone on for
    /// long.
    pub const fn is_under_way(&self) -> bool {
        match self.state {
            State::Approved | State::Validating { .. } | State::Probation { .. } => true,
            State::Proposed | State::Running | State::Ended(_) => false,
        }
    }
}

/// Something that happens to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Somebody approves what they have read.
    Approve {
        /// Who.
        operator: Operator,
        /// The hash of the plan that they read.
        plan: B256,
        /// The hash of the evidence that they read.
        evidence: B256,
    },
    /// Somebody refuses.
    Refuse {
        /// Who.
        operator: Operator,
    },
    /// A verdict.
    Judged {
        /// What it says.
        verdict: Verdict,
        /// How far the chains were.
        heights: Heights,
    },
    /// A halt, whatever of.
    Halted {
        /// Which.
        halt: HaltId,
    },
    /// A halt that names this one as the halt before it: there is another thing to be resumed from now.
    Superseded {
        /// By which.
        halt: HaltId,
    },
    /// Time has passed.
    Tick,
}

/// What follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Release the halt: the epoch rises, leases are granted again, with the probation's caps where there is one.
    Release(HaltId),
    /// Lift the caps.
    LiftCaps,
    /// Halt again, linked to the halt that was resumed from.
    HaltAgain(HaltId),
}

/// It cannot happen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Four eyes are two people's.
    #[error("the proposer cannot approve")]
    ProposerCannotApprove,
    /// Once is enough.
    #[error("{operator} has approved already")]
    AlreadyApproved {
        /// Who.
        operator: Operator,
    },
    /// They read something else.
    #[error("the approval is of another {what}")]
    HashMismatch {
        /// Plan or evidence.
        what: &'static str,
    },
    /// The window is closed.
    #[error("the proposal has expired")]
    Expired,
    /// It is past that.
    #[error("the proposal is not open any more")]
    NotOpen,
}

/// The next state, and what follows from it. Pure: the caller stores the first and does the second in one transaction.
///
/// # Errors
/// [`Refused`] when the event cannot happen here; nothing has changed then.
pub fn next(
    resume: &Resume,
    event: &Event,
    now: Timestamp,
    policy: &Policy,
) -> Result<(Resume, Option<Action>), Refused> {
    let mut after = resume.clone();
    if is_expired(resume, now) {
        after.state = State::Ended(Ending::Expired);
        return match event {
            Event::Approve { .. } | Event::Refuse { .. } => Err(Refused::Expired),
            Event::Judged { .. } | Event::Halted { .. } | Event::Superseded { .. } | Event::Tick => Ok((after, None)),
        };
    }
    let action = match event {
        Event::Approve { operator, plan, evidence } => {
            approve(&mut after, operator, (*plan, *evidence), policy)?;
            None
        }
        Event::Refuse { operator } => {
            match resume.state {
                State::Proposed | State::Approved | State::Validating { .. } => {}
                State::Probation { .. } | State::Running | State::Ended(_) => return Err(Refused::NotOpen),
            }
            after.state = State::Ended(Ending::Refused(operator.clone()));
            None
        }
        Event::Judged { verdict, heights } => judged(&mut after, verdict, heights, policy),
        Event::Halted { halt } => {
            if matches!(resume.state, State::Probation { .. }) {
                after.state = State::Ended(Ending::HaltedAgain(*halt));
            }
            None
        }
        Event::Superseded { halt } => {
            if resume.is_open() {
                after.state = State::Ended(Ending::HaltedAgain(*halt));
            }
            None
        }
        Event::Tick => None,
    };
    Ok((after, action))
}

/// The window is open until the halt is released: after that there is nothing left to approve.
fn is_expired(resume: &Resume, now: Timestamp) -> bool {
    match resume.state {
        State::Proposed | State::Approved | State::Validating { .. } => now >= resume.expires_at,
        State::Probation { .. } | State::Running | State::Ended(_) => false,
    }
}

fn approve(resume: &mut Resume, operator: &Operator, read: (B256, B256), policy: &Policy) -> Result<(), Refused> {
    if resume.state != State::Proposed {
        return Err(Refused::NotOpen);
    }
    if *operator == resume.proposer {
        return Err(Refused::ProposerCannotApprove);
    }
    if resume.approvals.contains(operator) {
        return Err(Refused::AlreadyApproved { operator: operator.clone() });
    }
    if read.0 != resume.plan.hash() {
        return Err(Refused::HashMismatch { what: "plan" });
    }
    if read.1 != resume.plan.evidence {
        return Err(Refused::HashMismatch { what: "evidence" });
    }
    resume.approvals.push(operator.clone());
    if u32::try_from(resume.approvals.len()).unwrap_or(u32::MAX) >= policy.approvals.max(1) {
        resume.state = State::Approved;
    }
    Ok(())
}

fn judged(resume: &mut Resume, verdict: &Verdict, heights: &Heights, policy: &Policy) -> Option<Action> {
    let passes = match resume.state {
        // Before the approvals the halt's own violation is what is expected to be seen.
        State::Proposed | State::Running | State::Ended(_) => return None,
        State::Approved => 0,
        State::Validating { passes } | State::Probation { passes } => passes,
    };
    match verdict {
        Verdict::Indeterminate { .. } => None,
        Verdict::Violation { .. } => {
            resume.state = State::Ended(Ending::Violation);
            Some(Action::HaltAgain(resume.plan.halt))
        }
        Verdict::Pass if !is_further(&resume.heights, heights) => None,
        Verdict::Pass => {
            resume.heights.clone_from(heights);
            advance(resume, passes.saturating_add(1), policy)
        }
    }
}

/// Counts a Pass.
fn advance(resume: &mut Resume, passes: u32, policy: &Policy) -> Option<Action> {
    if matches!(resume.state, State::Probation { .. }) {
        let done = passes >= policy.probation;
        resume.state = if done { State::Running } else { State::Probation { passes } };
        return done.then_some(Action::LiftCaps);
    }
    if passes < policy.validations.max(1) {
        resume.state = State::Validating { passes };
        return None;
    }
    resume.state = match resume.plan.kind {
        Kind::Resume if policy.probation > 0 => State::Probation { passes: 0 },
        Kind::Resume | Kind::Release => State::Running,
    };
    Some(Action::Release(resume.plan.halt))
}

/// A Pass counts at new heights only: no chain lower than at the one before, and one higher.
fn is_further(before: &Heights, now: &Heights) -> bool {
    let at = |chain: &ChainName| now.get(chain).copied();
    let none_lower = before.iter().all(|(chain, height)| at(chain).is_some_and(|now| now >= *height));
    let one_higher = now.iter().any(|(chain, height)| before.get(chain).is_none_or(|before| height > before));
    none_lower && one_higher
}

#[cfg(test)]
mod tests;
