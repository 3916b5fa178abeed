//! The backend: our contracts, whoever carries the calls to them.

use std::{collections::BTreeMap, sync::Arc};

use alloy::primitives::B256;
use async_trait::async_trait;
use causeway_chain::endpoints::Block;
use causeway_primitives::{Address, AssetId, ChainId, ChainSelector, Timestamp};
use futures_util::future::join_all;

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

/// So many questions are put to the chain at once.
const AT_ONCE: usize = 16;

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
    async fn sight(&self, block: &Block, instruction: &Instruction) -> Option<Sighting> {
        let token = self.token(&instruction.asset)?;
        let expected = remembered(instruction, token).ok()?;
        let reference = instruction.reference.get();
        let call = SettlementToken::operationsCall { businessReference: reference };
        let found = self.chain.read(block, token.address, &call).await?;
        if found == B256::ZERO {
            return Some(Sighting::Absent);
        }
        let mut same = found == expected;
        if let Some((bridge, expected)) = sent_on(instruction, token) {
            let call = TokenBridge::departuresCall { businessReference: reference };
            same &= self.chain.read(block, bridge, &call).await? == expected;
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

    async fn progress(&self, requests: &[&Request]) -> Result<Vec<Progress>, Unread> {
        let names = requests.iter().map(|request| (request.instruction.reference, request.saga.attempt));
        self.carrier.progress(&names.collect::<Vec<_>>()).await
    }

    async fn look_up(&self, requests: &[&Request]) -> Vec<Sighting> {
        let block = if requests.is_empty() { None } else { self.chain.final_block().await };
        let Some(block) = block else { return vec![Sighting::Unreadable; requests.len()] };
        let mut sightings = Vec::with_capacity(requests.len());
        for together in requests.chunks(AT_ONCE) {
            let asked = together.iter().map(|request| self.sight(&block, &request.instruction));
            sightings.extend(join_all(asked).await.into_iter().map(|seen| seen.unwrap_or(Sighting::Unreadable)));
        }
        sightings
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
