//! What is wrong now, as the parts of a service see it.
//!
//! A part says of each condition it watches whether there is trouble, as often as it looks; here that becomes one alert
//! per condition and subject, however often it is said. What fires is a set and not a queue: [`crate::desk`] compares it
//! with what it has told people, so that nothing is lost when the desk is slow, restarts, or moves to another replica.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use causeway_runtime::clock::Clock;
use tokio::sync::{Notify, mpsc, oneshot};

use crate::{
    alert::{Alert, Fingerprint, Labels, Name, Severity, Text, Tier, is_name},
    policy::{Acknowledgement, Window, WindowId},
};

/// Alerts that are followed at once; beyond it only Tier 1 gets in. More than any person reads in an incident.
pub(crate) const CAPACITY: usize = 10_000;

/// Orders that wait for the desk. Operators are few; a full queue means that it hangs.
const ORDERS: usize = 16;

/// Something that is watched, and the alert that its trouble makes: its name, its urgency, and what to do first. One `static` each.
#[derive(Debug, Clone, Copy)]
pub struct Concern {
    name: &'static str,
    severity: Severity,
    tier: Tier,
    next_step: &'static str,
}

impl Concern {
    /// An alert that stops nothing.
    ///
    /// # Panics
    /// When the name is none: use it in a `static`, where that does not compile.
    pub const fn new(name: &'static str, severity: Severity, next_step: &'static str) -> Self {
        assert!(is_name(name.as_bytes()), "an alert name is letters and digits and starts with a capital");
        Self { name, severity, tier: Tier::Alert, next_step }
    }

    /// The same of another tier.
    #[must_use]
    pub const fn of_tier(self, tier: Tier) -> Self {
        Self { tier, ..self }
    }

    /// The name, which is also that of its page under `docs/runbooks`.
    pub const fn name(&self) -> &'static str {
        self.name
    }
}

/// Why the desk did not do it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It does not fire, or nobody has been told yet.
    #[error("no such alert fires")]
    NotFiring,
    /// Another replica speaks for the service.
    #[error("this replica does not speak for the service")]
    NotLeader,
    /// The database did not take it; it may have been taken all the same.
    #[error("it could not be stored")]
    NotStored,
    /// Nobody answers any more: the process stops, or the desk hangs.
    #[error("the alerting desk does not answer")]
    NoAnswer,
}

/// What is wanted of the desk.
#[derive(Debug)]
pub(crate) enum Wish {
    /// Somebody takes an alert.
    Acknowledge { alert: Fingerprint, by: Text },
    /// These windows, and no others, are in force.
    Windows(Vec<Window>),
}

/// A wish, and who waits for it.
#[derive(Debug)]
pub(crate) struct Order {
    pub(crate) wish: Wish,
    pub(crate) done: oneshot::Sender<Result<(), Refused>>,
}

/// An alert that fires, and who has taken it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The alert.
    pub alert: Arc<Alert>,
    /// Who has taken it.
    pub acknowledged: Option<Acknowledgement>,
    /// The maintenance window that keeps it quiet.
    pub muted_by: Option<WindowId>,
}

/// The alerts of a process: where its parts say what is wrong, and where people ask. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Alarms {
    clock: Arc<dyn Clock>,
    book: Arc<Mutex<Book>>,
    changed: Arc<Notify>,
    orders: mpsc::Sender<Order>,
}

/// What fires.
#[derive(Debug, Default)]
struct Book {
    /// What some part of this process has said, by name and subject.
    said: BTreeMap<&'static str, BTreeMap<String, (Fingerprint, Arc<Alert>)>>,
    /// What an earlier process or term left, and nobody has said anything about since.
    inherited: BTreeMap<Fingerprint, Arc<Alert>>,
    acknowledged: BTreeMap<Fingerprint, Acknowledgement>,
    muted: BTreeMap<Fingerprint, WindowId>,
    /// So that a full book is said once.
    full: bool,
}

