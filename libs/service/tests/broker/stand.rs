//! A list of events in PostgreSQL, somebody who leads, and a NATS server where the machine has one.

use std::{path::PathBuf, sync::Arc, time::Duration};

use async_nats::jetstream::{self, consumer::PullConsumer, stream::Stream};
use async_trait::async_trait;
use causeway_primitives::Timestamp;
use causeway_proto::ops::v1::WatchEventsResponse;
use causeway_runtime::{
    CancellationToken,
    clock::SystemClock,
    health::{Health, Role},
};
use causeway_service::{
    broker::{Broker, Metrics, Source, offer},
    ops::{EventLog, EventRow},
};
use causeway_store::{
    Error, Metrics as StoreMetrics, Named as _, Pool, Settings,
    lease::{Leadership, release, try_acquire},
    schema,
};
use causeway_telemetry::metrics::{Registry, encode};
use causeway_testkit::{
    observability::{Nats, find},
    postgres::shared,
    tools::lacking,
    wait::{SOON, eventually},
};
use futures_util::StreamExt as _;
use prost::Message as _;
use sqlx::migrate::Migrator;
use tempfile::TempDir;
use tokio::{sync::watch, task::JoinHandle, time::timeout};

/// The trace of every event.
pub(crate) const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

static NO_TABLES: Migrator = Migrator::DEFAULT;

/// The program; says so where there is none.
pub(crate) fn nats_server() -> Option<PathBuf> {
    let found = find("nats-server");
    if found.is_none() {
        lacking("nats-server", "events that are offered to a broker");
    }
    found
}

/// The events of a service, as services keep them.
#[derive(Debug)]
struct Events(Pool);

#[async_trait]
impl EventLog for Events {
    async fn last_event(&self) -> Result<u64, Error> {
        let last = sqlx::query_scalar::<_, i64>("SELECT COALESCE(max(sequence), 0) FROM event");
        let last = last.fetch_one(self.0.executor()).named("get_last_event", self.0.queries()).await?;
        Ok(u64::try_from(last).unwrap())
    }

    async fn list_events(&self, after: u64, limit: u32) -> Result<Vec<EventRow>, Error> {
        let rows = sqlx::query_as::<_, (i64, String)>(
            "SELECT sequence, kind FROM event WHERE sequence > $1 ORDER BY sequence LIMIT $2",
        );
        let rows = rows.bind(i64::try_from(after).unwrap()).bind(i64::from(limit));
        let rows = rows.fetch_all(self.0.executor()).named("list_events", self.0.queries()).await?;
        let event = |(sequence, kind): (i64, String)| EventRow {
            sequence: u64::try_from(sequence).unwrap(),
            at: Timestamp::from_secs(1_700_000_000).unwrap(),
            kind,
            subject: format!("subject {sequence}"),
            summary: "it happened".to_owned(),
            detail_json: "{}".to_owned(),
            trace_id: Some(TRACE.to_owned()),
        };
        Ok(rows.into_iter().map(event).collect())
    }
}

/// A service that offers.
pub(crate) struct Stand {
    pub(crate) pool: Pool,
    leads: watch::Sender<Option<Leadership>>,
    leader: Leadership,
    registry: Registry,
    metrics: Metrics,
    health: Health,
}

/// One process of it, until it is stopped.
pub(crate) struct Running {
    token: CancellationToken,
    task: JoinHandle<()>,
}

impl Running {
    pub(crate) async fn stop(self) {
        self.token.cancel();
        timeout(SOON, self.task).await.expect("it does not stop").unwrap();
    }
}

impl Stand {
    pub(crate) async fn new(label: &str) -> Self {
        let database = shared().await.unwrap().database(label).await.unwrap();
        let pool = Pool::open(&Settings::new(database.url().into(), "broker-test"), StoreMetrics::default()).unwrap();
        schema::migrate(&pool, &NO_TABLES).await.unwrap();
        let table = "CREATE TABLE event (sequence BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, kind TEXT NOT NULL)";
        sqlx::raw_sql(table).execute(pool.executor()).await.unwrap();
        let leader = acquire(&pool, "first").await;
        let (leads, _) = watch::channel(Some(leader.clone()));
        let mut registry = Registry::default();
        let metrics = Metrics::register(&mut registry);
        let health = Health::new(Arc::new(SystemClock::new()), CancellationToken::new());
        Self { pool, leads, leader, registry, metrics, health }
    }

