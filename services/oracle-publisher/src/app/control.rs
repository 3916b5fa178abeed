//! What operators may have the service do, as messages to the feed that owns the thing.
//!
//! Every command is answered: done, or why not. A feed that does not answer within the bound is a fault of
//! ours and is reported as such, never as done.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use causeway_primitives::{FeedId, SourceId};
use tokio::sync::{mpsc, oneshot};

use super::view::{SourceView, Views};
use crate::error::Error;

/// How long an operator waits for a feed. A feed task never blocks longer than one chain read.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// Commands waiting for one feed. Operators are few; a full queue means that the feed hangs.
pub const COMMAND_DEPTH: usize = 16;

/// What an operator wants of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceAction {
    /// Take it out until it is reinstated.
    Exclude,
    /// Give it back: it enters probation.
    Reinstate,
}

impl SourceAction {
    /// The label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Exclude => "exclude",
            Self::Reinstate => "reinstate",
        }
    }
}

/// What an operator wants of a feed's breaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreakerAction {
    /// Publish nothing until cleared.
    ForceOpen,
    /// Publish although the breaker would not, until cleared.
    ForceClosed,
    /// Back to the automatic breaker.
    Clear,
}

impl BreakerAction {
    /// The label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ForceOpen => "force_open",
            Self::ForceClosed => "force_closed",
            Self::Clear => "clear",
        }
    }
}

/// Who asked, and why: both go into the audit event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The caller as the transport knows it.
    pub actor: String,
    /// In the operator's words.
    pub reason: String,
}

/// One command to a feed.
#[derive(Debug)]
pub enum Command {
    /// Change a source.
    Source {
        /// Which.
        source: SourceId,
        /// How.
        action: SourceAction,
        /// Who and why.
        order: Order,
        /// Where the answer goes.
        done: oneshot::Sender<Result<(), Error>>,
    },
    /// Change the breaker.
    Breaker {
        /// How.
        action: BreakerAction,
        /// Who and why.
        order: Order,
        /// Where the answer goes.
        done: oneshot::Sender<Result<(), Error>>,
    },
    /// The answer that was on its way has arrived, or will not. Not an operator's.
    Settled(Landing),
}

/// How an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Landing {
    /// It is a round on chain.
    Landed,
    /// It is none, and never will be.
    Lost,
}

/// The operators' handle on all feeds.
#[derive(Debug, Clone)]
pub struct Control {
    feeds: Arc<BTreeMap<FeedId, mpsc::Sender<Command>>>,
    views: Views,
}

impl Control {
    /// One queue a feed.
    pub fn new(feeds: BTreeMap<FeedId, mpsc::Sender<Command>>, views: Views) -> Self {
        Self { feeds: Arc::new(feeds), views }
    }

    /// Excludes or reinstates a source and returns it as it is afterwards.
    ///
    /// # Errors
    /// [`Error::SourceUnknown`]; [`Error::NotLeader`] on a standby; [`Error::Busy`] when the feed does not answer.
    pub async fn set_source(
        &self,
        source: SourceId,
        action: SourceAction,
        order: Order,
    ) -> Result<Arc<SourceView>, Error> {
        let unknown = || Error::SourceUnknown { id: source.clone() };
        let feed = self.views.find_source(&source).ok_or_else(unknown)?.feed.clone();
        let (done, answer) = oneshot::channel();
        self.send(&feed, Command::Source { source: source.clone(), action, order, done }, answer).await?;
        self.views.find_source(&source).ok_or_else(unknown)
    }

    /// Overrides a feed's breaker, or clears the override.
    ///
    /// # Errors
    /// [`Error::FeedUnknown`]; [`Error::NotLeader`] on a standby; [`Error::Busy`] when the feed does not answer.
    pub async fn set_breaker(&self, feed: &FeedId, action: BreakerAction, order: Order) -> Result<(), Error> {
        let (done, answer) = oneshot::channel();
        self.send(feed, Command::Breaker { action, order, done }, answer).await
    }

    async fn send(
        &self,
        feed: &FeedId,
        command: Command,
        answer: oneshot::Receiver<Result<(), Error>>,
    ) -> Result<(), Error> {
        let queue = self.feeds.get(feed).ok_or_else(|| Error::FeedUnknown { feed: feed.clone() })?;
        queue.try_send(command).map_err(|_| Error::Busy { feed: feed.clone() })?;
        match tokio::time::timeout(ANSWER_WITHIN, answer).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) | Err(_) => Err(Error::Busy { feed: feed.clone() }),
        }
    }
}
