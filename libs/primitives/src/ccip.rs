//! What cross-chain messages are named by: the message and the chain's selector. Values only; how a message id is
//! computed belongs to the dialects of ccip-monitor.

use std::{fmt, num::NonZeroU64, str::FromStr};

use crate::B256;

/// Why a text is no name of CCIP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CcipError {
    /// Not `0x` and 64 hexadecimal digits.
    #[error("a message id is 0x and 64 hexadecimal digits")]
    MessageId,
    /// Zero, not a number, or above 64 bits.
    #[error("a chain selector is a whole number between 1 and 18446744073709551615")]
    Selector,
}

/// A cross-chain message, as its contracts name it: 32 bytes, in text always `0x` and 64 small digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(B256);

impl MessageId {
    /// The id of these bytes; every value is possible.
    pub const fn new(bytes: B256) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub const fn get(self) -> B256 {
        self.0
    }
}

impl FromStr for MessageId {
    type Err = CcipError;

    /// Takes capitals as well; a text without `0x` is refused, because it may be anything.
    fn from_str(text: &str) -> Result<Self, CcipError> {
        match text.strip_prefix("0x") {
            Some(digits) if digits.len() == 64 => digits.parse().map(Self).map_err(|_| CcipError::MessageId),
            Some(_) | None => Err(CcipError::MessageId),
        }
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}

impl fmt::Debug for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// CCIP's own number of a chain. Not the chain id; a quarter of the official ones exceed `i64`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChainSelector(NonZeroU64);

impl ChainSelector {
    /// # Errors
    /// [`CcipError::Selector`] for zero, which contracts use for "none".
    pub fn new(value: u64) -> Result<Self, CcipError> {
        NonZeroU64::new(value).map(Self).ok_or(CcipError::Selector)
    }

    /// The number.
    pub const fn get(self) -> u64 {
        self.0.get()
    }
}

impl FromStr for ChainSelector {
    type Err = CcipError;

    fn from_str(text: &str) -> Result<Self, CcipError> {
        text.parse().map_err(|_| CcipError::Selector).and_then(Self::new)
    }
}

impl fmt::Display for ChainSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for ChainSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_id_has_one_spelling() {
        let text = format!("0x{}", "aB".repeat(32));
        let id: MessageId = text.parse().unwrap();
        assert_eq!(id.to_string(), text.to_lowercase());
        for bad in
            ["", "0x", "ab", &"ab".repeat(32), &format!("0x{}", "ab".repeat(33)), &format!("0x{}", "zz".repeat(32))]
        {
            assert_eq!(bad.parse::<MessageId>(), Err(CcipError::MessageId), "{bad:?}");
        }
    }

    #[test]
    fn selectors_above_the_signed_range_are_selectors_and_wider_ones_are_not() {
        let sepolia: ChainSelector = "16015286601757825753".parse().unwrap();
        assert!(i64::try_from(sepolia.get()).is_err());
        for bad in ["0", "-1", "", "1.0", "866240039685049171407962509760789466724431933144813155647626"] {
            assert_eq!(bad.parse::<ChainSelector>(), Err(CcipError::Selector), "{bad:?}");
        }
    }
}
