//! What we use of a block, and how a block is named in a call.

use alloy::primitives::{B256, U64, U256};
use causeway_primitives::Timestamp;
use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::{Value, json};

/// A block's header, as far as it is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Block {
    /// Its height.
    pub number: u64,
    /// Its hash.
    pub hash: B256,
    /// The hash of the block below.
    pub parent_hash: B256,
    /// When it was proposed, by the proposer's clock; whole seconds.
    pub time: Timestamp,
    /// The base fee in wei; `None` before London.
    pub base_fee: Option<u128>,
}

impl<'de> Deserialize<'de> for Block {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Raw {
            number: U64,
            hash: B256,
            parent_hash: B256,
            timestamp: U64,
            base_fee_per_gas: Option<U256>,
        }
        let raw = Raw::deserialize(deserializer)?;
        let base_fee = raw.base_fee_per_gas.map(u128::try_from).transpose().map_err(D::Error::custom)?;
        Ok(Self {
            number: raw.number.to(),
            hash: raw.hash,
            parent_hash: raw.parent_hash,
            time: Timestamp::from_secs(raw.timestamp.to()).map_err(D::Error::custom)?,
            base_fee,
        })
    }
}

/// Which block a read is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BlockTag {
    /// The last block.
    Latest,
    /// The last block and what is in the endpoint's pool.
    Pending,
    /// The last block that cannot be undone, on chains that say so.
    Finalized,
    /// The block at this height.
    Number(u64),
    /// The block with this hash, wherever it is (EIP-1898).
    Hash(B256),
}

impl BlockTag {
    /// As a JSON-RPC parameter of `eth_call` and its kind.
    pub fn to_json(self) -> Value {
        match self {
            Self::Latest => json!("latest"),
            Self::Pending => json!("pending"),
            Self::Finalized => json!("finalized"),
            Self::Number(number) => json!(U64::from(number)),
            Self::Hash(hash) => json!({ "blockHash": hash }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_blocks_with_and_without_a_base_fee() {
        let text = r#"{"number":"0x10","hash":"0x0000000000000000000000000000000000000000000000000000000000000001",
            "parentHash":"0x0000000000000000000000000000000000000000000000000000000000000002",
            "timestamp":"0x5","baseFeePerGas":"0x7","gasUsed":"0x0"}"#;
        let block: Block = serde_json::from_str(text).unwrap();
        assert_eq!((block.number, block.time.as_secs(), block.base_fee), (16, 5, Some(7)));
        let old: Block = serde_json::from_str(&text.replace("baseFeePerGas", "somethingElse")).unwrap();
        assert_eq!(old.base_fee, None);
    }

    #[test]
    fn a_time_beyond_any_calendar_is_refused() {
        let text = r#"{"number":"0x1","hash":"0x0000000000000000000000000000000000000000000000000000000000000001",
            "parentHash":"0x0000000000000000000000000000000000000000000000000000000000000002",
            "timestamp":"0xffffffffffffffff"}"#;
        assert!(serde_json::from_str::<Block>(text).is_err());
    }
}
