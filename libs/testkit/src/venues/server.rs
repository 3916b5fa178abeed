//! The servers: one per venue, on a port of its own, all on one clock and one set of paths.

use std::{
    collections::BTreeMap,
    io,
    net::Ipv4Addr,
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};

use axum::{
    Router,
    body::Body,
    extract::{Request, State, WebSocketUpgrade},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header},
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
    routing::any,
};
use causeway_primitives::{Decimal, Timestamp};
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::sync::{CancellationToken, DropGuard};
use url::Url;

use super::{
    behaviour::{Behaviour, Handle, RetryAfter, Shared},
    path::Path,
    session,
    wire::{Answer, Quote, Venue, Wire, wire_of},
};

/// What marks every answer as simulated.
const MARK: (HeaderName, HeaderValue) =
    (HeaderName::from_static("x-simulated"), HeaderValue::from_static("causeway-testkit"));

/// Widest distance of an honest venue from the path.
const NOISE_PPM: u64 = 20;

/// Why the venues could not be started.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No port on loopback.
    #[error("cannot listen on loopback")]
    Listen(#[source] io::Error),
    /// The bound address makes no URL.
    #[error("the bound address makes no URL")]
    Url(#[source] url::ParseError),
}

/// One market that every venue trades.
#[derive(Debug, Clone)]
pub struct Market {
    pub(super) base: String,
    pub(super) quote: String,
    pub(super) path: Path,
}

impl Market {
    /// A market of `base` priced in `quote`, both in capitals, on a path.
    pub fn new(base: &str, quote: &str, path: Path) -> Self {
        Self { base: base.to_owned(), quote: quote.to_owned(), path }
    }

    pub(super) fn pair(&self) -> String {
        format!("{}/{}", self.base, self.quote)
    }
}

/// Every simulated venue, running. Dropping it stops the servers and cuts the sockets.
#[derive(Debug)]
pub struct Venues {
    running: BTreeMap<Venue, Running>,
    _servers: JoinSet<io::Result<()>>,
    /// Sockets are tasks of their own, which the servers do not take with them.
    _end: DropGuard,
}

#[derive(Debug)]
struct Running {
    address: String,
    shared: Arc<Shared>,
}

impl Venues {
    /// Starts them all on free ports of the loopback interface. The seed decides each venue's small, fixed
    /// distance from the path at each tick: the same seed gives the same prices.
    ///
    /// # Errors
    /// [`Error`] when no port is to be had.
    pub async fn start(markets: Vec<Market>, seed: u64) -> Result<Self, Error> {
        let (markets, mut servers, end) = (Arc::new(markets), JoinSet::new(), CancellationToken::new());
        let mut running = BTreeMap::new();
        for venue in Venue::ALL {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(Error::Listen)?;
            let address = listener.local_addr().map_err(Error::Listen)?.to_string();
            let shared = Arc::new(Shared::new());
            let exchange =
                Exchange { venue, markets: Arc::clone(&markets), seed, shared: Arc::clone(&shared), end: end.clone() };
            let app = router(exchange);
            servers.spawn(async move { axum::serve(listener, app).await });
            running.insert(venue, Running { address, shared });
        }
        Ok(Self { running, _servers: servers, _end: end.drop_guard() })
    }

    /// The base address of a venue's REST API, as a client's setting takes it.
    ///
    /// # Errors
    /// [`Error::Url`], which a bound address does not cause.
    pub fn url_of(&self, venue: Venue) -> Result<Url, Error> {
        Url::parse(&format!("http://{}{}", self.address(venue), wire_of(venue).rest_prefix())).map_err(Error::Url)
    }

    /// The address of a venue's WebSocket feed; CoinGecko has none, and answers 404 there.
    ///
    /// # Errors
    /// [`Error::Url`], which a bound address does not cause.
    pub fn socket_url_of(&self, venue: Venue) -> Result<Url, Error> {
        let path = wire_of(venue).socket_path();
        Url::parse(&format!("ws://{}{path}", self.address(venue))).map_err(Error::Url)
    }

    /// Steers a venue.
    pub fn handle(&self, venue: Venue) -> Handle {
        let shared = self.running.get(&venue).map(|running| Arc::clone(&running.shared));
        Handle::new(shared.unwrap_or_else(|| Arc::new(Shared::new())))
    }

    fn address(&self, venue: Venue) -> &str {
        self.running.get(&venue).map_or("", |running| &running.address)
    }
}

/// One venue as its handlers see it.
#[derive(Debug, Clone)]
pub(super) struct Exchange {
    pub(super) venue: Venue,
    pub(super) markets: Arc<Vec<Market>>,
    seed: u64,
    pub(super) shared: Arc<Shared>,
    pub(super) end: CancellationToken,
}

impl Exchange {
    pub(super) fn wire(&self) -> &'static dyn Wire {
        wire_of(self.venue)
    }

    /// The price of a market at this moment.
    pub(super) fn quote(&self, market: &Market, behaviour: &Behaviour) -> Quote {
        let elapsed = behaviour.frozen_at.unwrap_or_else(|| self.shared.elapsed());
        let tick = market.path.tick_after(elapsed);
        let on_path = market.path.price(tick);
        let price = match behaviour.prices.get(&market.pair()) {
            Some(price) => *price,
            None => shifted(on_path, self.noise_ppm(market, tick)).round_dp(market.path.places().max(2)),
        };
        let price = if behaviour.offset_ppm == 0 { price } else { shifted(price, behaviour.offset_ppm).normalize() };
        let (base, quote) = (market.base.clone(), market.quote.clone());
        Quote { base, quote, price, at: wall_clock(), sequence: tick }
    }

    /// Between minus and plus [`NOISE_PPM`], fixed by seed, venue, market and tick.
    fn noise_ppm(&self, market: &Market, tick: u64) -> i64 {
        let text = format!("{} {:?} {} {tick}", self.seed, self.venue, market.pair());
        let width = NOISE_PPM.saturating_mul(2).saturating_add(1);
        let drawn = fnv1a(text.as_bytes()).checked_rem(width).unwrap_or_default();
        i64::try_from(drawn).unwrap_or_default().saturating_sub_unsigned(NOISE_PPM)
    }
}

