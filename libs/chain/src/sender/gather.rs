//! Reads the facts of an intent: everything from one endpoint, and what the decision compares at the
//! block that the look read first.

use std::future::Future;

use alloy::{primitives::Address, rpc::types::TransactionReceipt};
use futures_util::{
    future::{join_all, try_join_all},
    try_join,
};

use super::{
    Facts, Funds, Inner, Mined, Simulation,
    facts::Effect,
    fees::{Market, updates_left},
    look::{Look, Others, account_of, gas_price},
};
use crate::{
    endpoints::{BlockTag, CallRequest, Error, Session},
    intent::{Expectation, Inclusion, Intent, IntentState, Stage},
    revert::Reason,
    rpc::RefusalKind,
};

impl Inner {
    /// The facts of one intent.
    pub(super) async fn facts(&self, look: &Look, state: &IntentState) -> Result<Facts, super::Error> {
        let others = &look.others(state, self.parts.signer.address());
        let liveness = self.parts.endpoints.liveness();
        let mut facts = liveness.run(|session| self.read(session, look, state, others)).await?;
        if let Stage::Pending { nonce } = state.stage
            && facts.final_nonce > nonce
            && facts.mined.is_none()
        {
            // The nonce is used and this endpoint has no receipt. Before an outsider is blamed, every
            // endpoint is asked: one whose index lags must not make us sign the same wish twice.
            facts.mined = self.mined_anywhere(state).await;
        }
        Ok(facts)
    }

    async fn mined_anywhere(&self, state: &IntentState) -> Option<Mined> {
        let endpoints = &self.parts.endpoints;
        let reads = (0..endpoints.len()).map(|index| async move { mined(&endpoints.session(index), state).await });
        join_all(reads).await.into_iter().find_map(|found| found.ok().flatten())
    }

    fn read<'a>(
        &'a self,
        session: Session,
        look: &'a Look,
        state: &'a IntentState,
        others: &'a Others,
    ) -> impl Future<Output = Result<Facts, Error>> + Send + 'a {
        let signer = self.parts.signer.address();
        let account = account_of(state).unwrap_or(signer);
        async move {
            let (height, holder) = look.shared(&session, account, &self.parts.policy).await?;
            let (mined, simulation) = try_join!(mined(&session, state), simulation(&session, account, state))?;
            let pooled = mined.is_none() && pooled(&session, state).await?;
            let is_filler = state.intent.is_filler(account);
            Ok(Facts {
                head: height.head.number,
                base_fee: height.head.base_fee,
                gas_price: height.gas_price,
                final_height: height.final_height,
                nonce: holder.nonce,
                final_nonce: holder.final_nonce,
                balance: holder.balance,
                free_nonce: others.free_nonce(holder.nonce, is_filler),
                gap: others.gap(holder.nonce, &state.stage),
                // A filler frees the others, so it does not wait for them.
                in_flight: if is_filler { 0 } else { others.in_flight },
                mined,
                ours: account == signer,
                pooled,
                simulation,
            })
        }
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
/// whatever other transaction made it revert.
async fn revert_reason(session: &Session, from: Address, intent: &Intent, block: u64) -> Result<Reason, Error> {
    match session.simulate(&call(from, intent), BlockTag::Number(block)).await {
        Ok(_) => Ok(Reason::Unrepeatable),
        Err(error) => reason(&error).ok_or(error),
    }
}

async fn pooled(session: &Session, state: &IntentState) -> Result<bool, Error> {
    let known = try_join_all(state.living().map(|attempt| session.knows_transaction(attempt.hash))).await?;
    Ok(known.contains(&true))
}

async fn simulation(session: &Session, from: Address, state: &IntentState) -> Result<Option<Simulation>, Error> {
    match state.stage {
        Stage::Unsigned => simulate(session, from, &state.intent).await.map(Some),
        Stage::Pending { .. } | Stage::Included { .. } | Stage::Settled(_) => Ok(None),
    }
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
