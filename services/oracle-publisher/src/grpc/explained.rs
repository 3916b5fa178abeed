//! An explained decision → wire.

use std::collections::HashMap;

use causeway_proto::{
    oracle::v1::{Contribution, ExplainRoundResponse},
    types::v1::ChainPosition,
};

use super::convert::{decimal, integer, round};
use crate::{
    app::{page::Explained, record},
    domain::{
        aggregate,
        decide::Decision,
        evaluation::Material,
        explain::{Mark, SourceLine},
        observation::Observation,
    },
};
use causeway_service::wire::{duration, timestamp};

pub(super) fn response(explained: Explained, chain_id: u64) -> ExplainRoundResponse {
    let Explained { row, decision, round: transaction } = explained;
    let record::Explained { inputs, evaluation, explanation } = decision;
    let answer = match &evaluation.decision {
        Decision::Publish { answer, .. } => integer(answer),
        Decision::Hold(_) | Decision::Refuse(_) => None,
    };
    let rules = explanation.rules.iter().map(|line| {
        let prefix = match line.mark {
            Mark::Met => "met",
            Mark::NotMet => "not met",
            Mark::NotApplied => "not applied",
        };
        format!("{} ({prefix}): {}", line.rule.as_str(), line.sentence)
    });
    let contributions = contributions(&inputs.material, &evaluation.aggregation, &explanation.sources);
    ExplainRoundResponse {
        decision_id: row.decision_id,
        feed_id: row.feed.to_string(),
        decided_at: timestamp(row.decided_at),
        kind: evaluation.decision.kind().to_owned(),
        reason: evaluation.decision.reason().to_owned(),
        summary: explanation.summary,
        rules: rules.collect(),
        contributions,
        answer,
        previous_answer: inputs.on_chain.latest.and_then(|round| integer(round.answer)),
        position: Some(ChainPosition {
            chain_id,
            block_number: inputs.on_chain.block.number,
            block_hash: inputs.on_chain.block.hash.map(|hash| hash.to_string()).unwrap_or_default(),
        }),
        round: transaction.as_ref().map(round),
        record_json: row.record,
        digest: alloy::hex::encode(row.digest),
    }
}

fn contributions(material: &Material, aggregation: &aggregate::Aggregation, lines: &[SourceLine]) -> Vec<Contribution> {
    let words: HashMap<_, &Observation> = match material {
        Material::Observed(words) => words.iter().map(|word| (&word.source, word)).collect(),
        Material::Derived(_) => HashMap::new(),
    };
    let contribution = |(part, line): (&aggregate::Contribution, &SourceLine)| {
        let word = words.get(&part.source);
        Contribution {
            source_id: part.source.to_string(),
            venue_id: part.venue.to_string(),
            price: decimal(part.quoted),
            converted_price: part.converted.and_then(decimal),
            verdict: part.verdict.as_str().to_owned(),
            weight_percent: decimal(line.weight),
            age: word.and_then(|word| duration(word.age)),
            venue_time: word.and_then(|word| word.venue_time).and_then(timestamp),
            sentence: line.sentence.clone(),
        }
    };
    aggregation.contributions.iter().zip(lines).map(contribution).collect()
}
