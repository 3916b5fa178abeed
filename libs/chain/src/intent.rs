//! What somebody wants to happen on a chain, how far it has come, and how it ended.
//!
//! All of it is plain data: a service stores it in its own database and gives it back after a restart.
//! Keys, event patterns and outcomes serialise; times and attempts are columns.

use std::{fmt, str::FromStr, sync::Arc};

use alloy::primitives::{Address, B256, Bytes, U256};
use causeway_primitives::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{revert::Reason, rpc::RefusalKind, transaction::Fees};

/// Not a key of an intent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an intent's key is 1 to 128 printable ASCII characters without a space")]
pub struct IntentKeyError;

/// The caller's name for an intent: the same key twice is the same intent, not a second one.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IntentKey(Arc<str>);

impl IntentKey {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The account whose nonce it uses up, if it is the key of what a sender sends on its own account to fill a gap.
    pub fn fills_gap_of(&self) -> Option<Address> {
        self.0.strip_prefix(GAP)?.split(':').next()?.parse().ok()
    }
}

/// How the keys of [`Intent::filler`] begin: in capitals, so that it is nobody's slug.
const GAP: &str = "GAP:";

impl FromStr for IntentKey {
    type Err = IntentKeyError;

    fn from_str(text: &str) -> Result<Self, IntentKeyError> {
        let fits = (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if fits { Ok(Self(text.into())) } else { Err(IntentKeyError) }
    }
}

impl fmt::Display for IntentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for IntentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// One call of a contract that shall take effect exactly once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// The caller's key.
    pub key: IntentKey,
    /// The contract.
    pub to: Address,
    /// The value in wei.
    pub value: U256,
    /// The call data.
    pub data: Bytes,
    /// What the receipt must show, besides status 1, to count as success.
    pub expect: Expectation,
    /// What to do when somebody else's transaction used the nonce.
    pub on_nonce_taken: OnNonceTaken,
    /// After this it is not signed any more. What is signed already is still followed to its end, because
    /// signed bytes cannot be called back.
    pub expires_at: Option<Timestamp>,
    /// The W3C context of the trace that wants this.
    pub traceparent: Option<String>,
}

impl Intent {
    /// A transaction from an account to itself that does nothing but use up its next nonce. `head` keeps the
    /// keys apart when the same nonce has to be filled again.
    pub(crate) fn filler(account: Address, nonce: u64, head: u64) -> Result<Self, IntentKeyError> {
        Ok(Self {
            key: format!("{GAP}{account}:{nonce}:{head}").parse()?,
            to: account,
            value: U256::ZERO,
            data: Bytes::new(),
            expect: Expectation::Status,
            on_nonce_taken: OnNonceTaken::Fail,
            expires_at: None,
            traceparent: None,
        })
    }

    /// True for a [`Intent::filler`]: nothing else is sent to oneself without a word.
    pub(crate) fn is_filler(&self, account: Address) -> bool {
        self.to == account && self.data.is_empty()
    }
}

/// What a receipt must show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expectation {
    /// Status 1 is enough.
    Status,
    /// Status 1 and a log like this.
    Event(EventPattern),
}

/// A log as it must look. A pattern and not a function, because it has to survive a restart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventPattern {
    /// Who emits it.
    pub address: Address,
    /// The topics from the first on; `None` takes any value. Further topics are not looked at.
    pub topics: Vec<Option<B256>>,
}

impl EventPattern {
    /// True when a log fits.
    pub fn matches(&self, address: Address, topics: &[B256]) -> bool {
        let fits = |(wanted, found): (&Option<B256>, &B256)| wanted.is_none_or(|wanted| wanted == *found);
        self.address == address && self.topics.len() <= topics.len() && self.topics.iter().zip(topics).all(fits)
    }
}

/// What to do when an outsider used the nonce.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnNonceTaken {
    /// Sign again with the next nonce: the wish still stands.
    SignAgain,
    /// Give up: the other transaction may be a second publisher's, so whoever wanted this decides anew.
    Fail,
}

/// One signed version of an intent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Counts from 1 within the intent.
    pub ordinal: u32,
    /// The nonce inside the bytes.
    pub nonce: u64,
    /// The gas limit inside the bytes.
    pub gas_limit: u64,
    /// The fees inside the bytes.
    pub fees: Fees,
    /// The signed bytes: what is sent, and sent again.
    pub raw: Bytes,
    /// The transaction's hash.
    pub hash: B256,
    /// When it was signed.
    pub signed_at: Timestamp,
    /// When it was last handed to the endpoints; `None` before the first time.
    pub sent_at: Option<Timestamp>,
}

/// Where a transaction was mined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inclusion {
    /// The transaction.
    pub tx_hash: B256,
    /// The block's height.
    pub block_number: u64,
    /// The block.
    pub block_hash: B256,
    /// What it used.
    pub gas_used: u64,
    /// What a unit of gas cost in the end, in wei.
    pub gas_price: u128,
}

/// How far an intent has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Nothing that could still be mined is signed.
    Unsigned,
    /// At least one attempt with this nonce is signed, and may be mined at any time.
    Pending {
        /// The nonce that all living attempts share.
        nonce: u64,
    },
    /// Mined, but not final yet.
    Included {
        /// The nonce that it used.
        nonce: u64,
        /// Where.
        inclusion: Inclusion,
    },
    /// Over.
    Settled(Outcome),
}

