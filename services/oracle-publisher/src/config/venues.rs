//! Venues and how they are reached: raw text → connections, one a venue, each with the streams that the feeds
//! want of it.

use std::{collections::BTreeMap, time::Duration};

use causeway_primitives::{Address, ChainId, Timestamp, VenueId};
use causeway_runtime::config::{SecretString, SecretUrl, Validator};
use url::Url;

use super::{
    feeds::{CONTRACT, Feeds},
    raw,
    source::Source,
};
use crate::adapters::venues::{
    Pointer, TimeFormat,
    settings::{
        AggregatorStream, Backoff, Budget, DocumentPath, DocumentStream, Error, Exchange, Headers, Market, Rest,
        Socket, SymbolStream, Transport, Urls, VenueConnection,
    },
};

/// What the service knows of a venue besides how to reach it.
#[derive(Debug, Clone, Default)]
pub struct VenueFacts {
    /// When its credential ends.
    pub credential_expires_at: Option<Timestamp>,
}

/// All venues.
#[derive(Debug, Clone)]
pub struct Venues {
    /// How they are reached; a venue that no feed uses is not connected.
    pub connections: Vec<VenueConnection>,
    /// What else is known of them.
    pub facts: BTreeMap<VenueId, VenueFacts>,
}

/// A source with the text that only its venue understands.
struct Wanted<'a> {
    at: String,
    source: &'a Source,
    raw: &'a raw::Source,
}

/// Reads all venues. What is wrong is told to the validator.
pub(super) fn read(
    raw: &raw::Raw,
    raw_feeds: &[raw::Feed],
    feeds: &Feeds,
    chain: ChainId,
    validator: &mut Validator<'_>,
) -> Option<Venues> {
    let mut wanted = wanted(raw_feeds, feeds);
    let mut venues = Venues { connections: Vec::new(), facts: BTreeMap::new() };
    for (index, venue) in raw.venues.iter().enumerate() {
        let at = format!("venues.{index}");
        let id: VenueId = validator.accept(&format!("{at}.id"), "an id, for example kraken", venue.id.parse())?;
        let streams = wanted.remove(&id).unwrap_or_default();
        if venues.facts.contains_key(&id) {
            validator.refuse(&format!("{at}.id"), "one entry a venue");
        }
        let mut reading =
            Reading { at, venue, settings: venue.overrides.clone().over(&raw.venue_defaults), chain, validator };
        venues.facts.insert(id.clone(), reading.facts()?);
        if !streams.is_empty() {
            venues.connections.push(reading.connection(id, &streams)?);
        }
    }
    for streams in wanted.values() {
        for stream in streams {
            validator.refuse(&format!("{}.venue", stream.at), "the id of one of the [[venues]]");
        }
    }
    Some(venues)
}

fn wanted<'a>(raw_feeds: &'a [raw::Feed], feeds: &'a Feeds) -> BTreeMap<VenueId, Vec<Wanted<'a>>> {
    let mut wanted: BTreeMap<VenueId, Vec<Wanted<'a>>> = BTreeMap::new();
    for (index, raw_feed) in raw_feeds.iter().enumerate() {
        let feed = raw_feed.id.parse().ok().and_then(|id| feeds.feeds.get(&id));
        let sources = feed.map(|feed| feed.sources.as_slice()).unwrap_or_default();
        for (position, (source, raw)) in sources.iter().zip(&raw_feed.sources).enumerate() {
            let at = format!("feeds.{index}.sources.{position}");
            wanted.entry(source.venue.clone()).or_default().push(Wanted { at, source, raw });
        }
    }
    wanted
}

/// One venue while it is read.
struct Reading<'a, 'b> {
    at: String,
    venue: &'a raw::Venue,
    settings: raw::VenueDefaults,
    chain: ChainId,
    validator: &'a mut Validator<'b>,
}

impl Reading<'_, '_> {
    /// A setting of the venue; it may stand in `[venue_defaults]`.
    fn key(&self, name: &str) -> String {
        let own = format!("{}.overrides.{name}", self.at);
        if self.validator.is_set(&own) { own } else { format!("venue_defaults.{name}") }
    }

