//! What every test here stands on: running venues, a task group, and a sink whose signals can be awaited.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use causeway_primitives::{Address, ChainId, Monotonic, Pair, Timestamp};
use causeway_runtime::{
    CancellationToken,
    clock::{Clock, SystemClock},
    task::TaskGroup,
};
use causeway_testkit::{
    venues::{Handle, Market as TestMarket, Path, Venue, Venues},
    wait::{self, SOON},
};
use oracle_publisher::{
    adapters::venues::{
        Round, RoundError, RoundReader, VenueDeps, client,
        settings::{Backoff, Exchange, Headers, Market, Rest, Socket, SymbolStream, Transport, Urls, VenueConnection},
        spawn_all,
    },
    ports::{Fault, Signal, SignalSink, Tick},
};
use secrecy::SecretString;
use tokio::sync::watch;
use url::Url;

/// Keeps every signal, in order, and wakes whoever waits for one.
#[derive(Debug, Clone)]
pub(super) struct Recorder(Arc<watch::Sender<Vec<Signal>>>);

impl SignalSink for Recorder {
    fn put(&self, signal: Signal) {
        self.0.send_modify(|signals| signals.push(signal));
    }
}

impl Recorder {
    pub(super) fn len(&self) -> usize {
        self.0.borrow().len()
    }

    /// The first signal from position `mark` on that `pick` takes.
    pub(super) async fn after<T>(&self, mark: usize, pick: impl Fn(&Signal) -> Option<T>) -> T {
        wait::told("a signal", self.0.subscribe(), |signals| {
            let found = signals.iter().skip(mark).find_map(&pick);
            found.ok_or_else(|| format!("the last was {:?}", signals.last()))
        })
        .await
    }

    /// The first signal that `pick` takes.
    pub(super) async fn first<T>(&self, pick: impl Fn(&Signal) -> Option<T>) -> T {
        self.after(0, pick).await
    }

    /// So many signals from position `mark` on that `pick` takes.
    pub(super) async fn several(&self, mark: usize, count: usize, pick: impl Fn(&Signal) -> bool) {
        wait::told(&format!("{count} signals"), self.0.subscribe(), |signals| {
            let heard = signals.iter().skip(mark).filter(|signal| pick(signal)).count();
            if heard >= count { Ok(()) } else { Err(format!("{heard}; the last was {:?}", signals.last())) }
        })
        .await;
    }

    /// How many signals so far `pick` takes.
    pub(super) fn count(&self, pick: impl Fn(&Signal) -> bool) -> usize {
        self.0.borrow().iter().filter(|signal| pick(signal)).count()
    }
}

/// A tick of the source.
pub(super) fn tick(source: &str) -> impl Fn(&Signal) -> Option<Tick> {
    move |signal| match signal {
        Signal::Tick(tick) if tick.source.as_str() == source => Some(tick.clone()),
        Signal::Tick(_) | Signal::Alive { .. } | Signal::Fault { .. } | Signal::Quota { .. } => None,
    }
}

/// A tick of the source at exactly this price.
pub(super) fn tick_at(source: &str, price: &str) -> impl Fn(&Signal) -> Option<Tick> {
    let tick = tick(source);
    move |signal| tick(signal).filter(|tick| tick.price.to_string() == price)
}

/// A fault of the source: its detail and the pause asked for.
pub(super) fn fault(source: &str, wanted: Fault) -> impl Fn(&Signal) -> Option<(String, Option<Duration>)> {
    move |signal| match signal {
        Signal::Fault { source: of, fault, detail, retry_after } if of.as_str() == source && *fault == wanted => {
            Some((detail.clone(), *retry_after))
        }
        Signal::Fault { .. } | Signal::Tick(_) | Signal::Alive { .. } | Signal::Quota { .. } => None,
    }
}

/// A sign that the source's last price still stands.
pub(super) fn alive(source: &str) -> impl Fn(&Signal) -> Option<Monotonic> {
    move |signal| match signal {
        Signal::Alive { source: of, received } if of.as_str() == source => Some(*received),
        Signal::Alive { .. } | Signal::Tick(_) | Signal::Fault { .. } | Signal::Quota { .. } => None,
    }
}

/// Running venues, and the tasks that are connected to them. Dropping it stops both.
pub(super) struct Stage {
    pub(super) venues: Venues,
    pub(super) recorder: Recorder,
    pub(super) clock: Arc<dyn Clock>,
    group: TaskGroup,
}

