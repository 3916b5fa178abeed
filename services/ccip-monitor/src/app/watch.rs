//! Tails of the store: changes of messages and events, in the order of their commits.
//!
//! The store is the one place where all replicas' changes are in one order, so a reader is served from there: it may
//! be as slow as it likes, change the replica, and go on where it stopped. Nothing is kept for it in memory.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use causeway_primitives::MessageId;

use crate::{
    error::Error,
    ports::{Changes, MessageChange, MessageView, Watch},
};

/// How often the store is asked while nothing happens. Well under the second within which a page shows a change.
const POLL: Duration = Duration::from_millis(400);

/// Changes of one question.
const BATCH: u32 = 200;

/// Messages that are held as they are now, until the reader takes them: a few hundred kilobytes.
const VIEWS: usize = 200;

/// Which messages a reader wants; all that is set must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Only this message.
    pub message: Option<MessageId>,
    /// Only the lane of this name.
    pub lane: Option<String>,
}

/// A message after a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// The number of the change: a reader that gives it back misses nothing after it.
    pub sequence: u64,
    /// The message as it is when it is read.
    pub message: MessageView,
}

/// Changes of messages, one after the other. Of several changes of one message that are read together, only the last
/// is told: each is told as the message is now.
#[derive(Debug)]
pub struct Messages {
    watch: Arc<dyn Watch>,
    wanted: Wanted,
    after: u64,
    /// Key and number of changes that were read and are wanted, in their order: a report moves many at once.
    read: VecDeque<(u64, u64)>,
    due: VecDeque<Changed>,
}

impl Messages {
    /// Changes after a number; `None`: from now on.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn start(watch: Arc<dyn Watch>, wanted: Wanted, after: Option<u64>) -> Result<Self, Error> {
        let after = match after {
            Some(after) => after,
            None => watch.last_change().await?,
        };
        Ok(Self { watch, wanted, after, read: VecDeque::new(), due: VecDeque::new() })
    }

    /// Tells this first, as of now. It must have been read after [`Messages::start`], so that nothing falls between.
    #[must_use]
    pub fn with_first(mut self, message: MessageView) -> Self {
        self.due.push_front(Changed { sequence: self.after, message });
        self
    }

    /// The next change; waits for it.
    ///
    /// # Errors
    /// [`Error::Store`]. The next call goes on where this one stopped.
    pub async fn next(&mut self) -> Result<Changed, Error> {
        loop {
            if let Some(changed) = self.due.pop_front() {
                return Ok(changed);
            }
            if !self.read.is_empty() {
                self.view().await?;
            } else if !self.go_on().await? {
                tokio::time::sleep(POLL).await;
            }
        }
    }

    /// Reads the next stretch of changes; false when there is none.
    async fn go_on(&mut self) -> Result<bool, Error> {
        let Changes { changes, up_to } = self.watch.list_changes(self.after, BATCH).await?;
        if up_to == self.after {
            return Ok(false);
        }
        let mut told = HashSet::new();
        for change in changes.into_iter().rev().filter(|change| self.wanted.is(change)) {
            if told.insert(change.key) {
                self.read.push_front((change.key, change.sequence));
            }
        }
        self.after = up_to;
        Ok(true)
    }

    /// Looks at the next few messages that were read of.
    async fn view(&mut self) -> Result<(), Error> {
        let next: Vec<(u64, u64)> = self.read.iter().take(VIEWS).copied().collect();
        let keys: Vec<u64> = next.iter().map(|(key, _)| *key).collect();
        let views = self.watch.list_messages_by_key(&keys).await?;
        let mut views: HashMap<u64, MessageView> = views.into_iter().map(|view| (view.key, view)).collect();
        let changed = |(key, sequence)| views.remove(&key).map(|message: MessageView| Changed { sequence, message });
        self.due.extend(next.iter().copied().filter_map(changed));
        self.read.drain(..next.len());
        Ok(())
    }
}

impl Wanted {
    fn is(&self, change: &MessageChange) -> bool {
        self.message.is_none_or(|id| id == change.id) && self.lane.as_ref().is_none_or(|lane| *lane == change.lane_name)
    }
}
