//! What a connection to a venue needs to know: addresses, paces, limits, secrets and symbols, as values
//! that are valid once they exist.
//!
//! Reading them from a configuration file is the configuration's job; this file only refuses what could
//! not work. Addresses and headers may carry API keys, so neither ever prints more than a host.

use std::{collections::BTreeSet, time::Duration};

use causeway_primitives::{SourceId, VenueId};

mod endpoint;
mod stream;

pub use self::{
    endpoint::{Headers, Urls},
    stream::{AggregatorStream, DocumentPath, DocumentStream, Exchange, SymbolStream},
};

/// Why a setting cannot work. The caller knows which setting it was reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No address at all, or one of another scheme than the transport speaks.
    #[error("expected at least one address, each with the scheme {0}")]
    Urls(&'static str),
    /// No header name, or a value with characters that no header carries. The value is a secret.
    #[error("expected a header name and a value of visible ASCII characters")]
    Header,
    /// The symbol cannot be derived from the pair, or holds characters that no venue uses.
    #[error("expected the venue's own symbol, 1 to 48 of A-Z, a-z, 0-9, '-', '_', '.' and '/'")]
    Symbol,
    /// A path that leads to another host, or is no path.
    #[error("expected a path and query on the base address, beginning with '/'")]
    Path,
    /// Zero where time must pass, a longest pause shorter than the first, or pings too rare to be missed.
    #[error("expected durations above zero, the longest not shorter than the first, pings within the silence limit")]
    Duration,
    /// A connection without a stream.
    #[error("expected at least one stream")]
    Empty,
    /// Two streams of a connection with one source id.
    #[error("expected each source once")]
    Duplicate,
}

/// How many requests a plan allows. Known from the contract with the venue, or from its documentation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Requests (or weight, where the venue counts weight) within the window.
    pub limit: u64,
    /// The window's length.
    pub window: Duration,
}

/// How long to wait after failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    first: Duration,
    longest: Duration,
}

impl Backoff {
    /// # Errors
    /// [`Error::Duration`] when `first` is zero or longer than `longest`.
    pub fn new(first: Duration, longest: Duration) -> Result<Self, Error> {
        if first.is_zero() || longest < first { Err(Error::Duration) } else { Ok(Self { first, longest }) }
    }

    pub(crate) const fn longest(&self) -> Duration {
        self.longest
    }

    /// The wait before the given retry (1 is the first): doubled each time, capped, and of that at least
    /// half; `dice` (0 to 1,000) decides the rest, so that clients cut off together do not return together.
    pub(crate) fn delay(&self, retry: u32, dice: u32) -> Duration {
        let doublings = retry.saturating_sub(1).min(31);
        let ceiling = self.first.saturating_mul(1_u32 << doublings).min(self.longest);
        let half = ceiling / 2;
        half.saturating_add((half / 1_000).saturating_mul(dice.min(1_000)))
    }
}

/// How an HTTP API is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rest {
    /// Base addresses, as the vendors document them: a host, and for CoinGecko `/api/v3` after it.
    pub base_urls: Urls,
    /// From one request to the next.
    pub poll_interval: Duration,
    /// For one request, from the first byte sent to the last byte received.
    pub request_timeout: Duration,
    /// A longer body is refused while it arrives.
    pub max_body_bytes: usize,
    /// Sent with each request.
    pub headers: Headers,
    /// What the plan allows; `None` where nothing is known.
    pub budget: Option<Budget>,
    /// From one question about the plan's use to the next, at the venue that answers it (CoinGecko, with a
    /// key); `None` never asks.
    pub usage_interval: Option<Duration>,
}

/// How a WebSocket API is listened to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Socket {
    /// Addresses of the feed.
    pub urls: Urls,
    /// For TCP, TLS and the upgrade together.
    pub connect_timeout: Duration,
    /// A symbol that was neither acknowledged nor heard after this long was not subscribed.
    pub acknowledge_within: Duration,
    /// Nothing at all for this long: the connection is dead. Nothing of one symbol: that stream is silent.
    pub silent_after: Duration,
    /// From one ping to the next, at the venues that want their clients to ping.
    pub ping_interval: Duration,
    /// A longer message ends the connection before it is stored.
    pub max_message_bytes: usize,
    /// Sent with the upgrade request.
    pub headers: Headers,
}

/// Over which transports an exchange is heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transport {
    /// Polling only.
    Rest(Rest),
    /// Listening only.
    Socket(Socket),
    /// Listening, and polling each stream for as long as the socket does not deliver it.
    SocketWithFallback(Socket, Rest),
}

