//! The id of a message, which is also its leaf.
//!
//! `keccak256(enc(0, metadata, fixed, keccak(data), keccak(enc(tokenAmounts)), keccak(enc(sourceTokenData))))` with
//! `metadata = keccak256(enc(keccak("EVM2EVMMessageHashV2"), source, destination, onRamp))`, as `Internal._hash` of
//! the contracts computes it. The leading zero tells leaves from inner nodes of the merkle tree.

use alloy::primitives::b256;
use causeway_primitives::{Address, B256, ChainSelector, MessageId, U256};

use super::decode::Message;
use crate::adapters::dialects::{
    abi::WORD,
    hash::{self, Encoder},
};

const PREFIX: B256 = b256!("0x8acd72527118c8324937b1a42e02cd246697c3b633f1742f3cae11de233722b3");

/// What an id depends on besides the message.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lane {
    pub(super) source: ChainSelector,
    pub(super) destination: ChainSelector,
    pub(super) on_ramp: Address,
}

/// The id of a message.
pub(super) fn compute(lane: Lane, message: &Message<'_>, data_hash: B256) -> MessageId {
    let metadata = hash::words([
        PREFIX.0,
        hash::number(lane.source.get()),
        hash::number(lane.destination.get()),
        hash::address(lane.on_ramp),
    ]);
    let fixed = hash::words([
        hash::address(message.sender),
        hash::address(message.receiver),
        hash::number(message.sequence),
        hash::large(message.gas_limit),
        hash::number(u64::from(message.strict)),
        hash::number(message.nonce),
        hash::address(message.fee_token),
        hash::large(message.fee),
    ]);
    let leaf = hash::words([
        [0; WORD],
        metadata.0,
        fixed.0,
        data_hash.0,
        tokens(&message.tokens).0,
        token_data(&message.token_data).0,
    ]);
    MessageId::new(leaf)
}

fn tokens(tokens: &[(Address, U256)]) -> B256 {
    if tokens.is_empty() {
        return hash::EMPTY_ARRAY;
    }
    let mut encoder = Encoder::array(tokens.len(), (2 + 2 * tokens.len()) * WORD);
    for (token, amount) in tokens {
        encoder.word(hash::address(*token));
        encoder.word(hash::large(*amount));
    }
    encoder.hash()
}

fn token_data(items: &[&[u8]]) -> B256 {
    if items.is_empty() {
        return hash::EMPTY_ARRAY;
    }
    let content: usize = items.iter().map(|item| hash::encoded_length(item.len())).sum();
    let mut encoder = Encoder::array(items.len(), (2 + items.len()) * WORD + content);
    let mut offset = items.len() * WORD;
    for item in items {
        encoder.offset(offset);
        offset += hash::encoded_length(item.len());
    }
    for item in items {
        encoder.bytes(item);
    }
    encoder.hash()
}

#[cfg(test)]
mod tests {
    use alloy::primitives::keccak256;

    use super::*;

    #[test]
    fn ccip_3_the_prefix_is_the_hash_of_its_name() {
        assert_eq!(keccak256("EVM2EVMMessageHashV2"), PREFIX);
    }
}
