//! Generated chains with messages between them, and ccip-monitor over them.

use std::{
    collections::{BTreeSet, HashMap},
    fmt::Write as _,
    path::Path,
    time::Duration,
};

use anyhow::ensure;
use causeway_testkit::{
    blocks::{Behaviour, BlockServer, Chain, GeneratedLog},
    ccip::v1_6::Traffic,
    postgres::Database,
    service::Service,
};
use tempfile::TempDir;

/// Chain ids of the first two chains, which serve as selectors too.
pub(super) const CHAINS: (u64, u64) = (138, 1337);

/// A migration of empty tables.
const MIGRATES_WITHIN: Duration = Duration::from_secs(30);

/// The chains' endpoints, and a configuration that names them.
pub(super) struct Generated {
    chains: Vec<(Chain, BlockServer)>,
    folder: TempDir,
}

impl Generated {
    /// All chains of these lanes, as long as the longest of them needs.
    pub(super) async fn start(lanes: &[Traffic], behaviour: &Behaviour) -> anyhow::Result<Self> {
        let last = lanes.iter().map(Traffic::last_block).max().unwrap_or(0).max(1);
        Self::start_at(last, lanes, behaviour).await
    }

    /// The same chains when they were only so long.
    pub(super) async fn start_at(height: u64, lanes: &[Traffic], behaviour: &Behaviour) -> anyhow::Result<Self> {
        let last = lanes.iter().map(Traffic::last_block).max().unwrap_or(0).max(1);
        let mut chains = Vec::new();
        for id in ids(lanes) {
            let lanes: Vec<Traffic> = lanes.to_vec();
            let logs = made(last, move |block| {
                let sends = lanes.iter().filter(|lane| lane.source == id).flat_map(|lane| lane.sends(block));
                let arrivals = lanes.iter().filter(|lane| lane.destination == id).flat_map(|lane| lane.arrivals(block));
                sends.chain(arrivals).collect()
            });
            let chain = Chain::builder().chain_id(id).seed(id).height(height).build(logs.await?);
            let server = BlockServer::start(&chain, behaviour.clone()).await?;
            chains.push((chain, server));
        }
        let folder = tempfile::tempdir()?;
        std::fs::write(file(&folder), configuration(lanes, &chains)?)?;
        Ok(Self { chains, folder })
    }

    /// The chains, which may grow.
    pub(super) fn chains(&self) -> impl Iterator<Item = &Chain> {
        self.chains.iter().map(|(chain, _)| chain)
    }

    pub(super) fn requests(&self) -> u64 {
        self.chains.iter().map(|(_, server)| server.requests()).fold(0, u64::saturating_add)
    }

    pub(super) async fn migrate(&self, binary: &Path, database: &Database) -> anyhow::Result<()> {
        let configuration = file(&self.folder);
        let arguments = ["--config", &configuration.to_string_lossy(), "migrate"];
        let environment = [("DATABASE_URL", database.url())];
        let migrated = causeway_testkit::service::run(binary, &arguments, &environment, MIGRATES_WITHIN).await?;
        ensure!(migrated.status.success(), "{}", String::from_utf8_lossy(&migrated.stderr));
        Ok(())
    }

    pub(super) async fn serve(&self, binary: &Path, database: &Database) -> anyhow::Result<Service> {
        let configuration = file(&self.folder);
        let arguments = ["--config", &configuration.to_string_lossy(), "serve"];
        Ok(Service::start("ccip-monitor", binary, &arguments, &[("DATABASE_URL", database.url())]).await?)
    }
}

fn file(folder: &TempDir) -> std::path::PathBuf {
    folder.path().join("load.toml")
}

/// The logs of all blocks, made before the clock starts: hashing messages would take the endpoints longer than all that is
/// measured. A message takes about a kilobyte.
async fn made(
    height: u64,
    logs: impl Fn(u64) -> Vec<GeneratedLog> + Send + 'static,
) -> anyhow::Result<impl Fn(u64) -> Vec<GeneratedLog> + Send + Sync + 'static> {
    let blocks = tokio::task::spawn_blocking(move || {
        let full = (0..=height).map(|block| (block, logs(block))).filter(|(_, logs)| !logs.is_empty());
        full.collect::<HashMap<u64, Vec<GeneratedLog>>>()
    });
    let blocks = blocks.await?;
    Ok(move |block| blocks.get(&block).cloned().unwrap_or_default())
}

fn ids(lanes: &[Traffic]) -> BTreeSet<u64> {
    lanes.iter().flat_map(|lane| [lane.source, lane.destination]).collect()
}

fn configuration(lanes: &[Traffic], chains: &[(Chain, BlockServer)]) -> anyhow::Result<String> {
    let mut text = r#"[listen]
http = "127.0.0.1:0"
metrics = "127.0.0.1:0"
grpc = "127.0.0.1:0"

[shutdown]
lame_duck_ms = 0
"#
    .to_owned();
    for (chain, server) in chains {
        let (id, url) = (chain.chain_id(), server.url());
        write!(
            text,
            "\n[[chains]]\nname = \"chain-{id}\"\nchain_id = {id}\nselector = \"{id}\"\nrpc_urls = [\"{url}\"]\n"
        )?;
    }
    for lane in lanes {
        let (from, to, on_ramp, off_ramp) = (lane.source, lane.destination, lane.on_ramp(), lane.off_ramp());
        write!(
            text,
            r#"
[[lanes]]
name = "from-{from}-to-{to}"
source = "chain-{from}"
destination = "chain-{to}"
dialect = "ccip-1.6"
on_ramps = [{{ address = "{on_ramp}" }}]
off_ramps = [{{ address = "{off_ramp}" }}]
"#
        )?;
    }
    Ok(text)
}