/// Which prices a connection carries, and how they are had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Market {
    /// A venue with an API of its own.
    Exchange {
        /// Which.
        exchange: Exchange,
        /// Its transports.
        transport: Transport,
        /// Its symbols.
        streams: Vec<SymbolStream>,
    },
    /// JSON documents over HTTP.
    Documents {
        /// How they are fetched.
        rest: Rest,
        /// Which ones.
        streams: Vec<DocumentStream>,
    },
    /// Aggregator contracts on chains that the process can read.
    Aggregators {
        /// From one read to the next.
        poll_interval: Duration,
        /// For one read.
        request_timeout: Duration,
        /// Which ones.
        streams: Vec<AggregatorStream>,
    },
}

/// Everything about one venue: one connection, one owner, one set of tasks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VenueConnection {
    /// The unit of independence that all its streams belong to.
    pub venue: VenueId,
    /// Waits after failures.
    pub backoff: Backoff,
    /// What it carries.
    pub market: Market,
}

impl VenueConnection {
    /// # Errors
    /// [`Error::Empty`] without a stream, [`Error::Duplicate`] with one twice, [`Error::Duration`] when some interval or limit is zero, and
    /// [`Error::Urls`] when a socket is set for an exchange that has none.
    pub fn new(venue: VenueId, backoff: Backoff, market: Market) -> Result<Self, Error> {
        let is_positive = match &market {
            Market::Exchange { exchange, transport, .. } => {
                if !exchange.has_socket() && !matches!(transport, Transport::Rest(_)) {
                    return Err(Error::Urls("http or https"));
                }
                transport.is_positive()
            }
            Market::Documents { rest, .. } => rest.is_positive(),
            Market::Aggregators { poll_interval, request_timeout, .. } => {
                !poll_interval.is_zero() && !request_timeout.is_zero()
            }
        };
        let streams = market.streams();
        let sources: Vec<&SourceId> = streams.iter().flat_map(|(_, sources)| sources).collect();
        if sources.is_empty() {
            Err(Error::Empty)
        } else if BTreeSet::from_iter(&sources).len() < sources.len() {
            Err(Error::Duplicate)
        } else if is_positive {
            Ok(Self { venue, backoff, market })
        } else {
            Err(Error::Duration)
        }
    }
}

impl Market {
    /// The symbols in order, each once, with the sources that its prices belong to: two feeds may want the same
    /// market. Where a venue has no symbols, the source's name stands for one.
    pub(crate) fn streams(&self) -> Vec<(String, Vec<SourceId>)> {
        let named = |source: &SourceId| (source.as_str().to_owned(), source.clone());
        let streams: Vec<(String, SourceId)> = match self {
            Self::Exchange { streams, .. } => {
                streams.iter().map(|stream| (stream.symbol().to_owned(), stream.source.clone())).collect()
            }
            Self::Documents { streams, .. } => streams.iter().map(|stream| named(&stream.source)).collect(),
            Self::Aggregators { streams, .. } => streams.iter().map(|stream| named(&stream.source)).collect(),
        };
        let mut grouped: Vec<(String, Vec<SourceId>)> = Vec::new();
        for (symbol, source) in streams {
            match grouped.iter_mut().find(|(known, _)| *known == symbol) {
                Some((_, sources)) => sources.push(source),
                None => grouped.push((symbol, vec![source])),
            }
        }
        grouped
    }
}

impl Transport {
    const fn is_positive(&self) -> bool {
        match self {
            Self::Rest(rest) => rest.is_positive(),
            Self::Socket(socket) => socket.is_positive(),
            Self::SocketWithFallback(socket, rest) => socket.is_positive() && rest.is_positive(),
        }
    }
}

impl Rest {
    const fn is_positive(&self) -> bool {
        let asks_too_often = matches!(self.usage_interval, Some(Duration::ZERO));
        !self.poll_interval.is_zero() && !self.request_timeout.is_zero() && self.max_body_bytes > 0 && !asks_too_often
    }
}

impl Socket {
    const fn is_positive(&self) -> bool {
        !self.connect_timeout.is_zero()
            && !self.acknowledge_within.is_zero()
            && !self.silent_after.is_zero()
            && !self.ping_interval.is_zero()
            && self.ping_interval.as_nanos() < self.silent_after.as_nanos()
            && self.max_message_bytes > 0
    }
}

#[cfg(test)]
mod tests;
