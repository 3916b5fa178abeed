//! The loop that delivers. Each topic has its own, so that a slow receiver delays nobody else's messages.

use std::{convert::Infallible, sync::Arc, time::Duration};

use causeway_telemetry::{Chain, propagation};
use futures_util::future::join_all;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument as _, field::Empty};

use super::{
    Backoff, Failure, Handler, Message, backlog,
    row::{claim, claim_next, mark_dead, mark_delivered, mark_failed},
};
use crate::{Error, Pool};

/// Between the deadline of a delivery and the end of its claim there must be time to write down the outcome.
const SETTLE_GRACE: Duration = Duration::from_secs(15);
/// Fresh enough for a dashboard.
const BACKLOG_EVERY: Duration = Duration::from_secs(10);

/// What a dispatcher owes to the order in which messages were written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Nothing: many at once, and one that fails is overtaken.
    Any,
    /// Within a topic one at a time, the oldest first; one that fails is tried again before the next, until it is given
    /// up on. For receivers that would misunderstand an end that comes before its beginning.
    InTurn,
}

/// How a dispatcher works.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How often to look for messages while there are none.
    pub poll_interval: Duration,
    /// The deadline of one delivery.
    pub delivery_timeout: Duration,
    /// Whether a message may overtake another of its topic.
    pub order: Order,
    /// Deliveries of one topic at the same time, at least 1; in turn it is one.
    pub concurrency: u32,
    /// After so many a message is dead.
    pub max_attempts: u32,
    /// Between attempts.
    pub backoff: Backoff,
}

impl Default for Settings {
    /// Looks twice a second and tries for about two hours.
    fn default() -> Self {
        Self {
            poll_interval: Duration::from_millis(500),
            delivery_timeout: Duration::from_secs(10),
            order: Order::Any,
            concurrency: 8,
            max_attempts: 30,
            backoff: Backoff { first: Duration::from_secs(1), cap: Duration::from_secs(600) },
        }
    }
}

/// Delivers the messages of the topics it has handlers for; other topics' messages wait for a process that
/// has theirs. Any number of dispatchers may work on one database.
#[derive(Debug)]
pub struct Dispatcher {
    pool: Pool,
    settings: Settings,
    routes: Vec<(Arc<str>, Arc<dyn Handler>)>,
}

impl Dispatcher {
    /// Without a handler yet.
    pub const fn new(pool: Pool, settings: Settings) -> Self {
        Self { pool, settings, routes: Vec::new() }
    }

    /// Adds a topic.
    #[must_use]
    pub fn route(mut self, topic: impl Into<Arc<str>>, handler: Arc<dyn Handler>) -> Self {
        self.routes.push((topic.into(), handler));
        self
    }

    /// Ends when the token is cancelled, after the deliveries under way.
    ///
    /// # Errors
    /// None: a database or a receiver that does not answer is waited for.
    pub async fn run(self, token: CancellationToken) -> Result<(), Infallible> {
        let topics = self.routes.iter().map(|(topic, handler)| {
            let lane = Lane { pool: &self.pool, settings: &self.settings, topic, handler: handler.as_ref() };
            lane.run(&token)
        });
        join_all(topics).await;
        token.cancelled().await;
        Ok(())
    }
}

/// One topic.
#[derive(Debug, Clone, Copy)]
struct Lane<'a> {
    pool: &'a Pool,
    settings: &'a Settings,
    topic: &'a Arc<str>,
    handler: &'a dyn Handler,
}

/// What came of one delivery; also the metric's label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Delivered,
    Failed,
    Dead,
    /// Another dispatcher took the message over, since this one was too slow.
    Superseded,
    /// The outcome could not be written down: the message comes again.
    Unsettled,
}

impl Outcome {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Dead => "dead",
            Self::Superseded => "superseded",
            Self::Unsettled => "unsettled",
        }
    }
}

