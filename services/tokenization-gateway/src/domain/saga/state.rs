//! Where a request can stand, and what is due there.

use crate::domain::{authorise::Refusal, valuation::Unvalued};

/// Not a state that was ever written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no such state or reason")]
pub struct StateError;

/// Why a request was refused before anything happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rejection {
    /// By a rule.
    Rule(Refusal),
    /// By a person who was asked.
    Person,
}

/// What a request waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hold {
    /// It may have been carried out before, under another request.
    Duplicate,
    /// The day that it is for has not begun.
    ValueDate,
    /// There is no price that may be relied upon.
    Valuation(Unvalued),
    /// A second person has not said yes.
    Approval,
    /// The guard gives no leave.
    Guard,
    /// The books do not have what is to be given.
    Books,
    /// The token would refuse it (paused, frozen, a holder not listed there), or there is none.
    Chain,
}

impl Hold {
    /// Every one of them.
    pub const EVERY: [Self; 10] = [
        Self::Duplicate,
        Self::ValueDate,
        Self::Valuation(Unvalued::Stale),
        Self::Valuation(Unvalued::Halted),
        Self::Valuation(Unvalued::Missing),
        Self::Valuation(Unvalued::Unreachable),
        Self::Approval,
        Self::Guard,
        Self::Books,
        Self::Chain,
    ];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Duplicate => "possible_duplicate",
            Self::ValueDate => "value_date",
            Self::Valuation(Unvalued::Stale) => "price_stale",
            Self::Valuation(Unvalued::Halted) => "price_halted",
            Self::Valuation(Unvalued::Missing) => "price_missing",
            Self::Valuation(Unvalued::Unreachable) => "oracle_unreachable",
            Self::Approval => "awaits_approval",
            Self::Guard => "guard",
            Self::Books => "books",
            Self::Chain => "chain_refuses",
        }
    }
}

/// Why it cannot be said whether something happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Doubt {
    /// The transaction ended, and not with the event that was expected.
    Unseen,
    /// It left this chain, its delivery failed on the other one, and it may yet succeed there by hand: neither repeated nor
    /// given back.
    Undelivered,
    /// The token remembers the reference for something else: nobody but a person goes on from here.
    OtherContent,
}

impl Doubt {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Unseen => "outcome_unseen",
            Self::Undelivered => "undelivered",
            Self::OtherContent => "reference_of_other_content",
        }
    }
}

/// Why it did not happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Failure {
    /// Every attempt ended without effect.
    Exhausted,
    /// A person found that the reference belongs to something else.
    Disowned,
    /// It happened and was undone.
    Compensated,
}

impl Failure {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Exhausted => "attempts_exhausted",
            Self::Disowned => "disowned",
            Self::Compensated => "compensated",
        }
    }
}

/// Where a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Taken and stored.
    Received,
    /// The message is one of its standard.
    Parsed,
    /// The message follows its standard's rules.
    Validated,
    /// Told as an instruction.
    Mapped,
    /// A fresh price is attached, or none is needed.
    Valued,
    /// Within the limits, or approved.
    Approved,
    /// The guard gives leave.
    Guarded,
    /// The books count it as on its way, and the effect is journaled.
    Submitting,
    /// Signed: it may be mined at any time.
    Submitted,
    /// Final on chain, with the expected event.
    Mined,
    /// Proven on chain, and posted.
    Reconciled,
    /// Answered. The end.
    Reported,
    /// Refused. The end.
    Rejected(Rejection),
    /// Waits.
    Held(Hold),
    /// May have happened.
    Unknown(Doubt),
    /// Has not happened. The end.
    Failed(Failure),
    /// Is being undone.
    Compensating,
}

/// What is due in a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// The message is to be read on: pure, and done with the intake.
    Intake,
    /// A price is to be asked for.
    Value,
    /// The rules are to be asked.
    Authorise,
    /// The guard is to be asked whether it gives leave at all.
    Clear,
    /// The guard's leave for exactly this is to be taken, and the effect journaled under it.
    Journal,
    /// The sender is to be watched.
    Watch,
    /// The chain is to be asked what the reference did.
    LookUp,
    /// The same, as the proof of what the sender says; and of what leaves this chain, that it is there.
    Prove,
    /// The other chain is to be asked whether it came after all.
    Follow,
    /// The answer is to be written.
    Report,
    /// The effect is to be undone.
    Undo,
    /// It may be tried again after a while.
    Retry,
    /// A person decides.
    Person,
    /// Nothing, ever.
    Nothing,
}

