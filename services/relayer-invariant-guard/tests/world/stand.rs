//! A bridge with a relayer on it, and everything that the guard asks it.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use alloy::sol_types::SolCall as _;
use causeway_chain::{
    endpoints::{EndpointPolicy, EndpointSet, Metrics},
    finality::Finality,
    rpc::EndpointUrl,
};
use causeway_primitives::{Address, AssetId, ChainId, ChainName, Timestamp, U256};
use causeway_store::{Pool, Settings as StoreSettings};
use causeway_testkit::{
    bridge::{BridgeAuthority, End, Role, World},
    postgres::shared,
    relayer::{self, Misdeed, Pace, Running, Settings},
    wait::eventually,
};
use relayer_invariant_guard::{
    adapters::{
        chain::{Ask, At, ChainReader, Emitter, Endpoint, Plan, Slot},
        store::books::{Asset, BooksReader, Counter, Mapping, Scope, Side, Since},
    },
    domain::{
        checkpoint::Checkpoint,
        evaluate::{Evaluation, evaluate},
        evidence::{Approved, Books, EventKind, Evidence, Seen, Watermark},
        finding::{Code, Detail},
        matching::Pairing,
        name::Name,
        preset::{self, Bridge, Preset, terms},
        quantity::{DEFAULT_TOLERANCE, TokenDecimals, Tolerance},
        rules::{ChainRule, NonceRule, Route, Rules, SlotRule},
    },
};

/// Blocks by which a cause may be seen later than its effect.
const BOUND: u64 = 4;

pub(super) struct Stand {
    pub(super) world: World,
    pub(super) relayer: Running,
    pub(super) rules: Rules,
    /// More URLs for the home chain: endpoints that are somebody else's.
    pub(super) home_urls: Vec<String>,
    books: BooksReader,
    checkpoint: Checkpoint,
    ledger: Vec<Pairing>,
    _folder: tempfile::TempDir,
}

impl Stand {
    /// A bridge with some traffic, all of it settled.
    pub(super) async fn new(label: &str) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let world = World::start().await.unwrap();
        let database = shared().await.unwrap().database(label).await.unwrap();
        relayer::prepare(database.url()).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings::of(&world, database.url(), folder.path().join("journal.jsonl")).unwrap();
        let settings = Settings { pace: Pace::Paused, ..settings };
        let relayer = Running::start(&relayer::binary().unwrap(), &settings).await.unwrap();
        let reader = relayer::reader(database.url()).await.unwrap();
        let pool = Pool::open(&StoreSettings::new(reader.into(), "guard-test"), Default::default()).unwrap();
        let books = BooksReader::new(pool, &Mapping::with([]).unwrap(), scope(&world));
        let rules = rules(&world);
        let checkpoint = Checkpoint { rules: rules.hash(), ..Checkpoint::default() };
        let home_urls = vec![world.source.url().to_owned(); 3];
        let ledger = Vec::new();
        let stand = Self { world, relayer, rules, home_urls, books, checkpoint, ledger, _folder: folder };
        for tokens in [300, 200, 500] {
            stand.world.deposit(tokens).await.unwrap();
        }
        stand.settle().await;
        stand.world.burn(120).await.unwrap();
        stand.settle().await;
        stand
    }

    /// Blocks and cycles in turn until nothing is left to do.
    pub(super) async fn settle(&self) {
        eventually("nothing is left to do", async || {
            self.world.mine(3).await.unwrap();
            self.relayer.step().await.unwrap().was_idle()
        })
        .await;
    }

    pub(super) async fn misbehave(&self, misdeed: Misdeed) {
        self.relayer.misbehave(misdeed).await.unwrap();
        self.settle().await;
    }

    /// One sweep, as the service does it: mempools, books, chains, verdict.
    pub(super) async fn sweep(&mut self) -> Evaluation {
        let evidence = self.gather().await;
        let evaluation = evaluate(&self.rules, &evidence);
        self.ledger.clone_from(&evaluation.open);
        if let Some(checkpoint) = &evaluation.checkpoint {
            self.checkpoint = checkpoint.clone();
        }
        evaluation
    }

    /// Sweeps until an effect without a cause has waited long enough.
    pub(super) async fn sweep_to_the_bound(&mut self) -> Evaluation {
        self.sweep().await;
        self.world.mine(BOUND + 3).await.unwrap();
        self.settle().await;
        self.sweep().await
    }

    async fn gather(&self) -> Evidence {
        let home = reader(&self.home_urls, 138, plan(&self.world, End::Source));
        let there = vec![self.world.destination.url().to_owned(); 3];
        let remote = reader(&there, 1_337, plan(&self.world, End::Destination));
        let mempools = tokio::join!(home.mempool(), remote.mempool());
        let books = self.books.read(&self.since()).await.unwrap();
        let batches: BTreeSet<u64> = books.batches.iter().map(|batch| batch.number).collect();
        let at = |chain: ChainName| At {
            watermark: books.watermarks[&chain],
            checkpoint: self.checkpoint.chains.get(&chain).copied(),
            batches: batches.clone(),
        };
        let (at_home, at_remote) = (at(home_name()), at(remote_name()));
        let answers = tokio::join!(home.read(&at_home, &mempools.0), remote.read(&at_remote, &mempools.1));
        let chains = BTreeMap::from([(home_name(), answers.0), (remote_name(), answers.1)]);
        self.evidence(books, chains)
    }

    fn evidence(
        &self,
        books: Books,
        chains: BTreeMap<ChainName, Vec<relayer_invariant_guard::domain::evidence::Answer>>,
    ) -> Evidence {
        Evidence {
            taken_at: Timestamp::EPOCH,
            books: Seen::Known(books),
            chains,
            ledger: self.ledger.clone(),
            adjustments: BTreeMap::new(),
            checkpoint: Some(self.checkpoint.clone()),
            approved: Approved::default(),
        }
    }

    fn since(&self) -> Since {
        let heights = |(chain, mark): (&ChainName, &Watermark)| (chain.clone(), mark.height);
        Since {
            heights: self.checkpoint.chains.iter().map(heights).collect(),
            sums: self.checkpoint.sums.clone(),
            batch: self.checkpoint.last_batch.map_or(0, |(number, _)| number),
            proof_row: self.checkpoint.last_proof,
            counters: self.checkpoint.counters.clone(),
        }
    }
}

