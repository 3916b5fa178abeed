//! What an operator says about an event.

use std::{collections::BTreeMap, fmt};

use crate::ports::Role;

/// An event of a private dialect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// What it means.
    pub meaning: Meaning,
    /// As Solidity writes it, with names of the parameters but not of the parts of a tuple:
    /// `MessageSent(bytes32 indexed messageId, address indexed sender, uint64 destination, bytes data)`.
    pub event: String,
    /// Name of a [`Field`](super::Field) → name of a parameter. An account that the event does not state may be
    /// written as its address, `0x…`.
    pub fields: BTreeMap<String, String>,
}

/// What an event means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Meaning {
    /// A message was accepted at its source.
    Sent,
    /// A message arrived at its destination.
    Delivered,
    /// A message was executed; with success unless `success` or `state` says otherwise.
    Executed,
    /// The execution of a message failed.
    Failed,
}

impl Meaning {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Sent, Self::Delivered, Self::Executed, Self::Failed];

    /// The name in the configuration.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Executed => "executed",
            Self::Failed => "failed",
        }
    }

    /// The role of the contract that emits it.
    pub(super) const fn role(self) -> Role {
        match self {
            Self::Sent => Role::OnRamp,
            Self::Delivered | Self::Executed | Self::Failed => Role::OffRamp,
        }
    }
}

impl fmt::Display for Meaning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
