//! Reads the facts of an intent: everything from one endpoint, and what the decision compares at the
//! block that it read first.

use std::future::Future;

use alloy::{primitives::Address, rpc::types::TransactionReceipt};
use futures_util::{
    future::{join_all, try_join_all},
    try_join,
};

use super::{
    Facts, FeePolicy, Funds, Inner, Mined, Simulation,
    facts::Effect,
    fees::{Market, updates_left},
};
use crate::{
    endpoints::{Block, BlockTag, CallRequest, Error, Session},
    finality::Finality,
    intent::{Expectation, Inclusion, Intent, IntentState, Stage},
    revert::Reason,
    rpc::RefusalKind,
    transaction::SignedTx,
};

/// What the journal contributes to the facts.
#[derive(Debug, Default)]
struct Others {
    /// The nonces of the other open intents.
    nonces: Vec<u64>,
    /// How many of them have unmined attempts.
    in_flight: usize,
    /// True when one of them is about to fill a gap.
    filler_waits: bool,
}

impl Others {
    fn of(open: &[IntentState], state: &IntentState, account: Address) -> Self {
        let mut others = Self::default();
        for other in open.iter().filter(|other| other.intent.key != state.intent.key) {
            // Nonces are counted by account, and a predecessor may have had another one.
            let ours = account_of(other).is_none_or(|signer| signer == account);
            others.nonces.extend(other.stage.nonce().filter(|_| ours));
            match other.stage {
                Stage::Pending { .. } => others.in_flight = others.in_flight.saturating_add(usize::from(ours)),
                Stage::Unsigned => others.filler_waits |= other.intent.is_filler(account),
                Stage::Included { .. } | Stage::Settled(_) => {}
            }
        }
        others
    }

    /// The first nonce from `nonce` on that nobody uses. A filler takes a gap; everybody else lines up
    /// behind the others, so that what was wanted later also happens later.
    fn free_nonce(&self, nonce: u64, is_filler: bool) -> u64 {
        if is_filler {
            (nonce..).find(|candidate| !self.nonces.contains(candidate)).unwrap_or(nonce)
        } else {
            self.nonces.iter().fold(nonce, |free, used| free.max(used.saturating_add(1)))
        }
    }

    /// The chain's next nonce, when it is below the intent's and nobody is going to use it.
    fn gap(&self, nonce: u64, stage: &Stage) -> Option<u64> {
        let waits_above = matches!(stage, Stage::Pending { nonce: own } if *own > nonce);
        (waits_above && !self.filler_waits && !self.nonces.contains(&nonce)).then_some(nonce)
    }
}

/// Who signed the attempts that can still be mined; `None` for an intent without any.
fn account_of(state: &IntentState) -> Option<Address> {
    state.newest().and_then(|attempt| SignedTx::account_of(&attempt.raw))
}

impl Inner {
    /// What is signed comes first, since its end makes room. Of what is not, no more than there may be room for: with
    /// a thousand wishes at once the rest would only be asked about to be told to wait. The expired are let through
    /// to their end.
    pub(super) fn worth_a_look<'a>(&self, open: &'a [IntentState]) -> impl Iterator<Item = &'a IntentState> {
        let (account, now) = (self.parts.signer.address(), (self.parts.clock)());
        let unsigned = |state: &&IntentState| state.stage == Stage::Unsigned;
        let mut room = self.parts.policy.max_in_flight;
        let admitted = move |state: &&IntentState| {
            let expired = state.intent.expires_at.is_some_and(|expiry| now >= expiry);
            if expired || state.intent.is_filler(account) {
                return true;
            }
            let has_room = room > 0;
            room = room.saturating_sub(1);
            has_room
        };
        let signed = open.iter().filter(move |state| !unsigned(state));
        signed.chain(open.iter().filter(unsigned).filter(admitted))
    }

    /// The facts of one intent.
    pub(super) async fn facts(&self, state: &IntentState) -> Result<Facts, super::Error> {
        let open = self.parts.journal.list_open().await?;
        let others = &Others::of(&open, state, self.parts.signer.address());
        let mut facts = self.parts.endpoints.liveness().run(|session| self.read(session, state, others)).await?;
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
        state: &'a IntentState,
        others: &'a Others,
    ) -> impl Future<Output = Result<Facts, Error>> + Send + 'a {
        let policy = &self.parts.policy;
        let signer = self.parts.signer.address();
        let account = account_of(state).unwrap_or(signer);
        async move {
            let head = session.head().await?;
            let at = BlockTag::Number(head.number);
            let final_height = policy.finality.read(&session, head.number).await?;
            let (nonce, final_nonce, balance, gas_price, mined, simulation) = try_join!(
                session.nonce(account, at),
                final_nonce(&session, account, &head, policy.finality, final_height),
                session.balance(account, at),
                gas_price(&session, policy.fees),
                mined(&session, state),
                simulation(&session, account, state),
            )?;
            let pooled = mined.is_none() && pooled(&session, state).await?;
            let is_filler = state.intent.is_filler(account);
            Ok(Facts {
                head: head.number,
                base_fee: head.base_fee,
                gas_price,
                final_height,
                nonce,
                final_nonce,
                balance,
                free_nonce: others.free_nonce(nonce, is_filler),
                gap: others.gap(nonce, &state.stage),
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

async fn final_nonce(
    session: &Session,
    account: Address,
    head: &Block,
    finality: Finality,
    height: Option<u64>,
) -> Result<u64, Error> {
    match (finality, height) {
        (_, None) => Ok(0),
        (Finality::Instant, Some(_)) => session.nonce(account, BlockTag::Number(head.number)).await,
        (Finality::Depth(_) | Finality::Finalized, Some(height)) => {
            session.nonce(account, BlockTag::Number(height)).await
        }
    }
}

/// Not asked where gas is free: the answer would be the node's default, and wrong.
async fn gas_price(session: &Session, fees: FeePolicy) -> Result<u128, Error> {
    match fees {
        FeePolicy::Free => Ok(0),
        FeePolicy::Legacy { .. } | FeePolicy::Eip1559 { .. } => session.gas_price().await,
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
