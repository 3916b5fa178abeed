//! What an endpoint means when it refuses.
//!
//! The only file that reads error codes and texts. Nodes agree on neither: `-32000` is anything, `-32005`
//! is a block gas limit at Besu and a rate limit at a hosted endpoint, `nonce too low` has four spellings.
//! So the text decides first, in an order that puts the narrow phrases before the wide ones, and the code
//! decides only where the text says nothing.

use alloy::primitives::Bytes;
use serde::{Deserialize, Serialize};

/// The meaning of a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalKind {
    /// The pool holds this very transaction: as good as accepted.
    AlreadyKnown,
    /// The nonce is used up on this endpoint's chain.
    NonceTooLow,
    /// Too far ahead of the account's nonce.
    NonceTooHigh,
    /// The pool holds another transaction with this nonce and wants more for replacing it.
    ReplacementUnderpriced,
    /// Below what the node takes at all: its minimum gas price or the base fee.
    Underpriced,
    /// The account cannot pay for it.
    InsufficientFunds,
    /// The gas limit is below the transaction's intrinsic cost.
    GasTooLow,
    /// The gas limit is above the block's.
    GasAboveBlock,
    /// The pool is full or closed.
    PoolFull,
    /// Signed for another chain.
    WrongChain,
    /// The account may not send on this network.
    NotPermitted,
    /// The signature or the encoding is invalid.
    Invalid,
    /// The execution reverted; the data says why.
    Reverted,
    /// A range of logs wider, or with more results, than the node answers.
    RangeTooWide,
    /// Too many calls.
    RateLimited,
    /// The block or its state is not there (pruned, not yet synced, or another fork).
    BlockUnavailable,
    /// The method is unknown or switched off.
    MethodMissing,
    /// Anything else, the node's internal errors included.
    Other,
}

impl RefusalKind {
    /// True when another endpoint may answer differently although the question is sound.
    pub const fn blames_endpoint(self) -> bool {
        match self {
            Self::RateLimited | Self::BlockUnavailable | Self::MethodMissing | Self::PoolFull | Self::Other => true,
            Self::AlreadyKnown
            | Self::NonceTooLow
            | Self::NonceTooHigh
            | Self::ReplacementUnderpriced
            | Self::Underpriced
            | Self::InsufficientFunds
            | Self::GasTooLow
            | Self::GasAboveBlock
            | Self::WrongChain
            | Self::NotPermitted
            | Self::Invalid
            | Self::Reverted
            | Self::RangeTooWide => false,
        }
    }

    /// The metric label and log field.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AlreadyKnown => "already_known",
            Self::NonceTooLow => "nonce_too_low",
            Self::NonceTooHigh => "nonce_too_high",
            Self::ReplacementUnderpriced => "replacement_underpriced",
            Self::Underpriced => "underpriced",
            Self::InsufficientFunds => "insufficient_funds",
            Self::GasTooLow => "gas_too_low",
            Self::GasAboveBlock => "gas_above_block",
            Self::PoolFull => "pool_full",
            Self::WrongChain => "wrong_chain",
            Self::NotPermitted => "not_permitted",
            Self::Invalid => "invalid",
            Self::Reverted => "reverted",
            Self::RangeTooWide => "range_too_wide",
            Self::RateLimited => "rate_limited",
            Self::BlockUnavailable => "block_unavailable",
            Self::MethodMissing => "method_missing",
            Self::Other => "other",
        }
    }
}

/// An endpoint's refusal: its code, its words (bounded), and the data of a revert.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("refused with {code}: {message}")]
pub struct Refusal {
    code: i64,
    message: String,
    data: Option<Bytes>,
    kind: RefusalKind,
}

/// The longest message that is kept: enough for any node's sentence, too short for a page of HTML.
const LONGEST_MESSAGE: usize = 256;

impl Refusal {
    /// Reads a refusal.
    pub fn new(code: i64, message: &str, data: Option<Bytes>) -> Self {
        let kind = classify(code, message, data.is_some());
        Self { code, message: message.chars().take(LONGEST_MESSAGE).collect(), data, kind }
    }

    /// What it means.
    pub const fn kind(&self) -> RefusalKind {
        self.kind
    }

    /// The JSON-RPC code.
    pub const fn code(&self) -> i64 {
        self.code
    }

    /// The data of a revert, if the node gave any.
    pub const fn data(&self) -> Option<&Bytes> {
        self.data.as_ref()
    }
}

