//! Who may do what to a change.

use crate::domain::people::Role;

/// What somebody does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// Says what should be done.
    Propose,
    /// Has the pre-check made again.
    Check,
    /// Gives one of the approvals.
    Approve,
    /// Says no.
    Refuse,
    /// Takes his own proposal back.
    Withdraw,
    /// Does by hand what no service may, and says when it is done.
    Do,
    /// Says what came of a change of which nobody knows.
    Settle,
}

impl Verb {
    /// The least role that may.
    pub const fn needs(self) -> Role {
        match self {
            Self::Propose | Self::Check | Self::Withdraw | Self::Do => Role::Operator,
            Self::Approve | Self::Refuse | Self::Settle => Role::Approver,
        }
    }

    /// For people: completes "to …".
    pub const fn words(self) -> &'static str {
        match self {
            Self::Propose => "propose a change",
            Self::Check => "check a change",
            Self::Approve => "approve a change",
            Self::Refuse => "refuse a change",
            Self::Withdraw => "withdraw a change",
            Self::Do => "carry out a change",
            Self::Settle => "settle a change",
        }
    }
}
