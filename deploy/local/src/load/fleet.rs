//! What the service stands on while it is measured: a chain, aggregators, a database, venues with many markets, and
//! a configuration of the service's own defaults.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context as _;
use causeway_primitives::{Address, Decimal};
use causeway_testkit::{
    anvil::Anvil,
    contracts::{Aggregator, Dialect, Spec},
    postgres::{Cluster, Database},
    service::Service,
    venues::{Crowd, Venue},
};
use tokio::time::{Instant, sleep};

use super::page;
use crate::screen::Screen;

/// Venues that can be measured with: the name, and whose format it speaks. The last two are further houses of the
/// same two formats.
const VENUES: [(&str, Venue); MOST_VENUES] = [
    ("binance", Venue::Binance),
    ("coinbase", Venue::Coinbase),
    ("kraken", Venue::Kraken),
    ("okx", Venue::Okx),
    ("bitstamp", Venue::Bitstamp),
    ("binance-second", Venue::Binance),
    ("okx-second", Venue::Okx),
];

/// How many there are.
pub(super) const MOST_VENUES: usize = 7;

/// The account that publishes: the chain's second, since the first owns the contracts.
const PUBLISHER: usize = 1;

/// A fleet that is not ready by then never will be.
const READY_WITHIN: Duration = Duration::from_secs(120);

/// Short beside what is measured, long beside what one question costs.
const ASK_READY_EVERY: Duration = Duration::from_millis(2);

/// How large it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    pub(super) feeds: usize,
    pub(super) venues: usize,
    /// Feeds with an aggregator; the others are computed and shown, but have nowhere to go.
    pub(super) published: usize,
    /// From one price of a market at a venue to the next.
    pub(super) every: Duration,
    /// The rest is what the service defaults to.
    pub(super) dry_run: bool,
}

/// All of it, running. Dropping it ends all of it.
#[derive(Debug)]
pub(super) struct Fleet {
    pub(super) anvil: Anvil,
    crowds: Vec<(&'static str, Venue, Crowd)>,
    aggregators: Vec<Address>,
    database: Database,
    shape: Shape,
    folder: tempfile::TempDir,
    _cluster: Cluster,
}

impl Fleet {
    pub(super) async fn start(shape: Shape, price: Decimal, screen: &Screen) -> anyhow::Result<Self> {
        let step = screen.step("starting PostgreSQL, a chain, and the venues");
        let cluster = Cluster::start().await.context("PostgreSQL")?;
        let database = cluster.database("load").await?;
        let anvil = Anvil::builder().chain_id(138).gas_price(0).start().await?;
        let markets: Vec<(String, String)> =
            (0..shape.feeds).map(|number| (format!("L{number:04}"), "USD".to_owned())).collect();
        let mut crowds = Vec::new();
        for ((name, venue), seed) in VENUES.into_iter().take(shape.venues).zip(1..) {
            crowds.push((name, venue, Crowd::start(venue, seed, markets.clone(), shape.every, price).await?));
        }
        step.done(&format!("{} feeds at {} venues", shape.feeds, crowds.len()));
        let step = screen.step("deploying aggregators");
        let publisher = anvil.accounts().get(PUBLISHER).map_or(Address::ZERO, |account| account.address);
        let mut aggregators = Vec::new();
        for (base, quote) in markets.iter().take(shape.published) {
            let spec = Spec::new(Dialect::UpdateAnswerInt256, &format!("{base} / {quote}"), publisher);
            aggregators.push(Aggregator::deploy(&anvil, &spec).await?.address);
        }
        step.done(&aggregators.len().to_string());
        Ok(Self { anvil, crowds, aggregators, database, shape, folder: tempfile::tempdir()?, _cluster: cluster })
    }

    /// Sets the price of every market at every venue, and tells it at once.
    pub(super) fn tell(&self, price: Decimal) {
        self.crowds.iter().for_each(|(_, _, crowd)| crowd.tell(price));
    }

    /// Runs the service on the endpoint until it listens.
    pub(super) async fn serve(&self, binary: &Path, rpc_url: &str) -> anyhow::Result<Service> {
        let configuration = self.configuration()?;
        let configuration = configuration.to_string_lossy();
        let key = self.anvil.accounts().get(PUBLISHER).map(|account| account.key.clone()).unwrap_or_default();
        let environment = [("DATABASE_URL", self.database.url()), ("RPC_URL", rpc_url), ("PRIVATE_KEY", key.as_str())];
        Ok(Service::start("oracle-publisher", binary, &["--config", &configuration, "serve"], &environment).await?)
    }

    fn configuration(&self) -> anyhow::Result<PathBuf> {
        let path = self.folder.path().join("load.toml");
        std::fs::write(&path, self.text()?)?;
        Ok(path)
    }

    fn text(&self) -> anyhow::Result<String> {
        let mut text = format!(
            r#"[listen]
http = "127.0.0.1:0"
metrics = "127.0.0.1:0"
grpc = "127.0.0.1:0"

[shutdown]
lame_duck_ms = 0

[store]
migrate_on_start = true

[publisher]
dry_run = {}

[venue_defaults]
transport = "socket"
"#,
            self.shape.dry_run
        );
        for (name, venue, crowd) in &self.crowds {
            let (kind, url) = (venue.as_str(), crowd.socket_url()?);
            text.push_str(&format!("\n[[venues]]\nid = \"{name}\"\nkind = \"{kind}\"\nsocket_urls = [\"{url}\"]\n"));
        }
        let sources: Vec<String> = self.crowds.iter().map(|(name, ..)| format!("{{ venue = \"{name}\" }}")).collect();
        let sources = sources.join(", ");
        for number in 0..self.shape.feeds {
            let address = self.aggregators.get(number).map(|address| format!("aggregator_address = \"{address}\"\n"));
            text.push_str(&format!(
                r#"
[[feeds]]
id = "load-{number:04}"
pair = "L{number:04}/USD"
{address}heartbeat_seconds = 3600
deviation_threshold_percent = "0.5"
sources = [{sources}]
"#,
                address = address.unwrap_or_default()
            ));
        }
        Ok(text)
    }
}

/// Waits until the service says that it is ready.
pub(super) async fn await_ready(service: &Service) -> anyhow::Result<()> {
    let asked = async {
        let url = format!("http://{}/readyz", service.listening().http);
        let client = page::client()?;
        loop {
            if client.get(&url).send().await.is_ok_and(|answer| answer.status().is_success()) {
                return anyhow::Ok(());
            }
            sleep(ASK_READY_EVERY).await;
        }
    };
    let ready = tokio::time::timeout(READY_WITHIN, asked).await;
    ready.with_context(|| format!("not ready in time:\n{}", service.log().tail(20)))?
}

/// The driver's stopwatch.
pub(super) fn now() -> Instant {
    Instant::now()
}
