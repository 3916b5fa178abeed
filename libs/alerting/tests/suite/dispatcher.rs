//! Queues and workers, with channels that fail on command and a paused clock.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use causeway_alerting::{
    Channel, ChannelId, Notification,
    channel::Error,
    dispatcher::{Dispatcher, Refused, Settings, Worker},
    metrics::Metrics,
};
use prometheus_client::{encoding::text::encode, registry::Registry};
use tokio::{sync::mpsc, time::Instant};
use tokio_util::sync::CancellationToken;

use crate::support::{fired, id, spawn};

/// What a scripted channel does with the next notification; after the script it takes all.
#[derive(Debug, Clone, Copy)]
enum Turn {
    Break,
    Refuse,
    Throttle(Duration),
    Hang,
}

/// One attempt: at which channel, how long after the start, and whether it was taken.
type Attempt = (String, Duration, bool);

#[derive(Debug)]
struct Scripted {
    id: ChannelId,
    script: Mutex<VecDeque<Turn>>,
    start: Instant,
    attempts: mpsc::UnboundedSender<Attempt>,
}

#[async_trait]
impl Channel for Scripted {
    fn id(&self) -> &ChannelId {
        &self.id
    }

    async fn deliver(&self, _: &Notification) -> Result<(), Error> {
        let turn = self.script.lock().unwrap().pop_front();
        self.attempts.send((self.id.to_string(), self.start.elapsed(), turn.is_none())).unwrap();
        match turn {
            None => Ok(()),
            Some(Turn::Break) => Err(Error::Broken { status: 503 }),
            Some(Turn::Refuse) => Err(Error::Refused { status: 403 }),
            Some(Turn::Throttle(pause)) => Err(Error::Throttled { retry_after: Some(pause) }),
            Some(Turn::Hang) => std::future::pending().await,
        }
    }
}

const SETTINGS: Settings = Settings {
    queue: 2,
    attempts: 4,
    backoff: Duration::from_secs(1),
    backoff_max: Duration::from_secs(30),
    pace: Duration::from_secs(1),
    drain: Duration::from_secs(5),
};

/// Channel `a` with a script, and `b`, which takes everything and is the fallback.
struct Stage {
    dispatcher: Dispatcher,
    workers: Vec<Worker>,
    attempts: mpsc::UnboundedReceiver<Attempt>,
    registry: Registry,
}

impl Stage {
    fn set(script: &[Turn]) -> Self {
        let (sender, attempts) = mpsc::unbounded_channel();
        let start = Instant::now();
        let channel = |name: &str, script: &[Turn]| -> Arc<dyn Channel> {
            let script = Mutex::new(script.iter().copied().collect());
            Arc::new(Scripted { id: id(name), script, start, attempts: sender.clone() })
        };
        let mut registry = Registry::default();
        let metrics = Metrics::register(&mut registry);
        let channels = vec![channel("a", script), channel("b", &[])];
        let (dispatcher, workers) = Dispatcher::new(channels, Some(&id("b")), SETTINGS, &metrics);
        Self { dispatcher, workers, attempts, registry }
    }

    fn offer(&self, channel: &str) -> Result<(), Refused> {
        self.dispatcher.offer(Notification { channel: id(channel), ..fired() })
    }

    /// Starts the workers; they stop with the token.
    fn start(&mut self) -> CancellationToken {
        let stop = CancellationToken::new();
        for worker in self.workers.drain(..) {
            spawn(worker.run(stop.clone()));
        }
        stop
    }

    /// The attempts up to and including the first one that was taken.
    async fn until_taken(&mut self) -> Vec<Attempt> {
        let mut seen = Vec::new();
        loop {
            let attempt = self.attempts.recv().await.unwrap();
            let taken = attempt.2;
            seen.push(attempt);
            if taken {
                return seen;
            }
        }
    }

    fn metrics(&self) -> String {
        let mut text = String::new();
        encode(&mut text, &self.registry).unwrap();
        text
    }
}

