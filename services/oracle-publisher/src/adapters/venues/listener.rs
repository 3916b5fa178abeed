//! Listens to a venue's WebSocket: one connection for all its symbols, opened again for as long as we run.
//!
//! A session ends when the connection breaks or goes dead, when no subscription stands, when the venue
//! asks for it, or when nothing but nonsense comes. The wait before the next one grows with each session
//! that delivered no price. Prices do not wait for it: the poller takes over at once.

use std::{convert::Infallible, sync::Arc, time::Duration};

use causeway_runtime::CancellationToken;
use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async_with_config,
    tungstenite::{
        Error as WireError, Message, client::IntoClientRequest, error::ProtocolError, protocol::WebSocketConfig,
    },
};

use super::{
    dialects::{Frame, Reading, SocketDialect},
    http,
    line::{Line, Trouble, Via},
    presence::Presence,
    settings::{Backoff, Socket},
    watch::{Finding, Limits, Watch},
};
use crate::ports::Fault;

type Wire = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// So many messages in a row that cannot be read are no accident any more.
const NONSENSE_LIMIT: u32 = 16;

/// The listener of one venue.
#[derive(Debug)]
pub(crate) struct Listener {
    line: Arc<Line>,
    presence: Arc<Presence>,
    dialect: Arc<dyn SocketDialect>,
    socket: Socket,
    backoff: Backoff,
}

/// How a session ended.
#[derive(Debug)]
struct End {
    /// `None` when the venue asked us to come again.
    trouble: Option<Trouble>,
    /// Whether it delivered a price before.
    is_proven: bool,
}

impl Listener {
    pub(crate) const fn new(
        line: Arc<Line>,
        presence: Arc<Presence>,
        dialect: Arc<dyn SocketDialect>,
        socket: Socket,
        backoff: Backoff,
    ) -> Self {
        Self { line, presence, dialect, socket, backoff }
    }

    /// Keeps the symbols subscribed until it is told to stop.
    pub(crate) async fn run(self, symbols: Vec<String>, token: CancellationToken) -> Result<(), Infallible> {
        token.run_until_cancelled(self.listen(&symbols)).await;
        Ok(())
    }

    async fn listen(&self, symbols: &[String]) {
        let everybody: Vec<usize> = (0..self.line.len()).collect();
        let (mut failures, mut address) = (0_u32, 0_usize);
        loop {
            let end = self.session(address, symbols).await;
            self.presence.lost();
            if let Some(trouble) = &end.trouble {
                self.line.trouble(Via::Socket, &everybody, trouble);
            }
            failures = if end.is_proven { 1 } else { failures.saturating_add(1) };
            address = address.wrapping_add(usize::from(!end.is_proven));
            let asked_for = end.trouble.and_then(|trouble| trouble.retry_after).unwrap_or_default();
            let grown = self.backoff.delay(failures, rand::random_range(0..=1_000));
            tokio::time::sleep(grown.max(asked_for)).await;
        }
    }

    async fn session(&self, address: usize, symbols: &[String]) -> End {
        let mut wire = match self.connect(address).await {
            Ok(wire) => wire,
            Err(trouble) => return End { trouble: Some(trouble), is_proven: false },
        };
        let limits =
            Limits { acknowledge_within: self.socket.acknowledge_within, silent_after: self.socket.silent_after };
        let watch = Watch::new(limits, self.line.len(), self.line.monotonic());
        let mut session = Session { listener: self, watch, nonsense: 0, refusal: None };
        let outcome = session.run(&mut wire, symbols).await;
        End { trouble: outcome.err(), is_proven: session.watch.is_proven() }
    }

    async fn connect(&self, address: usize) -> Result<Wire, Trouble> {
        let unusable = |_| Trouble::new(Fault::Connect, "the address makes no request");
        let mut request = self.socket.urls.nth(address).as_str().into_client_request().map_err(unusable)?;
        request.headers_mut().extend(self.socket.headers.map().clone());
        let limits = WebSocketConfig::default()
            .max_message_size(Some(self.socket.max_message_bytes))
            .max_frame_size(Some(self.socket.max_message_bytes));
        // Nagle's delay would only hold back subscriptions and pings.
        let opening = connect_async_with_config(request, Some(limits), true);
        match tokio::time::timeout(self.socket.connect_timeout, opening).await {
            Ok(Ok((wire, _response))) => Ok(wire),
            Ok(Err(error)) => Err(self.broken(&error)),
            Err(_) => Err(Trouble::new(Fault::Timeout, "no connection within the connect timeout")),
        }
    }

    /// The wire's own messages can quote what a stranger wrote, so only their kinds are passed on.
    fn broken(&self, error: &WireError) -> Trouble {
        if let WireError::Http(response) = error {
            let refused = http::refusal(response.status(), response.headers(), self.line.now());
            return refused.unwrap_or_else(|| Trouble::new(Fault::Connect, "the upgrade was not accepted"));
        }
        let was_cut = matches!(error, WireError::Protocol(ProtocolError::ResetWithoutClosingHandshake));
        let is_nonsense = matches!(error, WireError::Protocol(_) | WireError::Utf8(_) | WireError::AttackAttempt);
        if matches!(error, WireError::Capacity(_)) {
            Trouble::new(Fault::Payload, "message longer than the limit")
        } else if is_nonsense && !was_cut {
            Trouble::new(Fault::Payload, "not the WebSocket protocol")
        } else if let WireError::Io(cause) = error {
            Trouble::new(Fault::Connect, cause.kind())
        } else {
            Trouble::new(Fault::Connect, "connection lost")
        }
    }
}

/// One connection from its upgrade to its end.
struct Session<'a> {
    listener: &'a Listener,
    watch: Watch,
    nonsense: u32,
    /// Why the venue refused a subscription, when it did not say which one.
    refusal: Option<String>,
}

