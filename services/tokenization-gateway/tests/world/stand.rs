//! A token on a chain, a database, and a gateway that can be killed and started again.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use causeway_chain::{
    endpoints::{self, CircuitPolicy, EndpointPolicy, EndpointSet},
    finality::Finality,
    rpc::EndpointUrl,
    sender::{Parts as SenderParts, SendPolicy, Sender},
    signer::Signer,
};
use causeway_journal::FencedJournal;
use causeway_primitives::{Address, B256, ChainId, U256};
use causeway_runtime::clock::{Clock, SystemClock};
use causeway_store::{
    Pool, Settings as StoreSettings,
    lease::{Leadership, try_acquire},
    schema,
};
use causeway_testkit::{
    anvil::Anvil,
    bridge::Endpoint,
    postgres::shared,
    token::{Spec, Token},
};
use tokenization_gateway::{
    adapters::{
        direct::{Direct, Token as Known},
        guard::Leased,
        store::{BY_FOLDER, BY_WEBHOOK, MIGRATIONS, Store},
    },
    app::{Asset, Catalogue, Composer, Desk, Differences, Orders, Pace, Parts, Pins, Reconciler, Runner},
    domain::{
        actor::Actor,
        authorise::{FourEyes, Policy},
        instruction::Kind,
        order::Basis,
        reconcile::{Outcome, reconcile},
        reference::Salt,
        request::{Request, RequestId},
        saga::State,
        units::{TokenDecimals, Units},
        valuation::Demand,
    },
    metrics::Metrics,
    ports::Backend,
};
use tokio::{
    sync::{Notify, watch},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;

use super::outsiders::{Prices, Replica, Temper, fresh};

/// The longest that a request may take on a machine that is busy with other things.
pub(super) const LIMIT: Duration = Duration::from_secs(60);
/// The account of the holder that messages name.
pub(super) const IBAN: &str = "DE89370400440532013000";
pub(super) const PAYER: &str = "BE71096123456769";

/// Fast, so that tests are.
const PACE: Pace = Pace {
    batch: 64,
    poll: Duration::from_millis(20),
    watch: Duration::from_millis(20),
    retry: Duration::from_millis(50),
    sign_within: Duration::from_secs(5),
};

pub(super) struct Stand {
    pub(super) anvil: Anvil,
    pub(super) token: Token,
    pub(super) store: Store,
    pub(super) orders: Orders,
    pub(super) desk: Desk,
    pub(super) replica: Replica,
    pub(super) prices: Arc<Prices>,
    pub(super) holder: Address,
    pub(super) payer: Address,
    issuer_key: String,
    database_url: String,
    pool: Pool,
    leader: Leadership,
    catalogue: Arc<Catalogue>,
}

/// A gateway at work, until it is dropped. [`Gateway::kill`] is what a crash is to everything outside.
pub(super) struct Gateway {
    tasks: JoinSet<()>,
    pub(super) backend: Arc<Direct>,
}

impl Gateway {
    /// Ends every task where it stands, in the middle of whatever it waits for.
    pub(super) async fn kill(mut self) {
        self.tasks.shutdown().await;
    }
}

impl Stand {
    pub(super) async fn new(label: &str) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let anvil = Anvil::builder().gas_price(0).start().await.unwrap();
        let accounts = anvil.accounts().to_vec();
        let endpoint = Endpoint::connect(anvil.url(), 138).await.unwrap();
        let spec = Spec {
            symbol: "cEUR".into(),
            decimals: 6,
            cap: U256::from(10).pow(U256::from(15)),
            admin: accounts[0].address,
            issuer: accounts[1].address,
            guardian: accounts[2].address,
        };
        let token = Token::deploy(&endpoint, &spec).await.unwrap();
        let (holder, payer) = (accounts[3].address, accounts[4].address);
        for account in [holder, payer] {
            token.set_holder(account, true).await.unwrap();
        }
        let database = shared().await.unwrap().database(label).await.unwrap();
        let pool = Pool::open(&StoreSettings::new(database.url().into(), "gateway-test"), Default::default()).unwrap();
        schema::migrate(&pool, &MIGRATIONS).await.unwrap();
        let ttl = Duration::from_secs(3_600);
        let leader = try_acquire(&pool, &Arc::from("gateway"), &Arc::from("test"), ttl).await.unwrap().unwrap();
        let store = Store::new(pool.clone(), [BY_WEBHOOK, BY_FOLDER]);
        let catalogue = Arc::new(catalogue(holder, payer));
        let clock = clock();
        Self {
            orders: Orders::new(
                store.clone(),
                Arc::clone(&catalogue),
                Arc::default(),
                Arc::clone(&clock),
                Metrics::default(),
            ),
            desk: Desk::new(store.clone(), clock, Metrics::default(), composer()),
            replica: Replica::new(Temper::Grants { cap: u64::MAX }),
            prices: Arc::new(Prices::new(fresh(Duration::from_secs(1)))),
            issuer_key: accounts[1].key.clone(),
            database_url: database.url().to_owned(),
            anvil,
            token,
            store,
            holder,
            payer,
            pool,
            leader,
            catalogue,
        }
    }

    /// Starts a gateway: leases, sender and runner, as a process has them.
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
        let journal = Arc::new(FencedJournal::new(self.pool.clone(), leadership.clone()));
        let endpoints = self.endpoints();
        let policy = SendPolicy {
            poll: Duration::from_millis(20),
            max_in_flight: 16,
            resend_after: Duration::from_millis(200),
            ..SendPolicy::FREE_GAS
        };
        let clock = clock();
        let sender = Sender::new(SenderParts {
            endpoints: endpoints.clone(),
            signer: Signer::from_hex(&self.issuer_key.clone().into()).unwrap(),
            journal: journal.clone(),
            policy: policy.validated().unwrap(),
            clock: Arc::new(move || clock.now()),
        });
        let tokens = BTreeMap::from([("eur".parse().unwrap(), Known { address: self.token.address })]);
        let backend = Arc::new(Direct::new((endpoints, 1, Finality::Instant), sender.clone(), journal, tokens));
        let parts = Parts {
            store: self.store.clone(),
            catalogue: Arc::clone(&self.catalogue),
            guard: Arc::new(Leased::new(relayer)),
            oracle: self.prices.clone(),
            backend: backend.clone(),
            clock: self::clock(),
            metrics: Metrics::default(),
            composer: composer(),
            pins,
        };
        let runner = Runner::new(parts, PACE, Arc::new(Notify::new()));
        let mut tasks = JoinSet::new();
        tasks.spawn(worker.run(CancellationToken::new()));
        tasks.spawn(async move {
            let _keeps_leading = leads;
            let Ok(()) = runner.run(leadership, CancellationToken::new()).await;
        });
        tasks.spawn(async move { drop(sender.drive(CancellationToken::new()).await) });
        Gateway { tasks, backend }
    }

    pub(super) fn endpoints(&self) -> EndpointSet {
        let policy = EndpointPolicy {
            circuit: CircuitPolicy {
                failures_to_open: 1,
                cool_down: Duration::ZERO,
                longest_cool_down: Duration::ZERO,
            },
            rounds: 1,
            ..EndpointPolicy::default()
        };
        let url = EndpointUrl::parse(&self.anvil.url().into()).unwrap();
        let chain = ChainId::new(138).unwrap();
        EndpointSet::new(vec![url], chain, policy, &reqwest::Client::new(), &endpoints::Metrics::default()).unwrap()
    }

    /// Waits until a request is in a state of this word.
    pub(super) async fn reaches(&self, id: RequestId, state: &str) -> Request {
        let reached = async {
            loop {
                let request = self.store.find_request(id).await.unwrap().unwrap();
                if request.saga.state.as_str() == state {
                    return request;
                }
                assert!(!request.saga.state.is_over(), "{:?} on the way to {state}", request.saga.state);
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let reached = tokio::time::timeout(LIMIT, reached).await;
        if let Ok(request) = reached {
            return request;
        }
        panic!("{id} never got to {state}: {:?}", self.store.list_steps(id).await.unwrap());
    }

    pub(super) fn issuer_key(&self) -> &str {
        &self.issuer_key
    }

    pub(super) fn database_url(&self) -> &str {
        &self.database_url
    }

    pub(super) const fn pool(&self) -> &Pool {
        &self.pool
    }

    /// What compares books and chain.
    pub(super) fn reconciler(&self, gateway: &Gateway) -> Reconciler {
        let backend: Arc<dyn Backend> = gateway.backend.clone();
        Reconciler::new(self.store.clone(), Arc::clone(&self.catalogue), backend, clock())
    }

    /// Every unit on chain was ordered once, and the books say the same.
    pub(super) async fn is_reconciled(&self, gateway: &Gateway) {
        let asset = "eur".parse().unwrap();
        let holders = [self.holder, self.payer];
        let supply = gateway.backend.supply(&asset, &holders).await.unwrap();
        let totals = self.store.get_books(&asset).await.unwrap().totals().unwrap();
        assert_eq!(reconcile(&totals, &supply.supply), Outcome::Balanced, "{totals:?} {supply:?}");
        let performed = self.token.performed().await.unwrap();
        let references: BTreeSet<_> = performed.iter().map(|event| event.businessReference).collect();
        assert_eq!(references.len(), performed.len(), "a reference twice");
        assert!(self.store.verify_audit(None).await.unwrap().is_ok());
    }

    pub(super) async fn state(&self, id: RequestId) -> State {
        self.store.find_request(id).await.unwrap().unwrap().saga.state
    }
}

/// In the name of the bank that messages are sent to.
fn composer() -> Composer {
    Composer::new(Some("BANKUS33XXX".parse().unwrap()))
}

fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock::new())
}

