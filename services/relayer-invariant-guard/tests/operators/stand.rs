//! A guard over two real databases and no chain: its one invariant is that batches never become fewer, so that a test can
//! break and mend it with a row.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use causeway_alerting::Alarms;
use causeway_grpc::{
    Caller, Client, ClientSettings, Metrics as GrpcMetrics, Reflection, Refusal, Server, ServerSettings, Table,
};
use causeway_primitives::{AssetId, ChainName, U256};
use causeway_proto::guard::v1::{guard_service_client::GuardServiceClient, guard_service_server::GuardServiceServer};
use causeway_runtime::{
    CancellationToken,
    clock::{Clock, SystemClock},
};
use causeway_store::{
    Metrics, Pool, Settings as StoreSettings,
    lease::{Leadership, try_acquire},
    schema,
};
use causeway_testkit::{postgres::shared, relayer};
use relayer_invariant_guard::{
    adapters::{
        chain::ChainReader,
        store::{
            MIGRATIONS, Store,
            books::{BooksReader, Mapping, Scope as BooksScope},
        },
    },
    app::{CapSetting, Facts, Guard, Parts, Probation, Settings},
    domain::{checkpoint::Checkpoint, evaluate::Verdict, evidence::Approved, lease::Policy, resume, rules::Rules},
    grpc::GuardDoor,
};
use tokio::{net::TcpListener, sync::watch, task::JoinSet};
use tonic::Status;

use super::certificates::Authority;

/// Longer than any test.
const HOUR: Duration = Duration::from_secs(3_600);

/// For one call on a machine that is busy with other things.
const PATIENCE: Duration = Duration::from_secs(60);

/// Everybody who may change something.
const PEOPLE: [&str; 4] = ["alice", "bob", "carol", "dave"];

pub(super) struct Stand {
    pub(super) guard: Guard,
    pub(super) store: Store,
    pub(super) pool: Pool,
    pub(super) leads: watch::Sender<Option<Leadership>>,
    /// The relayer's database, by somebody who may write it.
    books: Pool,
}

impl Stand {
    pub(super) async fn new(label: &str) -> Self {
        Self::with(label, BTreeMap::new(), Arc::new(SystemClock::new())).await
    }

    /// With chains that it reads, and that no rule speaks of, and with a clock that is the test's.
    pub(super) async fn with(label: &str, chains: BTreeMap<ChainName, ChainReader>, clock: Arc<dyn Clock>) -> Self {
        let _already_installed = rustls::crypto::ring::default_provider().install_default();
        let database = shared().await.unwrap().database(label).await.unwrap();
        let pool = Pool::open(&StoreSettings::new(database.url().into(), "guard"), Metrics::default()).unwrap();
        schema::migrate(&pool, &MIGRATIONS).await.unwrap();
        let relayers = shared().await.unwrap().database(&format!("{label}_relayer")).await.unwrap();
        relayer::prepare(relayers.url()).await.unwrap();
        let books = Pool::open(&StoreSettings::new(relayers.url().into(), "relayer"), Metrics::default()).unwrap();
        let leader = try_acquire(&pool, &Arc::from("guard"), &Arc::from("one"), HOUR).await.unwrap().unwrap();
        let (leads, leadership) = watch::channel(Some(leader.clone()));
        let store = Store::new(pool.clone());
        let rules = Rules::default();
        let genesis = Checkpoint { rules: rules.hash(), ..Checkpoint::default() };
        store.insert_genesis(&leader, &genesis, causeway_primitives::Timestamp::EPOCH).await.unwrap();
        let reader = relayer::reader(relayers.url()).await.unwrap();
        let reader = Pool::open(&StoreSettings::new(reader.into(), "guard"), Metrics::default()).unwrap();
        let guard = Guard::new(Parts { chains, clock, ..parts(&store, reader, rules, leadership) });
        let stand = Self { guard, store, pool, leads, books };
        stand.write("INSERT INTO indexer_watermark VALUES (138, 10, sha256('10'), now(), 10)").await;
        stand.mend().await;
        stand
    }

    /// Another replica beside it: same databases, leads nothing.
    pub(super) async fn standby(&self) -> Guard {
        let (_, leadership) = watch::channel(None);
        Guard::new(parts(&self.store, self.books.clone(), Rules::default(), leadership))
    }

    /// A batch is gone: what only grows has shrunk.
    pub(super) async fn violate(&self) {
        self.write("DELETE FROM settlement_batch_message").await;
        self.write("DELETE FROM settlement_batch").await;
    }