/// Whether a session goes on.
#[derive(Debug, PartialEq, Eq)]
enum Course {
    Continue,
    Leave,
}

impl Session<'_> {
    /// Ends well only when the venue asks us to leave.
    async fn run(&mut self, wire: &mut Wire, symbols: &[String]) -> Result<(), Trouble> {
        let socket = &self.listener.socket;
        for message in self.listener.dialect.subscriptions(symbols) {
            self.send(wire, message).await?;
        }
        let shortest = socket.acknowledge_within.min(socket.silent_after);
        let mut inspection = tokio::time::interval(check_interval(shortest));
        let mut ping = tokio::time::interval(socket.ping_interval);
        ping.reset();
        loop {
            tokio::select! {
                message = wire.next() => {
                    if self.hear(message)? == Course::Leave {
                        return Ok(());
                    }
                }
                _ = inspection.tick() => self.inspect()?,
                _ = ping.tick() => {
                    if let Some(text) = self.listener.dialect.ping() {
                        self.send(wire, text.to_owned()).await?;
                    }
                }
            }
        }
    }

    /// A peer that does not read must not hold us for ever.
    async fn send(&self, wire: &mut Wire, text: String) -> Result<(), Trouble> {
        let sending = wire.send(Message::text(text));
        match tokio::time::timeout(self.listener.socket.connect_timeout, sending).await {
            Ok(sent) => sent.map_err(|error| self.listener.broken(&error)),
            Err(_) => Err(Trouble::new(Fault::Timeout, "the venue does not read what we send")),
        }
    }

    fn hear(&mut self, message: Option<Result<Message, WireError>>) -> Result<Course, Trouble> {
        let message = match message {
            Some(Ok(message)) => message,
            Some(Err(error)) => return Err(self.listener.broken(&error)),
            None => return Err(Trouble::new(Fault::Connect, "connection closed")),
        };
        self.watch.message(self.listener.line.monotonic());
        match message {
            Message::Text(text) => self.read(&text),
            Message::Binary(_) => self.nonsense("a binary message"),
            Message::Close(_) => Err(Trouble::new(Fault::Connect, "closed by the venue")),
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => Ok(Course::Continue),
        }
    }

    fn read(&mut self, text: &str) -> Result<Course, Trouble> {
        let frame = match self.listener.dialect.read(text) {
            Ok(frame) => frame,
            Err(error) => return self.nonsense(&error.to_string()),
        };
        self.nonsense = 0;
        let line = &self.listener.line;
        match frame {
            Frame::Readings(readings) => readings.iter().for_each(|reading| self.reading(reading)),
            Frame::Acknowledged(scope) => {
                line.indices(&scope).into_iter().for_each(|index| self.watch.acknowledged(index));
            }
            Frame::Refused { symbol, detail } => self.refused(symbol.as_deref(), detail),
            Frame::Alive(scope) => line.indices(&scope).into_iter().for_each(|index| self.alive(index)),
            Frame::Reconnect => return Ok(Course::Leave),
            Frame::Notice => {}
        }
        Ok(Course::Continue)
    }

    fn reading(&mut self, reading: &Reading) {
        let line = &self.listener.line;
        let Some(index) = line.index(&reading.symbol) else { return };
        if line.reading(Via::Socket, index, reading) {
            let now = line.monotonic();
            self.watch.reading(index, now);
            self.listener.presence.heard(index, now);
        }
    }

    fn alive(&mut self, index: usize) {
        let now = self.listener.line.monotonic();
        if self.watch.alive(index, now) {
            self.listener.presence.heard(index, now);
            self.listener.line.alive(index);
        }
    }

    fn refused(&mut self, symbol: Option<&str>, detail: String) {
        match symbol.and_then(|symbol| self.listener.line.index(symbol)) {
            Some(index) => {
                self.watch.refused(index);
                self.listener.line.trouble(Via::Socket, &[index], &Trouble::new(Fault::Subscription, detail));
            }
            None => self.refusal = Some(detail),
        }
    }

    /// A message that cannot be read belongs to no stream, so it is counted against all of them.
    fn nonsense(&mut self, detail: &str) -> Result<Course, Trouble> {
        self.nonsense = self.nonsense.saturating_add(1);
        let trouble = Trouble::new(Fault::Payload, detail);
        if self.nonsense >= NONSENSE_LIMIT {
            return Err(trouble);
        }
        let everybody: Vec<usize> = (0..self.listener.line.len()).collect();
        self.listener.line.trouble(Via::Socket, &everybody, &trouble);
        Ok(Course::Continue)
    }

    fn inspect(&mut self) -> Result<(), Trouble> {
        let now = self.listener.line.monotonic();
        if self.watch.is_dead(now) {
            return Err(Trouble::new(Fault::Silent, "no message on the connection"));
        }
        for (index, finding) in self.watch.findings(now) {
            let trouble = match finding {
                Finding::Unsubscribed => {
                    let detail = self.refusal.as_deref().unwrap_or("subscription not acknowledged");
                    Trouble::new(Fault::Subscription, detail)
                }
                Finding::Silent => Trouble::new(Fault::Silent, "nothing heard of the symbol"),
            };
            self.listener.line.trouble(Via::Socket, &[index], &trouble);
        }
        if self.watch.is_hopeless() {
            let detail = self.refusal.as_deref().unwrap_or("no subscription stands");
            return Err(Trouble::new(Fault::Subscription, detail));
        }
        Ok(())
    }
}

/// Often enough to notice a missed limit within a quarter of it, and at least once a second.
fn check_interval(limit: Duration) -> Duration {
    (limit / 4).clamp(Duration::from_millis(5), Duration::from_secs(1))
}