impl State {
    /// Every state with every reason.
    pub fn every() -> impl Iterator<Item = Self> {
        let plain = [
            Self::Received,
            Self::Parsed,
            Self::Validated,
            Self::Mapped,
            Self::Valued,
            Self::Approved,
            Self::Guarded,
            Self::Submitting,
            Self::Submitted,
            Self::Mined,
            Self::Reconciled,
            Self::Reported,
            Self::Compensating,
            Self::Rejected(Rejection::Person),
            Self::Unknown(Doubt::Unseen),
            Self::Unknown(Doubt::Undelivered),
            Self::Unknown(Doubt::OtherContent),
            Self::Failed(Failure::Exhausted),
            Self::Failed(Failure::Disowned),
            Self::Failed(Failure::Compensated),
        ];
        let rules = Refusal::EVERY.into_iter().map(|refusal| Self::Rejected(Rejection::Rule(refusal)));
        plain.into_iter().chain(rules).chain(Hold::EVERY.into_iter().map(Self::Held))
    }

    /// Metric label, row and wire value, without its reason.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Parsed => "parsed",
            Self::Validated => "validated",
            Self::Mapped => "mapped",
            Self::Valued => "valued",
            Self::Approved => "approved",
            Self::Guarded => "guarded",
            Self::Submitting => "submitting",
            Self::Submitted => "submitted",
            Self::Mined => "mined",
            Self::Reconciled => "reconciled",
            Self::Reported => "reported",
            Self::Rejected(_) => "rejected",
            Self::Held(_) => "held",
            Self::Unknown(_) => "unknown",
            Self::Failed(_) => "failed",
            Self::Compensating => "compensating",
        }
    }

    /// The reason's row and wire value; empty where there is none.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Rejected(Rejection::Rule(refusal)) => refusal.as_str(),
            Self::Rejected(Rejection::Person) => "refused_by_person",
            Self::Held(hold) => hold.as_str(),
            Self::Unknown(doubt) => doubt.as_str(),
            Self::Failed(failure) => failure.as_str(),
            Self::Received
            | Self::Parsed
            | Self::Validated
            | Self::Mapped
            | Self::Valued
            | Self::Approved
            | Self::Guarded
            | Self::Submitting
            | Self::Submitted
            | Self::Mined
            | Self::Reconciled
            | Self::Reported
            | Self::Compensating => "",
        }
    }

    /// The state of these two words.
    ///
    /// # Errors
    /// [`StateError`] when no state has them.
    pub fn read(state: &str, reason: &str) -> Result<Self, StateError> {
        Self::every().find(|one| one.as_str() == state && one.reason() == reason).ok_or(StateError)
    }

    /// What it waits for, if it does.
    pub fn hold(self) -> Option<Hold> {
        Hold::EVERY.into_iter().find(|hold| self == Self::Held(*hold))
    }

    /// Whether nothing can happen any more.
    pub fn is_over(self) -> bool {
        self.due() == Due::Nothing
    }

    /// What is to be done next, after a crash as well as before it.
    pub const fn due(self) -> Due {
        match self {
            Self::Received | Self::Parsed | Self::Validated => Due::Intake,
            Self::Mapped => Due::Value,
            Self::Valued => Due::Authorise,
            Self::Approved => Due::Clear,
            Self::Guarded => Due::Journal,
            Self::Submitting | Self::Submitted => Due::Watch,
            Self::Mined => Due::Prove,
            Self::Reconciled => Due::Report,
            Self::Unknown(Doubt::Unseen) => Due::LookUp,
            Self::Unknown(Doubt::Undelivered) => Due::Follow,
            Self::Held(Hold::ValueDate | Hold::Valuation(_) | Hold::Guard) => Due::Retry,
            Self::Held(Hold::Duplicate | Hold::Approval | Hold::Books | Hold::Chain)
            | Self::Unknown(Doubt::OtherContent) => Due::Person,
            Self::Compensating => Due::Undo,
            Self::Reported | Self::Rejected(_) | Self::Failed(_) => Due::Nothing,
        }
    }
}
