//! The operators' console over what is on the stage. It is started anew when a service joins, under the same address.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use anyhow::Context as _;
use causeway_testkit::{
    gateway::CONSOLE,
    postgres::{Cluster, Database},
    service::{Listening, Service},
};
use tempfile::TempDir;

/// Where traces are looked at: `docker compose -f deploy/compose.yaml up jaeger`.
pub(crate) const TRACES: &str = "http://127.0.0.1:16686/trace/{trace_id}";

/// How often a page is looked at.
const EVERY: Duration = Duration::from_millis(100);

/// Who needs whom, where both are there.
const NEEDS: [(&str, &[&str]); 1] =
    [("tokenization-gateway", &["oracle-publisher", "relayer-invariant-guard", "ccip-monitor"])];

/// Whom the console looks at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Watched {
    name: &'static str,
    calls: SocketAddr,
    /// Its figures; `None` for one that has none.
    metrics: Option<SocketAddr>,
}

impl Watched {
    /// A service.
    pub(crate) const fn of(name: &'static str, at: Listening) -> Self {
        Self { name, calls: at.grpc, metrics: Some(at.metrics) }
    }

    /// Something that tells how it is, and counts nothing.
    pub(crate) const fn plain(name: &'static str, calls: SocketAddr) -> Self {
        Self { name, calls, metrics: None }
    }

    fn settings(&self, all: &[Self]) -> String {
        let Self { name, calls, metrics } = self;
        // It knows its callers by name; the others ask nobody who only reads.
        let token = if *name == "tokenization-gateway" { CONSOLE } else { "" };
        let metrics = metrics.map(|at| format!("http://{at}/metrics"));
        let is_there = |needed: &&&str| all.iter().any(|one| one.name == **needed);
        let needs: Vec<_> =
            NEEDS.iter().filter(|(of, _)| of == name).flat_map(|(_, needs)| *needs).filter(is_there).collect();
        format!(
            "[[services]]\nname = \"{name}\"\nreplicas = [\"http://{calls}\"]\ntoken = \"{token}\"\n\
             metrics = {:?}\nneeds = {needs:?}\n",
            metrics.as_slice()
        )
    }
}

/// A console's process.
pub(crate) struct Console {
    binary: PathBuf,
    database: Database,
    folder: TempDir,
    /// In the order of the pages.
    services: Vec<Watched>,
    service: Service,
}

impl Console {
    pub(crate) async fn start(cluster: &Cluster, binary: PathBuf, services: Vec<Watched>) -> anyhow::Result<Self> {
        let (database, folder) = (cluster.database("console").await?, tempfile::tempdir()?);
        let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let service = run(&binary, &database, &folder, &services, anywhere).await?;
        Ok(Self { binary, database, folder, services, service })
    }

    /// Where the pages are.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.service.listening().http
    }

    /// The process; `None` once it has ended.
    pub(crate) fn pid(&self) -> Option<u32> {
        self.service.pid()
    }

    /// Services join, or are somewhere else by now.
    pub(crate) async fn joined(
        mut self,
        more: impl IntoIterator<Item = Watched>,
        within: Duration,
    ) -> anyhow::Result<Self> {
        for one in more {
            self.services.retain(|known| known.name != one.name);
            self.services.push(one);
        }
        let address = self.address();
        self.service.terminate(within).await?;
        self.service = run(&self.binary, &self.database, &self.folder, &self.services, address).await?;
        Ok(self)
    }

    /// Waits until a page shows this.
    pub(crate) async fn shows(&self, path: &str, wanted: &str, within: Duration) -> anyhow::Result<()> {
        let url = format!("http://{}{path}", self.address());
        let shown = async {
            loop {
                if let Ok(page) = reqwest::get(&url).await
                    && page.text().await.is_ok_and(|page| page.contains(wanted))
                {
                    return;
                }
                tokio::time::sleep(EVERY).await;
            }
        };
        let in_time = tokio::time::timeout(within, shown).await;
        in_time.with_context(|| format!("{url} does not show {wanted}; {}", self.service.log().tail(5)))
    }

    pub(crate) async fn stop(self, within: Duration) -> anyhow::Result<()> {
        self.service.terminate(within).await?;
        Ok(())
    }
}

async fn run(
    binary: &std::path::Path,
    database: &Database,
    folder: &TempDir,
    services: &[Watched],
    at: SocketAddr,
) -> anyhow::Result<Service> {
    let file = folder.path().join("console.toml");
    let watched: String = services.iter().map(|one| one.settings(services)).collect();
    let settings = format!(
        "[listen]\nhttp = \"{at}\"\nmetrics = \"127.0.0.1:0\"\ngrpc = \"127.0.0.1:0\"\n\
         [shutdown]\nlame_duck_ms = 0\n[store]\nmigrate_on_start = true\n[looks]\nfigures_every_ms = 1000\n\
         [links]\ntraces = \"{TRACES}\"\n{watched}"
    );
    std::fs::write(&file, settings)?;
    let file = file.to_string_lossy();
    Ok(Service::start("ops-console", binary, &["--config", &file, "serve"], &[("DATABASE_URL", database.url())])
        .await?)
}
