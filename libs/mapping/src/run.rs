//! Which mapping a message has.

use causeway_fin::Validation;
use causeway_iso20022::Message;

use crate::{
    Context, Error, Mapped, cash_to_fin, cash_to_iso, settlement_to_fin, settlement_to_iso, transfer_to_fin,
    transfer_to_iso,
};

/// Tells a valid FIN message in ISO 20022.
///
/// # Errors
/// [`Error::Unsupported`], [`Error::Invalid`], or what the message does not say and ISO 20022 must have.
pub fn to_iso(validation: &Validation<'_, '_>, context: &Context) -> Result<Mapped, Error> {
    if !validation.is_valid() {
        return Err(Error::Invalid);
    }
    match validation.message().message_type().unwrap_or_default() {
        "103" | "202" | "205" => transfer_to_iso::map(validation, context),
        "900" | "910" => cash_to_iso::advice(validation, context),
        "940" | "950" => cash_to_iso::statement(validation, context),
        "540" | "541" | "542" | "543" | "544" | "545" | "546" | "547" => settlement_to_iso::map(validation),
        _ => Err(Error::Unsupported),
    }
}

/// Tells an ISO 20022 message in FIN: one message for each transaction, entry or statement. Validate it before.
///
/// # Errors
/// [`Error::Unsupported`], [`Error::Invalid`], what the message does not say and FIN must have, or the rules that the FIN
/// message would break.
pub fn to_fin(message: &Message<'_, '_>) -> Result<Vec<Mapped>, Error> {
    match message.id.kind() {
        ("pacs", 8 | 9) => transfer_to_fin::map(message),
        ("camt", 54) => cash_to_fin::advices(message),
        ("camt", 53) => cash_to_fin::statements(message),
        ("sese", 23 | 25) => settlement_to_fin::map(message).map(|one| vec![one]),
        _ => Err(Error::Unsupported),
    }
}