/// Phrases in lower case and what they mean; the first that occurs decides. Sources: the error texts of
/// Besu, geth, Erigon, Nethermind, OpenEthereum, anvil and the hosted endpoints.
const PHRASES: &[(&str, RefusalKind)] = &[
    // Narrow before wide: "replacement transaction underpriced" also holds "transaction underpriced".
    ("replacement", RefusalKind::ReplacementUnderpriced),
    ("another transaction with same nonce", RefusalKind::ReplacementUnderpriced),
    ("already known", RefusalKind::AlreadyKnown),
    ("alreadyknown", RefusalKind::AlreadyKnown),
    ("known transaction", RefusalKind::AlreadyKnown),
    ("already imported", RefusalKind::AlreadyKnown),
    ("already in mempool", RefusalKind::AlreadyKnown),
    ("already exists", RefusalKind::AlreadyKnown),
    ("nonce too low", RefusalKind::NonceTooLow),
    ("nonce is too low", RefusalKind::NonceTooLow),
    ("oldnonce", RefusalKind::NonceTooLow),
    ("nonce too high", RefusalKind::NonceTooHigh),
    ("nonce is too distant", RefusalKind::NonceTooHigh),
    ("noncegap", RefusalKind::NonceTooHigh),
    ("lower nonce exists", RefusalKind::NonceTooHigh),
    ("insufficient funds", RefusalKind::InsufficientFunds),
    ("insufficientfunds", RefusalKind::InsufficientFunds),
    ("upfront cost exceeds", RefusalKind::InsufficientFunds),
    ("underpriced", RefusalKind::Underpriced),
    ("feetoolow", RefusalKind::Underpriced),
    ("gas price below", RefusalKind::Underpriced),
    ("max fee per gas less than block base fee", RefusalKind::Underpriced),
    ("fee cap less than block base fee", RefusalKind::Underpriced),
    ("fee too low", RefusalKind::Underpriced),
    ("intrinsic gas too high", RefusalKind::GasAboveBlock),
    ("intrinsic gas", RefusalKind::GasTooLow),
    ("exceeds block gas limit", RefusalKind::GasAboveBlock),
    ("gaslimitexceeded", RefusalKind::GasAboveBlock),
    ("txpool is full", RefusalKind::PoolFull),
    ("transaction pool not enabled", RefusalKind::PoolFull),
    ("wrong chainid", RefusalKind::WrongChain),
    ("invalid chain id", RefusalKind::WrongChain),
    ("chainid not supported", RefusalKind::WrongChain),
    ("invalid sender", RefusalKind::WrongChain),
    ("not authorized to send", RefusalKind::NotPermitted),
    ("invalid signature", RefusalKind::Invalid),
    ("rlp", RefusalKind::Invalid),
    ("reverted", RefusalKind::Reverted),
    ("vm execution error", RefusalKind::Reverted),
    ("maximum rpc range", RefusalKind::RangeTooWide),
    ("block range", RefusalKind::RangeTooWide),
    ("range is too", RefusalKind::RangeTooWide),
    ("more than 10000 results", RefusalKind::RangeTooWide),
    ("response size", RefusalKind::RangeTooWide),
    ("rate limit", RefusalKind::RateLimited),
    ("too many requests", RefusalKind::RateLimited),
    ("request count", RefusalKind::RateLimited),
    ("header not found", RefusalKind::BlockUnavailable),
    ("unknown block", RefusalKind::BlockUnavailable),
    ("block not found", RefusalKind::BlockUnavailable),
    ("blockoutofrange", RefusalKind::BlockUnavailable),
    ("world state unavailable", RefusalKind::BlockUnavailable),
    ("missing trie node", RefusalKind::BlockUnavailable),
    ("initial sync", RefusalKind::BlockUnavailable),
    ("not supported", RefusalKind::MethodMissing),
    ("method not", RefusalKind::MethodMissing),
    ("does not exist", RefusalKind::MethodMissing),
];

