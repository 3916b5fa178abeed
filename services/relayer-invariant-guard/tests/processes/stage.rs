//! What a test plays on: a bridge, its relayer, the two databases, and replicas of the guard with a configuration as
//! operators write it.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
};

use causeway_primitives::{B256, U256};
use causeway_store::{Metrics, Pool, Settings as StoreSettings};
use causeway_testkit::{
    bridge::{End, Role, World},
    postgres::shared,
    relayer::{self, ClearanceSettings, Pace, Running, Settings as RelayerSettings},
    service::{self, Logs, Service},
    wait::{SOON, eventually},
};
use relayer_invariant_guard::adapters::store::Store;
use tokio::sync::{Semaphore, SemaphorePermit};

/// The program under test.
const BINARY: &str = env!("CARGO_BIN_EXE_relayer-invariant-guard");

/// Stages at once: each is two chains, a relayer, and a guard or two.
const STAGES: usize = 2;

/// What must not be seen in any output: it stands where providers put their keys, in an endpoint's URL.
pub(super) const RPC_SECRET: &str = "k3y0fth3endp01nt";

static PLACES: Semaphore = Semaphore::const_new(STAGES);

/// One test's bridge with everything around it.
pub(super) struct Stage {
    pub(super) world: World,
    /// The relayer's database as the relayer itself.
    pub(super) relayers: String,
    /// The same, as a role that may only read.
    pub(super) readers: String,
    /// The guard's.
    pub(super) guards: String,
    /// How long a lease is good for, in ms.
    pub(super) ttl_ms: u64,
    /// What is added to the configuration.
    pub(super) more: String,
    /// Further secrets in the replicas' environment.
    pub(super) secrets: Vec<(&'static str, String)>,
    /// Whether a replica brings its database up to date by itself.
    pub(super) migrates: bool,
    approved: Option<B256>,
    folder: tempfile::TempDir,
    logs: Logs,
    /// Held until the stage is gone.
    #[allow(dead_code, reason = "it is the holding that counts")]
    place: Option<SemaphorePermit<'static>>,
}

impl Stage {
    /// A bridge without traffic, whose rules people have approved.
    pub(super) async fn new(label: &str) -> Self {
        let place = PLACES.acquire().await.expect("never closed");
        let mut stage = Self::beside(label).await;
        stage.place = Some(place);
        stage
    }

    /// The same without waiting for a place: for a test that has one, and needs several stages.
    pub(super) async fn beside(label: &str) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let world = World::start().await.expect("two chains");
        let cluster = shared().await.expect("PostgreSQL");
        let relayers = cluster.database(&format!("{label}_relayer")).await.expect("a database");
        relayer::prepare(relayers.url()).await.expect("the relayer's tables");
        let readers = relayer::reader(relayers.url()).await.expect("a reader");
        let guards = cluster.database(label).await.expect("a database");
        let mut stage = Self {
            world,
            relayers: relayers.url().to_owned(),
            readers,
            guards: guards.url().to_owned(),
            ttl_ms: 6_000,
            more: String::new(),
            secrets: Vec::new(),
            migrates: true,
            approved: None,
            folder: tempfile::tempdir().expect("a folder"),
            logs: Logs::default(),
            place: None,
        };
        stage.approve().await;
        stage
    }

    /// As operators do it: `config check` prints the hash of the rules, and they put it into the file.
    pub(super) async fn approve(&mut self) {
        let (code, output) = self.command(&["config", "check"]).await;
        assert_eq!(code, Some(0), "{output}");
        let hash = output.lines().find_map(|line| line.strip_prefix("# rules ")).expect("the rules' hash");
        self.approved = Some(hash.get(..66).expect("a hash").parse().expect("a hash"));
    }

    /// The configuration file, as it is now.
    pub(super) fn configuration(&self) -> PathBuf {
        let path = self.folder.path().join("guard.toml");
        std::fs::write(&path, self.text()).expect("a file");
        path
    }

