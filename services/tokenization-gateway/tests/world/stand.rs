//! A token on a chain, a database, and a gateway that can be killed and started again.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use causeway_chain::endpoints::EndpointSet;
use causeway_primitives::{Address, B256, U256};
use causeway_runtime::clock::{Clock, SystemClock};
use causeway_store::{
    Pool, Settings as StoreSettings,
    lease::{Leadership, release, try_acquire},
    schema,
};
use causeway_testkit::{
    anvil::{Account, Anvil},
    bridge::Endpoint,
    fault::RpcProxy,
    firefly::Firefly,
    postgres::shared,
    token::{Spec, Token},
    wait::{SOON, comes},
};
use time::UtcOffset;
use tokenization_gateway::{
    adapters::store::{BY_FOLDER, BY_WEBHOOK, MIGRATIONS, Store},
    app::{Asset, Catalogue, Composer, Desk, Orders, Reconciler},
    domain::{
        actor::Actor,
        authorise::{FourEyes, Policy},
        instruction::Kind,
        order::{Basis, Measure},
        reconcile::{Outcome, reconcile},
        reference::Salt,
        request::{Request, RequestId},
        saga::State,
        units::{TokenDecimals, Units},
        valuation::Demand,
    },
    metrics::Metrics,
};

use super::{
    cacti::Crossing,
    gateway::{Gateway, endpoints},
    outsiders::{Prices, Replica, Temper, fresh},
    way::Way,
};

/// The account of the holder that messages name.
pub(super) const IBAN: &str = "DE89370400440532013000";
pub(super) const PAYER: &str = "BE71096123456769";

/// Which of the node's accounts is who. Those of a CCIP world that transmit are among the others.
pub(super) const ISSUER: usize = 8;
const HOLDER: usize = 9;
const PAYER_ACCOUNT: usize = 4;

/// Who brings calls to the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Via {
    /// The gateway's own key.
    Direct,
    /// A FireFly before the same chain.
    Firefly,
}

/// The node of the tokens' chain, by itself or one of a world's.
pub(super) struct Node {
    url: String,
    accounts: Vec<Account>,
    _process: Option<Anvil>,
}

impl Node {
    pub(super) fn of(anvil: &Anvil) -> Self {
        Self { url: anvil.url().to_owned(), accounts: anvil.accounts().to_vec(), _process: None }
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    pub(super) fn accounts(&self) -> &[Account] {
        &self.accounts
    }
}

pub(super) struct Stand {
    pub(super) anvil: Node,
    pub(super) token: Token,
    pub(super) store: Store,
    pub(super) orders: Orders,
    pub(super) desk: Desk,
    pub(super) replica: Replica,
    pub(super) prices: Arc<Prices>,
    pub(super) holder: Address,
    pub(super) payer: Address,
    pub(super) leader: Leadership,
    pub(super) catalogue: Arc<Catalogue>,
    /// There when the gateway's own key sends through it.
    pub(super) proxy: Option<RpcProxy>,
    /// There when calls go by it.
    pub(super) firefly: Option<Firefly>,
    /// There when tokens can leave.
    pub(super) way: Option<Way>,
    /// There when they can leave by Cacti.
    pub(super) crossing: Option<Crossing>,
    issuer_key: String,
    database_url: String,
    pool: Pool,
}

impl Stand {
    pub(super) async fn new(label: &str) -> Self {
        Self::via(label, Via::Direct).await
    }

    /// A chain with nothing but the token, and a gateway that reaches it so.
    pub(super) async fn via(label: &str, via: Via) -> Self {
        Self::charging(label, via, 0).await
    }

    /// Where a unit of gas costs so many wei.
    pub(super) async fn charging(label: &str, via: Via, wei: u64) -> Self {
        let anvil = Anvil::builder().gas_price(wei).start().await.unwrap();
        let endpoint = Endpoint::connect(anvil.url(), 138).await.unwrap();
        let token = Token::deploy(&endpoint, &spec(anvil.accounts())).await.unwrap();
        let firefly = match via {
            Via::Direct => None,
            Via::Firefly => Some(Firefly::start(anvil.url()).await.unwrap()),
        };
        let node = Node { _process: None, ..Node::of(&anvil) };
        Self { firefly, ..Self::on(label, Node { _process: Some(anvil), ..node }, token).await }
    }

