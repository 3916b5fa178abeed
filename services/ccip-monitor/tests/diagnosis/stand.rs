//! Two chains with real contracts, read into a real store as the follower reads them.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use causeway_chain::{
    endpoints::{EndpointPolicy, EndpointSet, Metrics},
    logs::{ScanPolicy, Scanner, Step, Window},
    rpc::EndpointUrl,
};
use causeway_primitives::{Address, B256, ChainId, ChainName, ChainSelector, MessageId};
use causeway_runtime::clock::SystemClock;
use causeway_store::{
    Pool, Settings,
    lease::{Leadership, try_acquire},
    schema,
};
use causeway_testkit::{
    ccip::{Family, LanePlan, Send, Side, World},
    monitor::dialect_name,
    postgres::shared,
};
use ccip_monitor::{
    adapters::{
        chain::{ChainReader, explain},
        dialects::{Private, Registry},
        store::{MIGRATIONS, Store},
    },
    app::{
        collect::Collector,
        diagnose::{Diagnosed, Diagnoser, Parts},
        lanes::LaneBook,
        sites::{ChainSite, LaneSite, RampSite, Sites},
        verify::{Outcome, Verifier},
        view::{ChainView, Known, Views},
    },
    domain::{
        event::LaneEvent,
        lane::{Dialect, LaneKey},
    },
    ports::{Batch, ChainReads, Contract, Ledger as _, Pace, Role},
};

/// Longer than any test.
const TTL: Duration = Duration::from_secs(3_600);
/// Longer than any answer of a chain on this machine.
const WITHIN: Duration = Duration::from_secs(20);
/// A message without an end after so long is late.
pub(super) const EXPIRE_AFTER: Duration = Duration::from_secs(7_200);

pub(super) struct Stand {
    pub(super) world: World,
    pub(super) store: Arc<Store>,
    pub(super) leader: Leadership,
    pub(super) readers: BTreeMap<ChainId, Arc<dyn ChainReads>>,
    pub(super) sites: Arc<Sites>,
    endpoints: BTreeMap<ChainId, EndpointSet>,
    collector: BTreeMap<ChainId, Collector>,
    views: Views,
    lanes: Arc<LaneBook>,
}

impl Stand {
    pub(super) async fn new(label: &str) -> Self {
        let (world, database) = tokio::join!(World::start(), async { shared().await.unwrap().database(label).await });
        let (world, database) = (world.unwrap(), database.unwrap());
        let settings = Settings::new(database.url().into(), "ccip-monitor-test");
        let pool = Pool::open(&settings, causeway_store::Metrics::default()).unwrap();
        schema::migrate(&pool, &MIGRATIONS).await.unwrap();
        let lease: Arc<str> = "ccip-monitor".into();
        let leader = try_acquire(&pool, &lease, &"test".into(), TTL).await.unwrap().unwrap();
        let endpoints: BTreeMap<_, _> =
            [Side::Home, Side::Away].map(|side| (chain_id(&world, side), endpoints(&world, side))).into();
        let reader = |set: &EndpointSet| -> Arc<dyn ChainReads> { Arc::new(ChainReader::new(set.clone(), WITHIN)) };
        let lanes = Arc::new(lane_book(&world));
        Self {
            readers: endpoints.iter().map(|(id, set)| (*id, reader(set))).collect(),
            sites: Arc::new(sites(&world, 0)),
            collector: collectors(&world, &lanes),
            views: Views::new([Side::Home, Side::Away].map(|side| view(&world, side)), []),
            store: Arc::new(Store::new(pool)),
            world,
            leader,
            endpoints,
            lanes,
        }
    }

    /// Reads both chains up to their heads.
    pub(super) async fn read(&self) {
        self.read_unless(|_| false).await;
    }

    /// Reads both chains up to their heads, through an endpoint that leaves these events out.
    pub(super) async fn read_unless(&self, lost: impl Fn(&LaneEvent) -> bool) {
        for (id, endpoints) in &self.endpoints {
            let collector = &self.collector[id];
            let position = self.store.find_position(*id).await.unwrap();
            let selection = collector.registry.selection(*id);
            let mut scanner = Scanner::new(endpoints.clone(), selection, position, 0, ScanPolicy::default());
            let head = loop {
                match scanner.next(u64::MAX).await.unwrap() {
                    Step::Window(window) => self.store_window(*id, collector, &window, &lost).await,
                    Step::CaughtUp { head } => break head,
                    Step::Reorganised => panic!("nobody reorganises here"),
                }
            };
            self.views.change_chain(*id, |view| view.final_head = Some(head.number));
        }
    }

    async fn store_window(
        &self,
        id: ChainId,
        collector: &Collector,
        window: &Window,
        lost: &impl Fn(&LaneEvent) -> bool,
    ) {
        let collected = collector.collect(window);
        let after = self.store.find_position(id).await.unwrap();
        let batch = Batch {
            chain: id,
            pace: Pace::Live,
            after,
            position: window.position,
            time: window.time,
            final_height: window.position.number,
            head: window.position.number,
            events: collected.events.into_iter().filter(|located| !lost(&located.event)).collect(),
            holes: collected.holes,
            findings: Vec::new(),
            traceparent: None,
        };
        self.store.ingest(&self.leader, &batch).await.unwrap();
    }