impl Alarms {
    /// Nothing fires. The other end is the desk's.
    pub(crate) fn new(clock: Arc<dyn Clock>) -> (Self, mpsc::Receiver<Order>) {
        let (orders, desk) = mpsc::channel(ORDERS);
        (Self { clock, book: Arc::default(), changed: Arc::default(), orders }, desk)
    }

    /// A book without a desk, which tells nobody: for tests of what a service raises.
    pub fn unattended(clock: Arc<dyn Clock>) -> Self {
        Self::new(clock).0
    }

    /// Says how a condition is: the trouble in one sentence, or `None` when all is well. Say it as often as you look:
    /// the first trouble raises the alert, the first `None` after it ends it.
    pub fn say(&self, concern: &'static Concern, subject: &str, trouble: Option<String>) {
        let mut book = self.lock();
        let changed = match trouble {
            Some(summary) => book.trouble(concern, subject, &summary, self.clock.as_ref()),
            None => book.fine(concern, subject),
        };
        drop(book);
        if changed {
            self.changed.notify_one();
        }
    }

    /// What fires: most urgent first, then oldest.
    pub fn list_firing(&self) -> Vec<Standing> {
        let book = self.lock();
        let standing = |(fingerprint, alert): (&Fingerprint, &Arc<Alert>)| Standing {
            alert: Arc::clone(alert),
            acknowledged: book.acknowledged.get(fingerprint).cloned(),
            muted_by: book.muted.get(fingerprint).cloned(),
        };
        let mut firing: Vec<_> = book.firing().map(standing).collect();
        firing.sort_by_key(|one| (std::cmp::Reverse(one.alert.severity), one.alert.fired_at));
        firing
    }

    /// The subjects for which an alert of this concern fires.
    pub fn subjects(&self, concern: &Concern) -> BTreeSet<String> {
        let book = self.lock();
        let firing = book.firing().filter(|(_, alert)| alert.name.as_str() == concern.name);
        firing.map(|(_, alert)| alert.subject.to_string()).collect()
    }

    /// Notes that somebody takes an alert, by name and subject, and returns when that is stored: repeats and escalation
    /// stop, and every channel that has heard of it is told.
    ///
    /// # Errors
    /// [`Refused`].
    pub async fn acknowledge(&self, name: &str, subject: &str, by: &str) -> Result<(), Refused> {
        let found = {
            let book = self.lock();
            let fits = |alert: &Arc<Alert>| alert.name.as_str() == name && alert.subject.as_str() == subject;
            book.firing().find(|(_, alert)| fits(alert)).map(|(fingerprint, _)| *fingerprint)
        };
        self.order(Wish::Acknowledge { alert: found.ok_or(Refused::NotFiring)?, by: Text::clean(by) }).await
    }

    /// Takes over the maintenance windows that somebody else keeps, all of them, for as long as the lease lasts, and returns
    /// when that is stored: what is not among them is heard again, and so is everything when nobody tells them anew.
    ///
    /// # Errors
    /// [`Refused`].
    pub async fn keep_windows(&self, windows: Vec<Window>, lease: Duration) -> Result<(), Refused> {
        let (now, end) = (self.clock.now(), self.clock.now().after(lease));
        let leased = windows.into_iter().map(|window| Window { until: window.until.min(end), ..window });
        self.order(Wish::Windows(leased.filter(|window| window.until > now).collect())).await
    }

    async fn order(&self, wish: Wish) -> Result<(), Refused> {
        let (done, answer) = oneshot::channel();
        self.orders.try_send(Order { wish, done }).map_err(|_| Refused::NoAnswer)?;
        answer.await.map_err(|_| Refused::NoAnswer)?
    }

