//! Reads the facts of an intent: everything from one endpoint, and what the decision compares at the
//! block that the look read first.

use alloy::{primitives::Address, rpc::types::TransactionReceipt};
use causeway_primitives::Timestamp;
use futures_util::{
    FutureExt as _, StreamExt as _,
    future::{join_all, try_join_all},
    stream, try_join,
};

use super::{
    Facts, Funds, Inner, Mined, SendPolicy, Simulation,
    facts::Effect,
    fees::{Market, updates_left},
    gate::Leave,
    look::{Account, Height, Look, Others, gas_price},
};
use crate::{
    endpoints::{BlockTag, CallRequest, Error, Session},
    intent::{Expectation, Inclusion, Intent, IntentState, Stage},
    revert::Reason,
    rpc::RefusalKind,
};

/// So many questions are put to the endpoints at once.
pub(super) const AT_ONCE: usize = 16;

/// What an endpoint shows of one intent. What the other intents mean for it is looked up when it is its turn.
pub(super) struct Sight {
    height: Height,
    holder: Account,
    ours: bool,
    mined: Option<Mined>,
    pooled: bool,
    simulation: Option<Simulation>,
}

impl Sight {
    /// With what the other intents mean by now.
    pub(super) fn facts(self, others: &Others, is_filler: bool, stage: &Stage, leave: Leave) -> Facts {
        let Self { height, holder, ours, mined, pooled, simulation } = self;
        Facts {
            head: height.head.number,
            base_fee: height.head.base_fee,
            gas_price: height.gas_price,
            final_height: height.final_height,
            nonce: holder.nonce,
            final_nonce: holder.final_nonce,
            balance: holder.balance,
            free_nonce: others.free_nonce(holder.nonce, is_filler),
            gap: others.gap(holder.nonce, stage),
            // A filler frees the others, so it does not wait for them.
            in_flight: if is_filler { 0 } else { others.in_flight },
            mined,
            ours,
            pooled,
            simulation,
            leave,
        }
    }
}

impl Inner {
    /// What the chain shows of these intents, each with its index.
    pub(super) async fn sights(&self, look: &Look, indices: &[usize]) -> Vec<(usize, Result<Sight, Error>)> {
        let mut asked = Vec::with_capacity(indices.len());
        for index in indices {
            let Some(state) = look.get(*index) else { continue };
            let account = look.account(*index).unwrap_or_else(|| self.parts.signer.address());
            asked.push(async move { (*index, self.sight(look, state, account).await) }.boxed());
        }
        stream::iter(asked).buffered(AT_ONCE).collect().await
    }

    async fn sight(&self, look: &Look, state: &IntentState, account: Address) -> Result<Sight, Error> {
        let liveness = self.parts.endpoints.liveness();
        let mut sight = liveness.run(|session| self.read(session, look, state, account)).await?;
        if let Stage::Pending { nonce } = state.stage
            && sight.holder.final_nonce > nonce
            && sight.mined.is_none()
        {
            // The nonce is used and this endpoint has no receipt. Before an outsider is blamed, every
            // endpoint is asked: one whose index lags must not make us sign the same wish twice.
            sight.mined = self.mined_anywhere(state).await;
        }
        Ok(sight)
    }

    async fn mined_anywhere(&self, state: &IntentState) -> Option<Mined> {
        let endpoints = &self.parts.endpoints;
        let reads = (0..endpoints.len()).map(|index| async move { mined(&endpoints.session(index), state).await });
        join_all(reads).await.into_iter().find_map(|found| found.ok().flatten())
    }

    async fn read(&self, session: Session, look: &Look, state: &IntentState, account: Address) -> Result<Sight, Error> {
        let (signer, policy) = (self.parts.signer.address(), &self.parts.policy);
        let (height, holder) = look.shared(&session, account, policy).await?;
        let mined =
            async { if may_be_mined(&state.stage, holder.nonce) { mined(&session, state).await } else { Ok(None) } };
        let (mined, simulation) = try_join!(mined, self.simulation(&session, account, state))?;
        let asks_pool = mined.is_none() && pool_decides(state, policy, (self.parts.clock)());
        let pooled = asks_pool && pooled(&session, state).await?;
        Ok(Sight { height, holder, ours: account == signer, mined, pooled, simulation })
    }

    async fn simulation(
        &self,
        session: &Session,
        from: Address,
        state: &IntentState,
    ) -> Result<Option<Simulation>, Error> {
        match state.stage {
            Stage::Unsigned => self.trial(session, from, &state.intent).await.map(Some),
            Stage::Pending { .. } | Stage::Included { .. } | Stage::Settled(_) => Ok(None),
        }
    }

    /// Under the limit that a like call had; by an estimate where there is none, or the node says that it does not go through.
    async fn trial(&self, session: &Session, from: Address, intent: &Intent) -> Result<Simulation, Error> {
        let known = self.needs().of(intent);
        if let Some((gas, limit)) = known.and_then(|gas| Some((gas, self.parts.policy.gas_limit(gas)?))) {
            match session.simulate_within(&call(from, intent), limit).await {
                Ok(_) => return Ok(Simulation::Passes { gas }),
                Err(error) if error.refusal().is_some() => {}
                // An endpoint that does not answer is left at once, not asked again.
                Err(error) => return Err(error),
            }
        }
        let found = simulate(session, from, intent).await?;
        if let Simulation::Passes { gas } = found {
            self.needs().learn(intent, gas);
        }
        Ok(found)
    }

