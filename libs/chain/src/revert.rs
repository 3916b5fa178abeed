//! Why a contract reverted, from the bytes that it reverted with.

use std::fmt;

use alloy::{
    primitives::{Bytes, U256},
    sol_types::{Panic, Revert, SolError},
};
use serde::{Deserialize, Serialize};

/// The longest text that is kept: a contract may revert with a novel.
const LONGEST_TEXT: usize = 256;

/// A contract's reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// `require(false)`, an unknown selector, or running out of gas: no bytes at all.
    Silent,
    /// `revert("text")`, cut to 256 characters.
    Text(String),
    /// A check of the compiler's, such as 0x11 for an overflow.
    Panic(U256),
    /// An error of the contract's own, which only its ABI explains.
    Custom {
        /// The first four bytes.
        selector: [u8; 4],
        /// Everything behind them.
        arguments: Bytes,
    },
    /// Fewer than four bytes, or a standard error with a damaged body.
    Malformed(Bytes),
    /// The transaction reverted when it was mined, and does not when it is tried again, or the node does not try: the state
    /// of its block is pruned.
    Unrepeatable,
}

impl Reason {
    /// Reads the data of a revert.
    pub fn decode(data: &Bytes) -> Self {
        let Some((selector, arguments)) = data.split_first_chunk::<4>() else {
            return if data.is_empty() { Self::Silent } else { Self::Malformed(data.clone()) };
        };
        match *selector {
            Revert::SELECTOR => match Revert::abi_decode(data) {
                Ok(revert) => Self::Text(revert.reason.chars().take(LONGEST_TEXT).collect()),
                Err(_) => Self::Malformed(data.clone()),
            },
            Panic::SELECTOR => match Panic::abi_decode(data) {
                Ok(panic) => Self::Panic(panic.code),
                Err(_) => Self::Malformed(data.clone()),
            },
            selector => Self::Custom { selector, arguments: Bytes::copy_from_slice(arguments) },
        }
    }

    /// The metric label.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Silent => "silent",
            Self::Text(_) => "text",
            Self::Panic(_) => "panic",
            Self::Custom { .. } => "custom",
            Self::Malformed(_) => "malformed",
            Self::Unrepeatable => "unrepeatable",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Silent => f.write_str("reverted without a reason"),
            Self::Text(text) => write!(f, "reverted: {text}"),
            Self::Panic(code) => write!(f, "panicked with code {code:#x}"),
            Self::Custom { selector, .. } => {
                write!(f, "reverted with the contract's error 0x{}", alloy::hex::encode(selector))
            }
            Self::Malformed(_) => f.write_str("reverted with damaged data"),
            Self::Unrepeatable => {
                f.write_str("reverted when mined, but not when tried again, or it could not be tried")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ora_11_revert_data_is_decoded_in_all_its_forms() {
        let text = Revert::from("No data present").abi_encode();
        assert_eq!(Reason::decode(&text.into()).to_string(), "reverted: No data present");
        let panic = Panic { code: U256::from(0x11) }.abi_encode();
        assert_eq!(Reason::decode(&panic.into()).to_string(), "panicked with code 0x11");
        let custom = Reason::decode(&Bytes::from_static(&[0xde, 0xad, 0xbe, 0xef, 1]));
        assert_eq!(custom.to_string(), "reverted with the contract's error 0xdeadbeef");
        assert_eq!(Reason::decode(&Bytes::new()), Reason::Silent);
    }

    #[test]
    fn damaged_data_is_kept_and_never_trusted() {
        for data in [&[1, 2, 3][..], &[0x08, 0xc3, 0x79, 0xa0, 0xff], &[0x4e, 0x48, 0x7b, 0x71]] {
            let data = Bytes::copy_from_slice(data);
            assert_eq!(Reason::decode(&data), Reason::Malformed(data));
        }
    }

    #[test]
    fn a_novel_is_cut() {
        let text = Revert::from("x".repeat(5_000)).abi_encode();
        assert_eq!(Reason::decode(&text.into()), Reason::Text("x".repeat(LONGEST_TEXT)));
    }
}
