//! The states of a change.

/// Where a change is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Its pre-check does not hold, or was not made.
    Proposed,
    /// It holds; approvals are missing.
    Checked,
    /// They are there.
    Approved,
    /// The call is on its way, or a person has begun. Written down before.
    Executing,
    /// Done; its effect is waited for.
    Executed,
    /// Its effect was seen. The end.
    Validated,
    /// The effect did not come; the call that takes it back is on its way.
    RollingBack,
    /// Taken back. The end.
    RolledBack,
    /// It did not happen, or not as it should. The end.
    Failed,
    /// Somebody said no. The end.
    Refused,
    /// Its proposer took it back. The end.
    Withdrawn,
    /// Nobody agreed in time. The end.
    Expired,
    /// Nobody knows whether it happened.
    Unknown,
    /// Nobody knows whether it was taken back.
    UndoUnknown,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Proposed,
        Self::Checked,
        Self::Approved,
        Self::Executing,
        Self::Executed,
        Self::Validated,
        Self::RollingBack,
        Self::RolledBack,
        Self::Failed,
        Self::Refused,
        Self::Withdrawn,
        Self::Expired,
        Self::Unknown,
        Self::UndoUnknown,
    ];

    /// The label in the database, in records and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Checked => "checked",
            Self::Approved => "approved",
            Self::Executing => "executing",
            Self::Executed => "executed",
            Self::Validated => "validated",
            Self::RollingBack => "rolling_back",
            Self::RolledBack => "rolled_back",
            Self::Failed => "failed",
            Self::Refused => "refused",
            Self::Withdrawn => "withdrawn",
            Self::Expired => "expired",
            Self::Unknown => "unknown",
            Self::UndoUnknown => "undo_unknown",
        }
    }

    /// The state of this label.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }

    /// For people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Proposed => "proposed, not checked",
            Self::Checked => "waits for approval",
            Self::Approved => "approved, begins",
            Self::Executing => "being carried out",
            Self::Executed => "done, effect not seen yet",
            Self::Validated => "done and seen",
            Self::RollingBack => "being taken back",
            Self::RolledBack => "taken back",
            Self::Failed => "failed",
            Self::Refused => "refused",
            Self::Withdrawn => "withdrawn",
            Self::Expired => "expired",
            Self::Unknown => "outcome unknown",
            Self::UndoUnknown => "roll-back unknown",
        }
    }

    /// Whether anything can still become of it.
    pub const fn is_open(self) -> bool {
        match self {
            Self::Proposed
            | Self::Checked
            | Self::Approved
            | Self::Executing
            | Self::Executed
            | Self::RollingBack
            | Self::Unknown
            | Self::UndoUnknown => true,
            Self::Validated | Self::RolledBack | Self::Failed | Self::Refused | Self::Withdrawn | Self::Expired => {
                false
            }
        }
    }
}
