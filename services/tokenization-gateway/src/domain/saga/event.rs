//! What can happen to a request.

use super::state::{Doubt, Hold, Rejection};

/// Something that happened, or was found out. None of them is a guess.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// The message is one of its standard.
    Parsed,
    /// It follows the rules.
    Validated,
    /// It is told as an instruction.
    Mapped,
    /// A price is attached, or none is needed.
    Valued,
    /// The rules let it pass.
    Authorised,
    /// The guard gives leave.
    Cleared,
    /// Ledger legs and the effect's intent are written, under the guard's leave for exactly this.
    Journaled,
    /// The intent is signed.
    Signed,
    /// The intent ended unsigned, because the leave had: nothing was sent.
    Lapsed,
    /// The intent ended unsigned, because the token would refuse it: nothing was sent.
    WouldRevert,
    /// The transaction is final, with the expected event.
    Mined,
    /// The transaction ended in another way, or the proof fails.
    Doubted(Doubt),
    /// Of what leaves in two halves, the second is journaled, under leave of its own.
    SentOn,
    /// The token remembers the reference for exactly this.
    Found,
    /// The token does not know the reference at a final block, and nothing signed is left that could be mined.
    Absent,
    /// The chain shows what was ordered.
    Reconciled,
    /// The answer is written.
    Reported,
    /// Refused.
    Rejected(Rejection),
    /// Must wait.
    Held(Hold),
    /// What it waited for may be there.
    Released,
    /// A second person says yes.
    Approved,
    /// A person finds that the reference is somebody else's.
    Disowned,
    /// What happened must be undone.
    Undo,
    /// It is undone.
    Undone,
}

impl Event {
    /// Label and row value; reasons are the state's.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Parsed => "parsed",
            Self::Validated => "validated",
            Self::Mapped => "mapped",
            Self::Valued => "valued",
            Self::Authorised => "authorised",
            Self::Cleared => "cleared",
            Self::Journaled => "journaled",
            Self::Signed => "signed",
            Self::Lapsed => "lapsed",
            Self::WouldRevert => "would_revert",
            Self::Mined => "mined",
            Self::Doubted(_) => "doubted",
            Self::SentOn => "sent_on",
            Self::Found => "found",
            Self::Absent => "absent",
            Self::Reconciled => "reconciled",
            Self::Reported => "reported",
            Self::Rejected(_) => "rejected",
            Self::Held(_) => "held",
            Self::Released => "released",
            Self::Approved => "approved",
            Self::Disowned => "disowned",
            Self::Undo => "undo",
            Self::Undone => "undone",
        }
    }
}