pub(super) fn halting(evaluation: &Evaluation) -> Vec<(Code, Detail)> {
    let halting = evaluation.findings.iter().filter(|finding| finding.consequence.halts());
    halting.map(|finding| (finding.code, finding.detail)).collect()
}

pub(super) fn whole(tokens: u64) -> U256 {
    U256::from(tokens) * U256::from(10).pow(U256::from(18))
}

pub(super) fn name(text: &str) -> Name {
    text.parse().unwrap()
}

pub(super) fn asset() -> AssetId {
    "sigil".parse().unwrap()
}

pub(super) fn home_name() -> ChainName {
    "home".parse().unwrap()
}

pub(super) fn remote_name() -> ChainName {
    "remote".parse().unwrap()
}

pub(super) fn scope(world: &World) -> Scope {
    let contracts = world.bridge.contracts;
    let token = contracts.source.token;
    let (home, remote) = (home_name(), remote_name());
    let counter = |chain: &ChainName, contract, side| Counter { chain: chain.clone(), contract, first: 1, side };
    Scope {
        chains: BTreeMap::from([(home.clone(), 138), (remote.clone(), 1_337)]),
        counters: vec![
            counter(&home, contracts.source.lockbox, Side::Home),
            counter(&remote, contracts.destination.token, Side::Remote),
        ],
        assets: vec![Asset { id: asset(), home, remote, home_token: token, remote_token: token }],
        windows: Vec::new(),
        terms: Vec::new(),
    }
}

pub(super) fn rules(world: &World) -> Rules {
    let (home, remote) = (home_name(), remote_name());
    let tolerance = Tolerance::of_tokens(DEFAULT_TOLERANCE, TokenDecimals::new(18).unwrap()).unwrap();
    let bridge = Bridge { asset: asset(), home: home.clone(), remote: remote.clone(), tolerance };
    let rule = ChainRule { quorum: 2, max_lag: 1_000, first_block: 0 };
    let keeper = SlotRule { chain: home.clone(), value: world.account(Role::Keeper).into_word() };
    Rules {
        equations: preset::equations(Preset::LockMint, &bridge),
        routes: BTreeMap::from([(asset(), Route { home: home.clone(), remote: remote.clone() })]),
        chains: BTreeMap::from([(home, rule), (remote, rule)]),
        matching_bound: BOUND,
        nonces: NonceRule { settle_ms: 60_000, limit_ms: 600_000 },
        constraints: ["settlement_batch_merkle_root_key", "settlement_batch_batch_number_key"].map(name).into(),
        slots: BTreeMap::from([(name("keeper"), keeper)]),
        ..Rules::default()
    }
}

pub(super) fn plan(world: &World, end: End) -> Plan {
    let contracts = world.bridge.contracts;
    let keeper = world.account(Role::Keeper);
    let emitter = |contract: Address, kind| Emitter { contract, kind };
    let (asks, emitters, settlement) = match end {
        End::Source => {
            let lockbox = contracts.source.lockbox;
            let getter = Slot::Getter(lockbox, BridgeAuthority::keeperCall {}.abi_encode().into());
            let asks = vec![
                Ask::balance(asset(), name(terms::CUSTODY), contracts.source.token, lockbox),
                Ask::Counter(lockbox),
                Ask::Nonce(keeper),
                Ask::Slot { name: name("keeper"), of: getter },
            ];
            let emitters = vec![emitter(lockbox, EventKind::Deposit), emitter(lockbox, EventKind::Release)];
            (asks, emitters, contracts.source.settlement)
        }
        End::Destination => {
            let token = contracts.destination.token;
            let asks = vec![Ask::supply(asset(), name(terms::SUPPLY), token), Ask::Counter(token), Ask::Nonce(keeper)];
            let emitters = vec![emitter(token, EventKind::Mint), emitter(token, EventKind::Burn)];
            (asks, emitters, contracts.destination.settlement)
        }
    };
    let endpoints = ["a", "b", "c"].map(|one| Endpoint { name: name(one), operator: name(one) }).into();
    Plan {
        endpoints,
        finality: Finality::Depth(1),
        asks,
        emitters,
        assets: BTreeMap::from([(contracts.source.token, asset())]),
        settlement: Some(settlement),
        first_block: 0,
        log_blocks: 20,
        within: Duration::from_secs(30),
    }
}

pub(super) fn reader(urls: &[String], chain: u64, plan: Plan) -> ChainReader {
    let urls = urls.iter().map(|url| EndpointUrl::parse(&url.as_str().into()).unwrap()).collect();
    let http = reqwest::Client::builder().build().unwrap();
    let policy = EndpointPolicy { max_head_regress: 64, ..EndpointPolicy::default() };
    let set = EndpointSet::new(urls, ChainId::new(chain).unwrap(), policy, &http, &Metrics::default()).unwrap();
    ChainReader::new(set, plan)
}
