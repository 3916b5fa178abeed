//! Instructions as calls of the token, and what the token remembers of them.

use std::{collections::BTreeMap, sync::Arc};

use alloy::{
    primitives::{B256, Bytes, U256},
    sol_types::{SolCall, SolError, SolEvent, SolValue},
};
use async_trait::async_trait;
use causeway_chain::{
    endpoints::{Block, EndpointSet, Evidence, Query},
    finality::Finality,
    intent::{EventPattern, Expectation, Failure, Intent, IntentKey, OnNonceTaken, Outcome, Stage},
    journal::{self, Journal},
    revert::Reason,
    sender::Sender,
};
use causeway_primitives::{Address, AssetId, ChainId, Timestamp, keccak256};

use super::abi::SettlementToken;
use crate::{
    domain::{
        instruction::{Instruction, Movement},
        reconcile::Supply,
        request::{OnChain, Request},
        units::Units,
    },
    ports::{Backend, NoEffect, Progress, Sighting, SupplyAt},
};

/// A token of an asset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// Its contract.
    pub address: Address,
}

/// The tokens of all assets.
pub type Tokens = BTreeMap<AssetId, Token>;

/// The backend.
#[derive(Debug)]
pub struct Direct {
    endpoints: EndpointSet,
    /// How many endpoints must agree on what a token says.
    quorum: usize,
    finality: Finality,
    sender: Sender,
    journal: Arc<dyn Journal>,
    tokens: Tokens,
}

impl Direct {
    /// A backend over a sender, which somebody else drives, and its journal.
    pub fn new(
        (endpoints, quorum, finality): (EndpointSet, usize, Finality),
        sender: Sender,
        journal: Arc<dyn Journal>,
        tokens: Tokens,
    ) -> Self {
        Self { endpoints, quorum, finality, sender, journal, tokens }
    }

    /// The last block that can no longer be undone and that the quorum knows. Where the chain itself says what is final,
    /// each endpoint is asked, and the lowest of a quorum's answers is one that all of them have.
    async fn final_block(&self) -> Option<Block> {
        let evidence = self.endpoints.evidence(self.quorum);
        let head = evidence.height().await.agreed()?;
        let height = match self.finality {
            Finality::Instant | Finality::Depth(_) => self.finality.height(head, None)?,
            Finality::Finalized => self.finalized(head).await?,
        };
        evidence.pin(height).await.agreed()
    }

    async fn finalized(&self, head: u64) -> Option<u64> {
        let mut heights = Vec::with_capacity(self.endpoints.len());
        for session in self.endpoints.sessions() {
            heights.extend(self.finality.read(&session, head).await.ok().flatten());
        }
        heights.sort_unstable_by(|a, b| b.cmp(a));
        heights.get(self.quorum.saturating_sub(1)).copied()
    }

    async fn read<C: SolCall>(&self, block: &Block, token: Token, call: &C) -> Option<C::Return> {
        let query = Query::Call { to: token.address, data: call.abi_encode().into() };
        match self.endpoints.evidence(self.quorum).read(block, &query).await {
            Evidence::Agreed { value, .. } => C::abi_decode_returns(&value).ok(),
            Evidence::Disagreement { .. } | Evidence::Unknown(_) => None,
        }
    }

    /// What a stage of the sender means for the request.
    fn told(&self, stage: &Stage) -> Progress {
        match stage {
            Stage::Unsigned => Progress::Unsigned,
            Stage::Pending { .. } | Stage::Included { .. } => Progress::Signed,
            Stage::Settled(Outcome::Confirmed(inclusion)) => Progress::Mined(OnChain {
                chain: self.endpoints.chain_id(),
                tx_hash: inclusion.tx_hash,
                block_number: inclusion.block_number,
                block_hash: inclusion.block_hash,
            }),
            Stage::Settled(Outcome::Failed(Failure::Expired)) => Progress::Lapsed,
            // The token says itself that it has happened before.
            Stage::Settled(Outcome::Failed(Failure::WouldRevert(Reason::Custom { selector, .. })))
                if *selector == SettlementToken::ReferenceUsed::SELECTOR =>
            {
                Progress::Doubtful
            }
            Stage::Settled(Outcome::Failed(Failure::WouldRevert(_) | Failure::Refused(_) | Failure::TooMuchGas)) => {
                Progress::WouldRevert
            }
            Stage::Settled(
                Outcome::Reverted { .. } | Outcome::EventMissing(_) | Outcome::Failed(Failure::NonceTaken),
            ) => Progress::Doubtful,
        }
    }

