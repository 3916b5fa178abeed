//! A bridge, the guard's database, and an account that may pause.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use causeway_chain::{
    endpoints::{EndpointPolicy, EndpointSet, Metrics as ChainMetrics},
    intent::Stage,
    journal::Journal,
    rpc::EndpointUrl,
    sender::{FeePolicy, Parts, SendPolicy, Sender},
    signer::Signer,
};
use causeway_journal::FencedJournal;
use causeway_primitives::{B256, ChainId, ChainName, Scope, Timestamp};
use causeway_runtime::{
    CancellationToken,
    clock::{Clock as _, SystemClock},
};
use causeway_store::{
    Metrics, Pool, Settings,
    lease::{Leadership, try_acquire},
    schema,
};
use causeway_testkit::{
    bridge::{End, World},
    postgres::shared,
    wait::eventually,
};
use relayer_invariant_guard::{
    adapters::{
        pause::{Contract, PAUSE, PAUSED, PauseAccount},
        store::{MIGRATIONS, Store},
    },
    app::{PauseParts, PauseSettings, Pauser},
    domain::{
        latch::{Cause, Halt, HaltId},
        name::Name,
        pause::{Policy, Readiness, Target},
    },
};
use tokio::{sync::watch, task::JoinSet};

pub(super) struct Stand {
    pub(super) world: World,
    pub(super) store: Store,
    pub(super) pauser: Pauser,
    pub(super) journal: Arc<dyn Journal>,
    pub(super) leads: watch::Sender<Option<Leadership>>,
    pub(super) leader: Leadership,
    running: JoinSet<()>,
}

impl Stand {
    /// The guard's account has this key and may pause the vault of an end.
    pub(super) async fn new(label: &str, end: End, key: impl FnOnce(&World) -> String) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let world = World::start().await.unwrap();
        let database = shared().await.unwrap().database(label).await.unwrap();
        let pool = Pool::open(&Settings::new(database.url().into(), "guard-test"), Metrics::default()).unwrap();
        schema::migrate(&pool, &MIGRATIONS).await.unwrap();
        let hour = Duration::from_secs(3_600);
        let leader = try_acquire(&pool, &Arc::from("guard"), &Arc::from("one"), hour).await.unwrap().unwrap();
        let (leads, leadership) = watch::channel(Some(leader.clone()));
        let journal: Arc<dyn Journal> = Arc::new(FencedJournal::new(pool.clone(), leadership.clone()));
        let account = account(&world, end, key(&world), &journal);
        let store = Store::new(pool);
        let address = world.bridge.vault(end);
        let contract = Contract { address, call: PAUSE.to_vec().into(), getter: PAUSED.to_vec().into() };
        let target = Target { name: name(), chain: chain(), scope: Scope::Settlement };
        let pauser = Pauser::new(PauseParts {
            store: store.clone(),
            accounts: BTreeMap::from([(chain(), account)]),
            targets: vec![(target, contract)],
            settings: PauseSettings {
                look_every: Duration::from_millis(20),
                check_every: Duration::from_secs(3_600),
                retry_after: Duration::from_millis(100),
                policy: Policy { least_affordable: 3, stuck_after: Duration::from_secs(60) },
            },
            leadership,
            clock: Arc::new(SystemClock::new()),
        });
        Self { world, store, pauser, journal, leads, leader, running: JoinSet::new() }
    }

    /// Has the pauser look and send by itself from now on.
    pub(super) fn run(&mut self) {
        let pauser = self.pauser.clone();
        self.running.spawn(async move {
            let Ok(()) = pauser.run(CancellationToken::new()).await;
        });
    }

    pub(super) async fn halt(&self, id: u128, scope: Scope, cause: Cause) -> Halt {
        let (evidence, at) = (B256::ZERO, Timestamp::EPOCH);
        let halt = Halt { id: HaltId::new(id), scope, cause, evidence, epoch: 0, at, parent: None };
        self.store.insert_halt(&halt, "a reason", "a test").await.unwrap();
        halt
    }

    pub(super) async fn until_paused(&self, end: End) {
        eventually("the contract is paused", async || self.world.bridge.is_paused(end).await.unwrap()).await;
    }

    /// Waits until the journal says how a try ended.
    pub(super) async fn until_settled(&self, halt: &Halt, tries: u32) -> &'static str {
        let key = format!("pause:{}:{}:{tries}", halt.id, name()).parse().unwrap();
        eventually("the try has ended", async || {
            let Stage::Settled(outcome) = self.journal.find(&key).await.unwrap()?.stage else { return None };
            Some(outcome.as_str())
        })
        .await
    }

    /// How often a pause was wanted, by the record.
    pub(super) async fn wanted(&self) -> usize {
        let rows = self.store.list_audit(0, 100).await.unwrap();
        rows.iter().filter(|row| row.kind == "pause").count()
    }

    /// The same once so many are on record: that is written behind what the sender is given, and it may be the quicker one.
    pub(super) async fn wanted_by_then(&self, least: usize) -> usize {
        eventually("the pauses are on record", async || self.wanted().await >= least).await;
        self.wanted().await
    }

    pub(super) async fn readiness(&self) -> Readiness {
        self.pauser.check().await;
        self.pauser.readiness().remove(&name()).unwrap().1
    }
}

fn account(world: &World, end: End, key: String, journal: &Arc<dyn Journal>) -> PauseAccount {
    let (anvil, id) = match end {
        End::Source => (&world.source, 138),
        End::Destination => (&world.destination, 1_337),
    };
    let url = EndpointUrl::parse(&anvil.url().into()).unwrap();
    let http = reqwest::Client::builder().build().unwrap();
    let (policy, metrics) = (EndpointPolicy::default(), ChainMetrics::default());
    let endpoints = EndpointSet::new(vec![url], ChainId::new(id).unwrap(), policy, &http, &metrics).unwrap();
    let fees = match end {
        End::Source => FeePolicy::Free,
        End::Destination => FeePolicy::Eip1559 { tip: 1_000_000_000, cap: 1_000_000_000_000 },
    };
    let clock = SystemClock::new();
    let sender = Sender::new(Parts {
        endpoints: endpoints.clone(),
        signer: Signer::from_hex(&key.into()).unwrap(),
        journal: Arc::clone(journal),
        policy: SendPolicy { fees, poll: Duration::from_millis(50), ..SendPolicy::FREE_GAS },
        clock: Arc::new(move || clock.now()),
    });
    PauseAccount::new(endpoints, sender, Arc::clone(journal))
}

pub(super) fn name() -> Name {
    "vault".parse().unwrap()
}

fn chain() -> ChainName {
    "home".parse().unwrap()
}