    /// It is back.
    pub(super) async fn mend(&self) {
        self.write(
            "WITH batch AS (
                 INSERT INTO settlement_batch (batch_number, merkle_root, direction, chain_id, size, anchor_block)
                 VALUES (1, sha256('leaf'), 'deposit', 138, 1, 5) RETURNING id)
             INSERT INTO settlement_batch_message SELECT id, 0, sha256('message'), sha256('leaf') FROM batch",
        )
        .await;
    }

    /// The indexer goes on.
    pub(super) async fn advance(&self) {
        self.write(
            "UPDATE indexer_watermark SET block_number = block_number + 1, head_number = head_number + 1,
                 block_hash = sha256((block_number + 1)::TEXT::BYTEA)",
        )
        .await;
    }

    /// A Pass at a new height.
    pub(super) async fn pass(&self) {
        self.advance().await;
        assert_eq!(self.guard.sweep("sweep").await, Some(Verdict::Pass));
    }

    /// A violation, which halts if nothing is halted.
    pub(super) async fn fail(&self) {
        let verdict = self.guard.sweep("sweep").await;
        assert!(matches!(verdict, Some(Verdict::Violation { .. })), "{verdict:?}");
    }

    pub(super) fn now(&self) -> causeway_primitives::Timestamp {
        SystemClock::new().now()
    }

    pub(super) async fn write(&self, sql: &'static str) {
        sqlx::raw_sql(sql).execute(self.books.executor()).await.unwrap();
    }

    /// The operators' door on a free port, for people with certificates of this authority.
    pub(super) async fn serve(&self, alarms: Alarms) -> Door {
        let authority = Authority::new();
        let methods = [
            "Halt",
            "EvaluateNow",
            "AcknowledgeIncident",
            "DecideIncident",
            "AddIncidentNote",
            "ProposeResume",
            "ApproveResume",
            "RefuseResume",
            "ProposeAdjustment",
            "ApproveAdjustment",
            "RefuseAdjustment",
        ];
        let people = || PEOPLE.into_iter().map(|name| Caller::Named(name.to_owned()));
        let table = methods.into_iter().fold(Table::default(), |table, method| {
            table.allow(format!("causeway.guard.v1.GuardService/{method}"), people())
        });
        let settings = ServerSettings {
            call_timeout: PATIENCE,
            max_calls_in_flight: 64,
            max_connection_age: None,
            tls: Some(authority.sign("localhost")),
            reflection: Reflection::Served,
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (draining, stop) = (CancellationToken::new(), CancellationToken::new());
        let door = GuardDoor::new(self.guard.clone(), alarms, Facts::default(), draining.clone());
        let server = Server::new(settings, GrpcMetrics::default())
            .service(GuardServiceServer::new(door))
            .descriptors(causeway_proto::FILE_DESCRIPTOR_SET)
            .authorise(table);
        let mut tasks = JoinSet::new();
        let serving = server.serve(listener, draining.clone(), stop);
        tasks.spawn(async move { serving.await.unwrap() });
        Door { port, authority, draining, tasks }
    }
}

fn parts(store: &Store, books: Pool, rules: Rules, leadership: watch::Receiver<Option<Leadership>>) -> Parts {
    let scope = BooksScope {
        chains: BTreeMap::from([("home".parse().unwrap(), 138)]),
        assets: Vec::new(),
        counters: Vec::new(),
        windows: Vec::new(),
        terms: Vec::new(),
    };
    Parts {
        store: store.clone(),
        books: BooksReader::new(books, &Mapping::with([]).unwrap(), scope),
        chains: BTreeMap::new(),
        approved: Approved::default(),
        rules,
        settings: Settings {
            sweep_every: Duration::from_secs(2),
            retry_every: Duration::from_secs(1),
            recount_every: HOUR,
            gather_within: Duration::from_secs(30),
            lease: Policy { ttl: PATIENCE, max_verdict_age: PATIENCE },
            caps: vec![cap(1_000)],
            resume: resume::Policy { approvals: 2, window: HOUR, validations: 2, probation: 2 },
            probation: Probation { ttl: Duration::from_secs(5), caps: vec![cap(10)] },
        },
        leadership,
        clock: Arc::new(SystemClock::new()),
    }
}

pub(super) fn cap(units: u64) -> CapSetting {
    CapSetting { asset: asset(), per_operation: U256::from(units), total: U256::from(units) }
}

pub(super) fn asset() -> AssetId {
    "sigil".parse().unwrap()
}

/// A server that runs until its test ends.
pub(super) struct Door {
    port: u16,
    authority: Authority,
    pub(super) draining: CancellationToken,
    tasks: JoinSet<()>,
}

impl Door {
    /// A client of somebody with a certificate of this name.
    pub(super) fn person(&self, name: &str) -> GuardServiceClient<Client> {
        self.person_of(&[name])
    }

    /// A client of somebody whose certificate has these names in this order.
    pub(super) fn person_of(&self, names: &[&str]) -> GuardServiceClient<Client> {
        let address = format!("https://localhost:{}", self.port);
        let tls = Some(self.authority.sign_names(names));
        let settings = ClientSettings { address, call_timeout: PATIENCE, tls, server_name: None };
        GuardServiceClient::new(Client::connect_lazy(settings, GrpcMetrics::default()).unwrap())
    }

    pub(super) fn is_serving(&self) -> bool {
        !self.tasks.is_empty()
    }
}

pub(super) fn reason<T: std::fmt::Debug>(outcome: Result<T, Status>) -> String {
    Refusal::from(outcome.unwrap_err()).reason.into_owned()
}