#[tokio::test(start_paused = true)]
async fn grd_8_a_broken_channel_is_tried_again_after_growing_pauses() {
    let mut stage = Stage::set(&[Turn::Break, Turn::Break, Turn::Break]);
    let _stop = stage.start();
    stage.offer("a").unwrap();
    let seen = stage.until_taken().await;
    let pauses: Vec<_> = seen.windows(2).map(|pair| pair[1].1.abs_diff(pair[0].1)).collect();
    for (pause, least) in pauses.iter().zip([1, 2, 4]) {
        let least = Duration::from_secs(least);
        assert!(*pause >= least && *pause <= least * 2 + Duration::from_millis(10), "{pauses:?}");
    }
    assert_eq!(seen.len(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_pause_that_the_receiver_asks_for_is_kept_but_not_beyond_our_bound() {
    let hour = Duration::from_secs(3_600);
    let mut stage = Stage::set(&[Turn::Throttle(Duration::from_secs(7)), Turn::Throttle(hour)]);
    let _stop = stage.start();
    stage.offer("a").unwrap();
    let seen = stage.until_taken().await;
    let seconds: Vec<_> = seen.iter().map(|(_, at, _)| at.as_secs()).collect();
    assert_eq!(seconds, [0, 7, 37]);
}

#[tokio::test(start_paused = true)]
async fn what_is_refused_goes_to_the_fallback_at_once() {
    let mut stage = Stage::set(&[Turn::Refuse]);
    let _stop = stage.start();
    stage.offer("a").unwrap();
    let seen = stage.until_taken().await;
    let path: Vec<_> = seen.iter().map(|(channel, _, _)| channel.as_str()).collect();
    assert_eq!(path, ["a", "b"]);
}

#[tokio::test(start_paused = true)]
async fn after_its_last_attempt_a_notification_goes_to_the_fallback_and_is_counted() {
    let mut stage = Stage::set(&[Turn::Break; 4]);
    let _stop = stage.start();
    stage.offer("a").unwrap();
    let seen = stage.until_taken().await;
    let path: Vec<_> = seen.iter().map(|(channel, _, _)| channel.as_str()).collect();
    assert_eq!(path, ["a", "a", "a", "a", "b"]);
    let metrics = stage.metrics();
    assert!(metrics.contains(r#"alert_deliveries_total{channel="a",outcome="broken"} 1"#), "{metrics}");
    assert!(metrics.contains(r#"alert_deliveries_total{channel="a",outcome="retried"} 3"#), "{metrics}");
}

#[tokio::test(start_paused = true)]
async fn a_dead_channel_delays_no_other() {
    let mut stage = Stage::set(&[Turn::Hang]);
    let _stop = stage.start();
    stage.offer("a").unwrap();
    stage.offer("b").unwrap();
    let seen = stage.until_taken().await;
    assert_eq!(seen.last().map(|(channel, at, _)| (channel.as_str(), at.as_secs())), Some(("b", 0)));
}

#[tokio::test(start_paused = true)]
async fn messages_to_one_channel_keep_its_pace() {
    let mut stage = Stage::set(&[]);
    let _stop = stage.start();
    for _ in 0..2 {
        stage.offer("a").unwrap();
    }
    let (first, second) = (stage.until_taken().await, stage.until_taken().await);
    assert!(second[0].1.abs_diff(first[0].1) >= SETTINGS.pace);
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_and_an_unknown_channel_are_told_to_the_caller() {
    let stage = Stage::set(&[]);
    stage.offer("a").unwrap();
    stage.offer("a").unwrap();
    assert!(matches!(stage.offer("a"), Err(Refused::Full(_))));
    assert!(matches!(stage.offer("c"), Err(Refused::UnknownChannel(_))));
}

#[tokio::test(start_paused = true)]
async fn what_is_queued_when_the_process_stops_is_still_delivered() {
    let mut stage = Stage::set(&[Turn::Break]);
    let stop = stage.start();
    stage.offer("a").unwrap();
    // The first attempt has failed and its worker waits to try again.
    assert_eq!(stage.attempts.recv().await.map(|(_, _, taken)| taken), Some(false));
    stage.offer("a").unwrap();
    stop.cancel();
    let (first, second) = (stage.until_taken().await, stage.until_taken().await);
    assert_eq!((first.len(), second.len()), (1, 1));
    assert!(matches!(stage.offer("a"), Err(Refused::Stopped(_))));
}

#[tokio::test(start_paused = true)]
async fn a_drain_ends_although_a_channel_hangs() {
    let mut stage = Stage::set(&[Turn::Hang, Turn::Hang]);
    stage.offer("a").unwrap();
    let stop = CancellationToken::new();
    let worker = stage.workers.remove(0);
    assert_eq!(worker.id(), &id("a"));
    let start = Instant::now();
    let run = worker.run(stop.clone());
    let cancel = async {
        assert!(stage.attempts.recv().await.is_some());
        stop.cancel();
    };
    tokio::join!(run, cancel);
    assert_eq!(start.elapsed().as_secs(), SETTINGS.drain.as_secs());
}
