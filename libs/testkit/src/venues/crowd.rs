//! A simulated venue with many markets at a steady pace: so light that a load driver can run seven of them, a
//! thousand markets each, beside the service that it measures.
//!
//! It speaks a venue's own WebSocket format, message by message, and nothing else: no REST, no path, no tricks
//! ([`Venues`](super::Venues) has those). All markets have one price, give or take a few parts in a million.

use std::{
    collections::{BTreeSet, HashMap},
    net::Ipv4Addr,
    sync::Arc,
    time::Duration,
};

use axum::{
    Router,
    extract::{
        State, WebSocketUpgrade,
        ws::{Message, WebSocket},
    },
    middleware::from_fn,
    response::Response,
    routing::any,
};
use causeway_primitives::Decimal;
use tokio::{
    net::TcpListener,
    sync::watch,
    task::JoinSet,
    time::{MissedTickBehavior, interval},
};
use tokio_util::sync::{CancellationToken, DropGuard};
use url::Url;

use super::{
    server::{Error, mark, shifted, wall_clock},
    wire::{Quote, Reaction, Venue, Wire, wire_of},
};

/// A round of all markets is told in so many parts, evenly over its time: real markets do not tick in step either.
const PARTS: u32 = 50;

/// Widest distance of a market from the common price.
const NOISE_PPM: u64 = 20;

/// Places of the prices that are told.
const PLACES: u32 = 8;

/// The venue. Dropping it stops the server and cuts its sockets.
#[derive(Debug)]
pub struct Crowd {
    address: String,
    venue: Venue,
    price: watch::Sender<Decimal>,
    _server: JoinSet<std::io::Result<()>>,
    /// Sockets are tasks of their own, which the server does not take with it.
    _end: DropGuard,
}

/// What the sockets share.
#[derive(Debug)]
struct Floor {
    venue: Venue,
    markets: Vec<(String, String)>,
    symbols: Vec<String>,
    every: Duration,
    seed: u64,
    price: watch::Receiver<Decimal>,
    end: CancellationToken,
}

impl Crowd {
    /// Starts it on a free port of the loopback interface: each market (base and quote, in capitals) is told once in
    /// `every`. Venues with different seeds differ a little.
    ///
    /// # Errors
    /// [`Error`] when no port is to be had.
    pub async fn start(
        venue: Venue,
        seed: u64,
        markets: Vec<(String, String)>,
        every: Duration,
        price: Decimal,
    ) -> Result<Self, Error> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(Error::Listen)?;
        let address = listener.local_addr().map_err(Error::Listen)?.to_string();
        let (end, (price, seen)) = (CancellationToken::new(), watch::channel(price));
        let wire = wire_of(venue);
        let symbols = markets.iter().map(|(base, quote)| wire.symbol(base, quote)).collect();
        let floor = Floor { venue, markets, symbols, every, seed, price: seen, end: end.clone() };
        let app =
            Router::new().route(wire.socket_path(), any(upgrade)).layer(from_fn(mark)).with_state(Arc::new(floor));
        let mut server = JoinSet::new();
        server.spawn(async move { axum::serve(listener, app).await });
        Ok(Self { address, venue, price, _server: server, _end: end.drop_guard() })
    }

    /// The address of its WebSocket feed.
    ///
    /// # Errors
    /// [`Error::Url`], which a bound address does not cause.
    pub fn socket_url(&self) -> Result<Url, Error> {
        Url::parse(&format!("ws://{}{}", self.address, wire_of(self.venue).socket_path())).map_err(Error::Url)
    }

    /// Sets the price of all markets and tells it at once.
    pub fn tell(&self, price: Decimal) {
        self.price.send_replace(price);
    }
}

async fn upgrade(State(floor): State<Arc<Floor>>, upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(|socket| session(floor, socket))
}

/// Runs until the client leaves or the venue is dropped.
async fn session(floor: Arc<Floor>, mut socket: WebSocket) {
    let mut talk = Talk { floor: &floor, wire: wire_of(floor.venue), subscribed: BTreeSet::new(), part: 0 };
    let mut price = floor.price.clone();
    let mut pace = interval((floor.every / PARTS).max(Duration::from_millis(1)));
    pace.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut outbox = talk.wire.greeting();
    loop {
        for text in outbox.drain(..) {
            // One write for each message: real venues do not save their clients reads either.
            if socket.send(Message::text(text)).await.is_err() {
                return;
            }
        }
        tokio::select! {
            () = floor.end.cancelled() => return,
            message = socket.recv() => match message {
                Some(Ok(Message::Text(text))) => outbox = talk.hear(&text),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return,
            },
            changed = price.changed() => match changed {
                Ok(()) => outbox = talk.everything(),
                Err(_) => return,
            },
            _ = pace.tick() => outbox = talk.next_part(),
        }
    }
}

/// One connection: what it subscribed, and how far the rounds are.
struct Talk<'a> {
    floor: &'a Floor,
    wire: &'static dyn Wire,
    subscribed: BTreeSet<usize>,
    part: u64,
}