    /// So many events more.
    pub(crate) async fn happen(&self, count: i64) {
        let insert = sqlx::query("INSERT INTO event (kind) SELECT 'round_confirmed' FROM generate_series(1, $1)");
        insert.bind(count).execute(self.pool.executor()).await.unwrap();
    }

    pub(crate) fn offer(&self, url: &str) -> Running {
        let token = CancellationToken::new();
        let leadership = self.leads.subscribe();
        let source = Source { events: Arc::new(Events(self.pool.clone())), pool: self.pool.clone(), leadership };
        let broker = Broker { url: url.to_owned(), credentials: None, stream: "CAUSEWAY".to_owned() };
        let told = (self.health.component("broker", Role::Informative), self.metrics.clone());
        let clock = Arc::new(SystemClock::new());
        let offering = offer(source, ("oracle-publisher", broker), told, clock, token.clone());
        Running { token, task: tokio::spawn(async move { offering.await.unwrap() }) }
    }

    /// Another process leads; this one does not know it.
    pub(crate) async fn depose(&self) -> Leadership {
        release(&self.pool, &self.leader).await.unwrap();
        acquire(&self.pool, "second").await
    }

    /// The place up to which events were acknowledged; `None` before the first.
    pub(crate) async fn place(&self) -> Option<u64> {
        let found = causeway_store::snapshot::find(&self.pool, "broker").await.unwrap();
        found.and_then(|found| found.document["after"].as_u64())
    }

    /// As if the process had died before it could remember what was acknowledged.
    pub(crate) async fn forget_to(&self, place: u64) {
        let mut tx = self.pool.begin().await.unwrap();
        causeway_store::snapshot::put(&mut tx, "broker", &serde_json::json!({ "after": place })).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Waits until the place is this one.
    pub(crate) async fn comes_to(&self, place: u64) {
        eventually(&format!("events are offered up to {place}"), async || self.place().await == Some(place)).await;
    }

    /// Waits until the numbers say so.
    pub(crate) async fn shows(&self, line: &str) {
        eventually(&format!("the numbers show {line}"), async || {
            let page = self.page();
            if page.contains(line) { Ok(()) } else { Err(page) }
        })
        .await;
    }

    pub(crate) fn page(&self) -> String {
        encode(&self.registry).unwrap()
    }

    /// The state of the part `broker`, as people see it.
    pub(crate) fn health(&self) -> String {
        let report = self.health.report();
        report.components.last().map(|part| format!("{}: {}", part.state, part.reason)).unwrap_or_default()
    }
}

async fn acquire(pool: &Pool, holder: &str) -> Leadership {
    let ttl = Duration::from_secs(3_600);
    try_acquire(pool, &"oracle-publisher".into(), &holder.into(), ttl).await.unwrap().unwrap()
}

/// A server with its streams in a folder of its own.
pub(crate) async fn start(binary: &std::path::Path) -> (Nats, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (Nats::start(binary, folder.path(), None).await.unwrap(), folder)
}

/// What a reader of the stream gets.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Received {
    pub(crate) subject: String,
    pub(crate) id: String,
    pub(crate) traceparent: String,
    pub(crate) event: WatchEventsResponse,
}

/// Everything that the stream holds, in its order.
pub(crate) async fn received(url: &str) -> Vec<Received> {
    let context = jetstream::new(async_nats::connect(url).await.unwrap());
    let mut stream: Stream = context.get_stream("CAUSEWAY").await.unwrap();
    let count = usize::try_from(stream.info().await.unwrap().state.messages).unwrap();
    let consumer: PullConsumer = stream.create_consumer(jetstream::consumer::pull::Config::default()).await.unwrap();
    let messages = consumer.messages().await.unwrap().take(count);
    let read = messages.map(|message| {
        let message = message.unwrap();
        let header = |name: &str| message.headers.as_ref().unwrap().get(name).unwrap().to_string();
        Received {
            subject: message.subject.to_string(),
            id: header("Nats-Msg-Id"),
            traceparent: header("traceparent"),
            event: WatchEventsResponse::decode(message.payload.clone()).unwrap(),
        }
    });
    timeout(SOON, read.collect()).await.expect("the stream does not give what it holds")
}
