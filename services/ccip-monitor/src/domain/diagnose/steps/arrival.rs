//! From the source's block to the destination: finality, then a report that covers the message.

use std::time::Duration;

use causeway_primitives::Timestamp;

use super::super::{
    diagnosis::{Step, StepName},
    evidence::{Arrival, Evidence},
    verdict::destination_time,
};
use crate::domain::lane::Dialect;

/// Step 5: the send's block is final at its source.
pub(crate) fn finality(evidence: &Evidence) -> Step {
    let name = StepName::Finality;
    let height = &evidence.source_watch.final_height;
    let block = evidence.subject.sent_block;
    let step = match &height.value {
        Err(gap) => Step::unknown(name, format!("up to where the source is final: {gap}")),
        Ok(Some(height)) if *height >= block => {
            Step::ok(name, format!("block {block} is final; the source is up to {height}"))
        }
        Ok(height) => {
            let missing = block.saturating_sub(height.unwrap_or_default());
            let detail = format!("block {block} is not final yet: {missing} blocks to go");
            Step::waiting(name, detail, eta(evidence, missing))
        }
    };
    step.proven_by([height.proof.as_str()])
}

/// When so many blocks will be there, at the pace since the send.
fn eta(evidence: &Evidence, missing: u64) -> Option<Timestamp> {
    let head = evidence.source_watch.head.find()?;
    let blocks =
        u32::try_from(head.number.checked_sub(evidence.subject.sent_block)?).ok().filter(|blocks| *blocks > 0)?;
    let pace = head.time.since(evidence.subject.sent_at).checked_div(blocks)?;
    Some(head.time.after(pace.checked_mul(u32::try_from(missing).ok()?)?))
}

/// Step 6: a report of the destination covers the message.
pub(crate) fn commit(evidence: &Evidence) -> Step {
    let name = StepName::Commit;
    let destination = &evidence.destination;
    let proofs = [
        &evidence.arrival.proof,
        &destination.root_accepted.proof,
        &destination.blessed.proof,
        &destination.next_commit.proof,
        &evidence.source.expected_next.proof,
        &destination.paused.proof,
    ];
    let step = match &evidence.subject.lane.dialect {
        Dialect::V2_0 => Step::not_applicable(name, "2.0 commits nothing on chain: proofs travel with the execution"),
        Dialect::Private(_) => Step::not_applicable(name, "a private dialect has no reports of arrival"),
        Dialect::V1_5 | Dialect::V1_6 => match &evidence.arrival.value {
            Err(gap) => Step::unknown(name, gap.to_string()),
            Ok(Some(arrival)) => arrived(evidence, arrival),
            Ok(None) => not_arrived(evidence),
        },
    };
    step.proven_by(proofs.map(String::as_str))
}

/// The store knows a report; the chain must still hold its root.
fn arrived(evidence: &Evidence, arrival: &Arrival) -> Step {
    let name = StepName::Commit;
    let Arrival { first, last, at, .. } = arrival;
    match &evidence.destination.root_accepted.value {
        Err(gap) => return Step::unknown(name, format!("whether the destination still holds the root: {gap}")),
        Ok(None) => {
            let detail = format!("the root over {first} to {last} was accepted at {at} and is there no longer");
            return Step::problem(
                name,
                detail,
                "Ask the destination's owner why the root was removed and when it is committed again.",
            );
        }
        Ok(Some(_)) => {}
    }
    if evidence.subject.lane.dialect == Dialect::V1_5 {
        match &evidence.destination.blessed.value {
            Err(gap) => return Step::unknown(name, format!("whether the root is blessed: {gap}")),
            Ok(false) => {
                return Step::waiting(name, format!("the root over {first} to {last} is not blessed yet"), None);
            }
            Ok(true) => {}
        }
    }
    Step::ok(name, format!("the report over {first} to {last} was accepted at {at}"))
}

/// No report was read; the destination's own counter says whether there is one.
fn not_arrived(evidence: &Evidence) -> Step {
    let name = StepName::Commit;
    let Some(sequence) = evidence.subject.sequence else {
        return Step::unknown(name, "the message has no number, so no report can be found for it");
    };
    if evidence.destination.paused.find() == Some(&true) {
        return Step::problem(name, "the commit store is paused", "Ask its owner when commits go on.");
    }
    let next = match &evidence.destination.next_commit.value {
        Ok(next) => *next,
        Err(gap) => return Step::unknown(name, format!("which number the destination expects next: {gap}")),
    };
    if next > sequence {
        let detail =
            format!("the destination expects {next} next, so {sequence} has arrived, but its report was not read yet");
        return Step::unknown(name, detail);
    }
    let pending = pending(evidence, next);
    let Some(waited) = destination_time(evidence).map(|now| now.since(evidence.subject.sent_at)) else {
        return Step::unknown(name, "the destination's time is not known");
    };
    if waited <= evidence.limits.expire_after {
        let detail = format!("no report covers {sequence} yet; the destination expects {next} next{pending}");
        return Step::waiting(name, detail, Some(due(evidence.subject.sent_at, evidence.limits.expire_after)));
    }
    let detail = format!(
        "no report covers {sequence} after {} s; the destination expects {next} next{pending}",
        waited.as_secs()
    );
    Step::problem(name, detail, "Ask who runs the committing nodes: they must read the source and transmit reports.")
}

/// How many messages wait for a report.
fn pending(evidence: &Evidence, next: u64) -> String {
    let given = evidence.source.expected_next.find();
    given.map(|given| format!(", and {} messages wait for a report", given.saturating_sub(next))).unwrap_or_default()
}

fn due(from: Timestamp, within: Duration) -> Timestamp {
    from.after(within)
}
