//! What answers are called.

use causeway_primitives::keccak256;

use crate::domain::request::{AnswerId, Request};

/// The same for the same request, attempt and telling: whoever waits, goes on and waits again for the same is told once.
pub(super) fn of(request: &Request, what: &str) -> AnswerId {
    hashed(&format!("{}/{what}/{}", request.id, request.saga.attempt))
}

/// The name that follows from a text.
pub(super) fn hashed(text: &str) -> AnswerId {
    let digest = keccak256(text);
    let half = digest.0.first_chunk::<16>().copied().unwrap_or_default();
    AnswerId::new(u128::from_be_bytes(half))
}

/// An identifier of at most 35 characters, as `Max35Text` wants it.
pub(super) fn short(id: AnswerId) -> String {
    format!("{:032x}", id.get())
}

/// A reference of 16 characters, as FIN wants it: half of the name, which is a hash.
pub(super) fn reference(id: AnswerId) -> String {
    format!("{:016X}", id.get() >> 64)
}