fn classify(code: i64, message: &str, has_revert_data: bool) -> RefusalKind {
    let text = message.to_lowercase();
    if let Some((_, kind)) = PHRASES.iter().find(|(phrase, _)| text.contains(phrase)) {
        return *kind;
    }
    match code {
        // geth's own code for a revert.
        3 => RefusalKind::Reverted,
        -32601 | -32604 => RefusalKind::MethodMissing,
        -32602 | -32600 | -32700 => RefusalKind::Invalid,
        429 | -32005 | -32029 | -32097 => RefusalKind::RateLimited,
        _ if has_revert_data => RefusalKind::Reverted,
        _ => RefusalKind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ora_11_refusals_of_every_vendor_are_told_apart() {
        use RefusalKind as K;
        let table = [
            // Besu
            (-32000, "Known transaction", K::AlreadyKnown),
            (-32000, "Replacement transaction underpriced", K::ReplacementUnderpriced),
            (-32001, "Nonce too low", K::NonceTooLow),
            (-32003, "Intrinsic gas exceeds gas limit", K::GasTooLow),
            (-32004, "Upfront cost exceeds account balance", K::InsufficientFunds),
            (-32005, "Transaction gas limit exceeds block gas limit", K::GasAboveBlock),
            (-32005, "Requested range exceeds maximum RPC range limit", K::RangeTooWide),
            (-32006, "Nonce too high", K::NonceTooHigh),
            (-32000, "Transaction nonce is too distant from current sender nonce", K::NonceTooHigh),
            (-32000, "An invalid transaction with a lower nonce exists", K::NonceTooHigh),
            (-32007, "Sender account not authorized to send transactions", K::NotPermitted),
            (-32009, "Gas price below configured minimum gas price", K::Underpriced),
            (-32009, "Gas price below current base fee", K::Underpriced),
            (-32000, "Wrong chainId", K::WrongChain),
            (-32000, "Execution reverted", K::Reverted),
            (-32000, "World state unavailable", K::BlockUnavailable),
            (-39001, "Unknown block", K::BlockUnavailable),
            (-32604, "Method not enabled", K::MethodMissing),
            (-32603, "Internal error", K::Other),
            // geth and its relatives
            (-32000, "already known", K::AlreadyKnown),
            (-32000, "nonce too low: next nonce 7, tx nonce 5", K::NonceTooLow),
            (-32000, "replacement transaction underpriced", K::ReplacementUnderpriced),
            (-32000, "transaction underpriced: tip needed 1, tip permitted 0", K::Underpriced),
            (-32000, "insufficient funds for gas * price + value: balance 0", K::InsufficientFunds),
            (-32000, "max fee per gas less than block base fee: address 0x0", K::Underpriced),
            (-32000, "txpool is full", K::PoolFull),
            (-32000, "intrinsic gas too low: have 1, want 21000", K::GasTooLow),
            (-32000, "invalid sender", K::WrongChain),
            (-32000, "header not found", K::BlockUnavailable),
            (3, "execution reverted: No data present", K::Reverted),
            // Nethermind, OpenEthereum
            (-32010, "AlreadyKnown", K::AlreadyKnown),
            (-32010, "OldNonce, Current nonce: 3, nonce of rejected tx: 2", K::NonceTooLow),
            (-32010, "Transaction with the same hash was already imported.", K::AlreadyKnown),
            (-32010, "There is another transaction with same nonce in the queue", K::ReplacementUnderpriced),
            // anvil
            (-32003, "transaction already imported", K::AlreadyKnown),
            (-32003, "nonce too low", K::NonceTooLow),
            (-32003, "replacement transaction underpriced", K::ReplacementUnderpriced),
            (-32000, "intrinsic gas too high -- tx.gas_limit > env.block.gas_limit", K::GasAboveBlock),
            // hosted endpoints
            (-32005, "daily request count exceeded, request rate limited", K::RateLimited),
            (429, "Your app has exceeded its compute units per second capacity", K::RateLimited),
            (-32005, "query returned more than 10000 results", K::RangeTooWide),
            (-32600, "block range is too wide", K::RangeTooWide),
            (-32601, "the method foo does not exist/is not available", K::MethodMissing),
        ];
        for (code, message, kind) in table {
            assert_eq!(Refusal::new(code, message, None).kind(), kind, "{code} {message:?}");
        }
    }

    #[test]
    fn data_without_a_known_phrase_is_a_revert() {
        let data = Some(Bytes::from_static(&[1]));
        assert_eq!(Refusal::new(-32015, "something else", data).kind(), RefusalKind::Reverted);
        assert_eq!(Refusal::new(-32015, "something else", None).kind(), RefusalKind::Other);
    }

    #[test]
    fn a_page_of_text_is_cut() {
        let refusal = Refusal::new(-32000, &"ä".repeat(10_000), None);
        assert_eq!(refusal.to_string().chars().filter(|c| *c == 'ä').count(), LONGEST_MESSAGE);
    }
}
