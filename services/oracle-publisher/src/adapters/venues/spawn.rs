//! Starts the tasks of the venues: per venue one that listens, one that polls, or both, and no more.
//!
//! Wiring only. No venue shares a task, a connection or a wait with another.

use std::{sync::Arc, time::Duration};

use causeway_runtime::{clock::Clock, task::TaskGroup};
use reqwest::Client;

use super::{
    dialects::{self, Dialect, documents::Documents},
    line::Line,
    listener::Listener,
    poller::Poller,
    presence::Presence,
    rounds::{RoundReader, Rounds},
    settings::{Backoff, Exchange, Market, Rest, Socket, Transport, VenueConnection},
    usage,
};
use crate::ports::SignalSink;

/// What the venues need of the world.
#[derive(Debug, Clone)]
pub struct VenueDeps {
    /// Time of receipt, ages and dates.
    pub clock: Arc<dyn Clock>,
    /// For all HTTP requests; [`client`](super::client) makes the right one.
    pub http: Client,
    /// Where everything that is heard goes.
    pub sink: Arc<dyn SignalSink>,
    /// For aggregator contracts.
    pub rounds: Arc<dyn RoundReader>,
}

/// Starts every connection in the group; each runs until the group's token is cancelled.
pub fn spawn_all(group: &TaskGroup, venues: Vec<VenueConnection>, deps: &VenueDeps) {
    for venue in venues {
        Tasks::of(&venue, group, deps).start(venue);
    }
}

/// What the tasks of one venue have in common while they are started.
struct Tasks<'a> {
    group: &'a TaskGroup,
    deps: &'a VenueDeps,
    name: String,
    line: Arc<Line>,
    symbols: Vec<String>,
    backoff: Backoff,
}

impl<'a> Tasks<'a> {
    fn of(venue: &VenueConnection, group: &'a TaskGroup, deps: &'a VenueDeps) -> Self {
        let streams = venue.market.streams();
        let symbols = streams.iter().map(|(symbol, _)| symbol.clone()).collect();
        let line = Line::new(venue.venue.clone(), streams, Arc::clone(&deps.clock), Arc::clone(&deps.sink));
        let name = format!("venue {}", venue.venue);
        Self { group, deps, name, line: Arc::new(line), symbols, backoff: venue.backoff }
    }

    fn start(self, venue: VenueConnection) {
        match venue.market {
            Market::Exchange { exchange, transport: Transport::Rest(rest), .. } => {
                self.poll_exchange(exchange, rest, None)
            }
            Market::Exchange { exchange, transport: Transport::Socket(socket), .. } => {
                let presence = Arc::new(Presence::new(self.line.len(), socket.silent_after));
                self.listen(exchange, socket, presence);
            }
            Market::Exchange { exchange, transport: Transport::SocketWithFallback(socket, rest), .. } => {
                let presence = Arc::new(Presence::new(self.line.len(), socket.silent_after));
                self.listen(exchange, socket, Arc::clone(&presence));
                self.poll_exchange(exchange, rest, Some(presence));
            }
            Market::Documents { rest, streams } => self.poll(Arc::new(Documents::new(streams)), rest, None),
            Market::Aggregators { poll_interval, request_timeout, streams } => {
                let reader = Arc::clone(&self.deps.rounds);
                let rounds = Rounds { line: self.line, reader, poll_interval, request_timeout, backoff: self.backoff };
                self.group.spawn(format!("{} chain", self.name), |token| rounds.run(streams, token));
            }
        }
    }

    fn poll_exchange(&self, exchange: Exchange, rest: Rest, presence: Option<Arc<Presence>>) {
        if let (Exchange::CoinGecko, Some(interval)) = (exchange, rest.usage_interval) {
            let (line, client, rest) = (Arc::clone(&self.line), self.deps.http.clone(), rest.clone());
            self.group.spawn(format!("{} usage", self.name), |token| usage::run(line, client, rest, interval, token));
        }
        self.poll(dialects::rest_of(exchange), rest, presence);
    }

    /// Without a socket nothing is ever present, and every stream is always polled.
    fn poll(&self, dialect: Arc<dyn Dialect>, rest: Rest, presence: Option<Arc<Presence>>) {
        let presence = presence.unwrap_or_else(|| Arc::new(Presence::new(self.line.len(), Duration::ZERO)));
        let (line, client, symbols) = (Arc::clone(&self.line), self.deps.http.clone(), self.symbols.clone());
        let poller = Poller::new(line, presence, client, dialect, (rest, self.backoff));
        self.group.spawn(format!("{} rest", self.name), |token| poller.run(symbols, token));
    }

    /// [`VenueConnection::new`] has refused a socket for an exchange without one.
    fn listen(&self, exchange: Exchange, socket: Socket, presence: Arc<Presence>) {
        let Some(dialect) = dialects::socket_of(exchange) else { return };
        let listener = Listener::new(Arc::clone(&self.line), presence, dialect, socket, self.backoff);
        let symbols = self.symbols.clone();
        self.group.spawn(format!("{} socket", self.name), |token| listener.run(symbols, token));
    }
}
