//! The way of one asset to one chain.

use std::sync::Arc;

use async_trait::async_trait;
use causeway_primitives::{Address, ChainSelector, Timestamp, U256};
use causeway_store::Error as StoreError;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::stage::Stage;
use crate::{
    adapters::{
        issuer::{Bridge, Chain},
        store::{ErrandRow, Store},
    },
    domain::request::Request,
    ports::{Arrival, Effect, Errand, NoEffect, System, Unread},
};

/// More attempts of one request there never are: see the saga.
const MOST_ATTEMPTS: u32 = 64;

/// A token on a chain, and what Cacti calls them.
#[derive(Debug, Clone)]
pub struct Side {
    /// The chain.
    pub chain: Chain,
    /// The token.
    pub token: Address,
    /// Cacti's name of the chain.
    pub network: String,
    /// Cacti's kind of it: `BESU_2X`, `ETHEREUM`.
    pub ledger: String,
    /// Cacti's name of the token's contract.
    pub contract_name: String,
}

/// Both sides, and the account here that Cacti takes from: used for nothing else.
#[derive(Debug, Clone)]
pub struct Ends {
    /// Here.
    pub home: Side,
    /// There.
    pub far: Side,
    /// The account.
    pub escrow: Address,
}

/// See the module.
#[derive(Debug)]
pub struct Path {
    store: Store,
    ends: Ends,
    lane: String,
    wake: Arc<Notify>,
}

/// What is journaled of a transfer.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Body {
    pub(super) lane: String,
    /// The body of `transact`.
    pub(super) transact: Value,
    pub(super) units: U256,
    pub(super) to: Address,
}

/// The name of a way: one transfer at a time is on it.
pub(super) fn lane(asset: &str, destination: ChainSelector) -> String {
    format!("{asset}:{destination}")
}

impl Path {
    /// The way of an asset between these ends. `wake` makes the courier look.
    pub fn new(store: Store, ends: Ends, (asset, destination): (&str, ChainSelector), wake: Arc<Notify>) -> Self {
        Self { store, ends, lane: lane(asset, destination), wake }
    }

    /// The last transfer that was journaled for a request, and how many there were.
    async fn last(&self, request: &Request) -> Result<(u32, Option<ErrandRow>), StoreError> {
        let (mut count, mut last) = (0, None);
        while count < MOST_ATTEMPTS {
            let Some(row) = self.store.find_errand(&key(request, count.saturating_add(1))).await? else { break };
            (count, last) = (count.saturating_add(1), Some(row));
        }
        Ok((count, last))
    }

    /// Whether a transfer may begin. Asked before leave is taken, which counts; the database holds it all the same.
    async fn free(&self) -> Arrival {
        let Ok(open) = self.store.list_open_errands(System::Cacti, MOST_ATTEMPTS).await else {
            return Arrival::Unreadable;
        };
        let is_ours =
            |row: &ErrandRow| serde_json::from_str::<Body>(&row.body).is_ok_and(|body| body.lane == self.lane);
        if open.iter().any(is_ours) { Arrival::Underway } else { Arrival::Unsent }
    }

    fn transact(&self, request: &Request, key: &str, to: Address) -> Value {
        let asset = |side: &Side, owner: Address| {
            json!({
                "id": key,
                "referenceId": key,
                "owner": owner.to_string(),
                "contractName": side.contract_name,
                "contractAddress": side.token.to_string(),
                "amount": request.instruction.units.to_string(),
                "networkId": { "id": side.network, "ledgerType": side.ledger },
                "tokenType": "NONSTANDARD_FUNGIBLE",
                "ercTokenStandard": "ERC20",
            })
        };
        json!({
            "contextID": key,
            "sourceAsset": asset(&self.ends.home, self.ends.escrow),
            "receiverAsset": asset(&self.ends.far, to),
        })
    }
}

#[async_trait]
impl Bridge for Path {
    async fn arrival(&self, request: &Request) -> Arrival {
        let Ok((_, last)) = self.last(request).await else { return Arrival::Unreadable };
        let Some(row) = last else { return self.free().await };
        match serde_json::from_str::<Stage>(&row.stage) {
            Ok(Stage::Journaled | Stage::Sending(_)) => Arrival::Underway,
            Ok(Stage::Stranded(_)) => Arrival::Stranded,
            Ok(Stage::Arrived) => Arrival::Arrived,
            Ok(Stage::Returned) => Arrival::Declined,
            Ok(Stage::Lapsed) => self.free().await,
            Err(_) => Arrival::Unreadable,
        }
    }

    async fn onward(&self, request: &Request, expires_at: Timestamp) -> Result<Effect, NoEffect> {
        let to = request.instruction.movement.to().ok_or(NoEffect::Kind)?;
        let (count, _) = self.last(request).await.map_err(|error| NoEffect::Unread(Unread::Store(error)))?;
        let key = key(request, count.saturating_add(1));
        let body = Body {
            lane: self.lane.clone(),
            transact: self.transact(request, &key, to),
            units: request.instruction.units.get(),
            to,
        };
        let body = serde_json::to_string(&body).map_err(|_| NoEffect::Key)?;
        self.wake.notify_one();
        Ok(Effect::Errand(Errand { key, system: System::Cacti, body, expires_at, lane: Some(self.lane.clone()) }))
    }
}

/// The context of an attempt, to us and to Cacti. It says whose transfer it is to nobody who does not know.
fn key(request: &Request, attempt: u32) -> String {
    format!("cacti-{}-{attempt}", request.instruction.reference)
}
