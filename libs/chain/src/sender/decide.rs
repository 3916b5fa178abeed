//! The one thing to do next for an intent. Pure: no clock, no chain, no journal.

use alloy::primitives::{B256, U256};
use causeway_primitives::Timestamp;

use super::{Facts, Leave, Mined, SendPolicy, Simulation, facts::Effect};
use crate::{
    finality::Finality,
    intent::{Attempt, Failure, Inclusion, IntentState, OnNonceTaken, Outcome, Stage},
    transaction::Fees,
};

/// The fields of an attempt that the decision chooses; everything else is the intent's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Draft {
    /// The nonce.
    pub nonce: u64,
    /// The fees.
    pub fees: Fees,
    /// The gas limit.
    pub gas_limit: u64,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Sign the first attempt, journal it, send it.
    Sign(Draft),
    /// Send a journaled attempt for the first time: an earlier process died before it could.
    Broadcast(B256),
    /// Send a journaled attempt again, the same bytes: no pool holds it any more.
    Dropped(B256),
    /// Sign another attempt with the same nonce, journal it, send it: the last one is stuck.
    Replace(Draft),
    /// Use up a nonce below with a transaction to ourselves that does nothing, because nothing above it can
    /// be mined before. The intent's own bytes stay as they are: signed again with the lower nonce, both
    /// could take effect.
    FillGap(u64),
    /// Nothing, for a reason.
    Wait(Waiting),
    /// Note that it was mined; it is not final yet.
    Included {
        /// The nonce that it used.
        nonce: u64,
        /// Where.
        inclusion: Inclusion,
    },
    /// Note that it is not mined any more, or elsewhere: back to pending.
    Reorganised {
        /// The nonce of its attempts.
        nonce: u64,
    },
    /// An outsider's transaction used the nonce for good; the intent becomes unsigned.
    NonceTaken,
    /// Final, status 1, with the expected event.
    Confirmed(Inclusion),
    /// Final, status 0, or status 1 without the expected event.
    Reverted(Outcome),
    /// It cannot be mined any more, and never was.
    Failed(Failure),
}

/// Why nothing is to be done now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waiting {
    /// It is over.
    Settled,
    /// An endpoint's pool holds it.
    Mining,
    /// No pool holds it, but it was sent only just now.
    Propagating,
    /// It is mined and not final yet.
    Finality,
    /// The account cannot pay for it.
    Funds {
        /// What it may cost in wei.
        needed: U256,
    },
    /// The market is above the cap.
    FeeCap,
    /// Stuck, and no further attempt is allowed or possible.
    AttemptsExhausted,
    /// Whoever must give leave gives none.
    NoLeave,
    /// Too many other intents are unmined.
    InFlight,
    /// It has not been simulated yet.
    Simulation,
    /// The journal names a nonce without the bytes that use it. They may have been sent, so nothing else
    /// may be signed: a person must look.
    BytesMissing,
}

/// The one thing to do next.
///
/// Without leave nothing goes out, whether it is new or was sent before; what may be mined is followed all the same.
pub fn next(state: &IntentState, facts: &Facts, policy: &SendPolicy, now: Timestamp) -> Action {
    let action = if_there_is_leave(state, facts, policy, now);
    match (facts.leave, &action) {
        (
            Leave::Withheld,
            Action::Sign(_) | Action::Broadcast(_) | Action::Dropped(_) | Action::Replace(_) | Action::FillGap(_),
        ) => Action::Wait(Waiting::NoLeave),
        (
            Leave::Given | Leave::Withheld,
            Action::Sign(_)
            | Action::Broadcast(_)
            | Action::Dropped(_)
            | Action::Replace(_)
            | Action::FillGap(_)
            | Action::Wait(_)
            | Action::Included { .. }
            | Action::Reorganised { .. }
            | Action::NonceTaken
            | Action::Confirmed(_)
            | Action::Reverted(_)
            | Action::Failed(_),
        ) => action,
    }
}

/// The order of the questions is what makes it safe: what was mined comes before what could be done, and
/// what was signed before what could be signed.
fn if_there_is_leave(state: &IntentState, facts: &Facts, policy: &SendPolicy, now: Timestamp) -> Action {
    match &state.stage {
        Stage::Settled(_) => Action::Wait(Waiting::Settled),
        Stage::Unsigned => first_attempt(state, facts, policy, now),
        Stage::Pending { nonce } => match &facts.mined {
            Some(mined) => {
                settle(mined, policy, facts, || Action::Included { nonce: *nonce, inclusion: mined.inclusion })
            }
            None => unmined(state, *nonce, facts, policy, now),
        },
        Stage::Included { nonce, inclusion } => match &facts.mined {
            Some(mined) if mined.inclusion == *inclusion => {
                settle(mined, policy, facts, || Action::Wait(Waiting::Finality))
            }
            // Gone, or in another block: whatever was concluded from the old one does not hold.
            Some(_) | None => Action::Reorganised { nonce: *nonce },
        },
    }
}

