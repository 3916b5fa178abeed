//! When and how a message can be executed by hand.
//!
//! An off-ramp takes a manual execution when the message's state is "failed", or when its report was accepted longer
//! ago than `permissionLessExecutionThresholdSeconds` (1.6 `OffRamp.manuallyExecute`; 1.2 and 1.5 alike). 2.0's
//! `execute` is open to everybody at once.

use causeway_primitives::{Timestamp, U256};

use super::{
    diagnosis::Manual,
    evidence::{Delivery, Evidence, ExecutionState},
};
use crate::domain::{event::Outcome, lane::Dialect};

/// The ramp's own work around the receiver's call, which a first execution must be able to pay before it swallows the
/// receiver's failure; what Chainlink's own tools add.
const FLOOR_ABOVE_MESSAGE: u64 = 200_000;

/// The floor where the message gives its receiver no gas.
const FLOOR_WITHOUT_GAS: u64 = 240_000;

/// An override gives the receiver so much more than the simulated call used, in percent: state may change on the way.
const OVERRIDE_PERCENT: u64 = 130;

pub(super) fn plan(evidence: &Evidence) -> Option<Manual> {
    let private = matches!(evidence.subject.lane.dialect, Dialect::Private(_));
    let done = evidence.destination.execution.find() == Some(&ExecutionState::Succeeded);
    if private || done || evidence.subject.status == crate::domain::message::Status::Executed {
        return None;
    }
    let gas_override = gas_override(evidence);
    Some(Manual {
        off_ramp: *evidence.destination.off_ramp.find()?,
        possible_from: possible_from(evidence)?,
        gas_override,
        gas_floor: gas_floor(evidence, gas_override),
        call: evidence.call.value.clone(),
    })
}

/// `None`: it has not arrived, or the chain's answers do not say when.
fn possible_from(evidence: &Evidence) -> Option<Timestamp> {
    if evidence.destination.execution.find() == Some(&ExecutionState::Failed) {
        let attempts = evidence.attempts.find()?;
        let failed = attempts.iter().rfind(|attempt| attempt.outcome == Some(Outcome::Failed));
        return failed.map(|attempt| attempt.at).or_else(|| super::verdict::destination_time(evidence));
    }
    match &evidence.subject.lane.dialect {
        Dialect::V1_5 | Dialect::V1_6 => {
            let accepted = (*evidence.destination.root_accepted.find()?)?;
            // "Longer ago than", not "so long ago": one second more.
            let threshold = evidence.destination.threshold.find()?.checked_add(std::time::Duration::from_secs(1))?;
            Some(accepted.after(threshold))
        }
        Dialect::V2_0 => Some(evidence.subject.sent_at),
        Dialect::Private(_) => None,
    }
}

/// More gas for the receiver, where the simulated call used more than the message gives.
pub(super) fn gas_override(evidence: &Evidence) -> Option<U256> {
    more_gas(evidence.subject.gas_limit?, evidence.destination.delivery.find()?)
}

/// What to give to a receiver that a simulated delivery asked; `None`: what the message gives is enough, or no gas helps.
pub fn more_gas(given: U256, delivery: &Delivery) -> Option<U256> {
    match delivery {
        Delivery::Takes { gas } if U256::from(*gas) > given => {
            let more = U256::from(*gas).checked_mul(U256::from(OVERRIDE_PERCENT))?;
            more.checked_div(U256::from(100))
        }
        Delivery::Takes { .. } | Delivery::Reverts { .. } | Delivery::NotCalled => None,
    }
}

fn gas_floor(evidence: &Evidence, gas_override: Option<U256>) -> U256 {
    let gas = gas_override.or(evidence.subject.gas_limit).unwrap_or_default();
    if gas.is_zero() {
        return U256::from(FLOOR_WITHOUT_GAS);
    }
    match &evidence.subject.lane.dialect {
        // 120 % of the message's gas.
        Dialect::V2_0 => gas.saturating_add(gas.checked_div(U256::from(5)).unwrap_or_default()),
        Dialect::V1_5 | Dialect::V1_6 | Dialect::Private(_) => gas.saturating_add(U256::from(FLOOR_ABOVE_MESSAGE)),
    }
}
