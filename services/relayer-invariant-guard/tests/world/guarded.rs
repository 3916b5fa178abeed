//! A relayer's process under a guard: real leases over a real wire, and what becomes of it when the guard finds something,
//! is told something, or is gone.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use causeway_primitives::{Scope, U256};
use causeway_proto::guard::v1::lease_service_server::LeaseServiceServer;
use causeway_runtime::{CancellationToken, clock::SystemClock};
use causeway_store::{Metrics, Pool, Settings as StoreSettings, lease::try_acquire, schema};
use causeway_testkit::{
    bridge::{End, World},
    postgres::shared,
    relayer::{self, ClearanceSettings, Constraint, Misdeed, Pace, Running, Settings as RelayerSettings},
    wait::eventually,
};
use relayer_invariant_guard::{
    adapters::store::{
        MIGRATIONS, Outcome, Store,
        books::{BooksReader, Mapping},
    },
    app::{CapSetting, Guard, Parts, Probation, Read, Settings, report},
    domain::{
        adjustment::Adjustment, checkpoint::Checkpoint, evaluate::Verdict, evidence::Approved, latch::Cause,
        lease::Policy, preset::terms, quantity::Quantity, resume,
    },
    grpc::LeaseDoor,
};
use tokio::{net::TcpListener, sync::watch, task::JoinSet};
use tokio_stream::wrappers::TcpListenerStream;

use super::stand::{asset, home_name, name, plan, reader, remote_name, rules, scope, whole};

/// Longer than a busy machine takes for one sweep, and short enough to be waited for.
const TTL: Duration = Duration::from_secs(20);

struct Guarded {
    world: World,
    guard: Guard,
    store: Store,
    relayer: Running,
    /// The relayer's own database.
    relayers: String,
    _server: JoinSet<()>,
    /// The guard's own loop, once it is wanted.
    loops: JoinSet<()>,
    _leads: watch::Sender<Option<causeway_store::lease::Leadership>>,
    _folder: tempfile::TempDir,
}

impl Guarded {
    async fn new(label: &str) -> Self {
        Self::recounting(label, Duration::from_secs(3_600)).await
    }

    /// With this long between two recounts.
    async fn recounting(label: &str, every: Duration) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let world = World::start().await.unwrap();
        let relayers = shared().await.unwrap().database(&format!("{label}_relayer")).await.unwrap();
        relayer::prepare(relayers.url()).await.unwrap();
        let (guard, store, leads) =
            guard((label, every), &world, &relayer::reader(relayers.url()).await.unwrap()).await;
        let (url, server) = serve(&guard).await;
        let folder = tempfile::tempdir().unwrap();
        let settings = RelayerSettings::of(&world, relayers.url(), folder.path().join("journal.jsonl")).unwrap();
        let clearance = ClearanceSettings::guarded_by([url]);
        let settings = RelayerSettings { pace: Pace::Paused, clearance, ..settings };
        let relayer = Running::start(&relayer::binary().unwrap(), &settings).await.unwrap();
        let relayers = relayers.url().to_owned();
        let loops = JoinSet::new();
        Self { world, guard, store, relayer, relayers, _server: server, loops, _leads: leads, _folder: folder }
    }

    /// Has the guard look by itself from now on, once the relayer has something to look at.
    async fn watched(&mut self) {
        self.work(1).await;
        let guard = self.guard.clone();
        self.loops.spawn(async move {
            let Ok(()) = guard.run(CancellationToken::new()).await;
        });
    }

    /// Blocks and cycles, and how many messages were settled by them.
    async fn work(&self, cycles: usize) -> u64 {
        let mut claimed = 0;
        for _ in 0..cycles {
            self.world.mine(3).await.unwrap();
            claimed += self.relayer.step().await.unwrap().claimed;
        }
        claimed
    }

    /// Works until something is settled.
    async fn until_settled(&self) {
        eventually("a message is settled", async || self.work(1).await > 0).await;
    }

    /// Works until the relayer says that it is held up by the guard.
    async fn until_held_up(&self) {
        eventually("the relayer is held up", async || {
            self.world.deposit(5).await.unwrap();
            self.world.mine(3).await.unwrap();
            self.relayer.step().await.unwrap().held_up
        })
        .await;
    }

    fn late_broadcasts(&self) -> usize {
        self.relayer.journal().unwrap().iter().filter(|entry| entry.is_late()).count()
    }
}

