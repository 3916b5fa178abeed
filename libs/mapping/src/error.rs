//! Why a message cannot be told in the other standard.

/// Why a message cannot be told in the other standard.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No mapping for this message type.
    #[error("there is no mapping for this message type")]
    Unsupported,
    /// Field 72 says that the message gives a payment back or refuses one: told as a new payment it would move money.
    #[error("the message returns or refuses a payment and is no new one")]
    Return,
    /// The message is not valid, so what it says is not sure.
    #[error("the message is not valid")]
    Invalid,
    /// The message does not say something that the other standard must have.
    #[error("the message does not say {0}")]
    Missing(&'static str),
    /// The new FIN message would not be valid.
    #[error("the FIN message would not be valid")]
    Fin(#[source] causeway_fin::DraftError),
    /// The new ISO 20022 message could not be written.
    #[error("the ISO 20022 message could not be written")]
    Iso(#[source] causeway_iso20022::DraftError),
}
