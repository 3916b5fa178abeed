//! Delivery inside one process: a bounded queue and a worker per channel, so that a dead channel delays
//! nobody but itself.
//!
//! It keeps nothing across a restart; a service that must not lose a notification writes it to its outbox
//! and offers it here from there. A notification that cannot be delivered goes to the fallback channel once
//! and is logged as an error, so it ends where somebody looks.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use backon::{BackoffBuilder, ExponentialBuilder};
use tokio::{
    sync::mpsc::{self, error::TrySendError},
    time::{Instant, sleep, sleep_until, timeout},
};
use tokio_util::sync::CancellationToken;

use crate::{
    channel::{Channel, Error},
    metrics::Metrics,
    notification::{ChannelId, Notification},
};

/// Bounds of delivery. Every field is a bound or a pause; none may be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Notifications that wait per channel; one more is refused.
    pub queue: usize,
    /// Attempts per notification, the first included.
    pub attempts: usize,
    /// The first pause between attempts; each further one is up to twice as long, with jitter.
    pub backoff: Duration,
    /// The longest pause, also when the receiver asks for a longer one.
    pub backoff_max: Duration,
    /// The least time between two messages to one channel. Slack takes one per second.
    pub pace: Duration,
    /// How long the workers go on delivering after they were told to stop.
    pub drain: Duration,
}

impl Default for Settings {
    /// About five minutes of trying; a page that is that late has been escalated elsewhere.
    fn default() -> Self {
        Self {
            queue: 256,
            attempts: 8,
            backoff: Duration::from_secs(1),
            backoff_max: Duration::from_secs(60),
            pace: Duration::from_secs(1),
            drain: Duration::from_secs(5),
        }
    }
}

/// Why a notification was not taken.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// No channel of that id is set up.
    #[error("no channel {0} is set up")]
    UnknownChannel(ChannelId),
    /// Its queue is full: the channel has been slow or dead for long.
    #[error("the queue of channel {0} is full")]
    Full(ChannelId),
    /// The workers have stopped.
    #[error("the worker of channel {0} has stopped")]
    Stopped(ChannelId),
}

/// Where notifications are put. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Dispatcher {
    queues: BTreeMap<ChannelId, mpsc::Sender<Notification>>,
}

impl Dispatcher {
    /// One worker per channel; the caller runs each as a task of its own. What a channel cannot deliver is
    /// offered to `fallback`, when that is another channel of the list.
    pub fn new(
        channels: Vec<Arc<dyn Channel>>,
        fallback: Option<&ChannelId>,
        settings: Settings,
        metrics: &Metrics,
    ) -> (Self, Vec<Worker>) {
        let mut queues = BTreeMap::new();
        let mut ends = Vec::new();
        for channel in channels {
            let (sender, receiver) = mpsc::channel(settings.queue.max(1));
            queues.insert(channel.id().clone(), sender);
            ends.push((channel, receiver));
        }
        let worker = |(channel, queue): (Arc<dyn Channel>, mpsc::Receiver<Notification>)| Worker {
            fallback: fallback
                .filter(|id| *id != channel.id())
                .and_then(|id| queues.get(id))
                .map(mpsc::Sender::downgrade),
            channel,
            queue,
            settings,
            metrics: metrics.clone(),
        };
        let workers = ends.into_iter().map(worker).collect();
        (Self { queues }, workers)
    }

    /// Puts a notification into its channel's queue, without waiting.
    ///
    /// # Errors
    /// [`Refused`]; the notification is then the caller's to keep or to log.
    pub fn offer(&self, notification: Notification) -> Result<(), Refused> {
        let id = notification.channel.clone();
        let Some(queue) = self.queues.get(&id) else { return Err(Refused::UnknownChannel(id)) };
        queue.try_send(notification).map_err(|refused| match refused {
            TrySendError::Full(_) => Refused::Full(id),
            TrySendError::Closed(_) => Refused::Stopped(id),
        })
    }
}

