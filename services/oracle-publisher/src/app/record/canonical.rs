//! Canonical text and its digest.

use causeway_primitives::B256;
use serde::Serialize;
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};

use super::Error;

/// The text as JSON that is passed on as it is.
///
/// # Errors
/// [`Error::Format`] when it is no JSON.
pub fn raw(text: String) -> Result<Box<RawValue>, Error> {
    RawValue::from_string(text).map_err(Error::Format)
}

/// Types of this module have only texts, integers and lists: nothing that JSON cannot hold.
pub(super) fn text_of<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

pub(super) fn digest_of(text: &str) -> B256 {
    B256::from_slice(&Sha256::digest(text.as_bytes()))
}