    /// Its text.
    pub(super) fn text(&self) -> String {
        let approved = self.approved.map(|hash| format!("\"{hash}\"")).unwrap_or_default();
        let mut text = format!(
            "[listen]\nhttp = \"127.0.0.1:0\"\nmetrics = \"127.0.0.1:0\"\ngrpc = \"127.0.0.1:0\"\n\
             [shutdown]\nlame_duck_ms = 0\ndrain_ms = 10000\nflush_ms = 500\n\
             [store]\nmigrate_on_start = {migrates}\n[leadership]\nlease_seconds = 2\n\
             [guard]\nsweep_interval_seconds = 1\nretry_interval_seconds = 1\ngather_timeout_ms = {gather}\n\
             matching_bound_blocks = 4\nnonce_settle_ms = 60000\n\
             [lease]\nttl_ms = {ttl}\nmax_verdict_age_ms = {ttl}\n\
             [approved]\nrules = [{approved}]\n{more}\n",
            gather = self.ttl_ms.saturating_sub(1),
            ttl = self.ttl_ms,
            more = self.more,
            migrates = self.migrates,
        );
        for end in [End::Source, End::Destination] {
            self.write_chain(&mut text, end);
        }
        self.write_asset(&mut text);
        text
    }

    fn write_chain(&self, text: &mut String, end: End) {
        let contracts = self.world.bridge.contracts;
        let (name, id, settlement) = match end {
            End::Source => ("home", 138, contracts.source.settlement),
            End::Destination => ("remote", 1_337, contracts.destination.settlement),
        };
        let keeper = self.world.account(Role::Keeper);
        let _ = writeln!(
            text,
            "[[chains]]\nname = \"{name}\"\nchain_id = {id}\nfinality = \"depth(1)\"\nquorum = 2\nmax_lag_blocks = 1000\n\
             settlement = \"{settlement}\"\naccounts = [\"{keeper}\"]"
        );
        for endpoint in ["a", "b", "c"] {
            let url = self.world.anvil(end).url();
            let _ = writeln!(
                text,
                "[[chains.endpoints]]\nname = \"{endpoint}\"\noperator = \"{endpoint}\"\nurl = \"{url}/?key={RPC_SECRET}\""
            );
        }
        if end == End::Source {
            let lockbox = contracts.source.lockbox;
            let _ = writeln!(
                text,
                "[[chains.slots]]\nname = \"keeper\"\ncontract = \"{lockbox}\"\ngetter = \"keeper()\"\nvalue = \"{keeper}\""
            );
        }
    }

    fn write_asset(&self, text: &mut String) {
        let contracts = self.world.bridge.contracts;
        let (token, lockbox, bridged) = (contracts.source.token, contracts.source.lockbox, contracts.destination.token);
        let _ = writeln!(
            text,
            "[[assets]]\nid = \"sigil\"\nhome = \"home\"\nremote = \"remote\"\ndecimals = 18\nhome_token = \"{token}\"\n\
             lockbox = \"{lockbox}\"\nremote_token = \"{bridged}\"\nremote_asset = \"{token}\"\nfirst_message = 1"
        );
    }

    /// The secrets, as a replica takes them.
    pub(super) fn environment(&self) -> Vec<(&str, &str)> {
        let mut all = vec![("DATABASE_URL", self.guards.as_str()), ("RELAYER_DATABASE_URL", &self.readers)];
        all.extend(self.secrets.iter().map(|(name, value)| (*name, value.as_str())));
        all
    }

    /// Runs a replica until it listens.
    pub(super) async fn serve(&self, name: &str) -> Service {
        let configuration = self.configuration();
        let configuration = configuration.to_string_lossy();
        let arguments = ["--config", &configuration, "serve"];
        let started = Service::start(name, Path::new(BINARY), &arguments, &self.environment()).await;
        let service = started.expect("the replica listens");
        self.logs.keep(&service);
        service
    }

