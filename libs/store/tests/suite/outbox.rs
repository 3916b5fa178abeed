//! At least once, whatever breaks.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use causeway_store::{
    Pool,
    outbox::{self, Backoff, Dispatcher, Enqueued, Failure, Handler, Message, Order, Settings},
};
use causeway_testkit::wait::eventually;
use serde_json::json;
use tokio::{
    sync::{Barrier, Notify, mpsc},
    task::JoinHandle,
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use crate::stand::Stand;

const TOPIC: &str = "alerts";
const LIMIT: Duration = Duration::from_secs(30);

async fn enqueue(pool: &Pool, key: &str) -> Enqueued {
    let mut tx = pool.begin().await.unwrap();
    let enqueued = outbox::enqueue(&mut tx, TOPIC, key, &json!({ "key": key })).await.unwrap();
    tx.commit().await.unwrap();
    enqueued
}

fn fast() -> Settings {
    Settings {
        poll_interval: Duration::from_millis(10),
        delivery_timeout: Duration::from_secs(20),
        order: Order::Any,
        concurrency: 1,
        max_attempts: 3,
        backoff: Backoff { first: Duration::from_millis(1), cap: Duration::from_millis(5) },
    }
}

struct Running {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Running {
    fn start(pool: Pool, settings: Settings, handler: Arc<dyn Handler>) -> Self {
        let stop = CancellationToken::new();
        let work = Dispatcher::new(pool, settings).route(TOPIC, handler).run(stop.clone());
        let task = tokio::task::spawn(async move {
            work.await.unwrap();
        });
        Self { stop, task }
    }

    async fn stop(self) {
        self.stop.cancel();
        timeout(LIMIT, self.task).await.expect("the dispatcher never stopped").unwrap();
    }

    /// As a killed process ends: in the middle of whatever it was doing.
    async fn kill(self) {
        self.task.abort();
        assert!(self.task.await.unwrap_err().is_cancelled());
    }
}

async fn until(stand: &Stand, state: &str, count: i64) {
    eventually(&format!("there are {count} {state}"), async || {
        let found: i64 = sqlx::query_scalar("SELECT count(*) FROM causeway_outbox WHERE state = $1")
            .bind(state)
            .fetch_one(stand.pool.executor())
            .await
            .unwrap();
        if found == count { Ok(()) } else { Err(found) }
    })
    .await;
}

/// Tells the test about each delivery and answers as it is told to.
#[derive(Debug)]
struct Receiver {
    seen: mpsc::UnboundedSender<(String, u32)>,
    answers: Mutex<Vec<Result<(), Failure>>>,
}

impl Receiver {
    /// Answers in this order, then always well.
    fn new(answers: Vec<Result<(), Failure>>) -> (Arc<Self>, mpsc::UnboundedReceiver<(String, u32)>) {
        let (seen, receiver) = mpsc::unbounded_channel();
        (Arc::new(Self { seen, answers: Mutex::new(answers) }), receiver)
    }
}

#[async_trait]
impl Handler for Receiver {
    async fn deliver(&self, message: &Message) -> Result<(), Failure> {
        self.seen.send((message.key.clone(), message.attempt())).unwrap();
        let mut answers = self.answers.lock().unwrap();
        if answers.is_empty() { Ok(()) } else { answers.remove(0) }
    }
}

async fn next(seen: &mut mpsc::UnboundedReceiver<(String, u32)>) -> (String, u32) {
    timeout(LIMIT, seen.recv()).await.expect("nothing was delivered").unwrap()
}

fn retry() -> Result<(), Failure> {
    Err(Failure::Retry { detail: "503".to_owned(), after: None })
}

#[tokio::test]
async fn a_message_exists_if_and_only_if_its_transaction_committed() {
    let stand = Stand::new("outbox_tx").await;
    let mut tx = stand.pool.begin().await.unwrap();
    outbox::enqueue(&mut tx, TOPIC, "rolled-back", &json!({})).await.unwrap();
    tx.rollback().await.unwrap();
    assert_eq!(enqueue(&stand.pool, "kept").await, Enqueued::New);
    assert_eq!(enqueue(&stand.pool, "kept").await, Enqueued::Known);

    let (receiver, mut seen) = Receiver::new(vec![]);
    let running = Running::start(stand.pool.clone(), fast(), receiver);
    assert_eq!(next(&mut seen).await, ("kept".to_owned(), 1));
    until(&stand, "delivered", 1).await;
    running.stop().await;
    assert!(seen.try_recv().is_err());
    assert_eq!(enqueue(&stand.pool, "kept").await, Enqueued::Known, "a key is not new because it was delivered");
}

/// Takes the message and never comes back, as if the process died right after the receiver had it.
#[derive(Debug)]
struct DiesAfterDelivery(mpsc::UnboundedSender<(String, u32)>);

#[async_trait]
impl Handler for DiesAfterDelivery {
    async fn deliver(&self, message: &Message) -> Result<(), Failure> {
        self.0.send((message.key.clone(), message.attempt())).unwrap();
        std::future::pending().await
    }
}

#[tokio::test]
async fn a_crash_between_delivery_and_mark_delivers_again_with_the_same_key() {
    let stand = Stand::new("outbox_crash").await;
    enqueue(&stand.pool, "round-7").await;
    let (sender, mut first) = mpsc::unbounded_channel();
    let running = Running::start(stand.another_process(), fast(), Arc::new(DiesAfterDelivery(sender)));
    assert_eq!(next(&mut first).await, ("round-7".to_owned(), 1));
    running.kill().await;

    // As if the dead process's claim had run out.
    stand.execute("UPDATE causeway_outbox SET due_at = clock_timestamp()").await;
    let (receiver, mut second) = Receiver::new(vec![]);
    let running = Running::start(stand.pool.clone(), fast(), receiver);
    assert_eq!(next(&mut second).await, ("round-7".to_owned(), 2));
    until(&stand, "delivered", 1).await;
    running.stop().await;
}

/// Succeeds only when two deliveries are under way at the same time.
#[derive(Debug)]
struct Meets(Arc<Barrier>, Arc<AtomicU32>);

#[async_trait]
impl Handler for Meets {
    async fn deliver(&self, _: &Message) -> Result<(), Failure> {
        self.0.wait().await;
        self.1.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

#[tokio::test]
async fn two_dispatchers_deliver_in_parallel_and_never_the_same_message() {
    let stand = Stand::new("outbox_two").await;
    for number in 0..40 {
        enqueue(&stand.pool, &format!("m-{number}")).await;
    }
    let (barrier, delivered) = (Arc::new(Barrier::new(2)), Arc::new(AtomicU32::new(0)));
    let start = |pool| Running::start(pool, fast(), Arc::new(Meets(Arc::clone(&barrier), Arc::clone(&delivered))));
    let (one, two) = (start(stand.another_process()), start(stand.another_process()));
    until(&stand, "delivered", 40).await;
    one.stop().await;
    two.stop().await;
    assert_eq!(delivered.load(Ordering::Relaxed), 40);
    assert_eq!(stand.number("SELECT max(attempts)::BIGINT FROM causeway_outbox").await, 1);
}

/// Says when it has a message, and goes on when it is told to.
#[derive(Debug, Default)]
struct Slow {
    has_one: Notify,
    go_on: Notify,
}

#[async_trait]
impl Handler for Slow {
    async fn deliver(&self, _: &Message) -> Result<(), Failure> {
        self.has_one.notify_one();
        self.go_on.notified().await;
        Err(Failure::Reject { detail: "too late to say anything".to_owned() })
    }
}

#[tokio::test]
async fn a_dispatcher_that_was_overtaken_cannot_settle_the_message() {
    let stand = Stand::new("outbox_late").await;
    enqueue(&stand.pool, "once").await;
    let slow = Arc::new(Slow::default());
    let overtaken = Running::start(stand.pool.clone(), fast(), Arc::clone(&slow) as Arc<dyn Handler>);
    timeout(LIMIT, slow.has_one.notified()).await.unwrap();

    stand.execute("UPDATE causeway_outbox SET due_at = clock_timestamp()").await;
    let (receiver, mut seen) = Receiver::new(vec![]);
    let successor = Running::start(stand.another_process(), fast(), receiver);
    assert_eq!(next(&mut seen).await, ("once".to_owned(), 2));
    until(&stand, "delivered", 1).await;

    slow.go_on.notify_one();
    overtaken.stop().await;
    successor.stop().await;
    assert_eq!(stand.number("SELECT count(*) FROM causeway_outbox WHERE state = 'delivered'").await, 1);
    let page = stand.metrics();
    assert!(page.contains("store_outbox_deliveries_total{topic=\"alerts\",outcome=\"superseded\"} 1"), "{page}");
}

#[tokio::test]
async fn a_message_that_keeps_failing_is_given_up_on_and_a_person_can_revive_it() {
    let stand = Stand::new("outbox_dead").await;
    enqueue(&stand.pool, "poisoned").await;
    enqueue(&stand.pool, "healthy").await;
    let reject = Err(Failure::Reject { detail: "no such channel".to_owned() });
    let (receiver, mut seen) = Receiver::new(vec![reject]);
    let running = Running::start(stand.pool.clone(), fast(), receiver);
    assert_eq!(next(&mut seen).await.0, "poisoned");
    assert_eq!(next(&mut seen).await.0, "healthy");
    until(&stand, "dead", 1).await;

    let dead = outbox::list_dead(&stand.pool, 10).await.unwrap();
    assert_eq!(dead.len(), 1);
    assert_eq!((dead[0].key.as_str(), dead[0].last_error.as_str()), ("poisoned", "no such channel"));
    assert_eq!(outbox::backlog(&stand.pool, TOPIC).await.unwrap().dead, 1);

    assert!(outbox::revive(&stand.pool, dead[0].id).await.unwrap());
    assert!(!outbox::revive(&stand.pool, dead[0].id).await.unwrap(), "it is not dead any more");
    assert_eq!(next(&mut seen).await, ("poisoned".to_owned(), 1));
    until(&stand, "delivered", 2).await;
    running.stop().await;
}

#[tokio::test]
async fn what_was_delivered_or_pruned_is_sent_again_under_its_key_and_what_is_on_its_way_is_not_sent_twice() {
    let stand = Stand::new("outbox_replay").await;
    let replay = async |key: &str| {
        let mut tx = stand.pool.begin().await.unwrap();
        outbox::replay(&mut tx, TOPIC, key, &json!({ "key": key })).await.unwrap();
        tx.commit().await.unwrap();
    };
    enqueue(&stand.pool, "again").await;
    replay("again").await;
    assert_eq!(stand.number("SELECT count(*) FROM causeway_outbox").await, 1);
    let (receiver, mut seen) = Receiver::new(vec![]);
    let running = Running::start(stand.pool.clone(), fast(), receiver);
    assert_eq!(next(&mut seen).await, ("again".to_owned(), 1));
    until(&stand, "delivered", 1).await;
    replay("again").await;
    replay("pruned").await;
    let both = [next(&mut seen).await, next(&mut seen).await];
    assert_eq!(both, [("again".to_owned(), 1), ("pruned".to_owned(), 1)]);
    until(&stand, "delivered", 2).await;
    running.stop().await;
    let keys = ["again".to_owned(), "unknown".to_owned()];
    let states = outbox::list_states(&stand.pool, &[TOPIC], &keys).await.unwrap();
    let expected =
        outbox::KeyState { topic: TOPIC.to_owned(), key: "again".to_owned(), state: outbox::Delivery::Delivered };
    assert_eq!(states, [expected]);
}

#[tokio::test]
async fn attempts_are_counted_and_end() {
    let stand = Stand::new("outbox_retry").await;
    enqueue(&stand.pool, "unlucky").await;
    let (receiver, mut seen) = Receiver::new(vec![retry(), retry(), retry(), retry()]);
    let running = Running::start(stand.pool.clone(), fast(), receiver);
    for attempt in 1..=3 {
        assert_eq!(next(&mut seen).await, ("unlucky".to_owned(), attempt));
    }
    until(&stand, "dead", 1).await;
    running.stop().await;
    assert!(seen.try_recv().is_err(), "three attempts are configured");
}

#[tokio::test]
async fn only_what_was_delivered_long_ago_is_pruned() {
    let stand = Stand::new("outbox_prune").await;
    for key in ["old", "fresh", "pending"] {
        enqueue(&stand.pool, key).await;
    }
    stand.execute("UPDATE causeway_outbox SET state = 'delivered', settled_at = clock_timestamp() - INTERVAL '2 days' WHERE key = 'old'").await;
    stand
        .execute("UPDATE causeway_outbox SET state = 'delivered', settled_at = clock_timestamp() WHERE key = 'fresh'")
        .await;
    let day = Duration::from_secs(86_400);
    assert_eq!(outbox::prune(&stand.pool, day, 100).await.unwrap(), 1);
    assert_eq!(outbox::prune(&stand.pool, day, 100).await.unwrap(), 0);
    assert_eq!(stand.number("SELECT count(*) FROM causeway_outbox").await, 2);
}
