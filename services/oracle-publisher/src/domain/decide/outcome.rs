//! What a decision looks at besides the price, and what it can be. Every label is metric label, log
//! field and wire value at once.

use causeway_primitives::{Answer, B256, RoundId, Timestamp};

use crate::domain::aggregate::NoAnswer;

/// The block at which the chain was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    /// Its number.
    pub number: u64,
    /// Its hash; `None` where a history is played and in records of before it was kept.
    pub hash: Option<B256>,
    /// Its time: the only clock that heartbeats are measured on.
    pub time: Timestamp,
}

/// The latest round of a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Round {
    /// Its id.
    pub id: RoundId,
    /// Its answer. May be zero or negative on chain.
    pub answer: Answer,
    /// When the round began; the same as `updated_at` where a round is one transaction.
    pub started_at: Timestamp,
    /// When its answer was written.
    pub updated_at: Timestamp,
}

/// What a feed is on chain. Everything is read at one block, as are nonce and balance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OnChain {
    /// The block.
    pub block: Block,
    /// The latest round; `None` for an empty feed, whether its contract reverts or returns zeros.
    pub latest: Option<Round>,
}

/// An answer of ours that was sent and is not mined yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pending {
    /// The answer.
    pub answer: Answer,
}

/// Why an answer is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PublishReason {
    /// The feed has no round.
    FirstRound,
    /// The market moved by the threshold, or the answer on chain is no price.
    Deviation,
    /// The answer on chain is about to reach the heartbeat.
    Heartbeat,
}

impl PublishReason {
    /// The label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FirstRound => "first_round",
            Self::Deviation => "deviation",
            Self::Heartbeat => "heartbeat",
        }
    }
}

/// Why nothing is published, and nothing is wrong with the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HoldReason {
    /// There is no answer to publish.
    NoAnswer(NoAnswer),
    /// The feed's breaker is open.
    BreakerOpen,
    /// The breaker waits for consecutive agreement before it closes.
    BreakerHalfOpen,
    /// Neither deviation nor heartbeat.
    WithinThreshold,
    /// A sent answer is close enough; a second transaction would say the same.
    PendingCovers,
    /// The profile wants newer words than the round on chain, and there are none.
    NotNewer,
}

impl HoldReason {
    /// The label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoAnswer(reason) => reason.as_str(),
            Self::BreakerOpen => "breaker_open",
            Self::BreakerHalfOpen => "breaker_half_open",
            Self::WithinThreshold => "within_threshold",
            Self::PendingCovers => "pending_covers",
            Self::NotNewer => "not_newer",
        }
    }
}

/// Why an answer must not be published. Somebody has to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RefuseReason {
    /// Zero or negative.
    NotPositive,
    /// It rounds to zero or does not fit the decimals.
    Unrepresentable,
    /// Under the contract's or the operator's smallest answer.
    BelowMinimum,
    /// Over the contract's or the operator's largest answer.
    AboveMaximum,
    /// The venues are further apart than allowed.
    Disagreement,
    /// A jump that not every fresh voice confirms.
    UnconfirmedJump,
}

impl RefuseReason {
    /// The label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotPositive => "not_positive",
            Self::Unrepresentable => "unrepresentable",
            Self::BelowMinimum => "below_minimum",
            Self::AboveMaximum => "above_maximum",
            Self::Disagreement => "disagreement",
            Self::UnconfirmedJump => "unconfirmed_jump",
        }
    }
}

/// What to do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Send this answer. If one is pending, replace it.
    Publish {
        /// The answer.
        answer: Answer,
        /// Why.
        reason: PublishReason,
    },
    /// Send nothing.
    Hold(HoldReason),
    /// Send nothing, and tell somebody.
    Refuse(RefuseReason),
}

impl Decision {
    /// `publish`, `hold` or `refuse`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Publish { .. } => "publish",
            Self::Hold(_) => "hold",
            Self::Refuse(_) => "refuse",
        }
    }

    /// The label of its reason.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Publish { reason, .. } => reason.as_str(),
            Self::Hold(reason) => reason.as_str(),
            Self::Refuse(reason) => reason.as_str(),
        }
    }
}