async fn guard(
    (label, recount_every): (&str, Duration),
    world: &World,
    books: &str,
) -> (Guard, Store, watch::Sender<Option<causeway_store::lease::Leadership>>) {
    let database = shared().await.unwrap().database(label).await.unwrap();
    let pool = Pool::open(&StoreSettings::new(database.url().into(), "guard"), Metrics::default()).unwrap();
    schema::migrate(&pool, &MIGRATIONS).await.unwrap();
    let hour = Duration::from_secs(3_600);
    let leader = try_acquire(&pool, &Arc::from("guard"), &Arc::from("one"), hour).await.unwrap().unwrap();
    let store = Store::new(pool);
    let rules = rules(world);
    let genesis = Checkpoint { rules: rules.hash(), ..Checkpoint::default() };
    store.insert_genesis(&leader, &genesis, causeway_primitives::Timestamp::EPOCH).await.unwrap();
    let (leads, leadership) = watch::channel(Some(leader));
    let books = Pool::open(&StoreSettings::new(books.into(), "guard"), Metrics::default()).unwrap();
    let chain = |end, url: &str, id| reader(&vec![url.to_owned(); 3], id, plan(world, end));
    let parts = Parts {
        store: store.clone(),
        books: BooksReader::new(books, &Mapping::with([]).unwrap(), scope(world)),
        chains: BTreeMap::from([
            (home_name(), chain(End::Source, world.source.url(), 138)),
            (remote_name(), chain(End::Destination, world.destination.url(), 1_337)),
        ]),
        rules,
        approved: Approved::default(),
        settings: Settings {
            sweep_every: Duration::from_secs(2),
            retry_every: Duration::from_secs(1),
            recount_every,
            gather_within: Duration::from_secs(30),
            lease: Policy { ttl: TTL, max_verdict_age: TTL },
            caps: vec![CapSetting { asset: asset(), per_operation: U256::MAX, total: U256::MAX }],
            resume: resume::Policy { approvals: 2, window: Duration::from_secs(3_600), validations: 1, probation: 1 },
            probation: Probation {
                ttl: TTL,
                caps: vec![CapSetting { asset: asset(), per_operation: U256::MAX, total: U256::MAX }],
            },
        },
        leadership,
        clock: Arc::new(SystemClock::new()),
    };
    (Guard::new(parts), store, leads)
}

async fn serve(guard: &Guard) -> (String, JoinSet<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let door = LeaseServiceServer::new(LeaseDoor::new(
        guard.clone(),
        relayer_invariant_guard::metrics::Metrics::register(&mut causeway_telemetry::metrics::Registry::default()),
    ));
    let server = tonic::transport::Server::builder().add_service(door);
    let serving = server.serve_with_incoming(TcpListenerStream::new(listener));
    let mut task = JoinSet::new();
    task.spawn(async move { serving.await.unwrap() });
    (url, task)
}

#[tokio::test]
async fn grd_13_a_relayer_moves_nothing_before_the_first_pass_and_nothing_after_a_theft() {
    let guarded = Guarded::new("guard_live_theft").await;
    guarded.world.deposit(100).await.unwrap();
    assert_eq!(guarded.work(5).await, 0, "nobody has looked yet");
    let first = guarded.guard.sweep("start").await;
    assert_eq!(first, Some(Verdict::Pass), "with a deposit on its way");
    guarded.until_settled().await;

    guarded.relayer.misbehave(Misdeed::Steal { amount: whole(3) }).await.unwrap();
    guarded.work(1).await;
    let verdict = guarded.guard.sweep("sweep").await;
    assert!(matches!(verdict, Some(Verdict::Violation { .. })), "{verdict:?}");
    guarded.until_held_up().await;
    assert_eq!(guarded.work(5).await, 0, "halted");
    assert_eq!(guarded.late_broadcasts(), 0);

    let latch = guarded.store.read_latch().await.unwrap();
    let halt = latch.active().next().unwrap();
    assert_eq!((halt.scope, halt.cause.as_str()), (Scope::All, "SUPPLY_MISMATCH"));
    assert!(!halt.evidence.is_zero(), "approvals will bind to it");
    assert_eq!(guarded.store.list_unrecorded_halts().await.unwrap(), []);
    assert!(guarded.store.verify_audit(None).await.unwrap().is_ok());
    // The same again is the same halt.
    guarded.guard.sweep("sweep").await;
    assert_eq!(guarded.store.list_halts(None, 10).await.unwrap().len(), 1);
}

/// Its port answers, its process lives, its keep-alives go through: none of that is a Pass.
#[tokio::test]
async fn grd_13_a_guard_that_answers_and_looks_no_more_stops_the_relayer_within_one_lease() {
    let mut guarded = Guarded::new("guard_live_blind").await;
    guarded.watched().await;
    guarded.world.deposit(100).await.unwrap();
    guarded.until_settled().await;
    guarded.loops.shutdown().await;
    guarded.until_held_up().await;
    assert_eq!(guarded.late_broadcasts(), 0);
    assert_eq!(guarded.store.read_latch().await.unwrap().active().count(), 0, "doubt is no halt");
    guarded.watched().await;
    guarded.until_settled().await;
}

#[tokio::test]
async fn grd_7_a_refused_batch_halts_batch_creation_before_anybody_looks() {
    let mut guarded = Guarded::new("guard_live_report").await;
    guarded.watched().await;
    guarded.world.deposit(100).await.unwrap();
    guarded.until_settled().await;
    // The relayer's own constraint refuses the second batch, and the relayer says so.
    let _ = guarded.relayer.misbehave(Misdeed::ReplayBatch { same: Constraint::Root }).await;
    let latched = async || guarded.store.read_latch().await.unwrap().active().next().cloned();
    let halt = eventually("a report halts", latched).await;
    assert_eq!((halt.scope, halt.cause), (Scope::BatchCreation, Cause::Reported));
    eventually("the report is on the record", async || {
        guarded.store.list_audit(0, 1_000).await.unwrap().iter().any(|row| row.kind == "report")
    })
    .await;
}