    /// Runs a sub-command and gives its exit code and what it printed.
    pub(super) async fn command(&self, arguments: &[&str]) -> (Option<i32>, String) {
        self.command_with(arguments, &self.environment()).await
    }

    /// As [`Self::command`], with nothing but these variables.
    pub(super) async fn command_with(&self, arguments: &[&str], environment: &[(&str, &str)]) -> (Option<i32>, String) {
        let configuration = self.configuration();
        let configuration = configuration.to_string_lossy();
        let arguments = [&["--config", &configuration], arguments].concat();
        run(&arguments, environment).await
    }

    /// How the relayer is started under these replicas.
    pub(super) fn relayer(&self, guards: &[String]) -> RelayerSettings {
        let journal = self.folder.path().join("journal.jsonl");
        let settings = RelayerSettings::of(&self.world, &self.relayers, journal).expect("settings");
        let clearance = ClearanceSettings::Guarded {
            guards: guards.to_vec(),
            latch: Some(self.folder.path().join("latch")),
            renew_every_ms: 200,
            call_timeout_ms: 2_000,
        };
        RelayerSettings { pace: Pace::Paused, clearance, ..settings }
    }

    /// How many bytes the relayer's journal has: it grows with every broadcast.
    pub(super) fn journaled(&self) -> u64 {
        std::fs::metadata(self.folder.path().join("journal.jsonl")).map_or(0, |file| file.len())
    }

    /// Runs the relayer.
    pub(super) async fn relay(&self, guards: &[String]) -> Running {
        relay(&self.relayer(guards)).await
    }

    /// Blocks and a cycle, and how many messages were settled by it.
    pub(super) async fn work(&self, relayer: &Running) -> u64 {
        self.world.mine(3).await.expect("blocks");
        relayer.step().await.expect("a cycle").claimed
    }

    /// Deposits, and works until it has been settled.
    pub(super) async fn settle_one(&self, relayer: &Running) {
        self.world.deposit(5).await.expect("a deposit");
        eventually("a message is settled", async || self.work(relayer).await > 0).await;
    }

    /// Works until the guard's refusal holds the relayer up.
    pub(super) async fn until_held_up(&self, relayer: &Running) {
        eventually("the relayer is held up", async || {
            self.world.deposit(1).await.expect("a deposit");
            self.world.mine(3).await.expect("blocks");
            relayer.step().await.expect("a cycle").held_up
        })
        .await;
    }

    /// The guard's own database, looked into.
    pub(super) fn store(&self) -> Store {
        let settings = StoreSettings::new(self.guards.as_str().into(), "guard-test");
        Store::new(Pool::open(&settings, Metrics::default()).expect("an address"))
    }
}

/// Runs a relayer's process.
pub(super) async fn relay(settings: &RelayerSettings) -> Running {
    Running::start(&relayer::binary().expect("the simulated relayer"), settings).await.expect("the relayer listens")
}

/// Whole tokens in base units.
pub(super) fn whole(tokens: u64) -> U256 {
    U256::from(tokens) * U256::from(10).pow(U256::from(18))
}

/// Where a replica takes calls.
pub(super) fn url(service: &Service) -> String {
    format!("http://{}", service.listening().grpc)
}

/// A place among the stages of other tests, for one that makes its own.
pub(super) async fn place() -> SemaphorePermit<'static> {
    PLACES.acquire().await.expect("never closed")
}

/// Broadcasts that left when their lease had ended.
pub(super) fn late(relayer: &Running) -> usize {
    relayer.journal().expect("a journal").iter().filter(|entry| entry.is_late()).count()
}

/// Runs the program to its end with nothing but these variables.
pub(super) async fn run(arguments: &[&str], environment: &[(&str, &str)]) -> (Option<i32>, String) {
    let output = service::run(Path::new(BINARY), arguments, environment, SOON).await.expect("it runs");
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&text).into_owned())
}