    pub(super) async fn diagnose(&self, id: B256) -> Diagnosed {
        let diagnoser = Diagnoser::new(Parts {
            records: self.store.clone(),
            dossier: self.store.clone(),
            chains: self.readers.clone(),
            sites: Arc::clone(&self.sites),
            lanes: Arc::clone(&self.lanes),
            views: self.views.clone(),
            clock: Arc::new(SystemClock::new()),
            behind: Duration::from_secs(120),
            explain,
        });
        diagnoser.diagnose(MessageId::new(id)).await.unwrap().expect("a message that was read")
    }

    /// What `verify` says of the lane of a family from home.
    pub(super) async fn verify(&self, family: Family, start_block: u64) -> Outcome {
        let sites = Arc::new(sites(&self.world, start_block));
        let verifier = Verifier::new(self.store.clone(), self.readers.clone(), sites);
        let key = self.key(family);
        let mut checks = verifier.verify(|lane| *lane == key).await.unwrap().ramps;
        assert_eq!(checks.len(), 1, "one ramp");
        checks.remove(0).outcome
    }

    pub(super) fn key(&self, family: Family) -> LaneKey {
        let plan = self.world.plan();
        let lane = plan.lanes.iter().find(|lane| lane.family == family && lane.source == Side::Home).unwrap();
        key(&self.world, lane)
    }

    /// A message of no interest.
    pub(super) fn hello(&self) -> Send {
        Send::new(self.world.away.tokens.receiver, b"hello".as_slice())
    }

    /// Lets time pass on both chains.
    pub(super) async fn wait(&self, span: Duration) {
        for chain in [&self.world.home, &self.world.away] {
            chain.anvil.increase_time(span.as_secs()).await.unwrap();
            chain.anvil.mine(1).await.unwrap();
        }
    }
}

pub(super) fn chain_id(world: &World, side: Side) -> ChainId {
    ChainId::new(world.chain(side).chain_id).unwrap()
}

pub(super) fn selector(world: &World, side: Side) -> ChainSelector {
    ChainSelector::new(world.chain(side).selector).unwrap()
}

fn name(side: Side) -> ChainName {
    causeway_testkit::monitor::chain_name(side).parse().unwrap()
}

fn endpoints(world: &World, side: Side) -> EndpointSet {
    let urls = vec![EndpointUrl::parse(&world.chain(side).anvil.url().to_owned().into()).unwrap()];
    let policy = EndpointPolicy { rounds: 1, ..EndpointPolicy::default() };
    EndpointSet::new(urls, chain_id(world, side), policy, &reqwest::Client::new(), &Metrics::default()).unwrap()
}

fn view(world: &World, side: Side) -> ChainView {
    ChainView {
        name: name(side),
        id: chain_id(world, side),
        selector: selector(world, side),
        position: None,
        position_time: None,
        head: None,
        head_time: None,
        final_head: None,
        router: Known::NotAsked,
        cursed: Known::NotAsked,
        balances: Vec::new(),
        looked_at: None,
    }
}

fn lane_book(world: &World) -> LaneBook {
    let chain = |side| (selector(world, side), (chain_id(world, side), name(side)));
    LaneBook {
        chains: [chain(Side::Home), chain(Side::Away)].into(),
        lanes: BTreeMap::new(),
        open: true,
        expire_after: EXPIRE_AFTER,
    }
}

fn key(world: &World, lane: &LanePlan) -> LaneKey {
    LaneKey {
        dialect: Dialect::from_name(dialect_name(lane.family)),
        source: selector(world, lane.source),
        destination: selector(world, lane.source.other()),
    }
}

fn sites(world: &World, start_block: u64) -> Sites {
    let chain = |side: Side| {
        let selector = selector(world, side);
        let id = chain_id(world, side);
        (selector, ChainSite { id, selector, start_block, router: None, rmn: None })
    };
    let ramp = |address| vec![RampSite { address, from_block: 0, until_block: None }];
    let lane =
        |lane: &LanePlan| (key(world, lane), LaneSite { on_ramps: ramp(lane.on_ramp), off_ramps: ramp(lane.off_ramp) });
    Sites {
        chains: [chain(Side::Home), chain(Side::Away)].into(),
        lanes: world.plan().lanes.iter().map(lane).collect(),
    }
}

fn collectors(world: &World, lanes: &Arc<LaneBook>) -> BTreeMap<ChainId, Collector> {
    let contracts = world.plan().lanes.into_iter().flat_map(|lane| contracts(world, &lane));
    let registry = Arc::new(Registry::new(contracts, &[Private::operators().unwrap()]).unwrap());
    [Side::Home, Side::Away]
        .map(|side| {
            let chain = chain_id(world, side);
            (chain, Collector { chain, registry: Arc::clone(&registry), lanes: Arc::clone(lanes) })
        })
        .into()
}

fn contracts(world: &World, lane: &LanePlan) -> Vec<(ChainId, Contract)> {
    let (from, to) = (lane.source, lane.source.other());
    let one = |role, side: Side, address: Address| {
        let contract = Contract {
            address,
            role,
            dialect: key(world, lane).dialect,
            home: selector(world, side),
            peer: (lane.family == Family::V1_5).then(|| selector(world, side.other())),
            from_block: 0,
            until_block: None,
            peer_on_ramp: (lane.family == Family::V1_5).then_some(lane.on_ramp),
        };
        (chain_id(world, side), contract)
    };
    let mut all = vec![one(Role::OnRamp, from, lane.on_ramp), one(Role::OffRamp, to, lane.off_ramp)];
    if let Some(commits) = lane.commits.filter(|commits| *commits != lane.off_ramp) {
        all.push(one(Role::CommitStore, to, commits));
    }
    all
}
