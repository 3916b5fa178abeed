//! Each rule in one sentence, with the numbers that it compared.

use causeway_primitives::Ppm;

use super::{
    Mark, Rule, RuleLine,
    words::{from_chain, percent, price, seconds, venues},
};
use crate::domain::{
    aggregate::Aggregate,
    breaker::{Breaker, Position},
    decide::{Assessment, OnChain, Pending, RefuseReason, covers},
    evaluation::{Evaluation, Inputs, Material},
    policy::{Breach, FeedPolicy},
    route::Operation,
};

/// One line for each rule, in the order in which they apply. Rules that need an answer are not applied
/// without one.
pub(super) fn lines(policy: &FeedPolicy, inputs: &Inputs, evaluation: &Evaluation) -> Vec<RuleLine> {
    let mut lines: Vec<RuleLine> = route(inputs, evaluation).into_iter().chain([quorum(evaluation)]).collect();
    if let Some(answer) = evaluation.aggregation.answer() {
        lines.push(range(policy, answer));
        lines.push(spread(policy, answer));
        lines.push(jump(policy, evaluation, answer));
        lines.push(breaker(&evaluation.breaker));
        lines.push(deviation(policy, &inputs.on_chain, answer));
        lines.push(heartbeat(policy, &inputs.on_chain, answer));
        lines.push(pending(policy, inputs.pending.as_ref(), answer));
    } else {
        lines.push(breaker(&evaluation.breaker));
    }
    lines
}

fn line(rule: Rule, mark: Mark, sentence: String) -> RuleLine {
    RuleLine { rule, mark, sentence }
}

/// How a derived feed was computed; a feed of venues has its sources' lines instead.
fn route(inputs: &Inputs, evaluation: &Evaluation) -> Option<RuleLine> {
    let Material::Derived(legs) = &inputs.material else { return None };
    let steps: Vec<String> = legs
        .iter()
        .map(|leg| {
            let sign = match leg.operation {
                Operation::Multiply => "×",
                Operation::Divide => "÷",
            };
            let value = inputs.conversions.get(&leg.feed);
            let value = value.map_or_else(|| "no price".to_owned(), |aggregate| aggregate.exact.to_string());
            format!("{sign} {} ({value})", leg.feed)
        })
        .collect();
    let complete = legs.iter().all(|leg| inputs.conversions.get(&leg.feed).is_some());
    let result = evaluation.aggregation.answer().map_or_else(String::new, |answer| format!(" = {}", answer.price));
    Some(line(Rule::Route, Mark::when(complete), format!("1 {}{result}", steps.join(" "))))
}

fn quorum(evaluation: &Evaluation) -> RuleLine {
    let heads = evaluation.aggregation.headcount;
    let sentence = format!("{} of {} needed", venues(heads.had), heads.needed);
    line(Rule::Quorum, Mark::when(heads.had >= heads.needed), sentence)
}

fn range(policy: &FeedPolicy, answer: &Aggregate) -> RuleLine {
    let value = price(policy, answer.answer);
    match policy.terms().bounds.breach(answer.answer) {
        None => line(Rule::Range, Mark::Met, format!("{value} is within the bounds")),
        Some(Breach::Below(min)) => {
            line(Rule::Range, Mark::NotMet, format!("{value} is below the smallest allowed, {}", price(policy, min)))
        }
        Some(Breach::Above(max)) => {
            line(Rule::Range, Mark::NotMet, format!("{value} is above the largest allowed, {}", price(policy, max)))
        }
    }
}

fn spread(policy: &FeedPolicy, answer: &Aggregate) -> RuleLine {
    let limit = policy.terms().max_spread;
    let sentence = format!("the venues are {} apart, at most {} is allowed", percent(answer.spread), percent(limit));
    line(Rule::Spread, Mark::when(answer.spread <= limit), sentence)
}

fn jump(policy: &FeedPolicy, evaluation: &Evaluation, answer: &Aggregate) -> RuleLine {
    let rule = policy.terms().jump;
    let unconfirmed = evaluation.assessment == Assessment::Suspicious(RefuseReason::UnconfirmedJump);
    let sentence = if unconfirmed {
        format!(
            "a move of {} or more is confirmed by {} with {} dissenting; it takes {} and none",
            percent(rule.threshold),
            venues(answer.voices),
            answer.dissenting,
            rule.confirmations,
        )
    } else {
        format!("no unconfirmed move of {} or more", percent(rule.threshold))
    };
    line(Rule::Jump, Mark::when(!unconfirmed), sentence)
}

fn breaker(breaker: &Breaker) -> RuleLine {
    let position = breaker.effective();
    let state = match breaker.forced {
        Some(forced) => forced.as_str(),
        None => position.as_str(),
    };
    line(Rule::Breaker, Mark::when(position == Position::Closed), format!("the breaker is {}", state.replace('_', " ")))
}

fn deviation(policy: &FeedPolicy, on_chain: &OnChain, answer: &Aggregate) -> RuleLine {
    let trigger = policy.terms().trigger;
    let Some(round) = &on_chain.latest else {
        return line(Rule::Deviation, Mark::NotApplied, "the feed has no round yet".to_owned());
    };
    let sentence = format!(
        "{} is {}, the threshold is {}",
        price(policy, answer.answer),
        from_chain(policy, round.answer, answer.answer),
        percent(trigger.deviation),
    );
    let deviates = trigger.profile.deviates(round.answer, answer.answer, trigger.deviation);
    line(Rule::Deviation, Mark::when(deviates), sentence)
}

fn heartbeat(policy: &FeedPolicy, on_chain: &OnChain, answer: &Aggregate) -> RuleLine {
    let trigger = policy.terms().trigger;
    let Some(round) = &on_chain.latest else {
        return line(Rule::Heartbeat, Mark::NotApplied, "the feed has no round yet".to_owned());
    };
    let after = trigger.heartbeat.saturating_sub(trigger.lead);
    let sentence = format!(
        "the answer on chain is {} old at block {}, due at {} of {}",
        seconds(on_chain.block.time.since(round.updated_at)),
        on_chain.block.number,
        seconds(after),
        seconds(trigger.heartbeat),
    );
    let due = trigger.profile.is_due(round, on_chain.block.time, answer.as_of, after);
    line(Rule::Heartbeat, Mark::when(due), sentence)
}

fn pending(policy: &FeedPolicy, pending: Option<&Pending>, answer: &Aggregate) -> RuleLine {
    let Some(sent) = pending else {
        return line(Rule::Pending, Mark::NotApplied, "no transaction is pending".to_owned());
    };
    let accept = policy.terms().pending_accept;
    // A distance that no price can have says that nothing replaces an answer on its way.
    let rule = if accept == Ppm::new(u64::MAX) {
        "the next answer waits for it".to_owned()
    } else {
        format!("it is replaced from a distance of {} on", percent(accept))
    };
    let sentence = format!("{} is sent and not mined; {rule}", price(policy, sent.answer));
    line(Rule::Pending, Mark::when(!covers(policy, Some(sent), answer.answer)), sentence)
}