/// What was stolen is made good in the books by a deposit in a block that was counted long ago.
#[tokio::test]
async fn grd_5_books_whose_past_was_changed_to_hide_a_theft_halt_at_the_next_recount() {
    let guarded = Guarded::recounting("guard_live_recount", Duration::ZERO).await;
    guarded.world.deposit(100).await.unwrap();
    guarded.work(3).await;
    assert_eq!(guarded.guard.sweep("start").await, Some(Verdict::Pass));
    assert!(guarded.guard.recount_age().is_some());
    let owner = relayer::open(&guarded.relayers).await.unwrap();
    let slip = "INSERT INTO deposit_confirmed
         SELECT decode(repeat('77', 32), 'hex'), asset, 1, sender, recipient, 777777, chain_id, block_number, block_hash,
                block_time, tx_hash, log_index, confirmed_at
         FROM deposit_confirmed LIMIT 1";
    sqlx::raw_sql(slip).execute(&owner).await.unwrap();
    let verdict = guarded.guard.sweep("sweep").await;
    assert!(matches!(verdict, Some(Verdict::Violation { .. })), "{verdict:?}");
    let halts = guarded.store.list_halts(None, 10).await.unwrap();
    assert!(halts.iter().any(|row| row.halt.scope == Scope::All), "{halts:?}");
}

/// The whole way: found, explained, corrected by two people, resumed by two, validated, on probation, and as before.
#[tokio::test]
async fn grd_9_after_a_theft_two_people_correct_the_books_two_resume_and_the_relayer_settles_again() {
    let guarded = Guarded::new("guard_live_resume").await;
    guarded.world.deposit(100).await.unwrap();
    guarded.work(5).await;
    assert_eq!(guarded.guard.sweep("start").await, Some(Verdict::Pass));
    guarded.until_settled().await;
    guarded.relayer.misbehave(Misdeed::Steal { amount: whole(3) }).await.unwrap();
    guarded.work(1).await;
    assert!(matches!(guarded.guard.sweep("sweep").await, Some(Verdict::Violation { .. })));
    guarded.until_held_up().await;

    guarded.guard.follow_up_once().await.unwrap();
    let halt = guarded.store.read_latch().await.unwrap().active().next().unwrap().clone();
    let dossier = guarded.guard.incident(halt.id).await.unwrap();
    let report = report::markdown(&dossier);
    let lost = "3000000000000000000 base units of sigil are lost";
    assert!(report.contains(lost) && report.contains("SUPPLY_MISMATCH / LOST"), "{report}");

    let person = |name: &str| name.parse::<resume::Operator>().unwrap();
    let stolen = Quantity::ZERO.minus(Quantity::from(whole(3))).unwrap();
    let (asset, term, reason) = (asset(), name(terms::CUSTODY_ADJUSTMENT), "stolen, written off".to_owned());
    let correction = Adjustment { asset, term, amount: stolen, reason, proposer: person("alice") };
    let correction = guarded.guard.propose_adjustment(correction).await.unwrap();
    guarded.guard.decide_adjustment(correction.id, person("bob"), Outcome::Approved, "seen").await.unwrap();

    let text = "keys rotated, loss written off".to_owned();
    let plan = resume::Plan { halt: halt.id, evidence: halt.evidence, kind: resume::Kind::Resume, text };
    let read = Read { plan: plan.hash(), evidence: halt.evidence };
    let row = guarded.guard.propose_resume(plan, person("carol")).await.unwrap();
    let alone = guarded.guard.approve_resume(row.id, person("carol"), read, "").await;
    assert!(alone.is_err(), "one person is not two");
    for name in ["alice", "bob"] {
        guarded.guard.approve_resume(row.id, person(name), read, "").await.unwrap();
    }
    eventually("it is resumed", async || {
        let now = guarded.guard.resume(row.id).await.unwrap().resume;
        assert!(now.is_open() || now.state == resume::State::Running, "{:?}", now.state);
        if now.state == resume::State::Running {
            return Ok(());
        }
        guarded.work(1).await;
        let verdict = guarded.guard.sweep("validation").await;
        let look = format!("{:?}", guarded.guard.sight().look);
        assert!(!matches!(verdict, Some(Verdict::Violation { .. })), "{look}");
        Err(look)
    })
    .await;
    guarded.world.deposit(10).await.unwrap();
    eventually("the relayer settles again", async || {
        guarded.guard.sweep("sweep").await;
        guarded.work(1).await > 0
    })
    .await;
    assert_eq!(guarded.late_broadcasts(), 0);
    assert!(guarded.store.verify_audit(None).await.unwrap().is_ok());
}
