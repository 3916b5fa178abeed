//! One sweep, whole: the relayer's database, both chains, the verdict, and what is stored of it.
//!
//! `cargo bench -p relayer-invariant-guard --bench sweep [-- <deposits> <sweeps>]`. A million deposits in ten thousand
//! batches by default, in a real PostgreSQL; two anvils with three endpoints each; between two sweeps five real deposits,
//! a batch of them, and its root anchored. Targets: 99 of 100 sweeps in 100 ms; a recount in 5 s. Not criterion, because
//! what counts is the slow ones and not the mean.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a bench whose world is wrong has nothing to measure, and it prints what it measured"
)]

#[path = "sweep/halting.rs"]
mod halting;
#[allow(dead_code, unreachable_pub, reason = "the tests use the rest of it")]
#[path = "../tests/world/stand.rs"]
mod stand;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use alloy::{
    primitives::{Address, B256, U256},
    sol,
};
use causeway_primitives::Timestamp;
use causeway_runtime::clock::SystemClock;
use causeway_store::{
    Metrics, Pool, Settings as StoreSettings,
    lease::{Leadership, try_acquire},
    schema,
};
use causeway_testkit::{
    anvil::Anvil,
    bridge::{At, BridgedToken, End, Endpoint, Role, Settlement, World},
    postgres::Cluster,
    relayer::{self, Mark, Totals, Volume},
};
use relayer_invariant_guard::{
    adapters::store::{
        MIGRATIONS, Store,
        books::{BooksReader, Mapping, Since},
    },
    app::{CapSetting, Guard, Parts, Probation, Settings},
    domain::{checkpoint::Checkpoint, evaluate::Verdict, evidence::Approved, lease::Policy, merkle, resume},
};
use serde_json::json;
use tokio::{sync::watch, time::Instant};

use self::stand::{home_name, plan, reader, remote_name, rules, scope};

sol! {
    function mint(address account, uint256 amount) external;
    function messageNonce() external view returns (uint64);
}

/// So long is the past: the deposits are spread over it.
const BLOCKS: u64 = 2_000;
/// As many blocks as a node makes while a client waits.
const AT_ONCE: u64 = 50;
/// Longer than a run.
const HOUR: Duration = Duration::from_secs(3_600);
/// Real deposits between two sweeps.
const FRESH: usize = 5;
/// Where the contracts count their messages, and how many bits above the slot's end.
const LOCKBOX_COUNTER: (u64, usize) = (3, 168);
const TOKEN_COUNTER: (u64, usize) = (7, 0);
/// Where the bridged token has its supply.
const SUPPLY: u64 = 6;

struct Bench {
    world: World,
    owner: sqlx::PgPool,
    books: BooksReader,
    store: Store,
    /// The guard's own database.
    guards: sqlx::PgPool,
    leadership: watch::Receiver<Option<Leadership>>,
    batches: u64,
}

#[tokio::main]
async fn main() {
    let numbers: Vec<u64> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let deposits = numbers.first().copied().unwrap_or(1_000_000);
    let sweeps = numbers.get(1).copied().unwrap_or(300);
    let _ = rustls::crypto::ring::default_provider().install_default();
    let cluster = Cluster::start().await.expect("a cluster");
    let begun = Instant::now();
    let (mut bench, _leads) = Bench::new(&cluster, deposits).await;
    println!("{deposits} deposits in {} batches after {:.0} s", bench.batches, begun.elapsed().as_secs_f64());

    let mut recounts = Vec::new();
    for _ in 0..5 {
        // A new guard is a new term, which begins with a recount.
        let guard = bench.guard();
        recounts.push(timed(&guard).await);
        assert!(guard.recount_age().is_some(), "it was a recount");
    }
    show("a sweep with a recount", recounts);
    let guard = bench.guard();
    timed(&guard).await;
    let (mut whole, mut books) = (Vec::new(), Vec::new());
    for _ in 0..sweeps {
        bench.business().await;
        let since = bench.since().await;
        let begun = Instant::now();
        bench.books.read(&since).await.expect("books");
        books.push(begun.elapsed());
        whole.push(timed(&guard).await);
    }
    show("of it, the relayer's books", books);
    show("a sweep", whole);

    let (answered, stopped) = halting::reports(&bench, &guard, 40).await;
    show("a report until it is latched and answered", answered);
    show("a report until the relayer may not act", stopped);
    show("a violation, from its sweep until the relayer may not act", halting::violations(&bench, &guard, 20).await);
    let replayed = halting::replays(&bench, 10_000).await;
    println!("10000 stored verdicts replayed in {:.2} s", replayed.as_secs_f64());
}

