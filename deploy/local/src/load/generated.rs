//! Two generated chains with messages from the first to the second, and ccip-monitor over them.

use std::{collections::HashMap, path::Path, time::Duration};

use anyhow::ensure;
use causeway_testkit::{
    blocks::{Behaviour, BlockServer, Chain, GeneratedLog},
    ccip::v1_6::Traffic,
    postgres::Database,
    service::Service,
};
use tempfile::TempDir;

/// Chain ids, which serve as selectors too.
pub(super) const CHAINS: (u64, u64) = (138, 1337);

/// A migration of empty tables.
const MIGRATES_WITHIN: Duration = Duration::from_secs(30);

/// The chains' endpoints, and a configuration that names them.
pub(super) struct Generated {
    /// Blocks of each chain.
    pub(super) height: u64,
    source: BlockServer,
    destination: BlockServer,
    folder: TempDir,
}

impl Generated {
    pub(super) async fn start(traffic: &Traffic, behaviour: &Behaviour) -> anyhow::Result<Self> {
        let height = traffic.last_block().max(1);
        let chain = |id: u64| Chain::builder().chain_id(id).seed(id).height(height);
        let (sending, arriving) = (*traffic, *traffic);
        let sends = made(height, move |block| sending.sends(block)).await?;
        let arrivals = made(height, move |block| arriving.arrivals(block)).await?;
        let source = BlockServer::start(&chain(CHAINS.0).build(sends), behaviour.clone()).await?;
        let destination = BlockServer::start(&chain(CHAINS.1).build(arrivals), behaviour.clone()).await?;
        let folder = tempfile::tempdir()?;
        std::fs::write(file(&folder), configuration(traffic, source.url(), destination.url()))?;
        Ok(Self { height, source, destination, folder })
    }

    pub(super) fn requests(&self) -> u64 {
        self.source.requests().saturating_add(self.destination.requests())
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

fn configuration(traffic: &Traffic, source: &str, destination: &str) -> String {
    let (from, to) = CHAINS;
    format!(
        r#"[listen]
http = "127.0.0.1:0"
metrics = "127.0.0.1:0"
grpc = "127.0.0.1:0"

[shutdown]
lame_duck_ms = 0

[[chains]]
name = "source"
chain_id = {from}
selector = "{from}"
rpc_urls = ["{source}"]

[[chains]]
name = "destination"
chain_id = {to}
selector = "{to}"
rpc_urls = ["{destination}"]

[[lanes]]
name = "load"
source = "source"
destination = "destination"
dialect = "ccip-1.6"
on_ramps = [{{ address = "{on_ramp}" }}]
off_ramps = [{{ address = "{off_ramp}" }}]
"#,
        on_ramp = traffic.on_ramp(),
        off_ramp = traffic.off_ramp(),
    )
}
