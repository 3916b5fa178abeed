//! The ground that everything stands on: what the monitor itself knows, and that the send is real.

use super::super::{
    diagnosis::{Step, StepName},
    evidence::{Evidence, Limits, Mined, Subject, Watch},
};
use crate::domain::event::IdProof;

/// Step 0: the monitor first.
pub(crate) fn monitor(evidence: &Evidence) -> Step {
    let name = StepName::Monitor;
    let watches = [&evidence.source_watch, &evidence.destination_watch];
    let proofs = watches.into_iter().flat_map(|watch| {
        [&watch.cursor.proof, &watch.head.proof, &watch.final_height.proof, &watch.holes.proof].map(String::as_str)
    });
    let doubts: Vec<_> = watches.into_iter().filter_map(|watch| doubt(watch, evidence)).collect();
    let unread = [evidence.attempts.find_gap(), evidence.arrival.find_gap()];
    let unread: Vec<_> = unread.into_iter().flatten().map(ToString::to_string).collect();
    let step = match (doubts.is_empty(), unread.first()) {
        (false, _) => Step::unknown(name, doubts.join("; ")),
        (true, Some(gap)) => Step::unknown(name, format!("the message's own records: {gap}")),
        (true, None) => Step::ok(name, "both chains are read up to their heads without holes"),
    };
    step.proven_by(proofs)
}

/// Why this chain is not known well enough; `None`: it is.
fn doubt(watch: &Watch, evidence: &Evidence) -> Option<String> {
    let Limits { behind, head_age, .. } = evidence.limits;
    let chain = &watch.chain;
    let cursor = match &watch.cursor.value {
        Ok(cursor) => cursor,
        Err(gap) => return Some(format!("{chain}: how far it was read is not known ({gap})")),
    };
    let head = match &watch.head.value {
        Ok(head) => head,
        Err(gap) => return Some(format!("{chain}: its head is not known ({gap})")),
    };
    let lag = head.time.since(cursor.time);
    if lag > behind {
        let blocks = head.number.saturating_sub(cursor.number);
        return Some(format!("{chain}: read {} s and {blocks} blocks behind its head", lag.as_secs()));
    }
    let age = evidence.now.since(head.time);
    if age > head_age {
        return Some(format!(
            "{chain}: its last block is {} s old; either the chain stands still or the endpoints lag",
            age.as_secs()
        ));
    }
    match &watch.holes.value {
        Ok(0) => None,
        Ok(holes) => Some(format!("{chain}: {holes} open holes in what was read where the message may be")),
        Err(gap) => Some(format!("{chain}: whether there are holes is not known ({gap})")),
    }
}

/// Step 1: the send is on the chain and is what it claims to be.
pub(crate) fn send(evidence: &Evidence) -> Step {
    let subject = &evidence.subject;
    let read = &evidence.source.mined;
    let step = match (&read.value, subject.id_proof) {
        (Err(gap), _) => Step::unknown(StepName::Send, format!("whether the send is on the chain: {gap}")),
        (Ok(mined), _) if subject.orphaned => orphaned(mined.as_ref()),
        (Ok(_), IdProof::Mismatch { computed }) => Step::problem(
            StepName::Send,
            format!("the content gives the id {computed} and not {}", subject.id),
            "Treat it as tampering until the on-ramp's code has been looked at.",
        ),
        (Ok(mined), IdProof::Verified | IdProof::NotDerivable) => accepted(subject, mined.as_ref()),
    };
    step.proven_by([read.proof.as_str()])
}

/// A reorganisation took the send away; the chain says whether it has come back since.
fn orphaned(mined: Option<&Mined>) -> Step {
    let name = StepName::Send;
    match mined {
        None => Step::problem(
            name,
            "a reorganisation took the send off the chain, and it has not come back",
            "Send it again, if the sender's transaction is gone for good.",
        ),
        Some(mined) => Step::unknown(
            name,
            format!("a reorganisation moved the send to block {}, which was not read yet", mined.block_hash),
        ),
    }
}

fn accepted(subject: &Subject, mined: Option<&Mined>) -> Step {
    let name = StepName::Send;
    match mined {
        Some(mined) if mined.block_hash == subject.sent_block_hash && mined.succeeded => {
            Step::ok(name, format!("accepted in block {} at {}", subject.sent_block, subject.sent_at))
        }
        Some(mined) if !mined.succeeded => {
            Step::unknown(name, "its transaction is on the chain as reverted, which the log contradicts")
        }
        Some(mined) => Step::unknown(
            name,
            format!("its transaction now stands in block {}, which was not read yet", mined.block_hash),
        ),
        None => Step::unknown(name, "no endpoint knows its transaction: a reorganisation, or receipts were pruned"),
    }
}