async fn timed(guard: &Guard) -> Duration {
    let begun = Instant::now();
    let verdict = guard.sweep("sweep").await;
    let took = begun.elapsed();
    assert_eq!(verdict, Some(Verdict::Pass));
    took
}

fn show(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |percent: usize| times[(times.len() * percent / 100).min(times.len() - 1)];
    println!("{what}: p50 {:?}, p95 {:?}, p99 {:?}, max {:?} of {}", at(50), at(95), at(99), at(100), times.len());
}

impl Bench {
    async fn new(cluster: &Cluster, deposits: u64) -> (Self, watch::Sender<Option<Leadership>>) {
        let world = World::start().await.expect("a world");
        for _ in 0..BLOCKS / AT_ONCE {
            world.mine(AT_ONCE).await.expect("blocks");
        }
        let contracts = world.bridge.contracts;
        let volume = Volume {
            burns: deposits / 10,
            proven_batches: 200,
            asset: contracts.source.token,
            source_settlement: contracts.source.settlement,
            destination_settlement: contracts.destination.settlement,
            source: mark(&world.bridge.source).await,
            destination: mark(&world.bridge.destination).await,
            ..Volume::of(deposits)
        };
        let relayers = cluster.database("relayer").await.expect("a database");
        relayer::prepare(relayers.url()).await.expect("tables");
        let owner = relayer::open(relayers.url()).await.expect("the relayer's role");
        let totals = relayer::generate(&owner, &volume).await.expect("rows");
        value(&world, &totals, (deposits, volume.burns)).await;
        let url = relayer::reader(relayers.url()).await.expect("a reader");
        let pool = Pool::open(&StoreSettings::new(url.into(), "guard"), Metrics::default()).expect("a pool");
        let books = BooksReader::new(pool, &Mapping::with([]).expect("names"), scope(&world));
        let (store, guards, leader) = own(cluster).await;
        let (leads, leadership) = watch::channel(Some(leader.clone()));
        let bench = Self { world, owner, books, store, guards, leadership, batches: totals.batches };
        // The blocks after the marks, in which the value was made, are read by the first sweep.
        bench.index().await;
        let genesis = bench.genesis().await;
        bench.store.insert_genesis(&leader, &genesis, Timestamp::EPOCH).await.expect("a genesis");
        (bench, leads)
    }

    /// What people would approve: the books as they are.
    async fn genesis(&self) -> Checkpoint {
        let nothing = Since { batch: u64::MAX, proof_row: u64::MAX, ..Since::default() };
        let books = self.books.read(&nothing).await.expect("books");
        let next =
            |row: &relayer_invariant_guard::domain::evidence::MessageRow| row.highest.map_or(row.first, |n| n + 1);
        Checkpoint {
            chains: books.watermarks.clone(),
            counters: books.messages.iter().map(|row| ((row.chain.clone(), row.contract), next(row))).collect(),
            sums: books.sums,
            last_batch: books.last_batch,
            last_proof: books.last_proof,
            rules: rules(&self.world).hash(),
            ..Checkpoint::default()
        }
    }

    async fn since(&self) -> Since {
        let before = self.store.find_checkpoint().await.expect("a store").expect("a checkpoint");
        Since {
            heights: before.chains.iter().map(|(chain, mark)| (chain.clone(), mark.height)).collect(),
            sums: before.sums,
            batch: before.last_batch.map_or(0, |(number, _)| number),
            proof_row: before.last_proof,
            counters: before.counters,
        }
    }

