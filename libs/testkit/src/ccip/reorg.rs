//! Rewriting a chain's end: other blocks take the place of the last ones, with or without their transactions.

use alloy::primitives::{Address, B256, Bytes, U64};
use serde::Deserialize;

use super::Error;
use crate::anvil::Anvil;

/// What becomes of the transactions in the blocks that are replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replay {
    /// They are gone.
    Nothing,
    /// Each is in the block of its old number again, under another block hash.
    SameBlocks,
    /// All are in the last of the new blocks: other block numbers and other log indices.
    LastBlock,
}

#[derive(Deserialize)]
struct Block {
    transactions: Vec<B256>,
}

impl Anvil {
    /// Replaces the last `depth` blocks by as many new ones with other hashes. No `removed` logs are sent.
    ///
    /// # Errors
    /// [`Error::Chain`], for example when there are fewer blocks.
    pub async fn rewrite(&self, depth: u64, replay: Replay) -> Result<(), Error> {
        let kept = self.kept(depth, replay).await?;
        // Another producer: without it a block with the same transactions in the same second is the same block.
        let producer = Address::left_padding_from(&self.block_number().await?.to_be_bytes());
        let _: serde_json::Value = self.rpc().call("anvil_setCoinbase", &(producer,)).await?;
        let _: serde_json::Value = self.rpc().call("anvil_reorg", &(depth, kept)).await?;
        Ok(())
    }

    /// The signed bytes of the transactions to mine again, each with its place in the new blocks, from 0.
    async fn kept(&self, depth: u64, replay: Replay) -> Result<Vec<(Bytes, u64)>, Error> {
        let last = self.block_number().await?;
        let mut kept = Vec::new();
        for position in 0..depth {
            let place = match replay {
                Replay::Nothing => return Ok(kept),
                Replay::SameBlocks => position,
                Replay::LastBlock => depth.saturating_sub(1),
            };
            let number = last.saturating_sub(depth).saturating_add(position).saturating_add(1);
            let block: Block = self.rpc().call("eth_getBlockByNumber", &(U64::from(number), false)).await?;
            for hash in block.transactions {
                let raw: Bytes = self.rpc().call("eth_getRawTransactionByHash", &(hash,)).await?;
                kept.push((raw, place));
            }
        }
        Ok(kept)
    }
}
