//! The id of a message, and its leaf at an EVM destination, as `Internal._hash` of the contracts computes them.
//!
//! ```text
//! id   = H(0, H(H("EVM2AnyMessageHashV1"), source, destination, onRamp),
//!           H(sender, sequence, nonce, feeToken, feeTokenAmount),
//!           H(receiver), H(data), H(tokenAmounts), H(extraArgs))
//! leaf = H(0, H(H("Any2EVMMessageHashV1"), source, destination, H(pad(onRamp))),
//!           H(id, receiver, sequence, gasLimit, nonce),
//!           H(pad(sender)), H(data), H(tokenAmounts as the destination has them))
//! ```
//!
//! `H` is keccak256 over the ABI encoding. The leading zero tells leaves from inner nodes of the merkle tree.

use alloy::primitives::{b256, keccak256};
use causeway_primitives::{Address, B256, ChainSelector, MessageId, U256};

use super::message::{Message, Token};
use crate::adapters::dialects::{
    abi::{WORD, bytes_to_address},
    hash::{self, Encoder, encoded_length},
};

const ID_PREFIX: B256 = b256!("0x130ac867e79e2789f923760a88743d292acdf7002139a588206e2260f73f7321");
const LEAF_PREFIX: B256 = b256!("0x2425b0b9f9054c76ff151b0a175b18f37a4a4e82013a72e9f15c9caa095ed21f");

/// Words of a token's head in the encoding, at either end.
const TOKEN_WORDS: usize = 5;

/// What the hashes depend on besides the message.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lane {
    pub(super) source: ChainSelector,
    pub(super) destination: ChainSelector,
    pub(super) on_ramp: Address,
}

/// The id of a message.
pub(super) fn id(lane: Lane, message: &Message<'_>, data_hash: B256) -> MessageId {
    let metadata = hash::words([
        ID_PREFIX.0,
        hash::number(lane.source.get()),
        hash::number(lane.destination.get()),
        hash::address(lane.on_ramp),
    ]);
    let fixed = hash::words([
        hash::address(message.sender),
        hash::number(message.sequence),
        hash::number(message.nonce),
        hash::address(message.fee_token),
        hash::large(message.fee),
    ]);
    MessageId::new(hash::words([
        [0; WORD],
        metadata.0,
        fixed.0,
        keccak256(message.receiver).0,
        data_hash.0,
        sent_tokens(&message.tokens).0,
        keccak256(message.extra_args).0,
    ]))
}

/// The leaf of a message that goes to an EVM chain; `None` for other destinations, which hash in ways of their own.
pub(super) fn leaf(lane: Lane, message: &Message<'_>, data_hash: B256) -> Option<B256> {
    let receiver = bytes_to_address(message.receiver)?;
    let gas_limit = message.gas_limit()?;
    let tokens = executed_tokens(&message.tokens)?;
    let metadata = hash::words([
        LEAF_PREFIX.0,
        hash::number(lane.source.get()),
        hash::number(lane.destination.get()),
        keccak256(hash::address(lane.on_ramp)).0,
    ]);
    let fixed = hash::words([
        message.id.get().0,
        hash::address(receiver),
        hash::number(message.sequence),
        hash::large(gas_limit),
        hash::number(message.nonce),
    ]);
    let sender = keccak256(hash::address(message.sender));
    Some(hash::words([[0; WORD], metadata.0, fixed.0, sender.0, data_hash.0, tokens.0]))
}

/// `keccak256(abi.encode(EVM2AnyTokenTransfer[]))`
fn sent_tokens(tokens: &[Token<'_>]) -> B256 {
    if tokens.is_empty() {
        return hash::EMPTY_ARRAY;
    }
    let dynamic = |token: &Token<'_>| {
        [token.destination_token, token.extra_data, token.execution_data].map(|bytes| encoded_length(bytes.len()))
    };
    let mut encoder = token_heads(tokens, |token| dynamic(token).iter().sum());
    for token in tokens {
        let [destination_token, extra_data, _] = dynamic(token);
        let first = TOKEN_WORDS * WORD;
        encoder.word(hash::address(token.source_pool));
        encoder.offset(first);
        encoder.offset(first + destination_token);
        encoder.word(hash::large(token.amount));
        encoder.offset(first + destination_token + extra_data);
        encoder.bytes(token.destination_token);
        encoder.bytes(token.extra_data);
        encoder.bytes(token.execution_data);
    }
    encoder.hash()
}

/// `keccak256(abi.encode(Any2EVMTokenTransfer[]))`
fn executed_tokens(tokens: &[Token<'_>]) -> Option<B256> {
    if tokens.is_empty() {
        return Some(hash::EMPTY_ARRAY);
    }
    // The pool's address is a `bytes` there, padded to a word.
    const POOL: usize = 2 * WORD;
    let mut encoder = token_heads(tokens, |token| POOL + encoded_length(token.extra_data.len()));
    for token in tokens {
        let (destination_token, gas) = token.at_destination()?;
        let first = TOKEN_WORDS * WORD;
        encoder.offset(first);
        encoder.word(hash::address(destination_token));
        encoder.word(U256::from(gas).to_be_bytes());
        encoder.offset(first + POOL);
        encoder.word(hash::large(token.amount));
        encoder.bytes(&hash::address(token.source_pool));
        encoder.bytes(token.extra_data);
    }
    Some(encoder.hash())
}

/// The beginning of an array of tokens: where each of them starts.
fn token_heads(tokens: &[Token<'_>], dynamic: impl Fn(&Token<'_>) -> usize) -> Encoder {
    let content: usize = tokens.iter().map(|token| TOKEN_WORDS * WORD + dynamic(token)).sum();
    let mut encoder = Encoder::array(tokens.len(), (2 + tokens.len()) * WORD + content);
    let mut offset = tokens.len() * WORD;
    for token in tokens {
        encoder.offset(offset);
        offset += TOKEN_WORDS * WORD + dynamic(token);
    }
    encoder
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ccip_3_the_prefixes_are_the_hashes_of_their_names() {
        assert_eq!(keccak256("EVM2AnyMessageHashV1"), ID_PREFIX);
        assert_eq!(keccak256("Any2EVMMessageHashV1"), LEAF_PREFIX);
    }
}
