//! Two chains with everything deployed: some seventy transactions on each, in half a second on two shared
//! cores. Worlds are never shared: a test may reorganise, curse and stop its own, and a saved state would bring
//! the contracts without the events that their configuration emitted.

use alloy::primitives::Address;

use super::{
    Chain, Error, Plan, Side, Tokens,
    chain::Contracts,
    plan::{ChainPlan, LanePlan},
    private::{self, Pretender},
    site::Site,
    v1_5, v1_6, v2_0,
};
use crate::anvil::Anvil;

/// A chain's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    /// The EVM chain id.
    pub chain_id: u64,
    /// The CCIP selector.
    pub selector: u64,
}

/// The numbers of both chains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// The consortium's chain.
    pub home: Network,
    /// The other one.
    pub away: Network,
}

impl Default for Settings {
    /// 138, which has no official selector and gets one that no signed 64-bit number holds; and 1337 with the
    /// official one of that test chain.
    fn default() -> Self {
        Self {
            home: Network { chain_id: 138, selector: 13_800_000_000_000_000_138 },
            away: Network { chain_id: 1_337, selector: 3_379_446_385_462_418_246 },
        }
    }
}

/// Two chains with a lane of every family in both directions. Dropping it ends the chains.
#[derive(Debug)]
pub struct World {
    /// The consortium's chain; gas is free there.
    pub home: Chain,
    /// The other one, with a gas price.
    pub away: Chain,
}

impl World {
    /// A world with the usual settings, mining at once.
    ///
    /// # Errors
    /// [`Error`], which names the part that is missing.
    pub async fn start() -> Result<Self, Error> {
        Self::deploy(Settings::default()).await
    }

    /// A world with settings of its own, deployed likewise.
    ///
    /// # Errors
    /// As [`World::start`].
    pub async fn deploy(settings: Settings) -> Result<Self, Error> {
        let Settings { home, away } = settings;
        let (home_anvil, away_anvil) = tokio::try_join!(launch(Side::Home, home), launch(Side::Away, away))?;
        let (home_tokens, away_tokens) = tokio::try_join!(Tokens::deploy(&home_anvil), Tokens::deploy(&away_anvil))?;
        let home_site =
            Site { anvil: &home_anvil, tokens: &home_tokens, selector: home.selector, remote: away.selector };
        let away_site =
            Site { anvil: &away_anvil, tokens: &away_tokens, selector: away.selector, remote: home.selector };
        let (home_half, away_half) = tokio::try_join!(Half::deploy(&home_site), Half::deploy(&away_site))?;
        let (home_ends, away_ends) = (home_half.ends(&home_tokens), away_half.ends(&away_tokens));
        let (home_contracts, away_contracts) =
            tokio::try_join!(home_half.connect(&home_site, away_ends), away_half.connect(&away_site, home_ends))?;
        Ok(Self {
            home: Chain::new(home_anvil, home, home_contracts),
            away: Chain::new(away_anvil, away, away_contracts),
        })
    }

    /// A chain.
    pub const fn chain(&self, side: Side) -> &Chain {
        match side {
            Side::Home => &self.home,
            Side::Away => &self.away,
        }
    }

    /// The 1.6 lane from a chain to the other.
    pub const fn v1_6(&self, from: Side) -> v1_6::Lane<'_> {
        v1_6::Lane::new(self.chain(from), self.chain(from.other()))
    }

    /// The 1.5 lane from a chain to the other.
    pub const fn v1_5(&self, from: Side) -> v1_5::Lane<'_> {
        v1_5::Lane::new(self.chain(from), self.chain(from.other()))
    }

    /// The 2.0 lane from a chain to the other.
    pub const fn v2_0(&self, from: Side) -> v2_0::Lane<'_> {
        v2_0::Lane::new(self.chain(from), self.chain(from.other()))
    }

    /// The private lane from a chain to the other.
    pub const fn private(&self, from: Side) -> private::Lane<'_> {
        private::Lane::new(self.chain(from), self.chain(from.other()))
    }

    /// The stranger on a chain who emits the private family's events.
    pub const fn pretender(&self, on: Side) -> Pretender<'_> {
        Pretender::new(self.chain(on))
    }

    /// What a monitor must be told.
    pub fn plan(&self) -> Plan {
        let (home, away) = (&self.home, &self.away);
        let lanes = [LanePlan::between(Side::Home, home, away), LanePlan::between(Side::Away, away, home)];
        Plan {
            chains: [ChainPlan::of(Side::Home, home), ChainPlan::of(Side::Away, away)],
            lanes: lanes.into_iter().flatten().collect(),
        }
    }
}

async fn launch(side: Side, network: Network) -> Result<Anvil, Error> {
    let builder = Anvil::builder().chain_id(network.chain_id);
    let builder = match side {
        Side::Home => builder.gas_price(0),
        Side::Away => builder,
    };
    Ok(builder.start().await?)
}

/// A chain before it knows of the other one.
struct Half {
    v1_6: v1_6::Contracts,
    v1_5: v1_5::Contracts,
    v2_0: v2_0::Contracts,
    private: private::Contracts,
}

/// What the other chain must know.
struct Ends {
    v1_6: v1_6::Remote,
    on_ramp_1_5: Address,
    v2_0: v2_0::Contracts,
}

impl Half {
    async fn deploy(site: &Site<'_>) -> Result<Self, Error> {
        Ok(Self {
            v1_6: v1_6::Contracts::deploy(site).await?,
            v1_5: v1_5::Contracts::deploy(site).await?,
            v2_0: v2_0::Contracts::deploy(site).await?,
            private: private::Contracts::deploy(site).await?,
        })
    }

    fn ends(&self, tokens: &Tokens) -> Ends {
        let v1_6 =
            v1_6::Remote { on_ramp: self.v1_6.on_ramp, token_pool: self.v1_6.token_pool, bridged: tokens.bridged };
        Ends { v1_6, on_ramp_1_5: self.v1_5.on_ramp, v2_0: self.v2_0.clone() }
    }

    async fn connect(self, site: &Site<'_>, remote: Ends) -> Result<Contracts, Error> {
        let v1_6 = self.v1_6.connect(site, &remote.v1_6).await?;
        let v1_5 = self.v1_5.connect(site, remote.on_ramp_1_5).await?;
        let Self { v2_0, private, .. } = self;
        v2_0.connect(site, &remote.v2_0).await?;
        site.tokens.endow(site.anvil, [v1_6.router, v1_5.router, v2_0.router, private.router]).await?;
        Ok(Contracts { tokens: *site.tokens, v1_6, v1_5, v2_0, private })
    }
}