fn catalogue(holder: Address, payer: Address) -> Catalogue {
    let units = |whole: u64| Units::new(U256::from(whole) * U256::from(1_000_000));
    let policy = Policy {
        kinds: Kind::EVERY.into_iter().collect(),
        basis: Basis::Instructed,
        four_eyes: FourEyes::Above(units(100_000)),
        approvers: ["anna", "bert"].map(actor).into_iter().collect(),
        approval_holds: Duration::from_secs(3_600),
        max_per_request: units(10_000_000),
        max_per_day: units(100_000_000),
        max_supply: units(100_000_000),
        holders: [holder, payer].into_iter().collect(),
    };
    let demand = Demand { max_age: Duration::from_secs(60), min_venues: 3 };
    let asset = Asset {
        denomination: "EUR".parse().unwrap(),
        decimals: TokenDecimals::new(6).unwrap(),
        policy,
        price: Some(("eur-usd".parse().unwrap(), demand)),
    };
    let accounts = BTreeMap::from([(IBAN.to_owned(), holder), (PAYER.to_owned(), payer)]);
    let salt = Salt::new(B256::repeat_byte(0x5a));
    Catalogue::new(BTreeMap::from([("eur".parse().unwrap(), asset)]), accounts, salt).unwrap()
}

pub(super) fn actor(name: &str) -> Actor {
    name.parse().unwrap()
}
