//! Each source in one sentence.

use causeway_primitives::Ppm;

use super::{
    SourceLine,
    words::{percent, seconds},
};
use crate::domain::{
    aggregate::{Contribution, Exclusion, Flaw, Verdict},
    evaluation::{Evaluation, Inputs, Material},
    observation::{Inactive, Observation, Standing, Weight},
    policy::{FeedPolicy, Freshness},
};

/// One line for each contribution.
pub(super) fn lines(policy: &FeedPolicy, inputs: &Inputs, evaluation: &Evaluation) -> Vec<SourceLine> {
    let contributions = evaluation.aggregation.contributions.iter();
    contributions.map(|contribution| line(policy, inputs, contribution)).collect()
}

fn line(policy: &FeedPolicy, inputs: &Inputs, contribution: &Contribution) -> SourceLine {
    let counted = contribution.verdict.is_counted();
    let weight = match contribution.standing {
        Standing::Active(weight) if counted => weight.share(),
        Standing::Active(_) | Standing::Shadow | Standing::Inactive(_) => Ppm::ZERO,
    };
    SourceLine {
        source: contribution.source.clone(),
        verdict: contribution.verdict.as_str(),
        weight,
        sentence: sentence(policy, inputs, contribution),
    }
}

fn sentence(policy: &FeedPolicy, inputs: &Inputs, contribution: &Contribution) -> String {
    let place = place(contribution);
    match contribution.verdict {
        Verdict::Counted => format!("{} {place}", vote(contribution.standing)),
        Verdict::Merged => format!("speaks with the other sources of {} {place}", contribution.venue),
        Verdict::Excluded(exclusion) => {
            let why = match exclusion {
                Exclusion::Flawed(flaw) => because(flaw, &policy.terms().freshness, word(inputs, contribution)),
                Exclusion::Shadow => "it is on probation and only compared".to_owned(),
                Exclusion::Inactive(Inactive::Standby) => "it is a backup and not needed".to_owned(),
                Exclusion::Inactive(Inactive::Quarantined) => "it is in quarantine".to_owned(),
                Exclusion::Inactive(Inactive::Excluded) => "an operator took it out".to_owned(),
                Exclusion::Superseded => "it said something newer".to_owned(),
            };
            format!("does not count {place}: {why}")
        }
    }
}

fn vote(standing: Standing) -> String {
    match standing {
        Standing::Active(weight) if weight != Weight::FULL => {
            format!("counts with {} of a vote", percent(weight.share()))
        }
        Standing::Active(_) | Standing::Shadow | Standing::Inactive(_) => "counts with a full vote".to_owned(),
    }
}

fn place(contribution: &Contribution) -> String {
    match (contribution.converted, contribution.distance) {
        (Some(price), Some(distance)) => format!("at {price}, {} from the median", percent(distance)),
        (Some(price), None) => format!("at {price}"),
        (None, _) => format!("at {} of its own market", contribution.quoted),
    }
}

/// The observation behind a contribution: the youngest of its source, as superseded ones are not asked.
fn word<'a>(inputs: &'a Inputs, contribution: &Contribution) -> Option<&'a Observation> {
    match &inputs.material {
        Material::Observed(words) => {
            let own = words.iter().filter(|observation| observation.source == contribution.source);
            own.min_by_key(|observation| observation.age)
        }
        Material::Derived(_) => None,
    }
}

fn because(flaw: Flaw, limits: &Freshness, word: Option<&Observation>) -> String {
    // Only an explanation of other inputs than the evaluation's has no word here.
    let (age, stood) = word.map_or_else(Default::default, |word| (word.age, word.unchanged_for));
    match flaw {
        Flaw::Future => {
            format!("the venue's stamp is ahead of our clock by more than {}", seconds(limits.max_future_skew))
        }
        Flaw::VenueStale => {
            format!("the venue's own stamp is older than {}", seconds(limits.max_venue_age))
        }
        Flaw::Stale => {
            format!("it was heard {} ago, at most {} is allowed", seconds(age), seconds(limits.max_age))
        }
        Flaw::Frozen => {
            format!("it has repeated this price for {} while the market left it", seconds(stood))
        }
        Flaw::Outlier => "it is too far from the median of the venues".to_owned(),
        Flaw::ConversionUnavailable => "a feed on its route has no price now".to_owned(),
        Flaw::ConversionOutOfRange => "its converted price has no representation".to_owned(),
    }
}