pub(super) fn shifted(price: Decimal, parts_per_million: i64) -> Decimal {
    let factor = Decimal::ONE.saturating_add(Decimal::from_i128_with_scale(i128::from(parts_per_million), 6));
    price.saturating_mul(factor)
}

/// A small hash whose values never change with a release, unlike the standard library's.
fn fnv1a(bytes: &[u8]) -> u64 {
    let mixed = bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3));
    mixed ^ (mixed >> 32)
}

#[allow(clippy::disallowed_methods, reason = "a simulated venue is an outsider: its clock is not the client's")]
pub(super) fn wall_clock() -> Timestamp {
    let since_epoch = std::time::SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(u64::try_from(since_epoch.as_millis()).unwrap_or_default()).unwrap_or(Timestamp::EPOCH)
}

fn router(exchange: Exchange) -> Router {
    let sockets = match exchange.wire().socket_path() {
        "" => Router::new(),
        path => Router::new().route(path, any(upgrade)),
    };
    sockets.fallback(rest).layer(from_fn(mark)).with_state(exchange)
}

pub(super) async fn mark(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let (name, value) = MARK;
    response.headers_mut().insert(name, value);
    response
}

async fn upgrade(State(exchange): State<Exchange>, upgrade: WebSocketUpgrade) -> Response {
    let behaviour = exchange.shared.behaviour();
    tokio::time::sleep(behaviour.delay).await;
    if let Some(refusal) = refusal(&behaviour) {
        return refusal;
    }
    if behaviour.refuses_sockets {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    exchange.shared.count_connection();
    upgrade.on_upgrade(|socket| session::run(exchange, socket))
}

async fn rest(State(exchange): State<Exchange>, uri: Uri, headers: HeaderMap) -> Response {
    let number = exchange.shared.count_request();
    let behaviour = exchange.shared.behaviour();
    tokio::time::sleep(behaviour.delay).await;
    if let Some(refusal) = refusal(&behaviour) {
        return refusal;
    }
    if behaviour.talks_garbage {
        return "<html>we will be back soon</html>".into_response();
    }
    let quotes: Vec<Quote> = exchange.markets.iter().map(|market| exchange.quote(market, &behaviour)).collect();
    let Answer { status, body, headers } = exchange.wire().answer(&uri, &headers, &quotes, number);
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = Response::new(Body::from(padded(body, behaviour.padding)));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    for (name, value) in headers {
        response.headers_mut().insert(HeaderName::from_static(name), value.into());
    }
    response
}

fn refusal(behaviour: &Behaviour) -> Option<Response> {
    if behaviour.rejects_auth {
        return Some(StatusCode::UNAUTHORIZED.into_response());
    }
    let (status, retry_after) = behaviour.status.as_ref()?;
    let mut response = StatusCode::from_u16(*status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR).into_response();
    let value = match retry_after {
        RetryAfter::Unsaid => None,
        RetryAfter::Seconds(seconds) => Some(HeaderValue::from(*seconds)),
        RetryAfter::Text(text) => HeaderValue::from_str(text).ok(),
    };
    if let Some(value) = value {
        response.headers_mut().insert(header::RETRY_AFTER, value);
    }
    Some(response)
}

/// Blanks before the document: valid JSON, only longer.
pub(super) fn padded(text: String, blanks: usize) -> String {
    if blanks == 0 { text } else { format!("{}{text}", " ".repeat(blanks)) }
}

/// How often a session looks for something to say.
pub(super) const PULSE: Duration = Duration::from_millis(25);
