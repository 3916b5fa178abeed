//! Who must come first, and who has to bring it: earlier messages of the sender, and the relay service of a private
//! dialect.

use causeway_primitives::U256;

use super::super::{
    diagnosis::{Step, StepName},
    evidence::{Evidence, ExecutionState},
    verdict::destination_time,
};
use crate::domain::lane::Dialect;

/// Step 8: the message's turn within its sender's messages has come.
pub(crate) fn order(evidence: &Evidence) -> Step {
    let name = StepName::Order;
    let Some(nonce) = evidence.subject.nonce.filter(|nonce| *nonce > 0) else {
        return Step::not_applicable(name, "it may be executed in any order");
    };
    let proofs = [evidence.destination.inbound_nonce.proof.as_str(), evidence.blocker.proof.as_str()];
    let done = match &evidence.destination.inbound_nonce.value {
        Ok(done) => *done,
        Err(gap) => return Step::unknown(name, format!("the sender's last executed nonce: {gap}")).proven_by(proofs),
    };
    let step = if done.saturating_add(1) >= nonce {
        Step::ok(name, format!("the sender's messages up to nonce {done} were executed; this one has {nonce}"))
    } else {
        behind(evidence, nonce, done)
    };
    step.proven_by(proofs)
}

fn behind(evidence: &Evidence, nonce: u64, done: u64) -> Step {
    let next = done.saturating_add(1);
    let detail = format!("the message has nonce {nonce} and the sender's nonce {next} must be executed first");
    let named = evidence.blocker.find().copied().flatten();
    let (detail, action) = match named {
        Some(blocker) => (
            format!("{detail}: message {}, which is {}", blocker.id, blocker.status),
            format!("Diagnose message {}: it holds up all that follow it.", blocker.id),
        ),
        None => (detail, format!("Find the sender's message with nonce {next} and diagnose it.")),
    };
    Step::problem(StepName::Order, detail, action)
}

/// The relay service of a private dialect: nobody else brings the message.
pub(crate) fn relay(evidence: &Evidence) -> Step {
    let name = StepName::Relay;
    let relay = &evidence.destination.relay;
    let proofs = [&relay.last.proof, &relay.allowed.proof, &relay.balance.proof, &relay.gas_price.proof];
    let step = match &evidence.subject.lane.dialect {
        Dialect::V1_5 | Dialect::V1_6 | Dialect::V2_0 => {
            Step::not_applicable(name, "no relay service is between the chains")
        }
        Dialect::Private(_) => relayed(evidence),
    };
    step.proven_by(proofs.map(String::as_str))
}

fn relayed(evidence: &Evidence) -> Step {
    let name = StepName::Relay;
    let relay = &evidence.destination.relay;
    let last = match &relay.last.value {
        Err(gap) => return Step::unknown(name, format!("which message the relay service brought last: {gap}")),
        Ok(None) => return idle(evidence, "the relay service has brought no message over this lane yet"),
        Ok(Some(last)) => last,
    };
    if relay.allowed.find() == Some(&false) {
        let detail = format!("the account {} that relayed last may relay no longer", last.relayer);
        return Step::problem(name, detail, "Grant it the relayer role again, or start the relayer that has it.");
    }
    let broke =
        relay.balance.find().is_some_and(U256::is_zero) && relay.gas_price.find().is_some_and(|wei| !wei.is_zero());
    if broke {
        let detail = format!("the relayer {} has no coins, and gas is not free", last.relayer);
        return Step::problem(name, detail, "Top up the relayer's account.");
    }
    let detail = format!("the relay service brought its last message at {}, sent at {}", last.at, last.sent_at);
    if last.sent_at > evidence.subject.sent_at && untouched(evidence) {
        let detail = format!("{detail}: a later one than this, which it passed over");
        return Step::problem(name, detail, "Look for this message in the relay service's log: it passed it over.");
    }
    idle(evidence, &detail)
}

/// Fine while there is time, a problem after it.
fn idle(evidence: &Evidence, detail: &str) -> Step {
    let name = StepName::Relay;
    let Some(waited) = destination_time(evidence).map(|now| now.since(evidence.subject.sent_at)) else {
        return Step::unknown(name, "the destination's time is not known");
    };
    if waited <= evidence.limits.expire_after || !untouched(evidence) {
        return Step::ok(name, detail);
    }
    let detail = format!("{detail}; this message waits since {} s", waited.as_secs());
    Step::problem(name, detail, "Look whether the relay service runs and reads the source chain.")
}

fn untouched(evidence: &Evidence) -> bool {
    evidence.destination.execution.find() == Some(&ExecutionState::Untouched)
}
