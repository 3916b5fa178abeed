//! Everything that an oracle-publisher stands on, at once: a chain with two aggregators, six simulated venues over a
//! real price path, a database, a trace sink, and the configuration that joins them.
//!
//! The demo and the process tests run the same world. Two feeds are published: `eur-usd`, from six venues of which two
//! quote in USDT, and `usd-eur`, derived from it by a route. `usdt-usd` only serves the first.

use std::{
    io,
    path::{Path as FilePath, PathBuf},
    time::Duration,
};

use alloy::primitives::Address;
use causeway_primitives::Decimal;

use crate::{
    anvil::{self, Anvil, Mining},
    contracts::{self, Aggregator, Dialect, EmptyFeed, Spec},
    postgres::{self, Cluster, Database},
    service::{self, Service},
    traces::TraceSink,
    venues::{self, Market, Path, Venue, Venues},
};

/// Why there is no such world.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No chain.
    #[error("the chain could not be started")]
    Chain(#[from] anvil::Error),
    /// No contracts.
    #[error("the aggregators could not be deployed")]
    Contracts(#[from] contracts::Error),
    /// No database.
    #[error("the database could not be started")]
    Database(#[from] postgres::Error),
    /// No venues.
    #[error("the venues could not be started")]
    Venues(#[from] venues::Error),
    /// No price path.
    #[error("the price path cannot be read")]
    Path(#[from] venues::PathError),
    /// No service.
    #[error("the service did not run")]
    Service(#[from] service::Error),
    /// No file or no port.
    #[error("a file or a port was refused")]
    Io(#[from] io::Error),
}

/// How the world turns. The defaults are those of the tests: a day in seconds.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Time from one price of the path to the next.
    pub tick: Duration,
    /// Where on the path to start.
    pub start: usize,
    /// How blocks come.
    pub mining: Mining,
    /// How the first feed is written.
    pub dialect: Dialect,
    /// How the first feed answers before its first round.
    pub empty: EmptyFeed,
    /// Heartbeat of the feeds.
    pub heartbeat_seconds: u64,
    /// Deviation of the feeds, in percent.
    pub deviation_percent: &'static str,
    /// Lines that are appended to the configuration, for what a test wants otherwise.
    pub more: String,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            tick: Duration::from_millis(250),
            start: 0,
            mining: Mining::Interval(Duration::from_secs(1)),
            dialect: Dialect::UpdateAnswerUint256,
            empty: EmptyFeed::Reverts,
            heartbeat_seconds: 20,
            deviation_percent: "0.05",
            more: String::new(),
        }
    }
}

/// The world. Dropping it ends all of its processes.
#[derive(Debug)]
pub struct World {
    /// The chain. Gas is free there.
    pub anvil: Anvil,
    /// `eur-usd`.
    pub eur_usd: Aggregator,
    /// `usd-eur`.
    pub usd_eur: Aggregator,
    /// The venues.
    pub venues: Venues,
    /// Where traces go.
    pub traces: TraceSink,
    /// The service's database.
    pub database: Database,
    plan: Plan,
    folder: tempfile::TempDir,
}

/// The configuration, with what differs from world to world in angle brackets.
const CONFIGURATION: &str = include_str!("../data/oracle-publisher.toml");

/// The account that publishes: the chain's second, since the first owns the contracts.
const PUBLISHER: usize = 1;

impl World {
    /// Starts everything but the service, on a database of the cluster.
    ///
    /// # Errors
    /// [`Error`], which names the part.
    pub async fn start(cluster: &Cluster, plan: Plan) -> Result<Self, Error> {
        let anvil = Anvil::builder().chain_id(138).gas_price(0).mining(Mining::Automatic).start().await?;
        let publisher = anvil.accounts().get(PUBLISHER).map_or(Address::ZERO, |account| account.address);
        let spec = Spec { empty: plan.empty, ..Spec::new(plan.dialect, "EUR / USD", publisher) };
        let eur_usd = Aggregator::deploy(&anvil, &spec).await?;
        let usd_eur = Aggregator::deploy(&anvil, &Spec::new(Dialect::SubmitRound, "USD / EUR", publisher)).await?;
        match plan.mining {
            Mining::Automatic => {}
            Mining::Interval(interval) => anvil.set_interval_seconds(interval.as_secs().max(1)).await?,
            Mining::Manual => anvil.set_automine(false).await?,
        }
        let path = Path::eur_usd()?.every(plan.tick).starting_at(plan.start);
        let par = Path::of(vec![Decimal::ONE])?;
        let markets = vec![
            Market::new("EUR", "USD", path.clone()),
            Market::new("EUR", "USDT", path),
            Market::new("USDT", "USD", par),
        ];
        let venues = Venues::start(markets, 7).await?;
        Ok(Self {
            anvil,
            eur_usd,
            usd_eur,
            venues,
            traces: TraceSink::start().await?,
            database: cluster.database("oracle").await?,
            plan,
            folder: tempfile::tempdir()?,
        })
    }

    /// The publisher's account.
    pub fn publisher(&self) -> Address {
        self.anvil.accounts().get(PUBLISHER).map_or(Address::ZERO, |account| account.address)
    }

    /// The publisher's key, in hex.
    pub fn key(&self) -> String {
        self.anvil.accounts().get(PUBLISHER).map(|account| account.key.clone()).unwrap_or_default()
    }

    /// The configuration file of a replica. Everything that is no secret is in it.
    ///
    /// # Errors
    /// [`Error::Io`] or [`Error::Venues`].
    pub fn configuration(&self, replica: &str) -> Result<PathBuf, Error> {
        let path = self.folder.path().join(format!("{replica}.toml"));
        std::fs::write(&path, self.text(replica)?)?;
        Ok(path)
    }

    /// Runs a replica until it listens.
    ///
    /// # Errors
    /// [`Error::Service`] with its last lines when it does not.
    pub async fn serve(&self, binary: &FilePath, replica: &str) -> Result<Service, Error> {
        self.serve_with(binary, replica, &[]).await
    }

    /// As [`Self::serve`], with variables that add to the environment or replace what is in it: a key of its own, an
    /// endpoint behind a proxy, any setting by its long name.
    ///
    /// # Errors
    /// As [`Self::serve`].
    pub async fn serve_with(
        &self,
        binary: &FilePath,
        replica: &str,
        variables: &[(&str, &str)],
    ) -> Result<Service, Error> {
        let configuration = self.configuration(replica)?;
        let configuration = configuration.to_string_lossy();
        let key = self.key();
        let mut environment = self.environment(&key);
        environment.retain(|(name, _)| variables.iter().all(|(other, _)| other != name));
        environment.extend_from_slice(variables);
        Ok(Service::start(replica, binary, &["--config", &configuration, "serve"], &environment).await?)
    }

    /// The secrets, as a replica takes them.
    pub fn environment<'a>(&'a self, key: &'a str) -> Vec<(&'a str, &'a str)> {
        vec![("DATABASE_URL", self.database.url()), ("RPC_URL", self.anvil.url()), ("PRIVATE_KEY", key)]
    }

    fn text(&self, replica: &str) -> Result<String, Error> {
        let mut venues = String::new();
        for venue in Venue::ALL {
            venues.push_str(&self.venue(venue)?);
        }
        let plan = &self.plan;
        Ok(CONFIGURATION
            .replace("<REPLICA>", replica)
            .replace("<OTLP>", &self.traces.endpoint())
            .replace("<VENUES>", &venues)
            .replace("<EUR_USD>", &self.eur_usd.address.to_string())
            .replace("<USD_EUR>", &self.usd_eur.address.to_string())
            .replace("<HEARTBEAT>", &plan.heartbeat_seconds.to_string())
            .replace("<DEVIATION>", plan.deviation_percent)
            .replace("<MORE>", &plan.more))
    }

    fn venue(&self, venue: Venue) -> Result<String, Error> {
        let socket = match venue {
            Venue::CoinGecko => String::new(),
            Venue::Binance | Venue::Coinbase | Venue::Kraken | Venue::Okx | Venue::Bitstamp => {
                format!("socket_urls = [\"{}\"]\n", self.venues.socket_url_of(venue)?)
            }
        };
        Ok(format!(
            "\n[[venues]]\nid = \"{}\"\nrest_urls = [\"{}\"]\n{socket}",
            venue.as_str(),
            self.venues.url_of(venue)?
        ))
    }
}
