//! The execution itself, and the gas that the receiver gets.

use causeway_primitives::{Timestamp, U256};

use super::super::{
    diagnosis::{Step, StepName},
    evidence::{Attempt, Bucket, Delivery, Evidence, ExecutionState},
    manual,
    verdict::destination_time,
};
use crate::domain::{event::Outcome, lane::Dialect};

/// Step 9: what the off-ramp says of the message, and why it failed.
pub(crate) fn execution(evidence: &Evidence) -> Step {
    let name = StepName::Execution;
    let destination = &evidence.destination;
    let buckets = destination.buckets.iter().map(|bucket| bucket.proof.as_str());
    let proofs = [
        &destination.execution.proof,
        &evidence.attempts.proof,
        &destination.pending.proof,
        &destination.threshold.proof,
    ];
    let step = match &destination.execution.value {
        Err(gap) => Step::unknown(name, format!("the message's state at the off-ramp: {gap}")),
        Ok(ExecutionState::Succeeded) => Step::ok(name, "executed"),
        Ok(ExecutionState::InProgress) => Step::waiting(name, "its execution is under way", None),
        Ok(ExecutionState::Failed) => failed(evidence),
        Ok(ExecutionState::Untouched) => untouched(evidence),
    };
    step.proven_by(proofs.into_iter().map(String::as_str).chain(buckets))
}

fn failed(evidence: &Evidence) -> Step {
    let name = StepName::Execution;
    let Some(attempts) = evidence.attempts.find() else {
        return Step::unknown(name, "it failed, and its executions could not be read");
    };
    if let Some(tx) = first_pending(evidence) {
        return Step::waiting(name, format!("it failed, and is tried again in the pending transaction {tx}"), None);
    }
    let last = attempts.iter().rfind(|attempt| attempt.outcome == Some(Outcome::Failed));
    let reverted = attempts.iter().filter(|attempt| attempt.outcome.is_none()).count();
    let again = if reverted == 0 { String::new() } else { format!("; {reverted} attempts by hand were reverted") };
    let why = last.and_then(|attempt| attempt.failure.as_ref());
    let words = why.map_or("no execution with its reason was read", |failure| failure.words.as_str());
    let detail = format!("its execution failed: {words}{again}");
    Step::problem(name, detail, failed_action(evidence, last))
}

/// What helps against this failure, before it is executed by hand.
fn failed_action(evidence: &Evidence, last: Option<&Attempt>) -> String {
    let stated = last.and_then(|attempt| Some(attempt.at.after(attempt.failure.as_ref()?.retry_after?)));
    if let Some(until) = stated.max(refilled(evidence)) {
        return format!("Wait until {until}, when the token pool's rate limit has room.");
    }
    let silent = last.and_then(|attempt| attempt.failure.as_ref()).is_some_and(|failure| failure.silent);
    match (evidence.destination.delivery.find(), manual::gas_override(evidence)) {
        (Some(Delivery::Takes { gas }), Some(more)) => {
            format!("The receiver needs {gas} gas and the message gives less: override the gas limit with {more}.")
        }
        (Some(Delivery::Takes { .. }), None) => "The receiver takes the message now.".to_owned(),
        (Some(Delivery::Reverts { reason }), _) => format!("Mend the receiver first; it still refuses: {reason}."),
        (Some(Delivery::NotCalled) | None, _) if silent => {
            "The receiver gave no reason: it ran out of gas or reverted bare; try with more gas.".to_owned()
        }
        (Some(Delivery::NotCalled) | None, _) => "Remove the cause of the failure first.".to_owned(),
    }
}

/// When the slowest pool has room for what the message brings; `None`: all have.
fn refilled(evidence: &Evidence) -> Option<Timestamp> {
    let now = destination_time(evidence)?;
    evidence.destination.buckets.iter().filter_map(|bucket| room_at(bucket.find()?, now)).max()
}

