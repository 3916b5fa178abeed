//! Reads ABI-encoded data of logs that anybody may have written.
//!
//! Nothing is copied: what is dynamic comes back as a slice of the log. The encoding lets any number of offsets point
//! at the same bytes, so that a small log can stand for gigabytes; what is read of a log is therefore counted, and
//! cannot exceed the log's own length. Honest encoders never share bytes, so nothing honest is refused.
//!
//! Only what Solidity reads as well is accepted: numbers and addresses with dirty upper bytes are no encoding.

use std::cell::Cell;

use causeway_primitives::{Address, B256, U256};

use crate::ports::DecodeError;

/// Bytes of a word.
pub(super) const WORD: usize = 32;

/// How much of a log may still be read as dynamic content.
#[derive(Debug)]
pub(super) struct Budget(Cell<usize>);

impl Budget {
    /// The budget of a log with this data.
    pub(super) const fn of(data: &[u8]) -> Self {
        Self(Cell::new(data.len()))
    }

    fn take(&self, bytes: usize) -> Option<()> {
        self.0.set(self.0.get().checked_sub(bytes)?);
        Some(())
    }
}

/// An encoded tuple: the slots of its head, with offsets counted from its first byte.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tuple<'a> {
    event: &'a str,
    bytes: &'a [u8],
    budget: &'a Budget,
}

impl<'a> Tuple<'a> {
    /// The data of a log of `event`, which names it in errors.
    pub(super) const fn new(event: &'a str, data: &'a [u8], budget: &'a Budget) -> Self {
        Self { event, bytes: data, budget }
    }

    /// The error of an encoding that is none.
    #[cold]
    pub(super) fn malformed(&self) -> DecodeError {
        DecodeError::Abi { event: self.event.into() }
    }

    /// The word in a slot.
    pub(super) fn word(&self, slot: usize) -> Result<&'a [u8; WORD], DecodeError> {
        self.find_word(slot).ok_or_else(|| self.malformed())
    }

    /// A `bytes32`.
    pub(super) fn b256(&self, slot: usize) -> Result<B256, DecodeError> {
        self.word(slot).map(B256::from)
    }

    /// An unsigned number of any width.
    pub(super) fn u256(&self, slot: usize) -> Result<U256, DecodeError> {
        self.word(slot).map(|word| U256::from_be_bytes(*word))
    }

    /// A `uint64` or narrower.
    pub(super) fn u64(&self, slot: usize) -> Result<u64, DecodeError> {
        self.find_word(slot).and_then(word_to_u64).ok_or_else(|| self.malformed())
    }

    /// A `bool`.
    pub(super) fn bool(&self, slot: usize) -> Result<bool, DecodeError> {
        match self.u64(slot)? {
            0 => Ok(false),
            1 => Ok(true),
            2.. => Err(self.malformed()),
        }
    }

    /// An `address`.
    pub(super) fn address(&self, slot: usize) -> Result<Address, DecodeError> {
        self.find_word(slot).and_then(|word| word_to_address(word)).ok_or_else(|| self.malformed())
    }

    /// A tuple with dynamic parts.
    pub(super) fn tuple(&self, slot: usize) -> Result<Self, DecodeError> {
        self.tail(slot).map(|bytes| Self { bytes, ..*self }).ok_or_else(|| self.malformed())
    }

    /// A `bytes` or `string`.
    pub(super) fn bytes(&self, slot: usize) -> Result<&'a [u8], DecodeError> {
        self.find_bytes(slot).ok_or_else(|| self.malformed())
    }

    /// An array whose items take `words` words of its head: the words of a static item, 1 for a dynamic one.
    pub(super) fn array(&self, slot: usize, words: usize) -> Result<Array<'a>, DecodeError> {
        self.find_array(slot, words).ok_or_else(|| self.malformed())
    }

    fn find_word(&self, slot: usize) -> Option<&'a [u8; WORD]> {
        self.bytes.get(slot.checked_mul(WORD)?..)?.first_chunk()
    }

    /// What the offset in a slot points at, to the end of the data.
    fn tail(&self, slot: usize) -> Option<&'a [u8]> {
        self.bytes.get(word_to_length(self.find_word(slot)?)?..)
    }

    fn find_bytes(&self, slot: usize) -> Option<&'a [u8]> {
        let (length, content) = self.tail(slot)?.split_first_chunk::<WORD>()?;
        let content = content.get(..word_to_length(length)?)?;
        self.budget.take(content.len())?;
        Some(content)
    }

    fn find_array(&self, slot: usize, words: usize) -> Option<Array<'a>> {
        let (length, items) = self.tail(slot)?.split_first_chunk::<WORD>()?;
        let length = word_to_length(length)?;
        let stride = words.checked_mul(WORD)?;
        let heads = length.checked_mul(stride)?;
        if heads > items.len() {
            return None;
        }
        self.budget.take(heads)?;
        Some(Array { items: Self { bytes: items, ..*self }, length, stride })
    }
}

