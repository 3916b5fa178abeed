//! What must never be, and was seen. Each kind is row, label and alert at once.

use causeway_primitives::{ChainId, MessageId};

use super::{event::Place, lane::LaneKey};

/// What was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A message's id is not the one that its content gives.
    IdMismatch,
    /// What was executed is not what was sent.
    LeafMismatch,
    /// A message was executed twice.
    DuplicateExecution,
    /// A message was executed that nobody sent, as far as its source was read past the execution's time.
    ExecutionWithoutSend,
    /// Numbers of a ramp are missing.
    SequenceGap,
    /// A number of a ramp came again.
    SequenceRepeated,
    /// Two reports cover one message.
    CommitOverlap,
    /// A report leaves out numbers after the one before it.
    CommitGap,
    /// A report covers numbers that nobody sent.
    CommitWithoutSend,
    /// A sender's messages were executed out of order.
    NonceOutOfOrder,
    /// A committed root was withdrawn.
    RootRemoved,
    /// A message cannot be linked to its execution without guessing.
    AmbiguousLink,
    /// An event cannot be, after what was before.
    IllegalTransition,
    /// A sender that the operators have not allowed used a lane.
    SenderNotAllowed,
    /// A receiver that the operators have not allowed was addressed.
    ReceiverNotAllowed,
    /// A lane is in use that the configuration does not list.
    UnlistedLane,
    /// The contracts' settings changed.
    SettingsChanged,
    /// A log could not be decoded.
    Undecodable,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 18] = [
        Self::IdMismatch,
        Self::LeafMismatch,
        Self::DuplicateExecution,
        Self::ExecutionWithoutSend,
        Self::SequenceGap,
        Self::SequenceRepeated,
        Self::CommitOverlap,
        Self::CommitGap,
        Self::CommitWithoutSend,
        Self::NonceOutOfOrder,
        Self::RootRemoved,
        Self::AmbiguousLink,
        Self::IllegalTransition,
        Self::SenderNotAllowed,
        Self::ReceiverNotAllowed,
        Self::UnlistedLane,
        Self::SettingsChanged,
        Self::Undecodable,
    ];

    /// Label, row and wire value.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::IdMismatch => "id_mismatch",
            Self::LeafMismatch => "leaf_mismatch",
            Self::DuplicateExecution => "duplicate_execution",
            Self::ExecutionWithoutSend => "execution_without_send",
            Self::SequenceGap => "sequence_gap",
            Self::SequenceRepeated => "sequence_repeated",
            Self::CommitOverlap => "commit_overlap",
            Self::CommitGap => "commit_gap",
            Self::CommitWithoutSend => "commit_without_send",
            Self::NonceOutOfOrder => "nonce_out_of_order",
            Self::RootRemoved => "root_removed",
            Self::AmbiguousLink => "ambiguous_link",
            Self::IllegalTransition => "illegal_transition",
            Self::SenderNotAllowed => "sender_not_allowed",
            Self::ReceiverNotAllowed => "receiver_not_allowed",
            Self::UnlistedLane => "unlisted_lane",
            Self::SettingsChanged => "settings_changed",
            Self::Undecodable => "undecodable",
        }
    }

    /// The kind of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// Something that was seen and must never be. Named by (kind, chain, subject): seen again, it is the same finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What.
    pub kind: Kind,
    /// On which chain.
    pub chain: ChainId,
    /// The lane, where it is of one.
    pub lane: Option<LaneKey>,
    /// The message, where it is of one.
    pub message: Option<MessageId>,
    /// What tells it from others of its kind: an id, a range of numbers, a log.
    pub subject: String,
    /// One sentence with the figures.
    pub detail: String,
    /// The event that showed it; `None` where its absence did.
    pub place: Option<Place>,
}
