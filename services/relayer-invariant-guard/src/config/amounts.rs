//! Texts of people → exact numbers.

use causeway_primitives::{Address, B256, Bytes, U256};
use causeway_runtime::config::Validator;

use crate::domain::quantity::{TokenDecimals, Tolerance};

/// What an address looks like, for complaints.
pub(super) const ADDRESS: &str = "an address: 0x and 40 hexadecimal digits";

/// What a name looks like, for complaints.
pub(super) const NAME: &str = "1 to 64 characters of a-z, 0-9, '-', '_' and '.'";

/// What an amount looks like, for complaints.
const TOKENS: &str = "a number of tokens in quotes such as \"0.001\", no finer than the asset's base unit";

pub(super) fn address(setting: &str, text: &str, validator: &mut Validator<'_>) -> Option<Address> {
    validator.accept(setting, ADDRESS, text.parse())
}

/// `Some(None)`: not set.
pub(super) fn find_address(
    setting: &str,
    text: Option<&String>,
    validator: &mut Validator<'_>,
) -> Option<Option<Address>> {
    match text {
        None => Some(None),
        Some(text) => address(setting, text, validator).map(Some),
    }
}

pub(super) fn bytes(setting: &str, text: &str, validator: &mut Validator<'_>) -> Option<Bytes> {
    validator.accept(setting, "0x and hexadecimal digits", text.parse::<Bytes>())
}

/// 32 bytes, or an address that fills the last 20 of them.
pub(super) fn word(setting: &str, text: &str, validator: &mut Validator<'_>) -> Option<B256> {
    let parsed = text.parse::<B256>().or_else(|_| text.parse::<Address>().map(|address| address.into_word()));
    validator.accept(setting, "an address or 32 bytes: 0x and 40 or 64 hexadecimal digits", parsed)
}

/// Tokens → base units, exactly.
pub(super) fn tokens(
    setting: &str,
    text: &str,
    decimals: TokenDecimals,
    validator: &mut Validator<'_>,
) -> Option<Tolerance> {
    validator.accept(setting, TOKENS, Tolerance::of_tokens(text, decimals))
}

/// `Some(None)`: not set.
pub(super) fn find_units(
    setting: &str,
    text: Option<&String>,
    decimals: TokenDecimals,
    validator: &mut Validator<'_>,
) -> Option<Option<U256>> {
    match text {
        None => Some(None),
        Some(text) => tokens(setting, text, decimals, validator).map(|units| Some(units.units())),
    }
}