    fn accept<T>(&mut self, setting: &str, result: Result<T, Error>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                // The error's text names what was expected and holds nothing of the value.
                let text = error.to_string();
                self.validator.refuse(setting, text.strip_prefix("expected ").unwrap_or(&text));
                None
            }
        }
    }

    fn facts(&mut self) -> Option<VenueFacts> {
        let key = format!("{}.credential_expires_at", self.at);
        let expires = self.venue.credential_expires_at.as_deref().map(Timestamp::from_rfc3339).transpose();
        let expected = "a time, for example 2027-01-31T00:00:00Z";
        Some(VenueFacts { credential_expires_at: self.validator.accept(&key, expected, expires)? })
    }

    fn connection(&mut self, id: VenueId, streams: &[Wanted<'_>]) -> Option<VenueConnection> {
        let first = self.validator.positive_ms(&self.key("backoff_first_ms"), self.settings.backoff_first_ms);
        let longest = Duration::from_millis(self.settings.backoff_longest_ms);
        let key = self.key("backoff_longest_ms");
        let backoff = self.accept(&key, Backoff::new(first, longest))?;
        let market = match self.venue.kind.as_deref().unwrap_or(&self.venue.id) {
            "http_json" => self.documents(streams)?,
            "aggregator" => self.aggregators(streams)?,
            name => {
                let names = "binance, coinbase, kraken, okx, bitstamp, coingecko, http_json or aggregator";
                let key = format!("{}.kind", self.at);
                let exchange = self.validator.accept(&key, names, Exchange::from_name(name).ok_or(()))?;
                self.exchange(exchange, streams)?
            }
        };
        let at = self.at.clone();
        self.accept(&at, VenueConnection::new(id, backoff, market))
    }

    fn exchange(&mut self, exchange: Exchange, streams: &[Wanted<'_>]) -> Option<Market> {
        let symbols = streams.iter().map(|wanted| {
            let symbol = wanted.raw.symbol.as_deref();
            let stream = SymbolStream::new(exchange, wanted.source.id.clone(), &wanted.source.market, symbol);
            self.accept(&format!("{}.symbol", wanted.at), stream)
        });
        let streams = symbols.collect::<Option<Vec<_>>>()?;
        let rest = self.rest(default_rest(exchange))?;
        let socket = default_socket(exchange);
        let key = self.key("transport");
        let transport = match (self.settings.transport.as_str(), socket) {
            ("rest", _) | ("socket_with_rest", None) => Transport::Rest(rest),
            ("socket", Some(url)) => Transport::Socket(self.socket(url)?),
            ("socket_with_rest", Some(url)) => Transport::SocketWithFallback(self.socket(url)?, rest),
            _ => {
                self.validator.refuse(&key, "socket_with_rest, socket or rest; a venue without a socket is polled");
                return None;
            }
        };
        Some(Market::Exchange { exchange, transport, streams })
    }

    fn documents(&mut self, streams: &[Wanted<'_>]) -> Option<Market> {
        let streams = streams.iter().map(|wanted| self.document(wanted)).collect::<Option<Vec<_>>>()?;
        let rest = self.rest(&[])?;
        Some(Market::Documents { rest, streams })
    }

    fn document(&mut self, wanted: &Wanted<'_>) -> Option<DocumentStream> {
        let at = |name: &str| format!("{}.{name}", wanted.at);
        let path = DocumentPath::new(wanted.raw.path.as_deref().unwrap_or_default());
        let path = self.accept(&at("path"), path)?;
        let pointer = wanted.raw.price_pointer.as_deref().unwrap_or_default();
        let expected = "a JSON pointer, for example /data/0/price";
        let price = self.validator.accept(&at("price_pointer"), expected, pointer.parse::<Pointer>())?;
        let time = match &wanted.raw.time_pointer {
            None => None,
            Some(text) => {
                let pointer = self.validator.accept(&at("time_pointer"), expected, text.parse::<Pointer>())?;
                let name = wanted.raw.time_format.as_deref().unwrap_or_default();
                let format = TimeFormat::from_name(name).ok_or(());
                let names = "seconds, milliseconds, microseconds or rfc3339";
                Some((pointer, self.validator.accept(&at("time_format"), names, format)?))
            }
        };
        Some(DocumentStream { source: wanted.source.id.clone(), path, price, time })
    }

    fn aggregators(&mut self, streams: &[Wanted<'_>]) -> Option<Market> {
        let streams = streams.iter().map(|wanted| {
            let address = wanted.raw.address.as_deref().unwrap_or_default().parse::<Address>();
            let address = address.ok().filter(|address| !address.is_zero()).ok_or(());
            let address = self.validator.accept(&format!("{}.address", wanted.at), CONTRACT, address)?;
            Some(AggregatorStream { source: wanted.source.id.clone(), chain: self.chain, address })
        });
        let streams = streams.collect::<Option<Vec<_>>>()?;
        Some(Market::Aggregators {
            poll_interval: self.validator.positive_ms(&self.key("poll_interval_ms"), self.settings.poll_interval_ms),
            request_timeout: self
                .validator
                .positive_ms(&self.key("request_timeout_ms"), self.settings.request_timeout_ms),
            streams,
        })
    }

    fn rest(&mut self, defaults: &[&str]) -> Option<Rest> {
        let key = format!("{}.rest_urls", self.at);
        let urls = urls(&self.venue.rest_urls, defaults);
        let base_urls = self.accept(&key, Urls::http(urls))?;
        let budget = match (self.venue.quota_limit, self.venue.quota_window_seconds) {
            (Some(limit), Some(seconds)) => Some(Budget { limit, window: Duration::from_secs(seconds) }),
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => {
                self.validator.refuse(&self.at, "`quota_limit` and `quota_window_seconds` together");
                return None;
            }
        };
        Some(Rest {
            base_urls,
            poll_interval: self.validator.positive_ms(&self.key("poll_interval_ms"), self.settings.poll_interval_ms),
            request_timeout: self
                .validator
                .positive_ms(&self.key("request_timeout_ms"), self.settings.request_timeout_ms),
            max_body_bytes: self.settings.max_body_bytes,
            headers: self.headers()?,
            budget,
            usage_interval: self.venue.usage_interval_seconds.map(Duration::from_secs),
        })
    }

    fn socket(&mut self, default: &str) -> Option<Socket> {
        let key = format!("{}.socket_urls", self.at);
        let urls = self.accept(&key, Urls::socket(urls(&self.venue.socket_urls, &[default])))?;
        let settings = self.settings.clone();
        let mut ms = |name: &str, value| {
            let key = self.key(name);
            self.validator.positive_ms(&key, value)
        };
        let connect_timeout = ms("connect_timeout_ms", settings.connect_timeout_ms);
        let acknowledge_within = ms("acknowledge_within_ms", settings.acknowledge_within_ms);
        let silent_after = ms("silent_after_ms", settings.silent_after_ms);
        let ping_interval = ms("ping_interval_ms", settings.ping_interval_ms);
        Some(Socket {
            urls,
            connect_timeout,
            acknowledge_within,
            silent_after,
            ping_interval,
            max_message_bytes: settings.max_message_bytes,
            headers: self.headers()?,
        })
    }

    fn headers(&mut self) -> Option<Headers> {
        let headers: Vec<(String, SecretString)> =
            self.venue.headers.iter().map(|header| (header.name.clone(), header.value.clone())).collect();
        let key = format!("{}.headers", self.at);
        self.accept(&key, Headers::new(&headers))
    }
}

/// The configured addresses, or else the venue's documented ones.
fn urls(configured: &[SecretUrl], defaults: &[&str]) -> Vec<Url> {
    if configured.is_empty() {
        return defaults.iter().filter_map(|text| Url::parse(text).ok()).collect();
    }
    configured.iter().filter_map(|url| Url::parse(url.expose()).ok()).collect()
}

/// Where the venue documents its public REST API.
const fn default_rest(exchange: Exchange) -> &'static [&'static str] {
    match exchange {
        Exchange::Binance => &["https://api.binance.com", "https://data-api.binance.vision"],
        Exchange::Coinbase => &["https://api.exchange.coinbase.com"],
        Exchange::Kraken => &["https://api.kraken.com"],
        Exchange::Okx => &["https://www.okx.com"],
        Exchange::Bitstamp => &["https://www.bitstamp.net"],
        Exchange::CoinGecko => &["https://api.coingecko.com/api/v3"],
    }
}

/// Where the venue documents its public WebSocket API.
const fn default_socket(exchange: Exchange) -> Option<&'static str> {
    match exchange {
        Exchange::Binance => Some("wss://stream.binance.com:9443/ws"),
        Exchange::Coinbase => Some("wss://ws-feed.exchange.coinbase.com"),
        Exchange::Kraken => Some("wss://ws.kraken.com/v2"),
        Exchange::Okx => Some("wss://ws.okx.com:8443/ws/v5/public"),
        Exchange::Bitstamp => Some("wss://ws.bitstamp.net"),
        Exchange::CoinGecko => None,
    }
}