    fn guard(&self) -> Guard {
        let chain = |end, url: &str, id| reader(&vec![url.to_owned(); 3], id, plan(&self.world, end));
        Guard::new(Parts {
            store: self.store.clone(),
            books: self.books.clone(),
            chains: BTreeMap::from([
                (home_name(), chain(End::Source, self.world.source.url(), 138)),
                (remote_name(), chain(End::Destination, self.world.destination.url(), 1_337)),
            ]),
            rules: rules(&self.world),
            approved: Approved::default(),
            settings: Settings {
                sweep_every: Duration::from_secs(60),
                retry_every: Duration::from_secs(5),
                recount_every: HOUR,
                gather_within: Duration::from_secs(30),
                lease: Policy { ttl: Duration::from_secs(90), max_verdict_age: Duration::from_secs(90) },
                caps: Vec::<CapSetting>::new(),
                resume: resume::Policy { approvals: 2, window: HOUR, validations: 1, probation: 1 },
                probation: Probation { ttl: Duration::from_secs(90), caps: Vec::new() },
            },
            leadership: self.leadership.clone(),
            clock: Arc::new(SystemClock::new()),
        })
    }

    /// Deposits, a batch of them, its root on the chain, and the books behind all of it.
    async fn business(&mut self) {
        let user = self.world.account(Role::User);
        let mut members = Vec::new();
        for _ in 0..FRESH {
            let deposited = self.world.deposit(1).await.expect("a deposit");
            self.deposit_row(&deposited, user).await;
            members.push(deposited.id);
        }
        self.batches += 1;
        let leaves: Vec<B256> = members.iter().map(|id| merkle::leaf(id.as_slice())).collect();
        let root = merkle::root(&leaves).expect("a root");
        let call = Settlement::anchorBatchCall { number: U256::from(self.batches), root };
        let (to, keeper) = (self.world.bridge.settlement(End::Destination), self.world.account(Role::Keeper));
        let anchored = self.world.bridge.destination.transact(keeper, to, &call).await.expect("an anchor");
        let id: i64 = sqlx::query_scalar(
            "INSERT INTO settlement_batch (batch_number, merkle_root, direction, chain_id, size, status, anchor_block)
             VALUES ($1, $2, 'deposit', 1337, 5, 'anchored', $3) RETURNING id",
        )
        .bind(i64::try_from(self.batches).expect("a number"))
        .bind(root.as_slice())
        .bind(i64::try_from(anchored.block_number).expect("a number"))
        .fetch_one(&self.owner)
        .await
        .expect("a batch");
        for (position, (message, leaf)) in members.iter().zip(&leaves).enumerate() {
            sqlx::query("INSERT INTO settlement_batch_message VALUES ($1, $2, $3, $4)")
                .bind(id)
                .bind(i32::try_from(position).expect("a place"))
                .bind(message.as_slice())
                .bind(leaf.as_slice())
                .execute(&self.owner)
                .await
                .expect("a member");
        }
        self.world.mine(2).await.expect("blocks");
        self.index().await;
    }

    async fn deposit_row(&self, deposited: &causeway_testkit::bridge::Deposited, user: Address) {
        sqlx::query(
            "INSERT INTO deposit_confirmed (deposit_id, asset, amount, sender, recipient, nonce, chain_id, block_number,
                 block_hash, block_time, tx_hash, log_index)
             VALUES ($1, $2, 1000000000000000000, $3, $3, $4, 138, $5, $1, now(), $1, 0)",
        )
        .bind(deposited.id.as_slice())
        .bind(self.world.bridge.contracts.source.token.as_slice())
        .bind(user.as_slice())
        .bind(i64::try_from(deposited.nonce).expect("a number"))
        .bind(i64::try_from(deposited.block_number).expect("a number"))
        .execute(&self.owner)
        .await
        .expect("a deposit");
    }

    /// Units that nobody deposited for appear, or are gone again; and the books know the block.
    async fn change_supply(&self, appear: bool) {
        let (token, slot) = (self.world.bridge.contracts.destination.token, B256::from(U256::from(SUPPLY)));
        let node = &self.world.destination;
        let word: B256 = node.rpc().call("eth_getStorageAt", &(token, slot, "latest")).await.expect("a slot");
        let value = U256::from_be_bytes(word.0);
        let changed = if appear { value + halting::NOBODYS } else { value - halting::NOBODYS };
        set(node, token, slot, changed).await;
        self.world.mine(2).await.expect("blocks");
        self.index().await;
    }

    /// The watermarks follow to the last final block.
    async fn index(&self) {
        for endpoint in [&self.world.bridge.source, &self.world.bridge.destination] {
            let mark = mark(endpoint).await;
            sqlx::query(
                "UPDATE indexer_watermark SET block_number = $2, block_hash = $3, head_number = $2 WHERE chain_id = $1",
            )
            .bind(i64::try_from(mark.chain_id).expect("a number"))
            .bind(i64::try_from(mark.number).expect("a number"))
            .bind(mark.hash.as_slice())
            .execute(&self.owner)
            .await
            .expect("a watermark");
        }
    }
}

