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

/// # Errors
/// [`Error::Unwritable`]: never for the types of this module, which have only texts, integers and lists. An empty text
/// in its place would be stored as a decision.
pub(super) fn text_of<T: Serialize>(value: &T) -> Result<String, Error> {
    serde_json::to_string(value).map_err(Error::Unwritable)
}

pub(super) fn digest_of(text: &str) -> B256 {
    B256::from_slice(&Sha256::digest(text.as_bytes()))
}
