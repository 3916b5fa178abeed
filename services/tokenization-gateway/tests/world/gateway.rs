//! A gateway at work on a stand: leases, runner, and whoever brings its calls to the chain, as a process has them.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use causeway_chain::{
    endpoints::{self, CircuitPolicy, EndpointPolicy, EndpointSet},
    finality::Finality,
    rpc::EndpointUrl,
    sender::{Parts as SenderParts, SendPolicy, Sender},
    signer::Signer,
};
use causeway_journal::FencedJournal;
use causeway_primitives::ChainId;
use causeway_store::lease::Leadership;
use causeway_testkit::fault::RpcProxy;
use tokenization_gateway::{
    adapters::{
        direct::Direct,
        firefly::{Api, Courier, Events, Firefly, Pace as FireflyPace, Parts as CourierParts, Pools},
        guard::{Leased, gate},
        issuer::{Bridges, Carrier, Chain, Issuer, Route, Token as Known},
    },
    app::{Differences, Pace, Parts, Pins, Runner},
    metrics::Metrics,
    ports::{Backend, Guard},
};
use tokio::{
    sync::{Notify, watch},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;

use super::{
    cacti::Crossing,
    stand::{ISSUER, Stand, clock, composer},
};

/// Fast, so that tests are.
const PACE: Pace = Pace {
    batch: 64,
    poll: Duration::from_millis(20),
    watch: Duration::from_millis(20),
    retry: Duration::from_millis(50),
    sign_within: Duration::from_secs(5),
};

/// Likewise.
const FIREFLY: FireflyPace =
    FireflyPace { poll: Duration::from_millis(50), max_in_flight: 16, stuck_after: Duration::from_millis(500) };

/// A gateway at work, until it is dropped. [`Gateway::kill`] is what a crash is to everything outside.
pub(super) struct Gateway {
    tasks: JoinSet<()>,
    pub(super) backend: Arc<dyn Backend>,
}

impl Gateway {
    /// Ends every task where it stands, in the middle of whatever it waits for.
    pub(super) async fn kill(mut self) {
        self.tasks.shutdown().await;
    }
}

/// What both ways to the chain are made of.
pub(super) struct Making {
    pub(super) tasks: JoinSet<()>,
    pub(super) leadership: watch::Receiver<Option<Leadership>>,
    pub(super) guard: Arc<dyn Guard>,
}

impl Stand {
    /// Starts a gateway.
    pub(super) fn start(&self) -> Gateway {
        self.start_with(Pins::fixed(Differences::new()))
    }

    /// The same, of an asset whose contract is not what was pinned.
    pub(super) fn start_with_difference(&self, difference: &str) -> Gateway {
        self.start_with(Pins::fixed(Differences::from([("eur".parse().unwrap(), difference.to_owned())])))
    }

    fn start_with(&self, pins: Pins) -> Gateway {
        let (relayer, worker) = self.replica.leases();
        let (leads, leadership) = watch::channel(Some(self.leader.clone()));
        let guard: Arc<dyn Guard> = Arc::new(Leased::new(relayer));
        let mut making = Making { tasks: JoinSet::new(), leadership: leadership.clone(), guard: Arc::clone(&guard) };
        making.tasks.spawn(worker.run(CancellationToken::new()));
        let chain = Chain::new(endpoints(self.anvil.url(), 138), 1, Finality::Instant);
        let carrier = match &self.firefly {
            Some(firefly) => self.by_firefly(&mut making, &chain, &firefly.url()),
            None => self.direct(&mut making),
        };
        let (mut routes, mut bridges) = (BTreeMap::new(), Bridges::new());
        if let Some(way) = &self.way {
            routes.insert(way.destination(), way.route());
            bridges.insert(("eur".parse().unwrap(), way.destination()), way.bridge(&chain));
        }
        if let Some(crossing) = &self.crossing {
            let destination = Crossing::destination();
            routes.insert(destination, Route::Cacti { escrow: crossing.escrow() });
            let bridge = crossing.bridge(self, &mut making, &chain);
            bridges.insert(("eur".parse().unwrap(), destination), bridge);
        }
        let tokens = BTreeMap::from([("eur".parse().unwrap(), Known { address: self.token.address, routes })]);
        let backend: Arc<dyn Backend> = Arc::new(Issuer::new(chain, tokens, carrier, bridges));
        let parts = Parts {
            store: self.store.clone(),
            catalogue: Arc::clone(&self.catalogue),
            guard,
            oracle: self.prices.clone(),
            backend: Arc::clone(&backend),
            clock: clock(),
            metrics: Metrics::default(),
            composer: composer(),
            pins,
        };
        let runner = Runner::new(parts, PACE, Arc::new(Notify::new()));
        making.tasks.spawn(async move {
            let _keeps_leading = leads;
            let Ok(()) = runner.run(leadership, CancellationToken::new()).await;
        });
        Gateway { tasks: making.tasks, backend }
    }

    fn direct(&self, making: &mut Making) -> Arc<dyn Carrier> {
        let journal = Arc::new(FencedJournal::new(self.pool().clone(), making.leadership.clone()));
        let policy = SendPolicy {
            poll: Duration::from_millis(20),
            max_in_flight: 16,
            max_gas: 1_000_000,
            resend_after: Duration::from_millis(200),
            ..SendPolicy::FREE_GAS
        };
        let clock = clock();
        let url = self.proxy.as_ref().map_or(self.anvil.url(), RpcProxy::url);
        let parts = SenderParts {
            endpoints: endpoints(url, 138),
            signer: Signer::from_hex(&self.issuer_key().to_owned().into()).unwrap(),
            journal: journal.clone(),
            policy: policy.validated().unwrap(),
            clock: Arc::new(move || clock.now()),
        };
        let sender = Sender::behind(gate(Arc::clone(&making.guard)), parts);
        let driven = sender.clone();
        making.tasks.spawn(async move { drop(driven.drive(CancellationToken::new()).await) });
        Arc::new(Direct::new(ChainId::new(138).unwrap(), sender, journal))
    }

    fn by_firefly(&self, making: &mut Making, chain: &Chain, url: &str) -> Arc<dyn Carrier> {
        let at = (url.parse().unwrap(), "default".to_owned());
        let api = Api::new(reqwest::Client::new(), at, None, Duration::from_secs(2));
        let (wake, signing_key) = (Arc::new(Notify::new()), self.anvil.accounts()[ISSUER].address);
        let parts = CourierParts {
            store: self.store.clone(),
            api: api.clone(),
            chain: chain.clone(),
            guard: Arc::clone(&making.guard),
            signing_key,
            clock: clock(),
            wake: Arc::clone(&wake),
        };
        let courier = Courier::new(parts, FIREFLY);
        let leading = making.leadership.clone();
        making.tasks.spawn(async move {
            let Ok(()) = courier.run(leading, CancellationToken::new()).await;
        });
        let events = Events::new(api.clone(), "causeway".to_owned(), Arc::clone(&wake));
        let leading = making.leadership.clone();
        making.tasks.spawn(async move {
            let Ok(()) = events.run(leading, CancellationToken::new()).await;
        });
        let tokens = BTreeMap::from([("eur".parse().unwrap(), self.token.address)]);
        let pools = Pools::new(api, None, tokens, Metrics::default());
        let leading = making.leadership.clone();
        making.tasks.spawn(async move {
            let Ok(()) = pools.run(leading, CancellationToken::new()).await;
        });
        Arc::new(Firefly::new(self.store.clone(), (chain.id(), signing_key), wake))
    }
}

/// One node's, asked again at once after a failure.
pub(super) fn endpoints(url: &str, chain: u64) -> EndpointSet {
    let policy = EndpointPolicy {
        circuit: CircuitPolicy { failures_to_open: 1, cool_down: Duration::ZERO, longest_cool_down: Duration::ZERO },
        rounds: 1,
        ..EndpointPolicy::default()
    };
    let url = EndpointUrl::parse(&url.into()).unwrap();
    let chain = ChainId::new(chain).unwrap();
    EndpointSet::new(vec![url], chain, policy, &reqwest::Client::new(), &endpoints::Metrics::default()).unwrap()
}
