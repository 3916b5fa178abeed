//! Why a message orders nothing, and exactly where.

/// Something that a message says wrongly. Lines and columns count from 1; 0 where there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// SWIFT's error code, or the name of ISO 20022's rule; empty for what is no message at all.
    pub rule: String,
    /// The line.
    pub line: usize,
    /// The character within it.
    pub column: usize,
    /// The field, or the path of the element; empty when it is about the whole.
    pub place: String,
    /// In words.
    pub text: String,
}

impl Finding {
    /// About the whole.
    pub(super) fn nowhere(text: &str) -> Self {
        Self { rule: String::new(), line: 0, column: 0, place: String::new(), text: text.to_owned() }
    }
}

/// Why a message that is right is not carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unwanted {
    /// Test and training: it never moves anything.
    Training,
    /// It gives a payment back, or refuses one.
    Return,
    /// The network refused it, by the acknowledgement before it: its receiver never got it.
    Nacked,
    /// It pays for a transfer that another message orders: carried out, the money would be there twice.
    Cover,
    /// It announces a payment that is sent by another way: carried out, the money would be there twice.
    Advice,
    /// It orders what another currency's amount is worth: how much that is, is not said.
    Equivalent,
    /// It withdraws or announces, and orders nothing yet.
    Function,
    /// It reports, acknowledges or asks.
    NotAnInstruction,
    /// It has more transactions than are stored at once.
    TooMany,
    /// It orders without saying what.
    NoOrder,
    /// It names no account that could be credited or debited.
    NoAccount,
    /// Its security has no ISIN.
    NoIsin,
}

impl Unwanted {
    /// Label and wire value.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Training => "training",
            Self::Return => "return",
            Self::Nacked => "refused_by_the_network",
            Self::Cover => "cover",
            Self::Advice => "advice",
            Self::Equivalent => "equivalent_amount",
            Self::Function => "function_not_carried_out",
            Self::NotAnInstruction => "not_an_instruction",
            Self::TooMany => "too_many_transactions",
            Self::NoOrder => "no_order",
            Self::NoAccount => "no_account",
            Self::NoIsin => "no_isin",
        }
    }
}

/// Why nothing was taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Not a message of its standard.
    #[error("the message is malformed")]
    Malformed(Finding),
    /// A message that breaks the rules of its standard; at least one finding.
    #[error("the message breaks {} rules", findings.len())]
    Invalid {
        /// Its type.
        message_type: String,
        /// By place.
        findings: Vec<Finding>,
    },
    /// A message that is right, and that the gateway does not carry out.
    #[error("{message_type} is not carried out: {}", why.as_str())]
    Unwanted {
        /// Its type.
        message_type: String,
        /// Why.
        why: Unwanted,
    },
}

impl Refusal {
    /// Label and wire value.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "malformed",
            Self::Invalid { .. } => "invalid",
            Self::Unwanted { why, .. } => why.as_str(),
        }
    }
}