    async fn remembered(&self, request: &Request) -> Option<B256> {
        let token = *self.tokens.get(&request.instruction.asset)?;
        let block = self.final_block().await?;
        let call = SettlementToken::operationsCall { businessReference: request.instruction.reference.get() };
        self.read(&block, token, &call).await
    }
}

#[async_trait]
impl Backend for Direct {
    fn chain(&self) -> ChainId {
        self.endpoints.chain_id()
    }

    fn effect(&self, request: &Request, attempt: u32, expires_at: Timestamp) -> Result<Intent, NoEffect> {
        let instruction = &request.instruction;
        let token = self.tokens.get(&instruction.asset).ok_or(NoEffect::Asset)?;
        let reference = instruction.reference.get();
        let performed = [Some(SettlementToken::Performed::SIGNATURE_HASH), Some(reference)];
        let ends = [instruction.movement.from(), instruction.movement.to()];
        let ends = ends.map(|end| Some(end.unwrap_or(Address::ZERO).into_word()));
        Ok(Intent {
            key: key(request, attempt)?,
            to: token.address,
            value: U256::ZERO,
            data: call(instruction)?,
            expect: Expectation::Event(EventPattern {
                address: token.address,
                topics: performed.into_iter().chain(ends).collect(),
            }),
            // The reference, and not the nonce, is what keeps it from happening twice.
            on_nonce_taken: OnNonceTaken::SignAgain,
            expires_at: Some(expires_at),
            traceparent: causeway_telemetry::propagation::current_traceparent(),
        })
    }

    fn wake(&self) {
        self.sender.wake();
    }

    async fn progress(&self, request: &Request) -> Result<Progress, journal::Error> {
        let Ok(key) = key(request, request.saga.attempt) else { return Ok(Progress::Doubtful) };
        let found = self.journal.find(&key).await?;
        Ok(found.map_or(Progress::Doubtful, |state| self.told(&state.stage)))
    }

    async fn look_up(&self, request: &Request) -> Sighting {
        match self.remembered(request).await {
            None => Sighting::Unreadable,
            Some(digest) if digest == B256::ZERO => Sighting::Absent,
            Some(digest) if digest == operation(&request.instruction) => Sighting::Found,
            Some(_) => Sighting::OtherContent,
        }
    }

    async fn supply(&self, asset: &AssetId, holders: &[Address]) -> Option<SupplyAt> {
        let token = *self.tokens.get(asset)?;
        let block = self.final_block().await?;
        let total = self.read(&block, token, &SettlementToken::totalSupplyCall {}).await?;
        let mut balances = Units::ZERO;
        for account in holders {
            let balance = self.read(&block, token, &SettlementToken::balanceOfCall { account: *account }).await?;
            balances = balances.checked_add(Units::new(balance))?;
        }
        let supply = Supply { total: Units::new(total), balances };
        Some(SupplyAt { supply, block_number: block.number, block_hash: block.hash })
    }
}

/// The name of an attempt's intent: the same attempt is never journaled under two.
fn key(request: &Request, attempt: u32) -> Result<IntentKey, NoEffect> {
    format!("token:{}:{attempt}", request.instruction.reference).parse().map_err(|_| NoEffect::Key)
}

fn call(instruction: &Instruction) -> Result<Bytes, NoEffect> {
    let (amount, reference) = (instruction.units.get(), instruction.reference.get());
    let data = match instruction.movement {
        Movement::Mint { to } => {
            SettlementToken::mintWithReferenceCall { to, amount, businessReference: reference }.abi_encode()
        }
        Movement::Redeem { from } => {
            SettlementToken::burnWithReferenceCall { from, amount, businessReference: reference }.abi_encode()
        }
        Movement::Transfer { from, to } => {
            SettlementToken::transferWithReferenceCall { from, to, amount, businessReference: reference }.abi_encode()
        }
        // A bridge has a backend of its own.
        Movement::Bridge { .. } => return Err(NoEffect::Kind),
    };
    Ok(data.into())
}

/// What the token remembers of an instruction that it carried out.
fn operation(instruction: &Instruction) -> B256 {
    let [from, to] = match instruction.movement {
        Movement::Mint { to } => [Address::ZERO, to],
        Movement::Redeem { from } => [from, Address::ZERO],
        Movement::Transfer { from, to } | Movement::Bridge { from, to, .. } => [from, to],
    };
    keccak256((from, to, instruction.units.get()).abi_encode())
}