/// Delivers one channel's queue in order.
#[derive(Debug)]
pub struct Worker {
    channel: Arc<dyn Channel>,
    queue: mpsc::Receiver<Notification>,
    /// Weak, or the fallback's queue would never close.
    fallback: Option<mpsc::WeakSender<Notification>>,
    settings: Settings,
    metrics: Metrics,
}

impl Worker {
    /// The channel's id: a name for the task.
    pub fn id(&self) -> &ChannelId {
        self.channel.id()
    }

    /// Delivers until the token is cancelled or every [`Dispatcher`] is gone, then what is queued as far as
    /// the drain's time allows.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut next_at = Instant::now();
        loop {
            let next = tokio::select! {
                () = stop.cancelled() => break,
                next = self.take(next_at) => next,
            };
            let Some(notification) = next else { return };
            tokio::select! {
                () = self.deliver(&notification) => {}
                () = stop.cancelled() => {
                    self.drain(Some(notification)).await;
                    return;
                }
            }
            next_at = Instant::now() + self.settings.pace;
        }
        self.drain(None).await;
    }

    /// The next notification, not before its time. Cancelling it loses nothing.
    async fn take(&mut self, not_before: Instant) -> Option<Notification> {
        sleep_until(not_before).await;
        let next = self.queue.recv().await;
        self.metrics.queue(self.channel.id().as_str()).set(i64::try_from(self.queue.len()).unwrap_or(i64::MAX));
        next
    }

    /// One attempt each for what is left; the interrupted one again, which its key makes harmless.
    async fn drain(&mut self, interrupted: Option<Notification>) {
        self.queue.close();
        let mut left: Vec<_> = interrupted.into_iter().collect();
        while let Ok(notification) = self.queue.try_recv() {
            left.push(notification);
        }
        let deadline = Instant::now() + self.settings.drain;
        for notification in left {
            let remaining = deadline.saturating_duration_since(Instant::now());
            match timeout(remaining, self.channel.deliver(&notification)).await {
                Ok(Ok(())) => self.metrics.count(self.channel.id().as_str(), "delivered"),
                Ok(Err(error)) => self.give_up(&notification, &error),
                Err(_) => self.give_up(&notification, &Error::Timeout),
            }
        }
    }

    /// Every attempt that the settings allow, then the fallback.
    async fn deliver(&self, notification: &Notification) {
        let pauses = ExponentialBuilder::new()
            .with_min_delay(self.settings.backoff)
            .with_max_delay(self.settings.backoff_max)
            .with_max_times(self.settings.attempts.saturating_sub(1))
            .with_jitter()
            .build();
        let mut pauses = pauses.into_iter();
        loop {
            let error = match self.channel.deliver(notification).await {
                Ok(()) => return self.metrics.count(self.channel.id().as_str(), "delivered"),
                Err(error) => error,
            };
            let pause = pauses.next().filter(|_| error.is_retryable());
            let Some(pause) = pause else { return self.give_up(notification, &error) };
            self.metrics.count(self.channel.id().as_str(), "retried");
            sleep(error.retry_after().unwrap_or(pause).min(self.settings.backoff_max)).await;
        }
    }

    fn give_up(&self, notification: &Notification, error: &Error) {
        self.metrics.count(self.channel.id().as_str(), error.as_str());
        let fallback = self.fallback.as_ref().and_then(mpsc::WeakSender::upgrade);
        let handed_over = fallback.is_some_and(|queue| queue.try_send(notification.clone()).is_ok());
        tracing::error!(
            channel = notification.channel.as_str(),
            kind = notification.kind.as_str(),
            key = %notification.key,
            alerts = notification.alerts.len(),
            first = notification.alerts.first().map(|alert| alert.name.as_str()),
            severity = notification.severity().as_str(),
            cause = error.as_str(),
            error = %error,
            detail = std::error::Error::source(error).map(tracing::field::display),
            handed_over,
            "notification not delivered"
        );
    }
}