    /// Completes when something has begun or ended to fire since the last call.
    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }

    pub(crate) fn firing(&self) -> BTreeMap<Fingerprint, Arc<Alert>> {
        self.lock().firing().map(|(fingerprint, alert)| (*fingerprint, Arc::clone(alert))).collect()
    }

    /// Takes over what was left: each alert fires on until somebody says something about it.
    pub(crate) fn inherit(&self, alerts: impl Iterator<Item = Arc<Alert>>) {
        let mut book = self.lock();
        let alerts = alerts.map(|alert| (alert.fingerprint(), alert));
        book.inherited = alerts.collect();
        book.prefer_said();
    }

    /// What was said so far may be old by the time this process speaks again: it stays only until it is said anew.
    pub(crate) fn hand_back(&self) {
        let mut book = self.lock();
        let said = std::mem::take(&mut book.said).into_values().flat_map(BTreeMap::into_values);
        book.inherited.extend(said);
    }

    /// Drops what nobody has said anything about.
    pub(crate) fn drop_inherited(&self) {
        self.lock().inherited.clear();
    }

    /// Who has taken what, and what keeps what quiet.
    pub(crate) fn show(&self, taken: BTreeMap<Fingerprint, Acknowledgement>, muted: BTreeMap<Fingerprint, WindowId>) {
        let mut book = self.lock();
        (book.acknowledged, book.muted) = (taken, muted);
    }

    /// The book is whole between any two statements: a poisoned lock is as good as any.
    fn lock(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Book {
    fn firing(&self) -> impl Iterator<Item = (&Fingerprint, &Arc<Alert>)> {
        let said = self.said.values().flat_map(BTreeMap::values).map(|(fingerprint, alert)| (fingerprint, alert));
        said.chain(&self.inherited)
    }

    /// Whether anything changed.
    fn trouble(&mut self, concern: &'static Concern, subject: &str, summary: &str, clock: &dyn Clock) -> bool {
        let known = self.said.get(concern.name).and_then(|subjects| subjects.get(subject));
        if known.is_some_and(|(_, alert)| alert.severity == concern.severity) {
            return false;
        }
        let since = known.map(|(_, alert)| alert.fired_at);
        if since.is_none() && !self.has_room(concern) {
            return false;
        }
        let mut alert = Alert {
            name: Name::literal(concern.name),
            severity: concern.severity,
            tier: concern.tier,
            subject: Text::clean(subject),
            labels: Labels::default(),
            summary: Text::clean(summary),
            next_step: Text::clean(concern.next_step),
            fired_at: since.unwrap_or_else(|| clock.now()),
        };
        let fingerprint = alert.fingerprint();
        if let Some(left) = self.inherited.remove(&fingerprint) {
            alert.fired_at = left.fired_at;
        }
        let subjects = self.said.entry(concern.name).or_default();
        subjects.insert(subject.to_owned(), (fingerprint, Arc::new(alert)));
        true
    }

    /// Whether anything changed.
    fn fine(&mut self, concern: &'static Concern, subject: &str) -> bool {
        let over = self.said.get_mut(concern.name).and_then(|subjects| subjects.remove(subject)).is_some();
        if self.inherited.is_empty() {
            return over;
        }
        let fingerprint = Fingerprint::of([concern.name, Text::clean(subject).as_str()].into_iter());
        self.inherited.remove(&fingerprint).is_some() || over
    }

    fn has_room(&mut self, concern: &Concern) -> bool {
        let count = self.said.values().map(BTreeMap::len).fold(self.inherited.len(), usize::saturating_add);
        let full = count >= CAPACITY;
        if full && !std::mem::replace(&mut self.full, full) {
            tracing::error!(alert = concern.name, "too many alerts fire; further ones are not followed");
        }
        self.full = full;
        !full || concern.tier == Tier::Halt
    }

    /// An alert that was said in this process is not also a legacy; it keeps the time of the first.
    fn prefer_said(&mut self) {
        for (fingerprint, alert) in self.said.values_mut().flat_map(BTreeMap::values_mut) {
            if let Some(left) = self.inherited.remove(fingerprint) {
                *alert = Arc::new(Alert { fired_at: left.fired_at, ..Alert::clone(alert) });
            }
        }
    }
}

#[cfg(test)]
mod tests;
