//! What an endpoint means when it refuses.
//!
//! The codes and the words are read in [`text`] alone; everybody else goes by the kind.

mod text;

use std::time::Duration;

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
    /// A range of logs over more blocks than the node answers.
    RangeTooWide,
    /// More logs than the node answers at once, in number, in bytes or in the time that they take.
    TooManyResults,
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
            | Self::RangeTooWide
            | Self::TooManyResults => false,
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
            Self::TooManyResults => "too_many_results",
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
    message: Box<str>,
    data: Option<Bytes>,
    kind: RefusalKind,
    /// Rare, so it is kept apart: errors are moved about more often than they are read.
    advice: Option<Box<Advice>>,
}

/// What an endpoint would rather be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Advice {
    span: Option<u64>,
    retry_after: Option<Duration>,
}

/// The longest message that is kept: enough for any node's sentence, too short for a page of HTML.
const LONGEST_MESSAGE: usize = 256;

impl Refusal {
    /// Reads a refusal.
    pub fn new(code: i64, message: &str, data: Option<Bytes>) -> Self {
        let kind = text::classify(code, message, data.as_ref());
        let advice = text::suggested_span(message).map(|span| Advice { span: Some(span), retry_after: None });
        let message = message.chars().take(LONGEST_MESSAGE).collect();
        Self { code, message, data, kind, advice: advice.map(Box::new) }
    }

    /// The same with what the HTTP answer asked for in `Retry-After`.
    #[must_use]
    pub fn with_retry_after(mut self, retry_after: Option<Duration>) -> Self {
        if retry_after.is_some() {
            self.advice.get_or_insert_default().retry_after = retry_after;
        }
        self
    }

    /// What it means.
    pub const fn kind(&self) -> RefusalKind {
        self.kind
    }

    /// The JSON-RPC code.
    pub const fn code(&self) -> i64 {
        self.code
    }

    /// How many blocks the range has that the endpoint says would work, if it says so; at least 1.
    pub fn suggested_span(&self) -> Option<u64> {
        self.advice.as_ref()?.span
    }

    /// How long the endpoint wants to be left alone, if it says so.
    pub fn retry_after(&self) -> Option<Duration> {
        self.advice.as_ref()?.retry_after
    }

    /// The data of a revert, if the node gave any.
    pub const fn data(&self) -> Option<&Bytes> {
        self.data.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use alloy::sol_types::{Revert, SolError as _};

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
            (-32600, "block range is too wide", K::RangeTooWide),
            (-32000, "block range extends beyond current head block", K::BlockUnavailable),
            (-32601, "the method foo does not exist/is not available", K::MethodMissing),
        ];
        for (code, message, kind) in table {
            assert_eq!(Refusal::new(code, message, None).kind(), kind, "{code} {message:?}");
        }
    }

    #[test]
    fn ora_11_what_a_contract_says_of_its_revert_is_not_taken_for_the_node_s_own_words() {
        for said in ["insufficient funds", "ECDSA: invalid signature", "already exists", "nonce too low", "rate limit"]
        {
            let text = format!("execution reverted: {said}");
            assert_eq!(Refusal::new(-32000, &text, None).kind(), RefusalKind::Reverted, "{text}");
            assert_eq!(Refusal::new(3, said, None).kind(), RefusalKind::Reverted, "{said}, with geth's code");
            let data = Some(Revert::from(said).abi_encode().into());
            assert_eq!(Refusal::new(-32000, said, data).kind(), RefusalKind::Reverted, "{said}, with data");
        }
        // A hash is no error of a contract.
        let hash = Some(Bytes::from_static(&[7; 32]));
        assert_eq!(Refusal::new(-32000, "already known", hash).kind(), RefusalKind::AlreadyKnown);
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