/// Mined: over if final, otherwise `not_yet`. A revert waits for finality too, since the same bytes may
/// go through in another block.
fn settle(mined: &Mined, policy: &SendPolicy, facts: &Facts, not_yet: impl FnOnce() -> Action) -> Action {
    let inclusion = mined.inclusion;
    // The receipt may be of a block after the head that was read; with instant finality it is final too.
    let is_final = policy.finality == Finality::Instant || facts.is_final(inclusion.block_number);
    if !is_final {
        return not_yet();
    }
    match &mined.effect {
        Effect::Expected => Action::Confirmed(inclusion),
        Effect::EventMissing => Action::Reverted(Outcome::EventMissing(inclusion)),
        Effect::Reverted(reason) => Action::Reverted(Outcome::Reverted { inclusion, reason: reason.clone() }),
    }
}

/// Signed and not mined.
fn unmined(state: &IntentState, nonce: u64, facts: &Facts, policy: &SendPolicy, now: Timestamp) -> Action {
    if facts.final_nonce > nonce {
        return match state.intent.on_nonce_taken {
            OnNonceTaken::SignAgain => Action::NonceTaken,
            OnNonceTaken::Fail => Action::Failed(Failure::NonceTaken),
        };
    }
    if facts.nonce > nonce {
        // Used on the chain, but not for good yet: a reorganisation may give it back.
        return Action::Wait(Waiting::Finality);
    }
    let Some(newest) = state.newest() else {
        return Action::Wait(Waiting::BytesMissing);
    };
    let Some(sent_at) = newest.sent_at else {
        return Action::Broadcast(newest.hash);
    };
    if facts.ours && now.since(newest.signed_at) >= policy.stuck_after {
        if let Some(gap) = facts.gap {
            return Action::FillGap(gap);
        }
        if let Some(draft) = replacement(state, newest, facts, policy) {
            return Action::Replace(draft);
        }
        if facts.pooled {
            return Action::Wait(Waiting::AttemptsExhausted);
        }
    }
    if facts.pooled {
        Action::Wait(Waiting::Mining)
    } else if now.since(sent_at) >= policy.resend_after {
        Action::Dropped(newest.hash)
    } else {
        Action::Wait(Waiting::Propagating)
    }
}

/// The next attempt with the same nonce: dearer, or where gas is free with one more unit of gas, so that
/// its hash differs. `None` when no more are allowed or it would not be taken.
fn replacement(state: &IntentState, newest: &Attempt, facts: &Facts, policy: &SendPolicy) -> Option<Draft> {
    let signed = u32::try_from(state.living().count()).unwrap_or(u32::MAX);
    // Bytes that no pool holds are sent again, not replaced: they are as good as new ones, unless the
    // market has left them behind.
    let outpriced = policy.fees.outprices(newest.fees, facts.market());
    if signed >= policy.max_attempts || !(facts.pooled || outpriced) {
        return None;
    }
    let fees = policy.bumped(newest.fees, facts.market())?;
    let gas_limit = newest.gas_limit.checked_add(1).filter(|limit| *limit <= policy.max_gas)?;
    let affordable = cost(state, gas_limit, fees).is_some_and(|needed| needed <= facts.balance);
    affordable.then_some(Draft { nonce: newest.nonce, fees, gas_limit })
}

/// Nothing signed that could be mined.
fn first_attempt(state: &IntentState, facts: &Facts, policy: &SendPolicy, now: Timestamp) -> Action {
    if state.intent.expires_at.is_some_and(|expiry| now >= expiry) {
        return Action::Failed(Failure::Expired);
    }
    if facts.in_flight >= policy.max_in_flight {
        return Action::Wait(Waiting::InFlight);
    }
    let gas = match &facts.simulation {
        None => return Action::Wait(Waiting::Simulation),
        Some(Simulation::Passes { gas }) => *gas,
        Some(Simulation::Reverts(reason)) => return Action::Failed(Failure::WouldRevert(reason.clone())),
        Some(Simulation::Refused(kind)) => return Action::Failed(Failure::Refused(*kind)),
    };
    let Some(gas_limit) = policy.gas_limit(gas) else {
        return Action::Failed(Failure::TooMuchGas);
    };
    let Some(fees) = policy.fees.first(facts.market()) else {
        return Action::Wait(Waiting::FeeCap);
    };
    match cost(state, gas_limit, fees) {
        Some(needed) if needed <= facts.balance => Action::Sign(Draft { nonce: facts.free_nonce, fees, gas_limit }),
        Some(needed) => Action::Wait(Waiting::Funds { needed }),
        None => Action::Wait(Waiting::Funds { needed: U256::MAX }),
    }
}

/// What it may cost at most, in wei; `None` beyond 256 bits.
fn cost(state: &IntentState, gas_limit: u64, fees: Fees) -> Option<U256> {
    U256::from(gas_limit).checked_mul(U256::from(fees.ceiling()))?.checked_add(state.intent.value)
}

#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;