/// An encoded array.
#[derive(Debug, Clone, Copy)]
pub(super) struct Array<'a> {
    items: Tuple<'a>,
    length: usize,
    stride: usize,
}

impl<'a> Array<'a> {
    /// Items that are static: each is a tuple of its words.
    pub(super) fn fixed(self) -> impl Iterator<Item = Tuple<'a>> {
        let items = self.items;
        let chunks = items.bytes.chunks_exact(self.stride.max(WORD)).take(self.length);
        chunks.map(move |bytes| Tuple { bytes, ..items })
    }

    /// Items that are tuples with dynamic parts.
    pub(super) fn tuples(self) -> impl Iterator<Item = Result<Tuple<'a>, DecodeError>> {
        (0..self.length).map(move |index| self.items.tuple(index))
    }

    /// Items that are `bytes`.
    pub(super) fn bytes(self) -> impl Iterator<Item = Result<&'a [u8], DecodeError>> {
        (0..self.length).map(move |index| self.items.bytes(index))
    }
}

/// The number in a word, if 64 bits hold it.
pub(super) fn word_to_u64(word: &[u8; WORD]) -> Option<u64> {
    let (high, low) = word.split_last_chunk::<8>()?;
    high.iter().all(|byte| *byte == 0).then(|| u64::from_be_bytes(*low))
}

/// The address in a word, if it is padded with zeros.
pub(super) fn word_to_address(word: &[u8]) -> Option<Address> {
    let (high, low) = word.split_last_chunk::<20>()?;
    high.iter().all(|byte| *byte == 0).then(|| Address::from(*low))
}

/// The EVM address that a `bytes` means: 20 bytes, or a word that is padded with zeros as `abi.encode` writes it.
pub(super) fn bytes_to_address(bytes: &[u8]) -> Option<Address> {
    matches!(bytes.len(), 20 | WORD).then(|| word_to_address(bytes)).flatten()
}

fn word_to_length(word: &[u8; WORD]) -> Option<usize> {
    word_to_u64(word).and_then(|length| usize::try_from(length).ok())
}

#[cfg(test)]
mod tests {
    use alloy::sol_types::SolValue;

    use super::*;

    fn tuple<'a>(data: &'a [u8], budget: &'a Budget) -> Tuple<'a> {
        Tuple::new("Test", data, budget)
    }

    #[test]
    fn reads_what_solidity_encodes() {
        let account = Address::repeat_byte(0xaa);
        let data = (7_u64, account, vec![1_u8, 2, 3], vec![(account, U256::from(5))], true).abi_encode_params();
        let budget = Budget::of(&data);
        let read = tuple(&data, &budget);
        assert_eq!(read.u64(0), Ok(7));
        assert_eq!(read.address(1), Ok(account));
        assert_eq!(read.array(2, 1).unwrap().fixed().count(), 3, "uint8[] has a word for each");
        let items: Vec<_> = read.array(3, 2).unwrap().fixed().map(|item| item.u256(1)).collect();
        assert_eq!(items, [Ok(U256::from(5))]);
        assert_eq!(read.bool(4), Ok(true));
    }

    #[test]
    fn dirty_upper_bytes_are_no_encoding() {
        let data = [0xff; 64];
        let budget = Budget::of(&data);
        let read = tuple(&data, &budget);
        for refused in [read.u64(0).is_err(), read.address(0).is_err(), read.bool(1).is_err(), read.bytes(0).is_err()] {
            assert!(refused);
        }
        assert_eq!(read.word(2), Err(DecodeError::Abi { event: "Test".into() }), "beyond the end");
    }

    #[test]
    fn offsets_that_share_bytes_cannot_multiply_them() {
        // 1,000 offsets to one blob of 32 kB: 32 MB of content in a log of 64 kB.
        let items = 1_000_usize;
        let mut data = (U256::from(WORD), U256::from(items)).abi_encode_params();
        for _ in 0..items {
            data.extend(U256::from(items * WORD).to_be_bytes::<WORD>());
        }
        data.extend(U256::from(32_000).to_be_bytes::<WORD>());
        data.extend([7_u8; 32_000]);
        let budget = Budget::of(&data);
        let read: Vec<_> = tuple(&data, &budget).array(0, 1).unwrap().bytes().collect();
        assert!(read[0].is_ok());
        assert!(read[1..].iter().all(Result::is_err));
    }

    #[test]
    fn an_address_in_bytes_is_20_bytes_or_a_padded_word() {
        let account = Address::repeat_byte(0xaa);
        assert_eq!(bytes_to_address(account.as_slice()), Some(account));
        assert_eq!(bytes_to_address(&account.abi_encode()), Some(account));
        assert_eq!(bytes_to_address(&[0xaa; WORD]), None, "an account of another kind of chain");
        assert_eq!(bytes_to_address(&[0; 21]), None);
        assert_eq!(bytes_to_address(&[]), None);
    }
}