impl Stage {
    /// Venues that trade ETH/USD, ETH/USDT, BTC/USD and EUR/USD on the real path, ten ticks a second.
    pub(super) async fn open() -> Self {
        _ = rustls::crypto::ring::default_provider().install_default();
        let path = Path::eur_usd().expect("a path").every(Duration::from_millis(100));
        let markets = [("ETH", "USD"), ("ETH", "USDT"), ("BTC", "USD"), ("EUR", "USD")]
            .map(|(base, quote)| TestMarket::new(base, quote, path.clone()));
        let venues = Venues::start(markets.to_vec(), 7).await.expect("venues");
        let recorder = Recorder(Arc::new(watch::Sender::new(Vec::new())));
        let group = TaskGroup::new(CancellationToken::new());
        Self { venues, recorder, clock: Arc::new(SystemClock::new()), group }
    }

    pub(super) fn connect(&self, connections: Vec<VenueConnection>) {
        self.connect_with(connections, Arc::new(NoChain));
    }

    pub(super) fn connect_with(&self, connections: Vec<VenueConnection>, rounds: Arc<dyn RoundReader>) {
        let sink: Arc<dyn SignalSink> = Arc::new(self.recorder.clone());
        let deps = VenueDeps { clock: Arc::clone(&self.clock), http: client().expect("a client"), sink, rounds };
        spawn_all(&self.group, connections, &deps);
    }

    pub(super) fn handle(&self, venue: Venue) -> Handle {
        self.venues.handle(venue)
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(super) fn rest(&self, venue: Venue) -> Rest {
        rest(vec![self.venues.url_of(venue).expect("a URL")])
    }

    pub(super) fn socket(&self, venue: Venue) -> Socket {
        Socket {
            urls: Urls::socket(vec![self.venues.socket_url_of(venue).expect("a URL")]).expect("addresses"),
            connect_timeout: Duration::from_secs(5),
            acknowledge_within: Duration::from_secs(2),
            silent_after: Duration::from_secs(2),
            ping_interval: Duration::from_millis(100),
            max_message_bytes: 64 * 1_024,
            headers: Headers::default(),
        }
    }
}

pub(super) fn rest(base_urls: Vec<Url>) -> Rest {
    Rest {
        base_urls: Urls::http(base_urls).expect("addresses"),
        poll_interval: Duration::from_millis(20),
        request_timeout: Duration::from_secs(5),
        max_body_bytes: 64 * 1_024,
        headers: Headers::default(),
        budget: None,
        usage_interval: None,
    }
}

pub(super) fn headers(name: &str, value: &str) -> Headers {
    Headers::new(&[(name.to_owned(), SecretString::from(value))]).expect("headers")
}

/// A connection to an exchange for some pairs; each source is named after venue and pair, `kraken-eth-usd`.
pub(super) fn exchange(venue: Venue, transport: Transport, pairs: &[&str]) -> VenueConnection {
    let exchange = Exchange::from_name(venue.as_str()).expect("the same name on both sides");
    let stream = |text: &&str| {
        let pair: Pair = text.parse().expect("a pair");
        // CoinGecko lists no euro; the coin that stands in for it has to be named, and so must strangers.
        let symbol = match (venue, *text) {
            (Venue::CoinGecko, "EUR/USD") => Some("euro-coin/usd"),
            (Venue::CoinGecko, "XYZ/USD") => Some("xyz/usd"),
            (_, _) => None,
        };
        SymbolStream::new(exchange, source_of(venue, text).parse().expect("an id"), &pair, symbol).expect("a stream")
    };
    let streams = pairs.iter().map(stream).collect();
    connection(venue.as_str(), Market::Exchange { exchange, transport, streams })
}

pub(super) fn connection(venue: &str, market: Market) -> VenueConnection {
    let backoff = Backoff::new(Duration::from_millis(20), Duration::from_millis(200)).expect("a backoff");
    VenueConnection::new(venue.parse().expect("an id"), backoff, market).expect("a connection")
}

pub(super) fn source_of(venue: Venue, pair: &str) -> String {
    format!("{}-{}", venue.as_str(), pair.replace('/', "-").to_ascii_lowercase())
}

/// Waits until the venue has been connected to more often than `seen` times; returns how often.
pub(super) async fn connections_beyond(handle: &Handle, seen: u64) -> u64 {
    let waiting = tokio::time::timeout(SOON, handle.connections_beyond(seen)).await;
    waiting.expect("nobody connected again")
}

pub(super) fn price(text: &str) -> causeway_primitives::Decimal {
    text.parse().expect("a decimal")
}

/// For the tests that read no contract.
#[derive(Debug)]
struct NoChain;

#[async_trait]
impl RoundReader for NoChain {
    async fn latest_round(&self, _chain: ChainId, _address: Address) -> Result<Round, RoundError> {
        Err(RoundError::UnknownChain)
    }
}
