//! Domain values ↔ columns.

use alloy::primitives::keccak256;
use causeway_primitives::{Address, B256, ChainId, ChainSelector, MessageId, Timestamp, U256};
use causeway_store::Error;
use time::OffsetDateTime;

use crate::{
    domain::{
        event::{IdOrigin, IdProof, Outcome},
        message::{State, Status},
    },
    ports::Link,
};

pub(super) fn timestamp(value: OffsetDateTime, column: &'static str) -> Result<Timestamp, Error> {
    Timestamp::from_datetime(value).map_err(|_| Error::Unreadable { column })
}

pub(super) fn some_timestamp(value: Option<OffsetDateTime>, column: &'static str) -> Result<Option<Timestamp>, Error> {
    value.map(|value| timestamp(value, column)).transpose()
}

pub(super) fn digest(value: &[u8], column: &'static str) -> Result<B256, Error> {
    B256::try_from(value).map_err(|_| Error::Unreadable { column })
}

pub(super) fn address(value: &[u8], column: &'static str) -> Result<Address, Error> {
    Address::try_from(value).map_err(|_| Error::Unreadable { column })
}

pub(super) fn unsigned(value: i64, column: &'static str) -> Result<u64, Error> {
    u64::try_from(value).map_err(|_| Error::Unreadable { column })
}

pub(super) fn small(value: i32, column: &'static str) -> Result<u32, Error> {
    u32::try_from(value).map_err(|_| Error::Unreadable { column })
}

pub(super) fn amount(text: &str, column: &'static str) -> Result<U256, Error> {
    U256::from_str_radix(text, 10).map_err(|_| Error::Unreadable { column })
}

pub(super) fn selector(text: &str, column: &'static str) -> Result<ChainSelector, Error> {
    text.parse().map_err(|_| Error::Unreadable { column })
}

pub(super) fn chain(value: i64, column: &'static str) -> Result<ChainId, Error> {
    ChainId::new(unsigned(value, column)?).map_err(|_| Error::Unreadable { column })
}

pub(super) fn state(code: i16) -> Result<State, Error> {
    u8::try_from(code).ok().and_then(State::from_code).ok_or(Error::Unreadable { column: "message.state" })
}

/// Heights, log indices, numbers and chain ids: the decoders refuse what does not fit.
pub(super) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

pub(super) fn status(code: i16) -> Result<Status, Error> {
    Status::ALL
        .into_iter()
        .find(|status| status_code(*status) == code)
        .ok_or(Error::Unreadable { column: "message.status" })
}

pub(super) const fn status_code(status: Status) -> i16 {
    match status {
        Status::Sent => 0,
        Status::Delivered => 1,
        Status::Executing => 2,
        Status::Executed => 3,
        Status::Failed => 4,
        Status::Expired => 5,
    }
}

/// `attempt.outcome` of what is no execution.
pub(super) const ARRIVED: i16 = 2;

pub(super) const fn outcome_code(outcome: Outcome) -> i16 {
    match outcome {
        Outcome::Succeeded => 0,
        Outcome::Failed => 1,
    }
}

/// `None`: it arrived.
pub(super) const fn outcome(code: i16) -> Result<Option<Outcome>, Error> {
    match code {
        0 => Ok(Some(Outcome::Succeeded)),
        1 => Ok(Some(Outcome::Failed)),
        ARRIVED => Ok(None),
        _ => Err(Error::Unreadable { column: "attempt.outcome" }),
    }
}

pub(super) const fn origin_code(origin: IdOrigin) -> i16 {
    match origin {
        IdOrigin::Stated => 0,
        IdOrigin::Derived => 1,
    }
}

pub(super) const fn origin(code: i16) -> Result<IdOrigin, Error> {
    match code {
        0 => Ok(IdOrigin::Stated),
        1 => Ok(IdOrigin::Derived),
        _ => Err(Error::Unreadable { column: "sent.id_origin" }),
    }
}

pub(super) fn proof(code: i16, computed: Option<&[u8]>) -> Result<IdProof, Error> {
    match (code, computed) {
        (0, None) => Ok(IdProof::Verified),
        (1, Some(id)) => Ok(IdProof::Mismatch { computed: MessageId::new(digest(id, "sent.computed_id")?) }),
        (2, None) => Ok(IdProof::NotDerivable),
        _ => Err(Error::Unreadable { column: "sent.id_proof" }),
    }
}

/// The proof's code, and the id that the content gives where it is another one.
pub(super) const fn proof_code(proof: IdProof) -> (i16, Option<MessageId>) {
    match proof {
        IdProof::Verified => (0, None),
        IdProof::Mismatch { computed } => (1, Some(computed)),
        IdProof::NotDerivable => (2, None),
    }
}

pub(super) const fn link_code(link: Link) -> i16 {
    match link {
        Link::Id => 0,
        Link::ContentInOrder => 1,
    }
}

pub(super) const fn link(code: i16) -> Result<Link, Error> {
    match code {
        0 => Ok(Link::Id),
        1 => Ok(Link::ContentInOrder),
        _ => Err(Error::Unreadable { column: "link" }),
    }
}

/// Eight bytes of keccak256: as short as an index likes it, and not to be chosen by whoever writes the bytes.
pub(super) fn tag(bytes: &[u8]) -> i64 {
    first_eight(keccak256(bytes))
}

/// The tag of what a message carries.
pub(super) fn content_tag(sender: Address, data_hash: B256) -> i64 {
    let mut content = [0_u8; 52];
    let (front, back) = content.split_at_mut(20);
    front.copy_from_slice(sender.as_slice());
    back.copy_from_slice(data_hash.as_slice());
    tag(&content)
}

fn first_eight(hash: B256) -> i64 {
    hash.first_chunk().map_or(0, |bytes| i64::from_be_bytes(*bytes))
}
