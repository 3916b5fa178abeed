//! Values as the text that JSON carries.

use causeway_primitives::Timestamp;

pub(super) fn time(value: Option<Timestamp>) -> Option<String> {
    value.map(|time| time.to_string())
}

pub(super) fn text(value: Option<impl ToString>) -> Option<String> {
    value.map(|value| value.to_string())
}

/// `0x` and small digits.
pub(super) fn bytes(value: impl AsRef<[u8]>) -> String {
    format!("0x{}", hex::encode(value))
}
