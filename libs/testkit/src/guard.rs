//! Everything that a relayer-invariant-guard stands on, at once: two chains with a bridge and a relayer on it, both
//! databases, people with certificates, and the configuration that joins them.
//!
//! Two kinds of replicas: one at which the relayer asks, in plain text over loopback, and one at which people are known by
//! their certificates. Both are the same guard.

mod people;
mod text;

use std::{
    io,
    path::{Path, PathBuf},
    time::Duration,
};

pub use self::people::{Authority, Papers};
use crate::{
    bridge,
    postgres::{self, Cluster, Database},
    relayer::{self, ClearanceSettings, Pace, Running},
    service::{self, Service},
};

/// A command that only looks.
const COMMAND_LIMIT: Duration = Duration::from_secs(30);

/// `0x` and 64 digits.
const HASH: usize = 66;

/// Why there is no such world.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No chains or no contracts.
    #[error("the bridge could not be set up")]
    Bridge(#[from] bridge::Error),
    /// No relayer.
    #[error("the relayer could not be set up")]
    Relayer(#[from] relayer::Error),
    /// No database.
    #[error("the database could not be started")]
    Database(#[from] postgres::Error),
    /// No service.
    #[error("the service did not run")]
    Service(#[from] service::Error),
    /// No certificates.
    #[error("a certificate could not be made")]
    Certificate(#[from] rcgen::Error),
    /// No file.
    #[error("a file was refused")]
    Io(#[from] io::Error),
    /// It does not print the hash of its rules.
    #[error("`config check` names no rules:\n{printed}")]
    NoRules {
        /// What it prints.
        printed: String,
    },
}

/// Who may come to a replica.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// The relayer, from this machine.
    Relayers,
    /// People with a certificate.
    People,
}

/// The world. Dropping it ends all of its processes.
#[derive(Debug)]
pub struct World {
    /// The chains and the bridge between them.
    pub bridge: bridge::World,
    /// Who signs people's certificates.
    pub authority: Authority,
    /// Where traces go; empty: nowhere.
    pub otlp: String,
    relayers: Database,
    /// The relayer's database, as a role that may only read.
    readers: String,
    guards: Database,
    approved: Option<String>,
    folder: tempfile::TempDir,
}

impl World {
    /// Starts everything but the guard and the relayer, on databases of the cluster. A block comes so often on both chains.
    ///
    /// # Errors
    /// [`Error`], which names the part.
    pub async fn start(cluster: &Cluster, heartbeat: Duration) -> Result<Self, Error> {
        let plan = bridge::Plan { heartbeat: Some(heartbeat), ..bridge::Plan::default() };
        let (bridge, relayers, guards) = tokio::try_join!(
            async { Ok::<_, Error>(bridge::World::with(plan).await?) },
            async { Ok(cluster.database("relayer").await?) },
            async { Ok(cluster.database("guard").await?) },
        )?;
        relayer::prepare(relayers.url()).await?;
        let readers = relayer::reader(relayers.url()).await?;
        let folder = tempfile::tempdir()?;
        let (authority, otlp) = (Authority::new()?, String::new());
        Ok(Self { bridge, authority, otlp, relayers, readers, guards, approved: None, folder })
    }

    /// People approve the rules, as operators do it: `config check` prints their hash, and it goes into the file.
    ///
    /// # Errors
    /// [`Error::NoRules`] with what was printed instead.
    pub async fn approve(&mut self, binary: &Path) -> Result<String, Error> {
        let configuration = self.configuration(Door::Relayers, "check")?;
        let arguments = ["--config", &configuration.to_string_lossy(), "config", "check"];
        let output = service::run(binary, &arguments, &self.environment(), COMMAND_LIMIT).await?;
        let printed = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        let line = printed.lines().find_map(|line| line.strip_prefix("# rules "));
        let hash = line.and_then(|line| line.get(..HASH)).map(str::to_owned);
        let hash = hash.ok_or(Error::NoRules { printed })?;
        self.approved = Some(hash.clone());
        Ok(hash)
    }

    /// The configuration file of a replica. Everything that is no secret is in it.
    ///
    /// # Errors
    /// [`Error::Io`] or [`Error::Certificate`].
    pub fn configuration(&self, door: Door, replica: &str) -> Result<PathBuf, Error> {
        let papers = match door {
            Door::Relayers => None,
            Door::People => Some(self.authority.sign("localhost")?),
        };
        let path = self.folder.path().join(format!("{replica}.toml"));
        std::fs::write(&path, text::configuration(self, replica, papers.as_ref()))?;
        Ok(path)
    }

    /// Runs a replica until it listens.
    ///
    /// # Errors
    /// [`Error::Service`] with its last lines when it does not.
    pub async fn serve(&self, binary: &Path, door: Door, replica: &str) -> Result<Service, Error> {
        let configuration = self.configuration(door, replica)?;
        let configuration = configuration.to_string_lossy();
        let arguments = ["--config", &configuration, "serve"];
        Ok(Service::start(replica, binary, &arguments, &self.environment()).await?)
    }

    /// Runs the relayer under these replicas, by itself, with so many movements of its users a minute.
    ///
    /// # Errors
    /// [`Error::Relayer`].
    pub async fn relay(&self, binary: &Path, guards: &[String], per_minute: u32) -> Result<Running, Error> {
        let journal = self.folder.path().join("journal.jsonl");
        let settings = relayer::Settings::of(&self.bridge, self.relayers.url(), journal)?;
        let clearance = ClearanceSettings::Guarded {
            guards: guards.to_vec(),
            latch: Some(self.folder.path().join("latch")),
            renew_every_ms: 200,
            call_timeout_ms: 2_000,
        };
        let settings = relayer::Settings { pace: Pace::Running, clearance, ..settings };
        let running = Running::start(binary, &settings).await?;
        running.traffic(per_minute).await?;
        Ok(running)
    }

    /// The secrets, as a replica takes them.
    pub fn environment(&self) -> Vec<(&str, &str)> {
        vec![("DATABASE_URL", self.guards.url()), ("RELAYER_DATABASE_URL", &self.readers)]
    }
}
