//! What a test plays on: one world, the replicas that ran in it, and its end, where the invariants are checked.

use std::{path::Path, time::Duration};

use causeway_primitives::Decimal;
use causeway_testkit::{
    oracle::{Plan, World},
    postgres::{self, Cluster},
    service::{self, Logs, Service},
    venues::Venue,
    wait::{SOON, eventually},
};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::{invariants, replica::Replica};

/// The program under test.
const BINARY: &str = env!("CARGO_BIN_EXE_oracle-publisher");

/// Worlds at once: each is a chain, a service or two, and their venues, and mostly waits.
const WORLDS: usize = 3;

/// For the drain of a replica: more than the world's configuration gives it.
const STOP_WITHIN: Duration = Duration::from_secs(20);

/// What must not be seen in any log: it stands where providers put their keys, in the endpoint's URL.
pub(super) const RPC_SECRET: &str = "k3y0fth3endp01nt";

static PLACES: Semaphore = Semaphore::const_new(WORLDS);

/// One test's world.
pub(super) struct Stage {
    pub(super) world: World,
    /// Of every replica that ever ran here.
    pub(super) logs: Logs,
    /// Its own server, where the test stops it.
    pub(super) cluster: Option<Cluster>,
    _place: SemaphorePermit<'static>,
}

/// What a test wants otherwise, by long name: `ORACLE__PUBLISHER__DRY_RUN`.
pub(super) type Variables<'a> = &'a [(&'a str, &'a str)];

impl Stage {
    pub(super) async fn new(plan: Plan) -> Self {
        let place = PLACES.acquire().await.expect("never closed");
        let cluster = postgres::shared().await.expect("PostgreSQL");
        let world = World::start(cluster, plan).await.expect("a world");
        Self { world, logs: Logs::default(), cluster: None, _place: place }
    }

    /// With a database server that the test may stop.
    pub(super) async fn with_own_cluster(plan: Plan) -> Self {
        let place = PLACES.acquire().await.expect("never closed");
        let cluster = Cluster::start().await.expect("PostgreSQL");
        let world = World::start(&cluster, plan).await.expect("a world");
        Self { world, logs: Logs::default(), cluster: Some(cluster), _place: place }
    }

    /// Runs a replica until it listens, with the endpoint's URL carrying a secret.
    pub(super) async fn serve(&self, name: &str) -> Replica {
        self.serve_with(name, &[]).await
    }

    /// As [`Self::serve`], with further variables.
    pub(super) async fn serve_with(&self, name: &str, variables: Variables<'_>) -> Replica {
        Replica::connect(name, self.start(name, variables).await).await
    }

    /// As [`Self::serve_with`], without clients.
    pub(super) async fn start(&self, name: &str, variables: Variables<'_>) -> Service {
        let endpoint = secretive(self.world.anvil.url());
        let mut all = vec![("RPC_URL", endpoint.as_str())];
        all.retain(|(name, _)| variables.iter().all(|(other, _)| other != name));
        all.extend_from_slice(variables);
        let service = self.world.serve_with(Path::new(BINARY), name, &all).await.expect("the replica listens");
        self.logs.keep(&service);
        service
    }

    /// Runs a sub-command with the world's settings and gives its exit code and what it printed.
    pub(super) async fn command(&self, arguments: &[&str], variables: Variables<'_>) -> (Option<i32>, String) {
        let configuration = self.world.configuration("command").expect("a file");
        let configuration = configuration.to_string_lossy();
        let key = self.world.key();
        let mut environment = self.world.environment(&key);
        environment.retain(|(name, _)| variables.iter().all(|(other, _)| other != name));
        environment.extend_from_slice(variables);
        let arguments = [&["--config", &configuration], arguments].concat();
        run(&arguments, &environment).await
    }

    /// Every venue trades a market at this price, without noise.
    pub(super) fn market(&self, price: &str) {
        Venue::ALL.into_iter().for_each(|venue| self.quote(venue, price));
    }

    /// One venue trades EUR at this price, in dollars and in tether.
    pub(super) fn quote(&self, venue: Venue, price: &str) {
        let price: Decimal = price.parse().expect("a price");
        let venue = self.world.venues.handle(venue);
        ["EUR/USD", "EUR/USDT"].into_iter().for_each(|pair| venue.set_price(pair, price));
        venue.set_price("USDT/USD", Decimal::ONE);
    }

    /// Answers of `eur-usd` on chain, first to last.
    pub(super) async fn answers(&self) -> Vec<String> {
        let rounds = self.world.eur_usd.rounds(&self.world.anvil).await.expect("rounds");
        rounds.iter().map(|round| round.answer.to_string()).collect()
    }

    /// How many rounds `eur-usd` has on chain.
    pub(super) async fn rounds(&self) -> u64 {
        self.world.eur_usd.round_count(&self.world.anvil).await.expect("a count")
    }

    /// Waits until `eur-usd` has more rounds on chain than `known`.
    pub(super) async fn rounds_beyond(&self, known: u64) -> u64 {
        let count = async || Some(self.rounds().await).filter(|count| *count > known);
        eventually("another round on chain", count).await
    }

    /// Waits for an answer of `eur-usd` on chain and gives the position of the latest with it.
    pub(super) async fn answered(&self, answer: &str) -> usize {
        let found = async || self.answers().await.iter().rposition(|given| given == answer);
        eventually(&format!("the answer {answer} on chain"), found).await
    }

    /// Stops the replicas that still run, with SIGTERM, and checks what must hold whatever happened.
    pub(super) async fn finish(self, replicas: Vec<Replica>) {
        let alone = self.logs.all().len() == 1;
        for replica in &replicas {
            invariants::counters_are_receipts(&self, replica, alone).await;
        }
        for replica in replicas {
            let log = replica.service.log().clone();
            let (status, _) = replica.service.terminate(STOP_WITHIN).await.expect("it ends");
            assert_eq!(status.code(), Some(0), "{} ended with {status}:\n{}", replica.name, log.tail(30));
        }
        invariants::check(&self).await;
    }
}

/// The URL with a secret in it.
pub(super) fn secretive(url: &str) -> String {
    format!("{url}/?key={RPC_SECRET}")
}

/// Runs the program to its end with nothing but these variables.
pub(super) async fn run(arguments: &[&str], environment: Variables<'_>) -> (Option<i32>, String) {
    let output = service::run(Path::new(BINARY), arguments, environment, SOON).await.expect("it runs");
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&text).into_owned())
}
