//! What a tokenization-gateway stands on: its asset's token on both chains of a CCIP world, the registry that lists it, the
//! bridge between the two, a database, a folder for answers, and the configuration that joins them.
//!
//! Guard, oracle and monitor are somebody else's processes: the configuration only names them.

use std::{
    io,
    path::{Path, PathBuf},
};

use alloy::primitives::{Address, U256};

use crate::{
    bridge::{self, Endpoint},
    ccip,
    postgres::{self, Cluster, Database},
    service::{self, Service},
    token::{Bridge, Registry, Spec},
};

/// The configuration, with what differs from world to world in angle brackets.
const CONFIGURATION: &str = include_str!("../data/tokenization-gateway.toml");

/// Which of the home chain's accounts is who; a CCIP world has given the others their roles.
const OWNER: usize = 0;
const GUARDIAN: usize = 2;
const PAYER: usize = 4;
const ISSUER: usize = 8;
const HOLDER: usize = 9;

/// Units of the token: a thousand million euros with six decimals.
const CAP: u64 = 1_000_000_000_000_000;

/// Anna's bearer token: a secret of nobody.
pub const ANNA: &str = "anna-0123456789abcdef0123456789abcdef";
/// Bert's.
pub const BERT: &str = "bert-0123456789abcdef0123456789abcdef";
/// The operators' console's.
pub const CONSOLE: &str = "console-0123456789abcdef0123456789abcdef";

/// Names on chain follow from it; of a world that is gone tomorrow it is no secret.
const SALT: &str = "0x5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a";

/// Why there is no such world.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No contracts.
    #[error("token, registry or bridge could not be set up")]
    Contracts(#[from] bridge::Error),
    /// No database.
    #[error("the database could not be started")]
    Database(#[from] postgres::Error),
    /// No service.
    #[error("the service did not run")]
    Service(#[from] service::Error),
    /// No file.
    #[error("a file or a folder was refused")]
    Io(#[from] io::Error),
}

/// Whom the gateway asks, as URLs.
#[derive(Debug, Clone)]
pub struct Neighbours {
    /// A replica of the guard that gives leave to callers from this machine.
    pub guard: String,
    /// An oracle-publisher with the feed `eur-usd`.
    pub oracle: String,
    /// A ccip-monitor that follows the world's lane of CCIP 1.6.
    pub monitor: String,
    /// Where traces go.
    pub otlp: String,
}

/// Where the gateway finds the other chain.
#[derive(Debug, Clone)]
struct Far {
    url: String,
    chain_id: u64,
}

/// The world, on a CCIP world that somebody else keeps.
#[derive(Debug)]
pub struct World {
    /// Token and bridge on both chains.
    pub bridge: Bridge,
    /// The registry at home.
    pub registry: Registry,
    /// Owns the account `DE89370400440532013000`, and may hold the token on both chains.
    pub holder: Address,
    /// Owns the account `BE71096123456769`.
    pub payer: Address,
    database: Database,
    folder: tempfile::TempDir,
    home_url: String,
    home_id: u64,
    far: Far,
    issuer_key: String,
}

impl World {
    /// Deploys everything on the chains of `ccip`, with a database of the cluster.
    ///
    /// # Errors
    /// [`Error`], which names the part.
    pub async fn start(cluster: &Cluster, ccip: &ccip::World) -> Result<Self, Error> {
        let accounts = ccip.home.anvil.accounts();
        let address = |place: usize| accounts.get(place).map_or(Address::ZERO, |account| account.address);
        let (holder, payer) = (address(HOLDER), address(PAYER));
        let spec = Spec {
            symbol: "cEUR".to_owned(),
            decimals: 6,
            cap: U256::from(CAP),
            admin: address(OWNER),
            issuer: address(ISSUER),
            guardian: address(GUARDIAN),
        };
        let (bridge, database) =
            tokio::try_join!(async { Ok::<_, Error>(Bridge::deploy(ccip, &spec).await?) }, async {
                Ok(cluster.database("gateway").await?)
            },)?;
        for account in [holder, payer] {
            bridge.home.token.set_holder(account, true).await?;
        }
        bridge.away.token.set_holder(holder, true).await?;
        let endpoint = Endpoint::connect(ccip.home.anvil.url(), ccip.home.chain_id).await?;
        let registry = Registry::deploy(&endpoint, spec.admin).await?;
        registry.register("eur", bridge.home.token.address, "EUR").await?;
        let folder = tempfile::tempdir()?;
        std::fs::create_dir(folder.path().join("answers"))?;
        Ok(Self {
            bridge,
            registry,
            holder,
            payer,
            database,
            folder,
            home_url: ccip.home.anvil.url().to_owned(),
            home_id: ccip.home.chain_id,
            far: Far { url: ccip.away.anvil.url().to_owned(), chain_id: ccip.away.chain_id },
            issuer_key: accounts.get(ISSUER).map(|account| account.key.clone()).unwrap_or_default(),
        })
    }

    /// The folder into which the gateway drops its answers.
    pub fn answers(&self) -> PathBuf {
        self.folder.path().join("answers")
    }

    /// Runs a replica until it listens.
    ///
    /// # Errors
    /// [`Error::Service`] with its last lines when it does not.
    pub async fn serve(&self, binary: &Path, replica: &str, neighbours: &Neighbours) -> Result<Service, Error> {
        let file = self.folder.path().join(format!("{replica}.toml"));
        std::fs::write(&file, self.text(replica, neighbours))?;
        let file = file.to_string_lossy();
        let environment = [
            ("DATABASE_URL", self.database.url()),
            ("RPC_URL", self.home_url.as_str()),
            ("PRIVATE_KEY", self.issuer_key.as_str()),
            ("GUARD_URL", neighbours.guard.as_str()),
            ("ORACLE_URL", neighbours.oracle.as_str()),
            ("CCIP_MONITOR_URL", neighbours.monitor.as_str()),
            ("REFERENCE_SALT", SALT),
        ];
        Ok(Service::start(replica, binary, &["--config", &file, "serve"], &environment).await?)
    }

    fn text(&self, replica: &str, neighbours: &Neighbours) -> String {
        let (home, away) = (&self.bridge.home, &self.bridge.away);
        let values = [
            ("<REPLICA>", replica.to_owned()),
            ("<OTLP>", neighbours.otlp.clone()),
            ("<HOME_ID>", self.home_id.to_string()),
            ("<REGISTRY>", self.registry.address.to_string()),
            ("<ANSWERS>", self.answers().to_string_lossy().into_owned()),
            ("<ANNA>", ANNA.to_owned()),
            ("<BERT>", BERT.to_owned()),
            ("<CONSOLE>", CONSOLE.to_owned()),
            ("<HOLDER>", self.holder.to_string()),
            ("<PAYER>", self.payer.to_string()),
            ("<HOME_TOKEN>", home.token.address.to_string()),
            ("<HOME_BRIDGE>", home.address.to_string()),
            ("<AWAY_TOKEN>", away.token.address.to_string()),
            ("<AWAY_BRIDGE>", away.address.to_string()),
            ("<AWAY_SELECTOR>", away.selector.to_string()),
            ("<AWAY_ID>", self.far.chain_id.to_string()),
            ("<AWAY_URL>", self.far.url.clone()),
        ];
        values.into_iter().fold(CONFIGURATION.to_owned(), |text, (name, value)| text.replace(name, &value))
    }
}
