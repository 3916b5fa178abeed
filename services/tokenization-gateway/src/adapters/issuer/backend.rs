//! The backend: our contracts, whoever carries the calls to them.

use std::{collections::BTreeMap, sync::Arc};

use alloy::primitives::B256;
use async_trait::async_trait;
use causeway_primitives::{Address, AssetId, ChainId, ChainSelector, Timestamp};

use super::{
    abi::{SettlementToken, TokenBridge},
    chain::Chain,
    operation::{Operation, Route, Token, Tokens, departed, remembered},
    seams::{Bridge, Carrier},
};
use crate::{
    domain::{
        instruction::{Instruction, Movement},
        reconcile::Supply,
        request::Request,
        units::Units,
    },
    ports::{Arrival, Backend, Effect, NoEffect, Progress, Sighting, SupplyAt, Unread},
};

/// What watches a way to another chain.
pub type Bridges = BTreeMap<(AssetId, ChainSelector), Arc<dyn Bridge>>;

/// The backend.
#[derive(Debug)]
pub struct Issuer {
    chain: Chain,
    tokens: Tokens,
    carrier: Arc<dyn Carrier>,
    bridges: Bridges,
}

impl Issuer {
    /// Over the tokens of a chain, with somebody who carries calls there, and the ways to other chains.
    pub const fn new(chain: Chain, tokens: Tokens, carrier: Arc<dyn Carrier>, bridges: Bridges) -> Self {
        Self { chain, tokens, carrier, bridges }
    }

    fn token(&self, asset: &AssetId) -> Option<&Token> {
        self.tokens.get(asset)
    }

    /// Both at one block: what the token remembers, and, where a bridge sent it on, what that does. Somebody who burned
    /// under our reference past the bridge did something else.
    async fn sight(&self, instruction: &Instruction) -> Option<Sighting> {
        let token = self.token(&instruction.asset)?;
        let expected = remembered(instruction, token).ok()?;
        let block = self.chain.final_block().await?;
        let reference = instruction.reference.get();
        let call = SettlementToken::operationsCall { businessReference: reference };
        let found = self.chain.read(&block, token.address, &call).await?;
        if found == B256::ZERO {
            return Some(Sighting::Absent);
        }
        let mut same = found == expected;
        if let Some((bridge, expected)) = sent_on(instruction, token) {
            let call = TokenBridge::departuresCall { businessReference: reference };
            same &= self.chain.read(&block, bridge, &call).await? == expected;
        }
        Some(if same { Sighting::Found } else { Sighting::OtherContent })
    }
}

/// Which bridge carries an instruction on, and what it remembers of it.
fn sent_on(instruction: &Instruction, token: &Token) -> Option<(Address, B256)> {
    let Movement::Bridge { from, to, destination } = instruction.movement else { return None };
    match token.route(destination).ok()? {
        Route::Ccip { bridge } => Some((bridge, departed(instruction, (from, to), destination))),
        Route::Cacti { .. } => None,
    }
}

#[async_trait]
impl Backend for Issuer {
    fn chain(&self) -> ChainId {
        self.chain.id()
    }

    fn effect(&self, request: &Request, attempt: u32, expires_at: Timestamp) -> Result<Effect, NoEffect> {
        let operation = Operation::of(&request.instruction, &self.tokens)?;
        self.carrier.effect(operation, (request.instruction.reference, attempt), expires_at)
    }

    fn wake(&self) {
        self.carrier.wake();
    }

    async fn progress(&self, request: &Request) -> Result<Progress, Unread> {
        self.carrier.progress((request.instruction.reference, request.saga.attempt)).await
    }

    async fn look_up(&self, request: &Request) -> Sighting {
        self.sight(&request.instruction).await.unwrap_or(Sighting::Unreadable)
    }

    async fn arrival(&self, request: &Request) -> Arrival {
        let Movement::Bridge { destination, .. } = request.instruction.movement else { return Arrival::Here };
        match self.bridges.get(&(request.instruction.asset.clone(), destination)) {
            Some(bridge) => bridge.arrival(request).await,
            None => Arrival::Unreadable,
        }
    }

    async fn onward(&self, request: &Request, expires_at: Timestamp) -> Result<Effect, NoEffect> {
        let Movement::Bridge { destination, .. } = request.instruction.movement else { return Err(NoEffect::Kind) };
        let way = self.bridges.get(&(request.instruction.asset.clone(), destination)).ok_or(NoEffect::Kind)?;
        way.onward(request, expires_at).await
    }

    fn reversal(&self, request: &Request) -> Option<Request> {
        let Movement::Bridge { from, destination, .. } = request.instruction.movement else { return None };
        let token = self.token(&request.instruction.asset)?;
        let movement = match token.route(destination).ok()? {
            Route::Ccip { .. } => Movement::Mint { to: from },
            Route::Cacti { escrow } => Movement::Transfer { from: escrow, to: from },
        };
        let reference = request.instruction.reference.undo();
        let instruction = Instruction { movement, reference, ..request.instruction.clone() };
        Some(Request { instruction, ..request.clone() })
    }

    async fn supply(&self, asset: &AssetId, holders: &[Address]) -> Option<SupplyAt> {
        let token = self.token(asset)?;
        let block = self.chain.final_block().await?;
        let total = self.chain.read(&block, token.address, &SettlementToken::totalSupplyCall {}).await?;
        let mut balances = Units::ZERO;
        for account in holders {
            let call = SettlementToken::balanceOfCall { account: *account };
            balances = balances.checked_add(Units::new(self.chain.read(&block, token.address, &call).await?))?;
        }
        let supply = Supply { total: Units::new(total), balances };
        Some(SupplyAt { supply, block_number: block.number, block_hash: block.hash })
    }
}