    /// Over a token that is there.
    pub(super) async fn on(label: &str, anvil: Node, token: Token) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let accounts = anvil.accounts();
        let (holder, payer) = (accounts[HOLDER].address, accounts[PAYER_ACCOUNT].address);
        let issuer_key = accounts[ISSUER].key.clone();
        for account in [holder, payer] {
            token.set_holder(account, true).await.unwrap();
        }
        let database = shared().await.unwrap().database(label).await.unwrap();
        let pool = Pool::open(&StoreSettings::new(database.url().into(), "gateway-test"), Default::default()).unwrap();
        schema::migrate(&pool, &MIGRATIONS).await.unwrap();
        let leader = lead(&pool, "first").await;
        let store = Store::new(pool.clone(), [BY_WEBHOOK, BY_FOLDER]);
        let catalogue = Arc::new(catalogue(holder, payer));
        Self {
            orders: orders(&store, &catalogue, UtcOffset::UTC),
            desk: Desk::new((store.clone(), Arc::clone(&catalogue)), clock(), Metrics::default(), composer()),
            replica: Replica::new(Temper::Grants { cap: u64::MAX }),
            prices: Arc::new(Prices::new(fresh(Duration::from_secs(1)))),
            issuer_key,
            database_url: database.url().to_owned(),
            anvil,
            token,
            store,
            holder,
            payer,
            pool,
            leader,
            catalogue,
            proxy: None,
            firefly: None,
            way: None,
            crossing: None,
        }
    }

    /// From now on days begin at midnight of this offset.
    pub(super) fn days_begin(&mut self, at: UtcOffset) {
        self.orders = orders(&self.store, &self.catalogue, at);
    }

    pub(super) fn firefly(&self) -> &Firefly {
        self.firefly.as_ref().unwrap()
    }

    /// Another replica takes over: whoever starts from now on leads in a term of its own.
    pub(super) async fn depose(&mut self) {
        release(&self.pool, &self.leader).await.unwrap();
        self.leader = lead(&self.pool, "second").await;
    }

    pub(super) fn endpoints(&self) -> EndpointSet {
        endpoints(self.anvil.url(), 138)
    }

    /// Waits until a request is in a state of this word.
    pub(super) async fn reaches(&self, id: RequestId, state: &str) -> Request {
        let reached = async || {
            let request = self.store.find_request(id).await.unwrap().unwrap();
            let is_there = request.saga.state.as_str() == state;
            assert!(is_there || !request.saga.state.is_over(), "{:?} on the way to {state}", request.saga.state);
            is_there.then_some(request)
        };
        match comes(SOON, reached).await {
            Ok(request) => request,
            Err(_) => panic!("{id} never got to {state}: {:?}", self.store.list_steps(id).await.unwrap()),
        }
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
        Reconciler::new(self.store.clone(), Arc::clone(&self.catalogue), Arc::clone(&gateway.backend), clock())
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

fn orders(store: &Store, catalogue: &Arc<Catalogue>, days: UtcOffset) -> Orders {
    Orders::new(store.clone(), Arc::clone(catalogue), Arc::default(), days, clock(), Metrics::default())
}

/// For longer than any test.
async fn lead(pool: &Pool, holder: &str) -> Leadership {
    let ttl = Duration::from_secs(3_600);
    try_acquire(pool, &Arc::from("gateway"), &Arc::from(holder), ttl).await.unwrap().unwrap()
}

/// In the name of the bank that messages are sent to.
pub(super) fn composer() -> Composer {
    Composer::new(Some("BANKUS33XXX".parse().unwrap()))
}

pub(super) fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock::new())
}

/// What the token is like.
pub(super) fn spec(accounts: &[Account]) -> Spec {
    Spec {
        symbol: "cEUR".into(),
        decimals: 6,
        cap: U256::from(10).pow(U256::from(15)),
        admin: accounts[0].address,
        issuer: accounts[ISSUER].address,
        guardian: accounts[2].address,
    }
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
        measure: Measure::Unit,
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