impl Stage {
    /// The nonce that the intent occupies.
    pub const fn nonce(&self) -> Option<u64> {
        match self {
            Self::Pending { nonce } | Self::Included { nonce, .. } => Some(*nonce),
            Self::Unsigned | Self::Settled(_) => None,
        }
    }
}

/// How an intent ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Status 1, the expected event, final. The only success.
    Confirmed(Inclusion),
    /// Status 0, final.
    Reverted {
        /// Where.
        inclusion: Inclusion,
        /// The contract's reason.
        reason: Reason,
    },
    /// Status 1, final, but without the expected event: the contract did something else.
    EventMissing(Inclusion),
    /// Never mined, and never will be.
    Failed(Failure),
}

impl Outcome {
    /// The metric label and log field.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Confirmed(_) => "confirmed",
            Self::Reverted { .. } => "reverted",
            Self::EventMissing(_) => "event_missing",
            Self::Failed(failure) => failure.as_str(),
        }
    }

    /// Where it was mined, if it was.
    pub const fn inclusion(&self) -> Option<&Inclusion> {
        match self {
            Self::Confirmed(inclusion) | Self::Reverted { inclusion, .. } | Self::EventMissing(inclusion) => {
                Some(inclusion)
            }
            Self::Failed(_) => None,
        }
    }
}

/// Why an intent was never mined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    /// Somebody else's transaction used the nonce, and the intent said to give up then.
    NonceTaken,
    /// It expired before it was signed.
    Expired,
    /// The contract would revert; nothing was signed.
    WouldRevert(Reason),
    /// The node refuses even to simulate it; nothing was signed.
    Refused(RefusalKind),
    /// It needs more gas than the policy allows; nothing was signed.
    TooMuchGas,
}

impl Failure {
    /// The metric label and log field.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::NonceTaken => "nonce_taken",
            Self::Expired => "expired",
            Self::WouldRevert(_) => "would_revert",
            Self::Refused(_) => "refused",
            Self::TooMuchGas => "too_much_gas",
        }
    }
}

/// An intent as the journal knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntentState {
    /// What is wanted.
    pub intent: Intent,
    /// How far it has come.
    pub stage: Stage,
    /// Every attempt ever signed, in the order of signing.
    pub attempts: Vec<Attempt>,
}

impl IntentState {
    /// The attempts that can still be mined: those with the nonce that the intent occupies.
    pub fn living(&self) -> impl DoubleEndedIterator<Item = &Attempt> {
        let nonce = self.stage.nonce();
        self.attempts.iter().filter(move |attempt| Some(attempt.nonce) == nonce)
    }

    /// The last of [`IntentState::living`].
    pub fn newest(&self) -> Option<&Attempt> {
        self.living().next_back()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_printable_and_bounded() {
        for good in ["a", "round:eth-usd:18446744073709551621", &"k".repeat(128)] {
            assert!(good.parse::<IntentKey>().is_ok(), "{good:?}");
        }
        for bad in ["", "a b", "a\n", "ä", &"k".repeat(129)] {
            assert_eq!(bad.parse::<IntentKey>(), Err(IntentKeyError), "{bad:?}");
        }
    }

    #[test]
    fn ora_11_an_event_counts_only_from_its_contract_and_with_its_topics() {
        let (contract, topic) = (Address::repeat_byte(1), B256::repeat_byte);
        let pattern = EventPattern { address: contract, topics: vec![Some(topic(1)), Some(topic(2)), None] };
        assert!(pattern.matches(contract, &[topic(1), topic(2), topic(9)]));
        assert!(pattern.matches(contract, &[topic(1), topic(2), topic(9), topic(9)]));
        assert!(!pattern.matches(Address::repeat_byte(2), &[topic(1), topic(2), topic(9)]));
        assert!(!pattern.matches(contract, &[topic(1), topic(3), topic(9)]));
        assert!(!pattern.matches(contract, &[topic(1), topic(2)]), "a topic that may be anything must be there");
    }

    #[test]
    fn stages_survive_storage() {
        let inclusion = Inclusion {
            tx_hash: B256::repeat_byte(1),
            block_number: 7,
            block_hash: B256::repeat_byte(2),
            gas_used: 90_000,
            gas_price: u128::MAX,
        };
        let reason = Reason::Custom { selector: [1, 2, 3, 4], arguments: Bytes::from_static(&[5]) };
        for stage in [
            Stage::Unsigned,
            Stage::Pending { nonce: u64::MAX },
            Stage::Included { nonce: 3, inclusion },
            Stage::Settled(Outcome::Confirmed(inclusion)),
            Stage::Settled(Outcome::Reverted { inclusion, reason }),
            Stage::Settled(Outcome::Failed(Failure::Refused(RefusalKind::NotPermitted))),
        ] {
            let text = serde_json::to_string(&stage).unwrap();
            assert_eq!(serde_json::from_str::<Stage>(&text).unwrap(), stage, "{text}");
        }
    }
}