    pub(super) async fn simulate(&self, intent: &Intent) -> Result<Simulation, super::Error> {
        let (account, liveness) = (self.parts.signer.address(), self.parts.endpoints.liveness());
        Ok(liveness.run(|session| async move { simulate(&session, account, intent).await }).await?)
    }

    pub(super) async fn funds(&self, gas_per_update: u64) -> Result<Funds, super::Error> {
        let (account, fees) = (self.parts.signer.address(), self.parts.policy.fees);
        let liveness = self.parts.endpoints.liveness();
        let read = liveness.run(|session| async move {
            let head = session.head().await?;
            let at = BlockTag::Number(head.number);
            let (balance, gas_price) = try_join!(session.balance(account, at), gas_price(&session, fees))?;
            Ok((balance, Market { gas_price, base_fee: head.base_fee }))
        });
        let (balance, market) = read.await?;
        Ok(Funds { balance, updates_left: updates_left(balance, gas_per_update, fees.current(market)) })
    }
}

/// A nonce that the account has not reached is in no block: one answer for everything that waits, where a receipt would be
/// asked for each.
const fn may_be_mined(stage: &Stage, account_nonce: u64) -> bool {
    match stage {
        Stage::Pending { nonce } => account_nonce > *nonce,
        Stage::Included { .. } => true,
        Stage::Unsigned | Stage::Settled(_) => false,
    }
}

/// What a pool holds matters when it is time to send again or to replace, and not before.
fn pool_decides(state: &IntentState, policy: &SendPolicy, now: Timestamp) -> bool {
    state.newest().is_some_and(|newest| {
        let waits = |since: Option<Timestamp>, limit| since.is_some_and(|since| now.since(since) >= limit);
        waits(newest.sent_at, policy.resend_after) || waits(Some(newest.signed_at), policy.stuck_after)
    })
}

/// The receipt of whichever living attempt was mined; they share a nonce, so there is at most one.
async fn mined(session: &Session, state: &IntentState) -> Result<Option<Mined>, Error> {
    let receipts = try_join_all(state.living().map(|attempt| session.find_receipt(attempt.hash))).await?;
    for receipt in receipts.into_iter().flatten() {
        // Some nodes give a receipt without a block for what is still pending.
        if let (Some(block_number), Some(block_hash)) = (receipt.block_number, receipt.block_hash) {
            let inclusion = Inclusion {
                tx_hash: receipt.transaction_hash,
                block_number,
                block_hash,
                gas_used: receipt.gas_used,
                gas_price: receipt.effective_gas_price,
            };
            let effect = effect(session, &state.intent, &receipt, block_number).await?;
            return Ok(Some(Mined { inclusion, effect }));
        }
    }
    Ok(None)
}

async fn effect(session: &Session, intent: &Intent, receipt: &TransactionReceipt, block: u64) -> Result<Effect, Error> {
    if !receipt.status() {
        return Ok(Effect::Reverted(revert_reason(session, receipt.from, intent, block).await?));
    }
    let shown = match &intent.expect {
        Expectation::Status => true,
        Expectation::Event(pattern) => {
            receipt.inner.logs().iter().any(|log| pattern.matches(log.address(), log.topics()))
        }
    };
    Ok(if shown { Effect::Expected } else { Effect::EventMissing })
}

/// A receipt does not say why. The call is tried again at the block that it reverted in, which also holds
/// whatever other transaction made it revert. That it reverted is known without: a node that refuses, because the block's
/// state is pruned say, refuses tomorrow as well, and what waited for its reason would never end.
async fn revert_reason(session: &Session, from: Address, intent: &Intent, block: u64) -> Result<Reason, Error> {
    match session.simulate(&call(from, intent), BlockTag::Number(block)).await {
        Ok(_) => Ok(Reason::Unrepeatable),
        Err(error) => match error.refusal().map(crate::rpc::Refusal::kind) {
            None | Some(RefusalKind::RateLimited) => Err(error),
            Some(_) => Ok(reason(&error).unwrap_or(Reason::Unrepeatable)),
        },
    }
}

async fn pooled(session: &Session, state: &IntentState) -> Result<bool, Error> {
    let known = try_join_all(state.living().map(|attempt| session.knows_transaction(attempt.hash))).await?;
    Ok(known.contains(&true))
}

async fn simulate(session: &Session, from: Address, intent: &Intent) -> Result<Simulation, Error> {
    let request = call(from, intent);
    let error = match session.estimate_gas(&request).await {
        Ok(gas) => return Ok(Simulation::Passes { gas }),
        Err(error) => error,
    };
    // Besu's estimate reports a revert without its reason; the call has it.
    let error = match session.simulate(&request, BlockTag::Latest).await {
        Ok(_) => error,
        Err(told) => told,
    };
    match (reason(&error), error.refusal().map(crate::rpc::Refusal::kind)) {
        (Some(reason), _) => Ok(Simulation::Reverts(reason)),
        (None, Some(kind)) if !kind.blames_endpoint() => Ok(Simulation::Refused(kind)),
        (None, Some(_) | None) => Err(error),
    }
}

fn call(from: Address, intent: &Intent) -> CallRequest {
    CallRequest { from: Some(from), to: intent.to, data: intent.data.clone(), value: intent.value }
}

/// The contract's reason, when an error is a revert.
fn reason(error: &Error) -> Option<Reason> {
    let refusal = error.refusal().filter(|refusal| refusal.kind() == RefusalKind::Reverted)?;
    Some(refusal.data().map_or(Reason::Silent, Reason::decode))
}
