//! From bytes to a sentence, a label, and a time to wait.

use std::{fmt, time::Duration};

use alloy::{hex, sol_types::SolError};
use causeway_primitives::U256;

use super::known::Known;
use crate::adapters::dialects::abi::{WORD, word_to_u64};

/// The longest text that is kept: a receiver may revert with a novel.
const LONGEST_TEXT: usize = 256;

/// The most errors around an error that are taken off. Real ones have two.
const DEEPEST: usize = 8;

#[allow(missing_docs, reason = "the names are the contracts' own, and all of this is private")]
mod abi {
    alloy::sol! {
        error ReceiverError(bytes error);
        error MessageValidationError(bytes errorReason);
        error NoStateProgressMade(bytes32 messageId, bytes err);

        error TokenRateLimitReached(uint256 minWaitInSeconds, uint256 available, address tokenAddress);
        error AggregateValueRateLimitReached(uint256 minWaitInSeconds, uint256 available);
        error TokenMaxCapacityExceeded(uint256 capacity, uint256 requested, address tokenAddress);
        error AggregateValueMaxCapacityExceeded(uint256 capacity, uint256 requested);
        error NotEnoughGasForCall();
        error InsufficientGasToCompleteTx(bytes4 err);
        error NoContract();
        error BadARMSignal();
    }

    /// Up to 1.5.
    pub(super) mod old {
        alloy::sol! {
            error ExecutionError(bytes error);
            error TokenHandlingError(bytes error);
            error CursedByRMN();
        }
    }

    /// Since 1.6.
    pub(super) mod new {
        alloy::sol! {
            error ExecutionError(bytes32 messageId, bytes err);
            error TokenHandlingError(address target, bytes err);
            error CursedByRMN(uint64 chainSelector);
        }
    }
}

/// Why an execution failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// The errors around the cause, the outermost first.
    pub around: Vec<&'static str>,
    /// What it comes down to.
    pub cause: Cause,
    /// The sort of failure.
    pub kind: Kind,
    /// True when the bytes end before what they announce.
    pub is_cut: bool,
    /// How long a limit says to wait before another try.
    pub wait: Option<Duration>,
}

/// What a failure comes down to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// No bytes: out of gas, or a revert without a reason.
    Nothing,
    /// `revert("text")`, printable and at most 256 characters.
    Text(String),
    /// A check of the compiler's.
    Panic(U256),
    /// An error of CCIP's contracts.
    Known(Known),
    /// An error that only the ABI of the receiver, token or pool explains.
    Unknown {
        /// Its selector.
        selector: [u8; 4],
    },
    /// Bytes that are no error.
    Damaged,
}

/// The sort of a failure; label and wire value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The receiver ran out of gas, or reverted without a reason. More gas may help.
    OutOfGas,
    /// The receiver reverted with a reason.
    Receiver,
    /// The receiver is no contract.
    NoReceiver,
    /// A token or its pool refused.
    Token,
    /// A limit of tokens per time is used up; it fills again.
    RateLimit,
    /// More than a limit ever lets through at once.
    Capacity,
    /// The transaction had less gas than the message asks for. Executing again with more helps.
    TransactionGas,
    /// The lane is cursed.
    Cursed,
    /// Another error of CCIP's contracts.
    Protocol,
    /// Nobody knows.
    Unknown,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::OutOfGas,
        Self::Receiver,
        Self::NoReceiver,
        Self::Token,
        Self::RateLimit,
        Self::Capacity,
        Self::TransactionGas,
        Self::Cursed,
        Self::Protocol,
        Self::Unknown,
    ];

    /// Label, row and wire value.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OutOfGas => "out_of_gas",
            Self::Receiver => "receiver",
            Self::NoReceiver => "no_receiver",
            Self::Token => "token",
            Self::RateLimit => "rate_limit",
            Self::Capacity => "capacity",
            Self::TransactionGas => "transaction_gas",
            Self::Cursed => "cursed",
            Self::Protocol => "protocol",
            Self::Unknown => "unknown",
        }
    }
}

