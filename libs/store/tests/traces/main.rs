//! What a trace of the store looks like on the wire. A binary of its own: `tracing` remembers for the whole
//! process which spans nobody wants, and tests without a subscriber want none.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests fail by panicking")]

use std::{io, sync::Arc, time::Duration};

use async_trait::async_trait;
use causeway_store::{
    Metrics, Named as _, Pool, Settings as PoolSettings,
    outbox::{self, Dispatcher, Failure, Handler, Message, Settings},
    schema,
};
use causeway_telemetry::{Config, LogFormat, SampleRatio, build};
use causeway_testkit::{postgres::shared, traces::TraceSink};
use serde_json::json;
use sqlx::migrate::Migrator;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

const LIMIT: Duration = Duration::from_secs(20);

/// Stops its dispatcher with the first message.
#[derive(Debug)]
struct OnlyOne(CancellationToken);

#[async_trait]
impl Handler for OnlyOne {
    async fn deliver(&self, _: &Message) -> Result<(), Failure> {
        self.0.cancel();
        Ok(())
    }
}

#[tokio::test]
async fn a_delivery_is_a_trace_of_its_own_that_links_to_the_one_that_caused_it() {
    let database = shared().await.unwrap().database("traces").await.unwrap();
    let pool = Pool::open(&PoolSettings::new(database.url().into(), "traces"), Metrics::default()).unwrap();
    schema::migrate(&pool, &Migrator::DEFAULT).await.unwrap();
    let sink = TraceSink::start().await.unwrap();
    let config = Config {
        service: "oracle-publisher",
        version: "1.2.3",
        instance: "test".to_owned(),
        log_format: LogFormat::Json,
        log_filter: "off".to_owned(),
        otlp_endpoint: Some(sink.endpoint()),
        file: None,
        tap: None,
        sample_ratio: SampleRatio::ALL,
    };
    let (subscriber, handle) = build(&config, io::sink).unwrap();
    // This test's runtime has one thread, so the scope of the guard is the test.
    let guard = tracing::dispatcher::set_default(&subscriber);
    async {
        let mut tx = pool.begin().await.unwrap();
        outbox::enqueue(&mut tx, "alerts", "round-7", &json!({ "secret": "hunter2" })).await.unwrap();
        tx.commit().await.unwrap();
        let refused = sqlx::query("SELECT 1 / 0").execute(pool.executor());
        refused.named("divide_by_zero", pool.queries()).await.unwrap_err();
    }
    .instrument(tracing::info_span!("decide"))
    .await;
    let stop = CancellationToken::new();
    let dispatcher = Dispatcher::new(pool.clone(), Settings::default());
    dispatcher.route("alerts", Arc::new(OnlyOne(stop.clone()))).run(stop).await.unwrap();
    drop(guard);
    handle.shutdown(LIMIT).await.unwrap();

    let spans = sink.wait_for(|spans| spans.iter().any(|span| span.name == "deliver"), LIMIT).await.unwrap();
    let named = |name: &str| spans.iter().find(|span| span.name == name).unwrap();
    let (decide, deliver) = (named("decide"), named("deliver"));
    assert_ne!(decide.trace_id, deliver.trace_id);
    assert!(deliver.parent_id.is_none());
    let origin = deliver.links.first().expect("a delivery links to its cause");
    assert_eq!(origin.trace_id, decide.trace_id);
    let below: Vec<_> = decide.children(&spans).iter().map(|span| span.name.as_str()).collect();
    assert_eq!(below, ["begin", "enqueue_message", "check_transaction", "commit", "divide_by_zero"]);
    let failed = named("divide_by_zero");
    assert!(failed.failed && !named("commit").failed);
    assert_eq!(failed.attributes.get("error.type").map(String::as_str), Some("mismatch"));

    let enqueue = named("enqueue_message");
    assert_eq!(enqueue.kind, "client");
    let attribute = |key: &str| enqueue.attributes.get(key).map(String::as_str);
    assert_eq!(attribute("db.system.name"), Some("postgresql"));
    assert_eq!(attribute("db.operation.name"), Some("enqueue"));
    assert_eq!(attribute("db.query.summary"), Some("enqueue_message"));
    let everything = format!("{spans:?}");
    assert!(!everything.contains("INSERT") && !everything.contains("hunter2"), "neither SQL nor values leave");
}