/// One below the head, which is final with a depth of one.
async fn mark(endpoint: &Endpoint) -> Mark {
    let number = endpoint.head().await.expect("a head").number - 1;
    let header = endpoint.header(At::Block(number)).await.expect("a header").expect("a block");
    Mark { chain_id: endpoint.chain_id(), number, hash: header.hash, seconds: header.seconds }
}

/// Gives the chains what the rows add up to: custody, supply, and the contracts' counts of messages.
async fn value(world: &World, totals: &Totals, (deposits, burns): (u64, u64)) {
    let contracts = world.bridge.contracts;
    let (owner, keeper) = (world.account(Role::Owner), world.account(Role::Keeper));
    let custody = mintCall { account: contracts.source.lockbox, amount: totals.custody() };
    world.bridge.source.transact(owner, contracts.source.token, &custody).await.expect("custody");
    let supply = BridgedToken::mintCall { id: B256::ZERO, recipient: owner, amount: totals.supply() };
    world.bridge.destination.transact(keeper, contracts.destination.token, &supply).await.expect("supply");
    count(&world.source, contracts.source.lockbox, LOCKBOX_COUNTER, deposits + 1).await;
    count(&world.destination, contracts.destination.token, TOKEN_COUNTER, burns + 1).await;
    for (endpoint, contract, next) in [
        (&world.bridge.source, contracts.source.lockbox, deposits + 1),
        (&world.bridge.destination, contracts.destination.token, burns + 1),
    ] {
        let told = endpoint.read(contract, &messageNonceCall {}, At::Latest).await.expect("a count");
        assert_eq!(told, next, "the counter is where it is looked for");
    }
    world.mine(2).await.expect("blocks");
}

async fn count(anvil: &Anvil, contract: Address, (slot, shift): (u64, usize), next: u64) {
    let slot = U256::from(slot);
    let word: B256 = anvil.rpc().call("eth_getStorageAt", &(contract, slot, "latest")).await.expect("a slot");
    let mask = U256::from(u64::MAX) << shift;
    let changed = (U256::from_be_bytes(word.0) & !mask) | (U256::from(next) << shift);
    set(anvil, contract, slot.into(), changed).await;
}

async fn set(anvil: &Anvil, contract: Address, slot: B256, value: U256) {
    let _done: bool = anvil
        .rpc()
        .call("anvil_setStorageAt", &json!([contract, slot, B256::from(value)]))
        .await
        .expect("a slot that can be set");
}

async fn own(cluster: &Cluster) -> (Store, sqlx::PgPool, Leadership) {
    let database = cluster.database("guard").await.expect("a database");
    let pool = Pool::open(&StoreSettings::new(database.url().into(), "guard"), Metrics::default()).expect("a pool");
    schema::migrate(&pool, &MIGRATIONS).await.expect("tables");
    let leader = try_acquire(&pool, &Arc::from("guard"), &Arc::from("one"), HOUR).await.expect("a lease");
    let guards = sqlx::PgPool::connect(database.url()).await.expect("a pool");
    (Store::new(pool), guards, leader.expect("nobody else leads"))
}