/// Explains what an execution returned. Total: all bytes have an explanation.
pub fn explain(data: &[u8]) -> Explained {
    let (mut around, mut wrapper, mut is_cut, mut rest) = (Vec::new(), None, false, data);
    while let Some(layer) = Wrapper::open(rest).filter(|_| around.len() < DEEPEST) {
        around.push(layer.wrapper.name());
        wrapper = Some(layer.wrapper);
        (rest, is_cut) = (layer.inner, is_cut || layer.is_cut);
    }
    let (cause, cut_cause, limits) = cause(rest);
    let kind = limits.kind.unwrap_or_else(|| kind(&cause, wrapper));
    Explained { around, cause, kind, is_cut: is_cut || cut_cause, wait: limits.wait }
}

impl fmt::Display for Explained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for name in &self.around {
            write!(f, "{name} > ")?;
        }
        write!(f, "{}{}", self.cause, if self.is_cut { " (cut off)" } else { "" })
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("nothing returned: out of gas, or reverted without a reason"),
            Self::Text(text) => write!(f, "reverted: {text}"),
            Self::Panic(code) => write!(f, "panicked with code {code:#x}{}", meaning(*code)),
            Self::Known(known) => fmt::Display::fmt(known, f),
            Self::Unknown { selector } => write!(f, "an error of its own, {}", hex::encode_prefixed(selector)),
            Self::Damaged => f.write_str("bytes that are no error"),
        }
    }
}

/// An error that carries another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wrapper {
    Execution,
    Receiver,
    Token,
    Validation,
    NoProgress,
}

struct Layer<'a> {
    wrapper: Wrapper,
    inner: &'a [u8],
    is_cut: bool,
}

impl Wrapper {
    fn open(data: &[u8]) -> Option<Layer<'_>> {
        let (selector, arguments) = data.split_first_chunk::<4>()?;
        let (wrapper, slot) = match *selector {
            abi::old::ExecutionError::SELECTOR => (Self::Execution, 0),
            abi::new::ExecutionError::SELECTOR => (Self::Execution, 1),
            abi::old::TokenHandlingError::SELECTOR => (Self::Token, 0),
            abi::new::TokenHandlingError::SELECTOR => (Self::Token, 1),
            abi::ReceiverError::SELECTOR => (Self::Receiver, 0),
            abi::MessageValidationError::SELECTOR => (Self::Validation, 0),
            abi::NoStateProgressMade::SELECTOR => (Self::NoProgress, 1),
            _ => return None,
        };
        let (inner, is_cut) = dynamic(arguments, slot)?;
        Some(Layer { wrapper, inner, is_cut })
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Execution => "ExecutionError",
            Self::Receiver => "ReceiverError",
            Self::Token => "TokenHandlingError",
            Self::Validation => "MessageValidationError",
            Self::NoProgress => "NoStateProgressMade",
        }
    }
}

/// As much of a `bytes` or `string` as there is, and whether it is less than announced.
fn dynamic(arguments: &[u8], slot: usize) -> Option<(&[u8], bool)> {
    let offset = arguments.as_chunks::<WORD>().0.get(slot)?;
    let tail = arguments.get(usize::try_from(word_to_u64(offset)?).ok()?..)?;
    let (length, content) = tail.split_first_chunk::<WORD>()?;
    let length = usize::try_from(word_to_u64(length)?).ok()?;
    Some(content.get(..length).map_or((content, true), |whole| (whole, false)))
}

/// What an error says about trying again.
#[derive(Default)]
struct Limits {
    kind: Option<Kind>,
    wait: Option<Duration>,
}

