//! The shape of an explanation.

use causeway_primitives::{Ppm, SourceId};

use super::{rules, sources, summary};
use crate::domain::{
    evaluation::{Evaluation, Inputs},
    policy::FeedPolicy,
};

/// A rule of the decision, in the order in which they apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rule {
    /// Every feed that a derived feed is computed from has a price.
    Route,
    /// Enough independent venues.
    Quorum,
    /// Within the contract's and the operator's bounds.
    Range,
    /// Venues close enough to each other.
    Spread,
    /// A large move is confirmed by all.
    Jump,
    /// The breaker is closed.
    Breaker,
    /// The market moved by the threshold.
    Deviation,
    /// The answer on chain is old.
    Heartbeat,
    /// No sent answer says the same.
    Pending,
}

impl Rule {
    /// The label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Route => "route",
            Self::Quorum => "quorum",
            Self::Range => "range",
            Self::Spread => "spread",
            Self::Jump => "jump",
            Self::Breaker => "breaker",
            Self::Deviation => "deviation",
            Self::Heartbeat => "heartbeat",
            Self::Pending => "pending",
        }
    }
}

/// How a rule came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mark {
    /// It lets the answer out.
    Met,
    /// It does not.
    NotMet,
    /// There was nothing to apply it to.
    NotApplied,
}

impl Mark {
    /// The label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::NotMet => "not_met",
            Self::NotApplied => "not_applied",
        }
    }

    pub(super) const fn when(met: bool) -> Self {
        if met { Self::Met } else { Self::NotMet }
    }
}

/// One rule in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleLine {
    /// The rule.
    pub rule: Rule,
    /// How it came out.
    pub mark: Mark,
    /// In words.
    pub sentence: String,
}

/// One source in words. In the order of the contributions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceLine {
    /// The source.
    pub source: SourceId,
    /// The label of its verdict.
    pub verdict: &'static str,
    /// What its vote was worth; zero without one.
    pub weight: Ppm,
    /// In words.
    pub sentence: String,
}

/// A decision in words and data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// One sentence.
    pub summary: String,
    /// Every source that said something.
    pub sources: Vec<SourceLine>,
    /// Every rule, in order.
    pub rules: Vec<RuleLine>,
}

/// Explains an evaluation. `evaluation` must be the one of these inputs and this policy.
pub fn explain(policy: &FeedPolicy, inputs: &Inputs, evaluation: &Evaluation) -> Explanation {
    Explanation {
        summary: summary::summary(policy, inputs, evaluation),
        sources: sources::lines(policy, inputs, evaluation),
        rules: rules::lines(policy, inputs, evaluation),
    }
}