/// When a bucket has room; `None`: it has, or it never will.
fn room_at(bucket: &Bucket, now: Timestamp) -> Option<Timestamp> {
    if !bucket.enabled || bucket.wanted > bucket.capacity {
        return None;
    }
    let passed = U256::from(now.since(bucket.updated_at).as_secs());
    let there = bucket.tokens.saturating_add(passed.saturating_mul(bucket.rate)).min(bucket.capacity);
    let missing = bucket.wanted.checked_sub(there).filter(|missing| !missing.is_zero())?;
    let seconds = missing.checked_add(bucket.rate)?.checked_sub(U256::from(1))?.checked_div(bucket.rate)?;
    Some(now.after(std::time::Duration::from_secs(u64::try_from(seconds).ok()?)))
}

fn untouched(evidence: &Evidence) -> Step {
    let name = StepName::Execution;
    if let Some(tx) = first_pending(evidence) {
        return Step::waiting(name, format!("it is being executed in the pending transaction {tx}"), None);
    }
    let Some(now) = destination_time(evidence) else {
        return Step::unknown(name, "the destination's time is not known");
    };
    if let Some(over) =
        evidence.destination.buckets.iter().filter_map(|read| read.find()).find(|bucket| never_fits(bucket))
    {
        let detail =
            format!("it brings {} of {} and the pool's limit is {} at once", over.wanted, over.token, over.capacity);
        return Step::problem(name, detail, "Ask the pool's owner to raise its capacity: it will never fit otherwise.");
    }
    let possible = manual::plan(evidence).map(|manual| manual.possible_from);
    let arrived = evidence.destination.root_accepted.find().copied().flatten();
    match (&evidence.subject.lane.dialect, possible) {
        (Dialect::V1_5 | Dialect::V1_6, Some(from)) if now >= from => Step::problem(
            name,
            format!("it arrived at {} and nobody executed it in time", arrived.unwrap_or(evidence.subject.sent_at)),
            "Ask who runs the executing nodes.",
        ),
        (Dialect::V1_5 | Dialect::V1_6, from) => {
            Step::waiting(name, "it was not executed yet", from.or(refilled(evidence)))
        }
        (Dialect::V2_0 | Dialect::Private(_), _) => overdue(evidence, now),
    }
}

fn never_fits(bucket: &Bucket) -> bool {
    bucket.enabled && bucket.wanted > bucket.capacity
}

/// Without reports only the lane's own time says that it is late.
fn overdue(evidence: &Evidence, now: Timestamp) -> Step {
    let name = StepName::Execution;
    let due = evidence.subject.sent_at.after(evidence.limits.expire_after);
    if now <= due {
        return Step::waiting(name, "it was not executed yet", Some(due));
    }
    let detail = format!("it was due at {due} and was not executed");
    Step::problem(name, detail, "Ask who executes the messages of this lane.")
}

fn first_pending(evidence: &Evidence) -> Option<causeway_primitives::B256> {
    evidence.destination.pending.find()?.first().copied()
}

/// Step 10: the gas that the receiver gets against what it needs now.
pub(crate) fn gas(evidence: &Evidence) -> Step {
    let name = StepName::Gas;
    let delivery = &evidence.destination.delivery;
    let given = evidence.subject.gas_limit;
    if let Dialect::Private(_) = evidence.subject.lane.dialect {
        return Step::not_applicable(name, "how a private dialect calls its receivers is not known");
    }
    let step = match (&delivery.value, given) {
        (Err(gap), _) => Step::unknown(name, format!("whether the receiver takes it now: {gap}")),
        (Ok(Delivery::NotCalled), _) => {
            Step::ok(name, "the receiver is not called: it has no code or does not receive messages")
        }
        (Ok(Delivery::Reverts { reason }), _) => Step::problem(
            name,
            format!("the receiver would refuse it now whatever gas it gets: {reason}"),
            "Mend the receiver; more gas does not help.",
        ),
        (Ok(Delivery::Takes { gas }), None) => Step::ok(name, format!("the receiver would take it with {gas} gas")),
        (Ok(Delivery::Takes { gas }), Some(given)) if U256::from(*gas) > given => Step::problem(
            name,
            format!("the receiver needs {gas} gas and the message gives {given}"),
            manual::gas_override(evidence)
                .map(|more| format!("Execute it by hand with a gas limit of {more}."))
                .unwrap_or_default(),
        ),
        (Ok(Delivery::Takes { gas }), Some(given)) => {
            Step::ok(name, format!("the receiver would take it with {gas} gas of {given}"))
        }
    };
    step.proven_by([delivery.proof.as_str()])
}