impl Lane<'_> {
    async fn run(self, token: &CancellationToken) {
        let mut failing = false;
        let mut backlog_due = Instant::now();
        while !token.is_cancelled() {
            let round = self.round(&mut backlog_due).await;
            self.note(&mut failing, round.as_ref().err());
            // A full batch means that more is waiting.
            if round.is_ok_and(|claimed| claimed >= self.batch()) {
                continue;
            }
            tokio::select! {
                () = token.cancelled() => {}
                () = sleep(self.settings.poll_interval) => {}
            }
        }
    }

    /// Every claimed message starts at once, so that its claim outlasts its delivery.
    fn batch(self) -> usize {
        match self.settings.order {
            Order::Any => usize::try_from(self.settings.concurrency.max(1)).unwrap_or(1),
            Order::InTurn => 1,
        }
    }

    async fn round(self, backlog_due: &mut Instant) -> Result<usize, Error> {
        if Instant::now() >= *backlog_due {
            *backlog_due = Instant::now() + BACKLOG_EVERY;
            self.pool.queries().metrics().backlog(self.topic, backlog(self.pool, self.topic).await?);
        }
        let hold = self.settings.delivery_timeout + SETTLE_GRACE;
        let messages = match self.settings.order {
            Order::Any => claim(self.pool, self.topic, self.settings.concurrency.max(1), hold).await?,
            Order::InTurn => claim_next(self.pool, self.topic, hold).await?,
        };
        join_all(messages.iter().map(|message| self.process(message))).await;
        Ok(messages.len())
    }

    /// In a trace of its own that links to the one that caused the message: they may be hours apart.
    async fn process(self, message: &Message) {
        let span = tracing::info_span!(
            parent: None,
            "deliver",
            otel.kind = "producer",
            otel.status_code = Empty,
            topic = &**self.topic,
            key = message.key,
            attempt = message.attempt(),
        );
        if let Some(origin) = &message.traceparent {
            propagation::link_to(&span, origin);
        }
        let outcome = self.attempt(message).instrument(span.clone()).await;
        if outcome != Outcome::Delivered {
            span.record("otel.status_code", "ERROR");
        }
        self.pool.queries().metrics().delivery(self.topic, outcome.as_str());
    }

    async fn attempt(self, message: &Message) -> Outcome {
        let late = || Failure::Retry { detail: "not delivered in time".to_owned(), after: None };
        let delivery = timeout(self.settings.delivery_timeout, self.handler.deliver(message)).await;
        let result = delivery.unwrap_or_else(|_| Err(late()));
        let (wanted, settled) = match result {
            Ok(()) => (Outcome::Delivered, mark_delivered(self.pool, message).await),
            Err(Failure::Retry { detail, after }) if message.attempt() < self.settings.max_attempts => {
                let wait = self.wait(message.attempt(), after);
                (Outcome::Failed, mark_failed(self.pool, message, wait, &detail).await)
            }
            Err(Failure::Retry { detail, .. } | Failure::Reject { detail }) => {
                tracing::error!(topic = &**self.topic, key = message.key, detail, "message given up on");
                (Outcome::Dead, mark_dead(self.pool, message, &detail).await)
            }
        };
        match settled {
            Ok(true) => wanted,
            Ok(false) => Outcome::Superseded,
            Err(error) => {
                tracing::warn!(topic = &**self.topic, key = message.key, error = %Chain(&error), "outcome not recorded");
                Outcome::Unsettled
            }
        }
    }

    fn wait(self, attempts: u32, wish: Option<Duration>) -> Duration {
        let backoff = self.settings.backoff;
        wish.map_or_else(|| backoff.wait(attempts), |wish| wish.min(backoff.cap))
    }

    /// Once per change of state, not once per poll.
    fn note(self, failing: &mut bool, error: Option<&Error>) {
        match (std::mem::replace(failing, error.is_some()), error) {
            (false, Some(error)) => {
                tracing::warn!(topic = &**self.topic, error = %Chain(error), "outbox cannot be read");
            }
            (true, None) => tracing::info!(topic = &**self.topic, "outbox can be read again"),
            (true, Some(_)) | (false, None) => {}
        }
    }
}
