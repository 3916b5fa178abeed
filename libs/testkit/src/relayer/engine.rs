//! The relayer's work: read both chains, make batches, anchor them, claim what is in them. One cycle at a time, one
//! transaction at a time, each only with leave.
//!
//! What makes a crash harmless: rows and watermark commit together; signed bytes are written before they are sent and
//! are sent again as they are; and a settlement takes a message once.

mod batches;
pub(super) mod clearance;
mod conclude;
mod index;
mod misdeeds;
mod operate;
mod recover;
mod reports;
mod rows;
mod settle;
mod wire;

use alloy::{primitives::Address, signers::local::PrivateKeySigner};
use causeway_primitives::AssetId;
use serde::{Deserialize, Serialize};
use sqlx::PgPool;

use self::clearance::Clearance;
pub(super) use self::rows::Standing;
pub use self::{
    misdeeds::{Constraint, Misdeed, Spoil},
    rows::Direction,
};
use super::{Error, Settings, journal::Journal, tables};
use crate::bridge::{Bridge, End, Endpoint};

/// What a cycle did.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Cycle {
    /// Events that were new to the tables.
    pub indexed: u64,
    /// Batches that were written.
    pub batches: u64,
    /// Batches whose root was anchored.
    pub anchored: u64,
    /// Messages that were settled.
    pub claimed: u64,
    /// Transactions of before that came to their end.
    pub recovered: u64,
    /// What stood in the way, if something did: a refusal of the guard, of a node, or of a contract.
    pub held_up: Option<String>,
}

impl Cycle {
    /// Adds what another cycle did; what holds up is that of the later one.
    pub(super) fn add(&mut self, later: &Self) {
        let Self { indexed, batches, anchored, claimed, recovered, held_up } = later;
        self.indexed = self.indexed.saturating_add(*indexed);
        self.batches = self.batches.saturating_add(*batches);
        self.anchored = self.anchored.saturating_add(*anchored);
        self.claimed = self.claimed.saturating_add(*claimed);
        self.recovered = self.recovered.saturating_add(*recovered);
        self.held_up.clone_from(held_up);
    }

    /// True when there was nothing to do and nothing in the way.
    pub fn was_idle(&self) -> bool {
        *self == Self::default()
    }
}

/// What is wrong with this relayer, by order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Faults {
    /// Each proof that is shown has one bit turned.
    pub corrupt_proofs: bool,
    /// Batches are made of deposits that the indexer has not confirmed yet.
    pub run_ahead: bool,
    /// The indexer stays so many blocks further behind.
    pub lag_blocks: u64,
    /// The guard is not asked: a rogue holder of the key.
    pub ignore_lease: bool,
}

/// Everything that a cycle needs.
#[derive(Debug)]
pub(super) struct Engine {
    pub(super) settings: Settings,
    pub(super) bridge: Bridge,
    pub(super) pool: PgPool,
    pub(super) faults: Faults,
    key: PrivateKeySigner,
    asset: AssetId,
    clearance: Clearance,
    journal: Journal,
}

impl Engine {
    /// Connects to everything; makes the tables if they are not there.
    pub(super) async fn open(settings: Settings, clearance: Clearance) -> Result<Self, Error> {
        if settings.source.chain_id == settings.destination.chain_id {
            return Err(Error::Setting("destination"));
        }
        tables::prepare(&settings.database_url).await?;
        let pool = tables::open(&settings.database_url).await?;
        let bridge = Bridge {
            source: Endpoint::connect(&settings.source.url, settings.source.chain_id).await?,
            destination: Endpoint::connect(&settings.destination.url, settings.destination.chain_id).await?,
            contracts: settings.contracts,
        };
        let key = settings.keeper_key.parse().map_err(|_| Error::Setting("keeper_key"))?;
        let asset = settings.asset.parse().map_err(|_| Error::Setting("asset"))?;
        let journal = Journal::open(&settings.journal)?;
        let engine = Self { settings, bridge, pool, faults: Faults::default(), key, asset, clearance, journal };
        for end in End::BOTH {
            engine.open_account(end).await?;
        }
        Ok(engine)
    }

    /// Does what there is to do, once.
    pub(super) async fn cycle(&self) -> Result<Cycle, Error> {
        let mut cycle = Cycle::default();
        for end in End::BOTH {
            self.index(end, &mut cycle).await?;
        }
        self.recover(&mut cycle).await?;
        if cycle.held_up.is_none() {
            self.make_batches(&mut cycle).await?;
            self.anchor_batches(&mut cycle).await?;
            self.claim_messages(&mut cycle).await?;
        }
        Ok(cycle)
    }

    fn account(&self) -> Address {
        self.key.address()
    }

    const fn confirmations(&self, end: End) -> u64 {
        match end {
            End::Source => self.settings.source.confirmations,
            End::Destination => self.settings.destination.confirmations,
        }
    }
}
