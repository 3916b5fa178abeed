//! One evaluation of one feed, from everything it depends on to everything it results in.
//!
//! The service's loop, `replay` and the back-test all call this function and nothing beneath it, so that
//! what is replayed is what ran. [`Inputs`] is what a record stores; [`Evaluation`] can be computed from
//! it again and must come out the same.

use causeway_primitives::Timestamp;

use super::{
    aggregate::{Aggregation, aggregate, derive},
    breaker::{self, Breaker, Transition},
    decide::{Assessment, Decision, OnChain, Pending, assess, decide},
    observation::Observation,
    policy::{Condition, FeedPolicy},
    route::{Conversions, Leg},
};

/// What the price is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Material {
    /// What venues said.
    Observed(Vec<Observation>),
    /// Other feeds only.
    Derived(Vec<Leg>),
}

/// Everything an evaluation depends on, besides the policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inputs {
    /// Our wall clock, when the observations were gathered.
    pub now: Timestamp,
    /// Whether all sources are in good standing.
    pub condition: Condition,
    /// What the price is made of.
    pub material: Material,
    /// What the feeds on the way are worth.
    pub conversions: Conversions,
    /// The feed on chain, read at one block.
    pub on_chain: OnChain,
    /// The breaker before.
    pub breaker: Breaker,
    /// Our answer that was sent and is not mined.
    pub pending: Option<Pending>,
}

/// Everything an evaluation results in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evaluation {
    /// Who counted, and what the price is.
    pub aggregation: Aggregation,
    /// What that evidence is worth.
    pub assessment: Assessment,
    /// The breaker after.
    pub breaker: Breaker,
    /// Its move, if it made one.
    pub transition: Option<Transition>,
    /// What to do.
    pub decision: Decision,
}

/// Evaluates a feed once.
pub fn evaluate(policy: &FeedPolicy, inputs: &Inputs) -> Evaluation {
    let aggregation = match &inputs.material {
        Material::Observed(words) => aggregate(policy, inputs.now, inputs.condition, words, &inputs.conversions),
        Material::Derived(legs) => derive(policy, inputs.condition, legs, &inputs.conversions),
    };
    let assessment = assess(policy, &inputs.on_chain, &aggregation);
    let (breaker, transition) = breaker::next(&inputs.breaker, assessment, inputs.now, &policy.terms().breaker);
    let decision = decide(policy, &inputs.on_chain, &aggregation, &breaker, inputs.pending.as_ref());
    Evaluation { aggregation, assessment, breaker, transition, decision }
}

#[cfg(test)]
mod tests;
