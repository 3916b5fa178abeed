//! Hashes over ABI-encoded content, as the contracts compute them.
//!
//! Fixed parts are hashed from the stack; arrays are encoded once into a buffer no longer than the log they come from.

use alloy::primitives::{b256, keccak256};
use causeway_primitives::{Address, B256, Bytes, U256};

use super::abi::WORD;
use crate::domain::event::Payload;

/// A word of an encoding.
pub(super) type Word = [u8; WORD];

/// keccak256 over words.
pub(super) fn words<const N: usize>(words: [Word; N]) -> B256 {
    keccak256(words.as_flattened())
}

/// A number as a word.
pub(super) fn number(value: u64) -> Word {
    U256::from(value).to_be_bytes()
}

/// An address as a word.
pub(super) fn address(value: Address) -> Word {
    value.into_word().0
}

/// A large number as a word.
pub(super) const fn large(value: U256) -> Word {
    value.to_be_bytes()
}

/// keccak256 over the encoding of an array without items. Most messages carry no token, and a hash is most of what a log
/// costs.
pub(super) const EMPTY_ARRAY: B256 = b256!("0x569e75fc77c1a856f6daaf9e69d8a9566ca34aa47f9133711ce065a571af0cfd");

/// A message's data, hashed and shortened.
pub(super) fn payload(data: &[u8]) -> Payload {
    let head = data.get(..Payload::KEPT).unwrap_or(data);
    Payload {
        hash: keccak256(data),
        length: u64::try_from(data.len()).unwrap_or(u64::MAX),
        head: Bytes::copy_from_slice(head),
    }
}

/// An encoding under construction.
#[derive(Debug)]
pub(super) struct Encoder(Vec<u8>);

impl Encoder {
    /// One parameter, an array of `length` items: its offset and its length are written.
    pub(super) fn array(length: usize, capacity: usize) -> Self {
        let mut encoder = Self(Vec::with_capacity(capacity));
        encoder.offset(WORD);
        encoder.offset(length);
        encoder
    }

    /// Appends a word.
    pub(super) fn word(&mut self, word: Word) {
        self.0.extend_from_slice(&word);
    }

    /// Appends an offset or a length.
    pub(super) fn offset(&mut self, value: usize) {
        self.word(U256::from(value).to_be_bytes());
    }

    /// Appends a `bytes`: length, content, padding.
    pub(super) fn bytes(&mut self, content: &[u8]) {
        self.offset(content.len());
        self.0.extend_from_slice(content);
        self.0.resize(self.0.len().next_multiple_of(WORD), 0);
    }

    /// keccak256 over it.
    pub(super) fn hash(&self) -> B256 {
        keccak256(&self.0)
    }
}

/// What a `bytes` of this length takes in an encoding, its length word included.
pub(super) const fn encoded_length(content: usize) -> usize {
    WORD.saturating_add(content.next_multiple_of(WORD))
}

#[cfg(test)]
mod tests {
    use alloy::sol_types::SolValue;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// The encoder writes what alloy's writes.
        #[test]
        fn arrays_of_bytes_are_encoded_as_solidity_does(items in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..70), 0..5)) {
            let mut encoder = Encoder::array(items.len(), 0);
            let mut offset = items.len() * WORD;
            for item in &items {
                encoder.offset(offset);
                offset += encoded_length(item.len());
            }
            for item in &items {
                encoder.bytes(item);
            }
            let reference: Vec<Bytes> = items.into_iter().map(Bytes::from).collect();
            prop_assert_eq!(encoder.0, reference.abi_encode());
        }
    }

    #[test]
    fn the_hash_of_nothing_is_that_of_an_empty_array() {
        assert_eq!(Encoder::array(0, 0).hash(), EMPTY_ARRAY);
        assert_eq!(keccak256(Vec::<Bytes>::new().abi_encode()), EMPTY_ARRAY);
    }

    #[test]
    fn long_data_is_kept_by_hash_and_length() {
        let data = vec![7; Payload::KEPT + 1];
        let payload = payload(&data);
        assert_eq!((payload.length, payload.head.len()), (4_097, Payload::KEPT));
        assert_eq!(payload.hash, keccak256(&data));
    }
}
