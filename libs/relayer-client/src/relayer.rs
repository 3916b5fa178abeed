//! The handle that a relayer keeps, and the state behind it.

use std::{
    collections::BTreeSet,
    fmt, io,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use causeway_primitives::{RelayerId, Scope};
use causeway_proto::guard::v1::{Operation, ReportViolationRequest};
use tokio::{sync::watch, time::Instant};

use crate::{
    clearance::{Authority, Clearance, Grant, Halted, Ignored, Memory, Refused, Spend, Standing, Ticket},
    guard::{Guard, Guards},
    latch::Latch,
    permit::Permit,
    renewal::Worker,
    report::{Full, Lost, Outbox},
};

/// How a relayer holds its leases.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Which instance this is. No two running processes share a name.
    pub holder: RelayerId,
    /// What it wants leases for, each one on its own: with the two parts instead of `All`, one of them can go on while the
    /// other is halted.
    pub scopes: BTreeSet<Scope>,
    /// Where halts are remembered over restarts; `None` leaves that to the guard alone.
    pub latch: Option<PathBuf>,
    /// How often a lease is asked for. It is also how long a connected relayer may not know of a halt: half a second keeps
    /// that below one.
    pub renew_every: Duration,
    /// The longest that a guard is waited for before the next one is asked.
    pub call_timeout: Duration,
    /// So much earlier than the guard says, a lease ends here: covers the difference in rate of two clocks, which is below
    /// 500 ppm, so 50 ms over the usual 90 s.
    pub margin: Duration,
    /// How many operations wait to be reported; what comes on top is counted as lost.
    pub report_queue: usize,
}

impl Settings {
    /// The usual ones.
    pub fn new(holder: RelayerId, scopes: impl IntoIterator<Item = Scope>) -> Self {
        Self {
            holder,
            scopes: scopes.into_iter().collect(),
            latch: None,
            renew_every: Duration::from_millis(500),
            call_timeout: Duration::from_secs(2),
            margin: Duration::from_millis(50),
            report_queue: 10_000,
        }
    }
}

/// It cannot be started like this.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No guard to ask.
    #[error("no guard is given")]
    NoGuard,
    /// No scope to ask for.
    #[error("no scope is given")]
    NoScope,
    /// A duration or a length that must be above zero is zero.
    #[error("{setting} must be above zero")]
    Zero {
        /// Which one.
        setting: &'static str,
    },
    /// The latch could not be written.
    #[error("the latch cannot be written")]
    Latch(#[source] io::Error),
}

/// A relayer's leases. Clones share them.
#[derive(Debug, Clone)]
pub struct Relayer {
    shared: Arc<Shared>,
}

impl Relayer {
    /// Opens the latch. Nothing is permitted until the worker runs and a guard grants something.
    ///
    /// `guards` are the replicas of one guard, in the order in which they are asked. Blocks for one write to disk.
    ///
    /// # Errors
    /// [`Error`] when it cannot be started like this.
    pub fn new(settings: Settings, guards: Vec<Arc<dyn Guard>>) -> Result<(Self, Worker), Error> {
        Self::following(settings, guards)
    }

    /// The same over replicas that come and go.
    ///
    /// # Errors
    /// [`Error`] when it cannot be started like this.
    pub fn following(settings: Settings, guards: impl Guards) -> Result<(Self, Worker), Error> {
        check(&settings, guards.now().len())?;
        let (latch, memory) = match settings.latch.clone().map(Latch::open).transpose().map_err(Error::Latch)? {
            Some((latch, memory)) => (Some(latch), memory),
            None => (None, Some(Memory::default())),
        };
        let (outbox, inbox) = Outbox::new(settings.report_queue);
        let shared = Arc::new(Shared {
            saved: tokio::sync::Mutex::new(memory.clone()),
            state: Mutex::new(Clearance::new(memory)),
            changes: watch::Sender::new(()),
            latch,
            margin: settings.margin,
            outbox,
        });
        Ok((Self { shared: Arc::clone(&shared) }, Worker::new(shared, settings, Box::new(guards), inbox)))
    }

    /// Leave for one operation, counted against the caps.
    ///
    /// # Errors
    /// [`Refused`] when no lease covers it now.
    pub fn permit(&self, scope: Scope, spend: Spend) -> Result<Permit, Refused> {
        let (ticket, _) = self.shared.state().permit(scope, spend, Instant::now())?;
        Ok(Permit::new(Arc::clone(&self.shared), ticket))
    }

    /// How a scope stands now.
    pub fn standing(&self, scope: Scope) -> Standing {
        self.shared.state().standing(scope, Instant::now())
    }

    /// Wakes whoever waits when leases or halts change.
    pub fn changes(&self) -> watch::Receiver<()> {
        self.shared.subscribe()
    }

    /// Queues an operation to be reported; never waits. The id and the time are the caller's.
    ///
    /// # Errors
    /// [`Full`] when too many wait: this one is counted as lost.
    pub fn report(&self, operation: Operation) -> Result<(), Full> {
        self.shared.outbox.operation(operation)
    }

