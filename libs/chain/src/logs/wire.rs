//! Logs and receipts as endpoints write them.

use std::fmt;

use alloy::primitives::{Address, B256, Bytes};
use serde::{
    Deserialize, Deserializer,
    de::{Error, Unexpected, Visitor},
};

/// A log of `eth_getLogs`, or of a receipt.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RawLog {
    pub(super) address: Address,
    pub(super) topics: Vec<B256>,
    pub(super) data: Bytes,
    pub(super) block_number: Quantity,
    pub(super) block_hash: B256,
    pub(super) transaction_hash: B256,
    pub(super) transaction_index: Quantity,
    pub(super) log_index: Quantity,
    /// Set on logs of a block that is no longer on the chain; not every node writes it.
    #[serde(default)]
    pub(super) removed: Option<bool>,
    /// Seconds; newer nodes write it.
    #[serde(default)]
    pub(super) block_timestamp: Option<Quantity>,
}

/// A receipt of `eth_getBlockReceipts`.
#[derive(Debug, Deserialize)]
pub(super) struct RawReceipt {
    pub(super) logs: Vec<RawLog>,
}

/// A number of at most 64 bits in hex with `0x`, with or without leading zeros.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Quantity(pub(super) u64);

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Hex;
        impl Visitor<'_> for Hex {
            type Value = Quantity;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a quantity in hex")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Quantity, E> {
                // `from_str_radix` takes a sign, a node writes none.
                let digits = text.strip_prefix("0x").filter(|digits| !digits.starts_with('+'));
                let value = digits.and_then(|digits| u64::from_str_radix(digits, 16).ok());
                value.map(Quantity).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
            }
        }
        deserializer.deserialize_str(Hex)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ccip_17_a_log_is_read_with_and_without_what_only_some_nodes_write() {
        let word = "0x0000000000000000000000000000000000000000000000000000000000000001";
        let text = format!(
            r#"{{"address":"0x0000000000000000000000000000000000000002","topics":["{word}"],"data":"0x",
            "blockNumber":"0x10","blockHash":"{word}","transactionHash":"{word}","transactionIndex":"0x0",
            "logIndex":"0x00ff","removed":false,"blockTimestamp":"0x5","new":[{{}}]}}"#
        );
        let log: RawLog = serde_json::from_str(&text).unwrap();
        assert_eq!((log.block_number.0, log.log_index.0, log.block_timestamp), (16, 255, Some(Quantity(5))));
        let old: RawLog = serde_json::from_str(&text.replace("blockTimestamp", "x").replace("removed", "y")).unwrap();
        assert_eq!((old.removed, old.block_timestamp), (None, None));
        let pending = text.replace(r#""blockNumber":"0x10""#, r#""blockNumber":null"#);
        assert!(serde_json::from_str::<RawLog>(&pending).is_err(), "a pending log has no place");
    }

    #[test]
    fn only_hex_is_a_quantity() {
        for text in [r#""10""#, r#""0x""#, r#""0x+1""#, r#""0x-1""#, r#""0x10000000000000000""#, "16"] {
            assert!(serde_json::from_str::<Quantity>(text).is_err(), "{text}");
        }
        assert_eq!(serde_json::from_str::<Quantity>(r#""0xffffffffffffffff""#).unwrap(), Quantity(u64::MAX));
    }
}
