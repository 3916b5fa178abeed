//! Everything that a ccip-monitor stands on, at once: two chains with real contracts, a database, a trace sink, and
//! the configuration that joins them.
//!
//! The demo and the process tests run the same world. Every family of [`crate::ccip`] has a lane in both directions;
//! which of them the monitor is told of is the [`Plan`]'s choice.

mod client;
pub mod many;
mod text;

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
};

pub use self::client::{Client, Unanswered};
use crate::{
    ccip::{self, Family, Side},
    postgres::{self, Cluster, Database},
    service::{self, Service},
    traces::TraceSink,
};

/// Why there is no such world.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No chains or no contracts.
    #[error("the chains could not be set up")]
    Ccip(#[from] ccip::Error),
    /// No database.
    #[error("the database could not be started")]
    Database(#[from] postgres::Error),
    /// No service.
    #[error("the service did not run")]
    Service(#[from] service::Error),
    /// No file or no port.
    #[error("a file or a port was refused")]
    Io(#[from] io::Error),
}

/// What the monitor is told. The defaults are those of the tests: everything, with little patience.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The families whose lanes are listed.
    pub families: Vec<Family>,
    /// The family whose router is probed: a chain names one.
    pub router: Family,
    /// When blocks of both chains are final.
    pub finality: &'static str,
    /// A message without an end after so long is expired.
    pub expire_after_seconds: u64,
    /// Blocks of one request: few make a backfill of many batches.
    pub log_blocks: u64,
    /// Endpoints in place of a chain's own: proxies before it, several of them, none that lives.
    pub endpoints: BTreeMap<Side, Vec<String>>,
    /// Lines that are appended before the chains, for what a test wants otherwise.
    pub more: String,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            families: vec![Family::Private, Family::V1_5, Family::V1_6, Family::V2_0],
            router: Family::V1_6,
            finality: "instant",
            expire_after_seconds: 28_800,
            log_blocks: 5_000,
            endpoints: BTreeMap::new(),
            more: String::new(),
        }
    }
}

/// The world. Dropping it ends all of its processes.
#[derive(Debug)]
pub struct World {
    /// The chains and what is deployed on them.
    pub ccip: ccip::World,
    /// Where traces go.
    pub traces: TraceSink,
    /// The service's database.
    pub database: Database,
    /// What the next configuration says.
    pub plan: Plan,
    folder: tempfile::TempDir,
}

impl World {
    /// Starts everything but the service, on a database of the cluster.
    ///
    /// # Errors
    /// [`Error`], which names the part.
    pub async fn start(cluster: &Cluster, plan: Plan) -> Result<Self, Error> {
        let (ccip, database) = tokio::try_join!(async { Ok::<_, Error>(ccip::World::start().await?) }, async {
            Ok(cluster.database("ccip").await?)
        },)?;
        Ok(Self { ccip, traces: TraceSink::start().await?, database, plan, folder: tempfile::tempdir()? })
    }

    /// The configuration file of a replica. Everything that is no secret is in it.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn configuration(&self, replica: &str) -> Result<PathBuf, Error> {
        let path = self.folder.path().join(format!("{replica}.toml"));
        std::fs::write(&path, text::configuration(self, replica))?;
        Ok(path)
    }

    /// Runs a replica until it listens.
    ///
    /// # Errors
    /// [`Error::Service`] with its last lines when it does not.
    pub async fn serve(&self, binary: &Path, replica: &str) -> Result<Service, Error> {
        self.serve_with(binary, replica, &self.environment()).await
    }

    /// As [`Self::serve`], with nothing but these variables: a database behind a proxy.
    ///
    /// # Errors
    /// As [`Self::serve`].
    pub async fn serve_with(
        &self,
        binary: &Path,
        replica: &str,
        environment: &[(&str, &str)],
    ) -> Result<Service, Error> {
        let configuration = self.configuration(replica)?;
        let configuration = configuration.to_string_lossy();
        let arguments = ["--config", &configuration, "serve"];
        Ok(Service::start(replica, binary, &arguments, environment).await?)
    }

    /// The secrets, as a replica takes them.
    pub fn environment(&self) -> Vec<(&str, &str)> {
        vec![("DATABASE_URL", self.database.url())]
    }
}

/// What the monitor calls a chain.
pub const fn chain_name(side: Side) -> &'static str {
    match side {
        Side::Home => "home",
        Side::Away => "away",
    }
}

/// What the monitor calls a family.
pub const fn dialect_name(family: Family) -> &'static str {
    match family {
        Family::Private => "operators",
        Family::V1_5 => "ccip-1.5",
        Family::V1_6 => "ccip-1.6",
        Family::V2_0 => "ccip-2.0",
    }
}

/// What the monitor calls the lane of a family from a chain to the other.
pub fn lane_name(family: Family, from: Side) -> String {
    format!("{}-to-{}.{}", chain_name(from), chain_name(from.other()), dialect_name(family))
}
