//! The neutral fields that parameters of events are mapped onto, and what a parameter must be for each.

use std::fmt;

use super::description::Meaning;

/// A neutral field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// The message's id.
    MessageId,
    /// Who sent it.
    Sender,
    /// The chain that it goes to.
    DestinationSelector,
    /// The chain that it comes from.
    SourceSelector,
    /// Who gets it.
    Receiver,
    /// What it says.
    Data,
    /// What the fee was paid in.
    FeeToken,
    /// The fee.
    Fee,
    /// Number within the contract.
    Sequence,
    /// Number within (lane, sender).
    Nonce,
    /// Gas for the receiver.
    GasLimit,
    /// Tokens that travel along.
    Tokens,
    /// The one token that travels along; with `amount`.
    Token,
    /// How much of it.
    Amount,
    /// Whether the execution succeeded.
    Success,
    /// How the execution ended, in CCIP's numbers: 2 succeeded, 3 failed.
    State,
    /// What the receiver returned.
    ReturnData,
}

/// What kind of value a parameter holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// `address`
    Address,
    /// `uint8` to `uint256`
    Number,
    /// `bool`
    Bool,
    /// `bytes32`
    Word,
    /// `bytes` or `string`
    Bytes,
    /// `(address,uint256)[]`
    Tokens,
}

impl Field {
    /// All of them.
    pub const ALL: [Self; 17] = [
        Self::MessageId,
        Self::Sender,
        Self::DestinationSelector,
        Self::SourceSelector,
        Self::Receiver,
        Self::Data,
        Self::FeeToken,
        Self::Fee,
        Self::Sequence,
        Self::Nonce,
        Self::GasLimit,
        Self::Tokens,
        Self::Token,
        Self::Amount,
        Self::Success,
        Self::State,
        Self::ReturnData,
    ];

    /// The name in the configuration and in errors.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MessageId => "message_id",
            Self::Sender => "sender",
            Self::DestinationSelector => "destination_selector",
            Self::SourceSelector => "source_selector",
            Self::Receiver => "receiver",
            Self::Data => "data",
            Self::FeeToken => "fee_token",
            Self::Fee => "fee",
            Self::Sequence => "sequence",
            Self::Nonce => "nonce",
            Self::GasLimit => "gas_limit",
            Self::Tokens => "tokens",
            Self::Token => "token",
            Self::Amount => "amount",
            Self::Success => "success",
            Self::State => "state",
            Self::ReturnData => "return_data",
        }
    }

    /// The field of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.as_str() == name)
    }

    /// The forms that a parameter may have for this field.
    pub(super) const fn forms(self) -> &'static [Form] {
        match self {
            Self::MessageId => &[Form::Word],
            Self::Sender | Self::Receiver => &[Form::Address, Form::Bytes, Form::Word],
            Self::DestinationSelector
            | Self::SourceSelector
            | Self::Fee
            | Self::Sequence
            | Self::Nonce
            | Self::GasLimit
            | Self::Amount
            | Self::State => &[Form::Number],
            Self::Data | Self::ReturnData => &[Form::Bytes],
            Self::FeeToken | Self::Token => &[Form::Address],
            Self::Tokens => &[Form::Tokens],
            Self::Success => &[Form::Bool],
        }
    }

    /// The same in words of the configuration.
    pub(super) const fn expected(self) -> &'static str {
        match self {
            Self::MessageId => "bytes32",
            Self::Sender | Self::Receiver => "address, bytes or bytes32",
            Self::DestinationSelector
            | Self::SourceSelector
            | Self::Fee
            | Self::Sequence
            | Self::Nonce
            | Self::GasLimit
            | Self::Amount
            | Self::State => "an unsigned number",
            Self::Data | Self::ReturnData => "bytes or string, not indexed",
            Self::FeeToken | Self::Token => "address",
            Self::Tokens => "(address,uint256)[], not indexed",
            Self::Success => "bool",
        }
    }

    /// Whether events of this meaning can have it.
    pub(super) const fn fits(self, meaning: Meaning) -> bool {
        match (self, meaning) {
            (Self::MessageId, _) => true,
            (
                Self::DestinationSelector
                | Self::Receiver
                | Self::FeeToken
                | Self::Fee
                | Self::Nonce
                | Self::GasLimit
                | Self::Tokens
                | Self::Token
                | Self::Amount,
                meaning,
            ) => matches!(meaning, Meaning::Sent),
            (Self::Sender | Self::Data | Self::Sequence, meaning) => !matches!(meaning, Meaning::Delivered),
            (Self::SourceSelector, meaning) => !matches!(meaning, Meaning::Sent),
            (Self::Success | Self::State, meaning) => matches!(meaning, Meaning::Executed),
            (Self::ReturnData, meaning) => matches!(meaning, Meaning::Executed | Meaning::Failed),
        }
    }

    /// Whether events of this meaning must have it. A send without an id gets a derived one; an arrival without an id
    /// could be of any message.
    pub(super) const fn is_needed(self, meaning: Meaning) -> bool {
        match meaning {
            Meaning::Sent => matches!(self, Self::Sender),
            Meaning::Delivered | Meaning::Executed | Meaning::Failed => matches!(self, Self::MessageId),
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
