//! A journal that survives its process: it stops working at a chosen point, as if the process were killed
//! there, and what it holds is taken over by the next one.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use alloy::primitives::B256;
use async_trait::async_trait;
use causeway_chain::{
    intent::{Attempt, Intent, IntentKey, IntentState, Stage},
    journal::{Error, Inserted, Journal, MemoryJournal},
};
use causeway_primitives::Timestamp;

/// Where the process dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Crash {
    /// After signing, before the attempt is journaled: the bytes are lost, and nobody has seen them.
    BeforeJournal,
    /// After the attempt is journaled, before it is sent.
    BeforeBroadcast,
    /// After it was sent, before that was noted.
    AfterBroadcast,
    /// After it was mined, before the outcome was noted.
    BeforeOutcome,
}

impl Crash {
    pub(crate) const ALL: [Self; 4] =
        [Self::BeforeJournal, Self::BeforeBroadcast, Self::AfterBroadcast, Self::BeforeOutcome];
}

/// Fails everything from the crash on; the inner journal is what the disk would hold.
#[derive(Debug)]
pub(crate) struct CrashingJournal {
    disk: Arc<MemoryJournal>,
    crash: Mutex<Option<Crash>>,
    dead: AtomicBool,
}

impl CrashingJournal {
    pub(crate) fn new(disk: Arc<MemoryJournal>, crash: Crash) -> Self {
        Self { disk, crash: Mutex::new(Some(crash)), dead: AtomicBool::new(false) }
    }

    fn reach(&self, point: Crash) -> Result<(), Error> {
        if *self.crash.lock().unwrap() == Some(point) {
            self.dead.store(true, Ordering::Relaxed);
        }
        self.alive()
    }

    fn alive(&self) -> Result<(), Error> {
        // A dead process does not come back, which is what being fenced means to the sender.
        if self.dead.load(Ordering::Relaxed) { Err(Error::Fenced) } else { Ok(()) }
    }
}

#[async_trait]
impl Journal for CrashingJournal {
    async fn insert(&self, intent: &Intent, at: Timestamp) -> Result<Inserted, Error> {
        self.alive()?;
        self.disk.insert(intent, at).await
    }

    async fn find(&self, key: &IntentKey) -> Result<Option<IntentState>, Error> {
        self.alive()?;
        self.disk.find(key).await
    }

    async fn list_open(&self) -> Result<Vec<IntentState>, Error> {
        self.alive()?;
        self.disk.list_open().await
    }

    async fn record_attempt(&self, key: &IntentKey, attempt: &Attempt) -> Result<(), Error> {
        self.reach(Crash::BeforeJournal)?;
        self.disk.record_attempt(key, attempt).await?;
        self.reach(Crash::BeforeBroadcast)
    }

    async fn record_sent(&self, key: &IntentKey, hash: B256, at: Timestamp) -> Result<(), Error> {
        self.reach(Crash::AfterBroadcast)?;
        self.disk.record_sent(key, hash, at).await
    }

    async fn advance(&self, key: &IntentKey, from: &Stage, to: &Stage, at: Timestamp) -> Result<(), Error> {
        self.reach(Crash::BeforeOutcome)?;
        self.disk.advance(key, from, to, at).await
    }
}
