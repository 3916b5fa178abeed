//! Two chains with the bridge deployed: a handful of transactions on each, well within a second. Worlds are never
//! shared: a test may rob, pause and reorganise its own.

use std::time::Duration;

use alloy::primitives::{Address, U256};
use tokio::task::JoinSet;

use super::{
    Books, Bridge, Burned, Contracts, Deposited, DestinationContracts, End, Endpoint, Error, Role, SourceContracts,
    contracts::Site,
};
use crate::anvil::{self, Anvil, Rpc};

/// What the chains are started with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// The chain where value is locked; gas is free there.
    pub source_chain: u64,
    /// The chain where it is minted; gas has a price there.
    pub destination_chain: u64,
    /// A block on both chains this often, beside the one that each transaction gets at once. `None`: no block comes by
    /// itself, and confirmations only come with [`World::mine`].
    pub heartbeat: Option<Duration>,
}

impl Default for Plan {
    fn default() -> Self {
        Self { source_chain: 138, destination_chain: 1_337, heartbeat: None }
    }
}

/// Two chains and what is on them. Dropping it ends the chains.
#[derive(Debug)]
pub struct World {
    /// 138.
    pub source: Anvil,
    /// 1337.
    pub destination: Anvil,
    /// Both ends.
    pub bridge: Bridge,
    /// Makes blocks; ends with the world.
    _heartbeat: JoinSet<()>,
}

impl World {
    /// A world with the usual settings: every transaction is mined at once, and no other block comes.
    ///
    /// # Errors
    /// [`Error`], which names the part that is missing.
    pub async fn start() -> Result<Self, Error> {
        Self::with(Plan::default()).await
    }

    /// A world with settings of its own.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn with(plan: Plan) -> Result<Self, Error> {
        let (source, destination) = tokio::try_join!(
            Anvil::builder().chain_id(plan.source_chain).gas_price(0).start(),
            Anvil::builder().chain_id(plan.destination_chain).start(),
        )?;
        let (here, there) = tokio::try_join!(
            Endpoint::connect(source.url(), plan.source_chain),
            Endpoint::connect(destination.url(), plan.destination_chain),
        )?;
        let on_source = SourceContracts::deploy(&Site::new(&source, &here)?).await?;
        let on_destination = DestinationContracts::deploy(&Site::new(&destination, &there)?, on_source.token).await?;
        let contracts = Contracts { source: on_source, destination: on_destination };
        let heartbeat =
            plan.heartbeat.map_or_else(JoinSet::new, |every| beat(every, [source.rpc(), destination.rpc()]));
        let bridge = Bridge { source: here, destination: there, contracts };
        Ok(Self { source, destination, bridge, _heartbeat: heartbeat })
    }

    /// The chain of an end.
    pub const fn anvil(&self, end: End) -> &Anvil {
        match end {
            End::Source => &self.source,
            End::Destination => &self.destination,
        }
    }

    /// The account of a role; the same on both chains.
    pub fn account(&self, role: Role) -> Address {
        role.account(&self.source).unwrap_or_default()
    }

    /// Mines so many blocks on both chains.
    ///
    /// # Errors
    /// [`Error::Chain`].
    pub async fn mine(&self, blocks: u64) -> Result<(), Error> {
        tokio::try_join!(self.source.mine(blocks), self.destination.mine(blocks))?;
        Ok(())
    }

    /// The user locks whole tokens for itself.
    ///
    /// # Errors
    /// [`Error::Reverted`], for example while paused.
    pub async fn deposit(&self, tokens: u64) -> Result<Deposited, Error> {
        let user = self.account(Role::User);
        self.bridge.deposit(user, user, whole(tokens)).await
    }

    /// The user burns whole tokens for itself.
    ///
    /// # Errors
    /// [`Error::Reverted`], for example of more than it has.
    pub async fn burn(&self, tokens: u64) -> Result<Burned, Error> {
        let user = self.account(Role::User);
        self.bridge.burn(user, user, whole(tokens)).await
    }

    /// The second opinion.
    ///
    /// # Errors
    /// As [`Books::read`].
    pub async fn books(&self) -> Result<Books, Error> {
        Books::read(&self.bridge).await
    }
}

/// So many whole tokens of 18 decimals, in base units.
pub(crate) fn whole(tokens: u64) -> U256 {
    U256::from(tokens).saturating_mul(U256::from(10).pow(U256::from(18)))
}

fn beat(every: Duration, chains: [&Rpc; 2]) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    for rpc in chains.map(Rpc::clone) {
        tasks.spawn(async move {
            loop {
                tokio::time::sleep(every).await;
                // A chain that a test has stopped gets no blocks, and the next beat tries again.
                let _mined: Result<(), anvil::Error> = rpc.call("anvil_mine", &()).await;
            }
        });
    }
    tasks
}