impl Talk<'_> {
    fn hear(&mut self, text: &str) -> Vec<String> {
        let known: HashMap<&str, usize> = self.floor.symbols.iter().map(String::as_str).zip(0..).collect();
        let mut replies = Vec::new();
        for reaction in self.wire.hear(text, &self.floor.symbols) {
            match reaction {
                Reaction::Reply(reply) => replies.push(reply),
                Reaction::Subscribe(symbol) => self.subscribed.extend(known.get(symbol.as_str())),
            }
        }
        replies
    }

    fn everything(&self) -> Vec<String> {
        self.subscribed.iter().filter_map(|index| self.tick(*index)).collect()
    }

    /// The markets whose turn it is: every [`PARTS`]th from the part's own on.
    fn next_part(&mut self) -> Vec<String> {
        let parts = u64::from(PARTS);
        let part = self.part.checked_rem(parts).unwrap_or_default();
        self.part = self.part.wrapping_add(1);
        let is_due = |index: &&usize| {
            u64::try_from(**index).is_ok_and(|index| index.checked_rem(parts).unwrap_or_default() == part)
        };
        self.subscribed.iter().filter(is_due).filter_map(|index| self.tick(*index)).collect()
    }

    fn tick(&self, index: usize) -> Option<String> {
        let (base, quote) = self.floor.markets.get(index)?.clone();
        let price = shifted(*self.floor.price.borrow(), self.noise_ppm(index)).round_dp(PLACES);
        Some(self.wire.tick(&Quote { base, quote, price, at: wall_clock(), sequence: self.part }))
    }

    /// Between minus and plus [`NOISE_PPM`], another one in each round.
    fn noise_ppm(&self, index: usize) -> i64 {
        let round = self.part.checked_div(u64::from(PARTS)).unwrap_or_default();
        let mixed = [self.floor.seed, u64::try_from(index).unwrap_or_default(), round]
            .into_iter()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, value| (hash ^ value).wrapping_mul(0x0000_0100_0000_01b3));
        let width = NOISE_PPM.saturating_mul(2).saturating_add(1);
        let drawn = (mixed >> 32).checked_rem(width).unwrap_or_default();
        i64::try_from(drawn).unwrap_or_default().saturating_sub_unsigned(NOISE_PPM)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{SinkExt as _, StreamExt as _};
    use tokio_tungstenite::{connect_async, tungstenite::Message};

    use super::*;

    const BOUND: Duration = Duration::from_secs(10);

    fn markets() -> Vec<(String, String)> {
        ["AAA", "BBB"].map(|base| (base.to_owned(), "USD".to_owned())).to_vec()
    }

    #[tokio::test]
    async fn a_crowd_tells_each_subscribed_market_at_its_pace_and_a_new_price_at_once() {
        // A round takes an hour, so that whatever comes within seconds after the first part came at once.
        let hour = Duration::from_secs(3_600);
        let crowd = Crowd::start(Venue::Okx, 1, markets(), hour, Decimal::ONE).await.expect("loopback");
        let url = crowd.socket_url().expect("a URL");
        let (mut socket, _) = connect_async(url.as_str()).await.expect("an upgrade");
        let ask = r#"{"op":"subscribe","args":[{"channel":"tickers","instId":"BBB-USD"},{"channel":"tickers","instId":"ZZZ-USD"}]}"#;
        socket.send(Message::text(ask)).await.expect("sent");
        let next = async |socket: &mut tokio_tungstenite::WebSocketStream<_>| {
            let message = tokio::time::timeout(BOUND, socket.next()).await.expect("in time");
            message.expect("open").expect("a message").into_text().expect("text").to_string()
        };
        assert!(next(&mut socket).await.contains(r#""event":"subscribe""#));
        assert!(next(&mut socket).await.contains("ZZZ-USD doesn't exist"));
        crowd.tell(Decimal::TWO);
        let told = next(&mut socket).await;
        assert!(told.contains(r#""instId":"BBB-USD","last":"2"#) || told.contains(r#""last":"1.9999"#), "{told}");
    }

    #[test]
    fn every_market_has_its_turn_once_in_a_round_within_the_noise() {
        let markets: Vec<_> = (0..120).map(|number| (format!("M{number:03}"), "USD".to_owned())).collect();
        let symbols: Vec<String> = markets.iter().map(|(base, quote)| format!("{base}-{quote}")).collect();
        let (_keep, price) = watch::channel(Decimal::ONE_HUNDRED);
        let end = CancellationToken::new();
        let floor = Floor { venue: Venue::Okx, markets, symbols, every: BOUND, seed: 3, price, end };
        let subscribed = (0..120).collect();
        let mut talk = Talk { floor: &floor, wire: wire_of(Venue::Okx), subscribed, part: 0 };
        let told: Vec<String> = (0..PARTS).flat_map(|_| talk.next_part()).collect();
        assert_eq!(told.len(), 120);
        for number in 0..120 {
            let name = format!(r#""instId":"M{number:03}-USD""#);
            assert_eq!(told.iter().filter(|text| text.contains(&name)).count(), 1, "{name}");
            assert!(talk.noise_ppm(number).unsigned_abs() <= NOISE_PPM);
        }
    }
}