fn cause(data: &[u8]) -> (Cause, bool, Limits) {
    let Some((selector, arguments)) = data.split_first_chunk::<4>() else {
        return (if data.is_empty() { Cause::Nothing } else { Cause::Damaged }, false, Limits::default());
    };
    match *selector {
        alloy::sol_types::Revert::SELECTOR => match dynamic(arguments, 0) {
            Some((text, is_cut)) => (Cause::Text(printable(text)), is_cut, Limits::default()),
            None => (Cause::Damaged, true, Limits::default()),
        },
        alloy::sol_types::Panic::SELECTOR => match arguments.first_chunk::<WORD>() {
            Some(code) => (Cause::Panic(U256::from_be_bytes(*code)), false, Limits::default()),
            None => (Cause::Damaged, true, Limits::default()),
        },
        selector => match Known::find(selector, arguments) {
            Some(known) => (Cause::Known(known), false, limits(selector, arguments)),
            None => (Cause::Unknown { selector }, false, Limits::default()),
        },
    }
}

fn limits(selector: [u8; 4], arguments: &[u8]) -> Limits {
    let seconds = || arguments.first_chunk::<WORD>().and_then(word_to_u64).map(Duration::from_secs);
    let of = |kind| Limits { kind: Some(kind), wait: None };
    match selector {
        abi::TokenRateLimitReached::SELECTOR | abi::AggregateValueRateLimitReached::SELECTOR => {
            Limits { kind: Some(Kind::RateLimit), wait: seconds() }
        }
        abi::TokenMaxCapacityExceeded::SELECTOR | abi::AggregateValueMaxCapacityExceeded::SELECTOR => {
            of(Kind::Capacity)
        }
        abi::NotEnoughGasForCall::SELECTOR | abi::InsufficientGasToCompleteTx::SELECTOR => of(Kind::TransactionGas),
        abi::NoContract::SELECTOR => of(Kind::NoReceiver),
        abi::old::CursedByRMN::SELECTOR | abi::new::CursedByRMN::SELECTOR | abi::BadARMSignal::SELECTOR => {
            of(Kind::Cursed)
        }
        _ => Limits::default(),
    }
}

/// The innermost error around the cause says whose it is.
const fn kind(cause: &Cause, wrapper: Option<Wrapper>) -> Kind {
    match (wrapper, cause) {
        (Some(Wrapper::Token), _) => Kind::Token,
        (Some(Wrapper::Receiver), Cause::Nothing) => Kind::OutOfGas,
        (Some(Wrapper::Receiver), _) => Kind::Receiver,
        (Some(Wrapper::Validation | Wrapper::Execution | Wrapper::NoProgress), _) | (None, Cause::Known(_)) => {
            Kind::Protocol
        }
        (None, Cause::Nothing) => Kind::OutOfGas,
        (None, Cause::Text(_) | Cause::Panic(_) | Cause::Unknown { .. }) => Kind::Receiver,
        (None, Cause::Damaged) => Kind::Unknown,
    }
}

/// Text as a terminal and a page can show it, shortened.
fn printable(text: &[u8]) -> String {
    // Four bytes for each character that may be kept, so that a megabyte is not copied for 256 characters.
    let beginning = text.get(..LONGEST_TEXT.saturating_mul(4)).unwrap_or(text);
    let text = String::from_utf8_lossy(beginning);
    text.chars().take(LONGEST_TEXT).map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

/// What the compiler means by a code.
fn meaning(code: U256) -> &'static str {
    match u8::try_from(code) {
        Ok(0x01) => " (assertion)",
        Ok(0x11) => " (overflow)",
        Ok(0x12) => " (division by zero)",
        Ok(0x21) => " (no such variant)",
        Ok(0x22) => " (damaged storage)",
        Ok(0x31) => " (pop of an empty array)",
        Ok(0x32) => " (index out of bounds)",
        Ok(0x41) => " (out of memory)",
        Ok(0x51) => " (uninitialised function)",
        Ok(_) | Err(_) => "",
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
