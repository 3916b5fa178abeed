//! The one place that reads the error codes and texts of nodes.
//!
//! Nodes agree on neither: `-32000` is anything, `-32005` is a block gas limit at Besu and a rate limit at a
//! hosted endpoint, `nonce too low` has four spellings. So the text decides first, in an order that puts the
//! narrow phrases before the wide ones, and the code decides only where the text says nothing.

use alloy::primitives::Bytes;

use super::RefusalKind;

/// An error of a contract is its selector and whole words, in bytes.
const SELECTOR: usize = 4;
const WORD: usize = 32;

/// Phrases in lower case and what they mean; the first that occurs decides. Sources: the error texts of
/// Besu, geth, Erigon, Nethermind, OpenEthereum, anvil and the hosted endpoints.
const PHRASES: &[(&str, RefusalKind)] = &[
    // Behind these is what the contract says, and that may be anything: "execution reverted: insufficient funds".
    ("reverted", RefusalKind::Reverted),
    ("vm execution error", RefusalKind::Reverted),
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
    // Too many results before too wide: many of these texts go on to suggest a "block range".
    ("returned more than", RefusalKind::TooManyResults),
    ("max results", RefusalKind::TooManyResults),
    ("too many results", RefusalKind::TooManyResults),
    ("too many logs", RefusalKind::TooManyResults),
    ("logs matched by query exceeds", RefusalKind::TooManyResults),
    ("length limit exceeded", RefusalKind::TooManyResults),
    ("response size", RefusalKind::TooManyResults),
    ("response too large", RefusalKind::TooManyResults),
    ("response is too big", RefusalKind::TooManyResults),
    ("query timeout", RefusalKind::TooManyResults),
    ("query timed out", RefusalKind::TooManyResults),
    ("request timed out", RefusalKind::TooManyResults),
    // A range that ends above the node's head is not too wide.
    ("beyond current head", RefusalKind::BlockUnavailable),
    ("invalid block range", RefusalKind::BlockUnavailable),
    ("maximum rpc range", RefusalKind::RangeTooWide),
    ("block range", RefusalKind::RangeTooWide),
    ("range is too", RefusalKind::RangeTooWide),
    ("range too large", RefusalKind::RangeTooWide),
    ("range limit exceeded", RefusalKind::RangeTooWide),
    ("ranges over", RefusalKind::RangeTooWide),
    ("logs is limited to", RefusalKind::RangeTooWide),
    ("logs are limited to", RefusalKind::RangeTooWide),
    ("filter are limited to", RefusalKind::RangeTooWide),
    ("limit the query to at most", RefusalKind::RangeTooWide),
    ("too many blocks", RefusalKind::RangeTooWide),
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

/// The width of the range that a text suggests: `[0x10, 0x1f]` (Infura, Alchemy), `range 16-31` (reth).
pub(super) fn suggested_span(message: &str) -> Option<u64> {
    let hex = || {
        let (_, after) = message.split_once("[0x")?;
        let (from, rest) = after.split_once(", 0x")?;
        let (to, _) = rest.split_once(']')?;
        Some((u64::from_str_radix(from, 16).ok()?, u64::from_str_radix(to, 16).ok()?))
    };
    let decimal = || {
        let (_, after) = message.split_once("with the range ")?;
        let (from, to) = after.split_once('-')?;
        let to = to.split(|c: char| !c.is_ascii_digit()).next()?;
        Some((from.parse().ok()?, to.parse().ok()?))
    };
    let (from, to): (u64, u64) = hex().or_else(decimal)?;
    to.checked_sub(from)?.checked_add(1)
}

pub(super) fn classify(code: i64, message: &str, data: Option<&Bytes>) -> RefusalKind {
    // geth's own code for a revert, and the shape of every error that a contract declares: no words mean anything else then.
    if code == 3 || data.is_some_and(|data| data.len() % WORD == SELECTOR) {
        return RefusalKind::Reverted;
    }
    let text = message.to_lowercase();
    if let Some((_, kind)) = PHRASES.iter().find(|(phrase, _)| text.contains(phrase)) {
        return *kind;
    }
    match code {
        -32601 | -32604 => RefusalKind::MethodMissing,
        -32602 | -32600 | -32700 => RefusalKind::Invalid,
        429 | -32005 | -32029 | -32097 => RefusalKind::RateLimited,
        _ if data.is_some() => RefusalKind::Reverted,
        _ => RefusalKind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The texts that indexers and block explorers keep lists of.
    #[test]
    fn ccip_17_a_range_too_wide_and_too_many_results_are_told_apart() {
        use RefusalKind as K;
        let table = [
            (-32005, "Requested range exceeds maximum RPC range limit", K::RangeTooWide),
            (-32602, "query exceeds max block range 100000", K::RangeTooWide),
            (-32602, "eth_getLogs is limited to a 10,000 range", K::RangeTooWide),
            (-32602, "eth_getLogs and eth_newFilter are limited to a 10,000 blocks range", K::RangeTooWide),
            (-32602, "Please, limit the query to at most 1000 blocks", K::RangeTooWide),
            (-32000, "exceed maximum block range: 5000", K::RangeTooWide),
            (-32000, "Block range limit exceeded. See more details at https://x", K::RangeTooWide),
            (35, "ranges over 10000 blocks are not supported on freetier", K::RangeTooWide),
            (-32005, "query returned more than 10000 results", K::TooManyResults),
            (
                -32005,
                "query returned more than 10000 results. Try with this block range [0x1, 0x2].",
                K::TooManyResults,
            ),
            (-32602, "query exceeds max results 20000, retry with the range 1-100", K::TooManyResults),
            (-32602, "Log response size exceeded. this block range should work: [0x1, 0x2]", K::TooManyResults),
            (-32000, "logs matched by query exceeds limit of 10000", K::TooManyResults),
            (-32003, "response too large", K::TooManyResults),
            (-32008, "Response is too big", K::TooManyResults),
            (-32000, "query timeout exceeded", K::TooManyResults),
            (-32602, "invalid argument 0: hex string has length 0", K::Invalid),
        ];
        for (code, message, kind) in table {
            assert_eq!(classify(code, message, None), kind, "{code} {message:?}");
        }
    }

    #[test]
    fn ccip_17_the_range_that_an_endpoint_suggests_is_understood() {
        let table = [
            ("Try with this block range [0x10, 0x1f].", Some(16)),
            ("retry with the range 100-100", Some(1)),
            ("retry with the range 100-163, or pay", Some(64)),
            ("Try with this block range [0x1f, 0x10].", None),
            ("Try with this block range [0x0, 0xffffffffffffffff].", None),
            ("query returned more than 10000 results", None),
        ];
        for (message, span) in table {
            assert_eq!(suggested_span(message), span, "{message:?}");
        }
    }
}