    /// Queues a violation, ahead of all operations; never waits, and is never given up once it is queued. The holder's
    /// name is filled in.
    ///
    /// # Errors
    /// [`Full`] when too many wait.
    pub fn report_violation(&self, violation: ReportViolationRequest) -> Result<(), Full> {
        self.shared.outbox.violation(violation)
    }

    /// What could not be reported so far.
    pub fn lost_reports(&self) -> Lost {
        self.shared.outbox.lost()
    }
}

fn check(settings: &Settings, guards: usize) -> Result<(), Error> {
    if guards == 0 {
        return Err(Error::NoGuard);
    }
    if settings.scopes.is_empty() {
        return Err(Error::NoScope);
    }
    let zero = [
        ("renew_every", settings.renew_every.is_zero()),
        ("call_timeout", settings.call_timeout.is_zero()),
        ("report_queue", settings.report_queue == 0),
    ];
    zero.into_iter().find(|(_, zero)| *zero).map_or(Ok(()), |(setting, _)| Err(Error::Zero { setting }))
}

/// What handles, permits and the worker share.
pub(crate) struct Shared {
    state: Mutex<Clearance>,
    changes: watch::Sender<()>,
    latch: Option<Latch>,
    /// What the latch holds on disk. Whoever holds the lock is the only writer of the file.
    saved: tokio::sync::Mutex<Option<Memory>>,
    margin: Duration,
    pub(crate) outbox: Outbox,
}

impl Shared {
    pub(crate) fn subscribe(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }

    pub(crate) fn check(&self, ticket: &Ticket) -> Result<Authority, Refused> {
        self.state().check(ticket, Instant::now())
    }

    pub(crate) fn epoch(&self) -> u64 {
        self.state().epoch()
    }

    /// Takes a lease: what it loosens is on disk before it is loose.
    pub(crate) async fn grant(&self, mut grant: Grant, sent: Instant) -> Result<(), NotTaken> {
        grant.ttl = grant.ttl.saturating_sub(self.margin);
        let mut saved = self.saved.lock().await;
        let mut preview = self.state().clone();
        preview.grant(grant.clone(), sent)?;
        self.save(&mut saved, preview.memory().cloned()).await?;
        // A halt may have come meanwhile, and then this ignores the grant.
        self.state().grant(grant, sent)?;
        self.changes.send_replace(());
        Ok(())
    }

    /// Takes halts: in force at once, on disk right after. What could not be written is written with the next call.
    pub(crate) async fn halt(&self, halts: Vec<(Scope, Halted)>) -> Result<(), NotTaken> {
        if self.halt_in_memory(halts) {
            self.changes.send_replace(());
        }
        let mut saved = self.saved.lock().await;
        let memory = self.state().memory().cloned();
        self.save(&mut saved, memory).await
    }

    /// Whether that changed anything.
    fn halt_in_memory(&self, halts: Vec<(Scope, Halted)>) -> bool {
        let mut state = self.state();
        let before = state.memory().cloned();
        for (scope, halt) in halts {
            state.halt(scope, halt);
        }
        state.memory() != before.as_ref()
    }

    /// Gives up the leases that touch a scope.
    pub(crate) fn drop_overlapping(&self, scope: Scope) {
        self.state().drop_overlapping(scope);
        self.changes.send_replace(());
    }

    /// Permits nothing any more; names what was held.
    pub(crate) fn stop(&self) -> Vec<(Scope, u64, u64)> {
        let held = self.state().stop();
        self.changes.send_replace(());
        held
    }

    /// Gives up every lease, until the next one is granted; names what was held.
    pub(crate) fn rest(&self) -> Vec<(Scope, u64, u64)> {
        let held = self.state().rest();
        self.changes.send_replace(());
        held
    }

    async fn save(&self, saved: &mut Option<Memory>, memory: Option<Memory>) -> Result<(), NotTaken> {
        let (Some(latch), Some(fresh)) = (&self.latch, memory) else {
            return Ok(());
        };
        if saved.as_ref() == Some(&fresh) {
            return Ok(());
        }
        let (latch, written) = (latch.clone(), fresh.clone());
        let outcome = tokio::task::spawn_blocking(move || latch.save(&written)).await;
        outcome.map_err(io::Error::other).flatten().map_err(NotTaken::Latch)?;
        *saved = Some(fresh);
        Ok(())
    }

    /// Nothing in the state is ever half changed, so a poisoned lock is as good as any.
    fn state(&self) -> MutexGuard<'_, Clearance> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("state", &*self.state()).finish_non_exhaustive()
    }
}

/// Why a lease or a halt had not its full effect.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotTaken {
    /// The rules do not allow it.
    #[error("the grant was ignored")]
    Ignored(#[from] Ignored),
    /// It could not be made durable.
    #[error("the latch could not be written")]
    Latch(#[source] io::Error),
}
