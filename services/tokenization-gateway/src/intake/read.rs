//! The door of the intake: which standard the bytes follow, and what its reader says of them.

use causeway_iso20022::Schemas;
use causeway_primitives::B256;
use sha2::{Digest as _, Sha256};

use super::{Finding, Refusal, Unwanted, fin, iso};
use crate::domain::order::Order;

/// Transactions of one message: they are stored together or not at all, and the record waits for all of them.
const MOST: usize = 10_000;

/// Which standard a message follows, by its first character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standard {
    /// SWIFT FIN.
    Fin,
    /// ISO 20022 in XML.
    Iso20022,
}

/// A message and what it orders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// `MT103`, or `pacs.008.001.08`.
    pub message_type: String,
    /// BIC of the sender; empty when the message names none.
    pub sender: String,
    /// `20`, `SEME` or `MsgId`: what answers refer to.
    pub reference: String,
    /// The message itself: of a file of several, this one alone.
    pub text: String,
    /// At least one, in the order of the message.
    pub orders: Vec<Order>,
}

/// Reads what somebody handed in: one message, or a file of several FIN messages.
///
/// # Errors
/// [`Refusal`] of the first message that is refused; nothing of the others counts then.
pub fn read(bytes: &[u8], schemas: &Schemas) -> Result<Vec<Read>, Refusal> {
    at_most(MOST, bytes, schemas)
}

/// The same of messages with so many transactions each.
pub(super) fn at_most(most: usize, bytes: &[u8], schemas: &Schemas) -> Result<Vec<Read>, Refusal> {
    let messages = match standard(bytes) {
        Some(Standard::Fin) => fin::read(bytes)?,
        Some(Standard::Iso20022) => vec![iso::read(bytes, schemas)?],
        None => return Err(Refusal::Malformed(Finding::nowhere("neither FIN nor XML: expected `{` or `<`"))),
    };
    match messages.iter().find(|message| message.orders.len() > most) {
        Some(long) => Err(Refusal::Unwanted { message_type: long.message_type.clone(), why: Unwanted::TooMany }),
        None => Ok(messages),
    }
}

/// Which standard the bytes claim to follow.
pub fn standard(bytes: &[u8]) -> Option<Standard> {
    // 0x01 and `$` frame FIN messages in files of old.
    let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace())?;
    match first {
        b'{' | b'$' | 0x01 => Some(Standard::Fin),
        b'<' => Some(Standard::Iso20022),
        _ => None,
    }
}

/// SHA-256 of what was handed in, to the byte.
pub fn digest(bytes: &[u8]) -> B256 {
    B256::from(<[u8; 32]>::from(Sha256::digest(bytes)))
}
