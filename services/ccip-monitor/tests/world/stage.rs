//! What a test plays on: one world, the replicas that ran in it, and its end, where the invariants are checked.

use std::{path::Path, time::Duration};

use causeway_testkit::{
    ccip::Side,
    monitor::{Plan, World, chain_name},
    postgres::{self, Cluster},
    service::{self, Logs},
    wait::{SOON, eventually},
};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::{invariants, replica::Replica};

/// The program under test.
const BINARY: &str = env!("CARGO_BIN_EXE_ccip-monitor");

/// Worlds at once: each is two chains and a service or two.
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

impl Stage {
    /// Endpoints carry a secret.
    pub(super) async fn new(plan: Plan) -> Self {
        let place = PLACES.acquire().await.expect("never closed");
        let cluster = postgres::shared().await.expect("PostgreSQL");
        Self::on(cluster, plan, place).await
    }

    /// With a database server that the test may stop.
    pub(super) async fn with_own_cluster(plan: Plan) -> Self {
        let place = PLACES.acquire().await.expect("never closed");
        let cluster = Cluster::start().await.expect("PostgreSQL");
        let mut stage = Self::on(&cluster, plan, place).await;
        stage.cluster = Some(cluster);
        stage
    }

    async fn on(cluster: &Cluster, plan: Plan, place: SemaphorePermit<'static>) -> Self {
        let mut world = World::start(cluster, plan).await.expect("a world");
        for side in [Side::Home, Side::Away] {
            let url = secretive(world.ccip.chain(side).anvil.url());
            world.plan.endpoints.insert(side, vec![url]);
        }
        Self { world, logs: Logs::default(), cluster: None, _place: place }
    }

    /// A chain is read through these, in place of its own endpoint; for replicas that start from now on.
    pub(super) fn read_through(&mut self, side: Side, urls: &[&str]) {
        self.world.plan.endpoints.insert(side, urls.iter().map(|url| secretive(url)).collect());
    }

    /// Runs a replica until it listens.
    pub(super) async fn serve(&self, name: &str) -> Replica {
        self.serve_with(name, &self.world.environment()).await
    }

    /// As [`Self::serve`], with nothing but these variables.
    pub(super) async fn serve_with(&self, name: &str, environment: &[(&str, &str)]) -> Replica {
        let started = self.world.serve_with(Path::new(BINARY), name, environment).await;
        let service = started.expect("the replica listens");
        self.logs.keep(&service);
        Replica::connect(name, service).await
    }

    /// Runs a sub-command with the world's settings and gives its exit code and what it printed.
    pub(super) async fn command(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let configuration = self.world.configuration("command").expect("a file");
        let configuration = configuration.to_string_lossy();
        let arguments = [&["--config", &configuration], arguments].concat();
        run(&arguments, &self.world.environment()).await
    }

    /// Waits until a replica has read everything, stops them all with SIGTERM, and checks what must hold whatever
    /// happened.
    pub(super) async fn finish(self, replicas: Vec<Replica>) {
        if !replicas.is_empty() {
            self.is_read_to_its_end(&replicas).await;
        }
        for replica in &replicas {
            invariants::everything_is_told(&self, replica).await;
        }
        for replica in replicas {
            let log = replica.service.log().clone();
            let (status, _) = replica.service.terminate(STOP_WITHIN).await.expect("it ends");
            assert_eq!(status.code(), Some(0), "{} ended with {status}:\n{}", replica.name, log.tail(30));
        }
        invariants::check(&self).await;
    }
}

impl Stage {
    /// Waits until one of these has read both chains as far as they go: a chain without a message has a cursor too, and
    /// `verify` says "not known" until it is there.
    async fn is_read_to_its_end(&self, replicas: &[Replica]) {
        for side in [Side::Home, Side::Away] {
            let chain = self.world.ccip.chain(side);
            let head = chain.anvil.block_number().await.expect("its head");
            let read = async || {
                for replica in replicas {
                    let position = replica.chain(chain_name(side)).await["block_number"].as_u64();
                    if position.is_some_and(|position| position >= head) {
                        return Some(());
                    }
                }
                None
            };
            eventually(&format!("{} is read up to block {head}", chain_name(side)), read).await;
        }
    }
}

/// The URL with a secret in it.
pub(super) fn secretive(url: &str) -> String {
    format!("{url}/?key={RPC_SECRET}")
}

/// Runs the program to its end with nothing but these variables.
pub(super) async fn run(arguments: &[&str], environment: &[(&str, &str)]) -> (Option<i32>, String) {
    let output = service::run(Path::new(BINARY), arguments, environment, SOON).await.expect("it runs");
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&text).into_owned())
}
