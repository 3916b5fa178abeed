//! What a decision came to, as it is stored. Written only: a replay computes it again.

use serde::Serialize;

use super::inputs::Breaker;
use crate::domain::{
    aggregate::{self, Outcome},
    decide::Decision,
    evaluation::Evaluation,
};

#[derive(Debug, Serialize)]
pub(super) struct Result {
    kind: &'static str,
    reason: &'static str,
    answer: Option<String>,
    price: Option<String>,
    no_answer: Option<&'static str>,
    assessment: &'static str,
    venues: usize,
    needed: usize,
    spread_ppm: Option<u64>,
    sources: Vec<Contribution>,
    breaker: Breaker,
}

#[derive(Debug, Serialize)]
struct Contribution {
    source: String,
    verdict: &'static str,
    converted: Option<String>,
    distance_ppm: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    flaw: Option<&'static str>,
}

impl From<&Evaluation> for Result {
    fn from(evaluation: &Evaluation) -> Self {
        let aggregation = &evaluation.aggregation;
        let aggregate = aggregation.answer();
        Self {
            kind: evaluation.decision.kind(),
            reason: evaluation.decision.reason(),
            answer: match &evaluation.decision {
                Decision::Publish { answer, .. } => Some(answer.to_string()),
                Decision::Hold(_) | Decision::Refuse(_) => None,
            },
            price: aggregate.map(|aggregate| aggregate.price.to_string()),
            no_answer: match &aggregation.outcome {
                Outcome::Answer(_) => None,
                Outcome::NoAnswer(reason) => Some(reason.as_str()),
            },
            assessment: evaluation.assessment.as_str(),
            venues: aggregation.headcount.had,
            needed: aggregation.headcount.needed,
            spread_ppm: aggregate.map(|aggregate| aggregate.spread.get()),
            sources: aggregation.contributions.iter().map(Contribution::from).collect(),
            breaker: Breaker::from(&evaluation.breaker),
        }
    }
}

impl From<&aggregate::Contribution> for Contribution {
    fn from(contribution: &aggregate::Contribution) -> Self {
        Self {
            source: contribution.source.to_string(),
            verdict: contribution.verdict.as_str(),
            converted: contribution.converted.map(|price| price.to_string()),
            distance_ppm: contribution.distance.map(|distance| distance.get()),
            flaw: contribution.flaw.map(|flaw| flaw.as_str()),
        }
    }
}
