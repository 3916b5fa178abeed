//! A feed of feeds: the product of others, and no better than the weakest of them.

use causeway_primitives::{Ppm, Price, Timestamp};

use super::{Aggregate, Aggregation, Headcount, NoAnswer, Outcome, observed::rounded};
use crate::domain::{
    policy::{Condition, FeedPolicy},
    route::{Conversions, Leg, walk},
};

/// The price of a feed that is computed from others.
///
/// Its voices are those of the input with the fewest; its spread is the sum of the inputs' spreads, which
/// is how far apart the products could be (to first order: the product of two spreads is left out); its
/// time is that of the oldest input.
pub fn derive(policy: &FeedPolicy, condition: Condition, legs: &[Leg], conversions: &Conversions) -> Aggregation {
    let terms = policy.terms();
    let needed = terms.quorum.needed(condition);
    let inputs: Option<Vec<&Aggregate>> = legs.iter().map(|leg| conversions.get(&leg.feed)).collect();
    let inputs = inputs.unwrap_or_default();
    let had = inputs.iter().map(|input| input.voices).min().unwrap_or(0);
    let outcome = if inputs.is_empty() {
        Err(NoAnswer::InputUnavailable)
    } else if had < needed {
        Err(NoAnswer::NoQuorum)
    } else {
        product(policy, legs, conversions, &inputs)
    };
    Aggregation {
        contributions: Vec::new(),
        headcount: Headcount { needed, had },
        outcome: outcome.map_or_else(Outcome::NoAnswer, Outcome::Answer),
    }
}

fn product(
    policy: &FeedPolicy,
    legs: &[Leg],
    conversions: &Conversions,
    inputs: &[&Aggregate],
) -> Result<Aggregate, NoAnswer> {
    // Every input was found, so the only way to fail is a product without representation.
    let exact = walk(Price::ONE, legs, conversions).map_err(|_| NoAnswer::Unrepresentable)?;
    let (price, answer) = rounded(exact, policy.terms().decimals)?;
    let spread = inputs.iter().fold(0_u64, |sum, input| sum.saturating_add(input.spread.get()));
    Ok(Aggregate {
        exact,
        price,
        answer,
        spread: Ppm::new(spread),
        voices: inputs.iter().map(|input| input.voices).min().unwrap_or(0),
        dissenting: inputs.iter().fold(0_usize, |sum, input| sum.saturating_add(input.dissenting)),
        as_of: inputs.iter().map(|input| input.as_of).min().unwrap_or(Timestamp::EPOCH),
    })
}
