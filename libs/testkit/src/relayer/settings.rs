//! What a simulated relayer is started with: one JSON file. Its keys are anvil's public ones, so the file is no secret
//! beyond the password of its own database.

use std::path::PathBuf;

use alloy::primitives::Address;
use serde::{Deserialize, Serialize};

use super::{Error, Pace};
use crate::bridge::{self, Contracts, Role, World};

/// A chain as the relayer reads and writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChainSettings {
    /// `http://host:port`; no other scheme.
    pub url: String,
    /// The EVM chain id that must be served there.
    pub chain_id: u64,
    /// A block counts once so many stand on it.
    pub confirmations: u64,
}

/// Who allows the relayer to act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "clearance", rename_all = "snake_case", deny_unknown_fields)]
pub enum ClearanceSettings {
    /// Nobody: it acts as every relayer without a guard does. It says so in its log.
    Unguarded,
    /// A guard's leases.
    Guarded {
        /// `http://host:port` of the guard's replicas.
        guards: Vec<String>,
        /// Where halts are remembered over restarts.
        latch: Option<PathBuf>,
        /// How often a lease is asked for.
        renew_every_ms: u64,
        /// The longest that a guard is waited for.
        call_timeout_ms: u64,
    },
}

impl ClearanceSettings {
    /// Under these guards, with the client's usual pace and without a latch.
    pub fn guarded_by(guards: impl IntoIterator<Item = String>) -> Self {
        let guards = guards.into_iter().collect();
        Self::Guarded { guards, latch: None, renew_every_ms: 500, call_timeout_ms: 2_000 }
    }
}

/// Everything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Which instance this is, by the guard's word.
    pub holder: String,
    /// The guard's word for the asset.
    pub asset: String,
    /// The relayer's own database; its tables are made if they are not there.
    pub database_url: String,
    /// Where value is locked.
    pub source: ChainSettings,
    /// Where it is minted.
    pub destination: ChainSettings,
    /// What is deployed on both.
    pub contracts: Contracts,
    /// The keeper's key in hex.
    pub keeper_key: String,
    /// Whose traffic is simulated; one of the nodes' own accounts.
    pub user: Address,
    /// Who spoils settlements; one of the nodes' own accounts.
    pub owner: Address,
    /// Where stolen value goes; one of the nodes' own accounts.
    pub thief: Address,
    /// Who allows it to act.
    pub clearance: ClearanceSettings,
    /// Where each broadcast is noted: JSON lines, appended over restarts.
    pub journal: PathBuf,
    /// Whether cycles run by themselves from the start.
    pub pace: Pace,
    /// How long it rests between two cycles.
    pub rest_ms: u64,
    /// Messages of a batch, at most.
    pub batch_size: u32,
}

impl Settings {
    /// Those for a world, unguarded, with two confirmations, small batches and little rest.
    ///
    /// # Errors
    /// [`Error::Bridge`] when the world has no accounts.
    pub fn of(world: &World, database_url: &str, journal: PathBuf) -> Result<Self, Error> {
        let chain = |endpoint: &bridge::Endpoint| ChainSettings {
            url: endpoint.url().to_owned(),
            chain_id: endpoint.chain_id(),
            confirmations: 2,
        };
        Ok(Self {
            holder: "relayer-0".to_owned(),
            asset: "sigil".to_owned(),
            database_url: database_url.to_owned(),
            source: chain(&world.bridge.source),
            destination: chain(&world.bridge.destination),
            contracts: world.bridge.contracts,
            keeper_key: Role::Keeper.key(&world.source)?,
            user: Role::User.account(&world.source)?,
            owner: Role::Owner.account(&world.source)?,
            thief: Role::Thief.account(&world.source)?,
            clearance: ClearanceSettings::Unguarded,
            journal,
            pace: Pace::Running,
            rest_ms: 50,
            batch_size: 10,
        })
    }
}
