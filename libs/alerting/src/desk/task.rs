//! The loop: who speaks, what has changed, what is due, and where it is written.

use std::{collections::BTreeMap, convert::Infallible, mem, sync::Arc, time::Duration};

use causeway_primitives::Monotonic;
use causeway_runtime::clock::Clock;
use causeway_store::lease::Leadership;
use causeway_telemetry::Chain;
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::sleep,
};
use tokio_util::sync::CancellationToken;

use super::{
    ledger::{Failure, Ledger},
    orders::answer,
    time::PolicyTime,
};
use crate::{
    alarms::{Alarms, CAPACITY, Order, Refused},
    alert::Fingerprint,
    dispatcher::Dispatcher,
    metrics::Metrics,
    notification::Notification,
    policy::{Effect, Event, Now, Policy, State, decode, encode, next},
};

/// How often timers are looked at; a change of what fires is looked at when it comes.
const EVERY: Duration = Duration::from_millis(500);

/// Between two looks at changes, so that what breaks together is written together.
const GATHER: Duration = Duration::from_millis(50);

/// How long a database may be away before alarms go around it, and how long nobody may lead before a replica speaks for
/// itself: longer than a change of leaders.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// What an earlier process left and nobody has said a word about for so long is of a subject that is gone.
const LEGACY: Duration = Duration::from_secs(86_400);

/// Delivered messages are cleared away so often.
const PRUNE_EVERY: Duration = Duration::from_secs(3_600);

/// The parts of a desk.
#[derive(Debug)]
pub(crate) struct Desk {
    pub(crate) alarms: Alarms,
    pub(crate) orders: mpsc::Receiver<Order>,
    pub(crate) policy: Policy,
    pub(crate) ledger: Ledger,
    /// Around the database.
    pub(crate) direct: Dispatcher,
    pub(crate) leadership: watch::Receiver<Option<Leadership>>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) metrics: Metrics,
}

/// For whom this replica speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Voice {
    /// For nobody: another replica does, or will in a moment.
    Silent,
    /// For the service, as its leader of this epoch.
    Leader(u64),
    /// For itself: nobody can be asked who leads, or nobody does.
    Alone,
}

/// What the desk remembers between two turns.
#[derive(Debug)]
pub(super) struct Memory {
    voice: Voice,
    pub(super) state: State,
    time: PolicyTime,
    /// Of the snapshot that the state was read from or written as.
    version: Option<u64>,
    /// Whether the state differs from that snapshot.
    dirty: bool,
    unsaved: Vec<Notification>,
    unsaved_since: Option<Monotonic>,
    /// Since when nobody was known to lead.
    leaderless_since: Option<Monotonic>,
    inherited_at: Monotonic,
    pruned_at: Monotonic,
    /// So that a failure is logged once per change of state.
    failing: bool,
}

impl Desk {
    /// Works until it is told to stop.
    ///
    /// # Errors
    /// None: what the database does not take is delivered around it.
    pub(crate) async fn run(mut self, stop: CancellationToken) -> Result<(), Infallible> {
        let now = self.clock.monotonic();
        let mut memory = Memory::new(now);
        let alarms = self.alarms.clone();
        loop {
            let order = tokio::select! {
                () = stop.cancelled() => return Ok(()),
                Some(order) = self.orders.recv() => Some(order),
                () = alarms.changed() => {
                    sleep(GATHER).await;
                    None
                }
                () = sleep(EVERY) => None,
            };
            self.turn(&mut memory, order).await;
        }
    }

    async fn turn(&self, memory: &mut Memory, order: Option<Order>) {
        let leadership = self.leadership.borrow().clone().filter(Leadership::is_valid);
        self.find_voice(memory, leadership.as_ref()).await;
        if memory.voice == Voice::Silent {
            answer(order.map(|order| order.done), Err(Refused::NotLeader));
            return;
        }
        if self.clock.monotonic().since(memory.inherited_at) > LEGACY {
            self.alarms.drop_inherited();
        }
        let waiting = self.step(memory, order);
        self.settle(memory, leadership.as_ref(), waiting).await;
        self.show(memory);
    }

    async fn find_voice(&self, memory: &mut Memory, leadership: Option<&Leadership>) {
        let now = self.clock.monotonic();
        let voice = match (memory.voice, leadership) {
            (Voice::Leader(epoch), Some(leadership)) if epoch == leadership.epoch() => return,
            (_, Some(leadership)) => match self.take_over(memory).await {
                Ok(()) => {
                    memory.inherited_at = now;
                    Some(Voice::Leader(leadership.epoch()))
                }
                Err(failure) => {
                    memory.note(Some(&failure));
                    None
                }
            },
            (before, None) => {
                if matches!(before, Voice::Leader(_)) {
                    self.alarms.hand_back();
                    memory.voice = Voice::Silent;
                }
                match self.ledger.somebody_leads().await {
                    Ok(true) => self.stand_down(memory).await,
                    // Nobody leads: soon somebody will. Or nobody can be asked.
                    Ok(false) | Err(_) => None,
                }
            }
        };
        match voice {
            Some(voice) => (memory.voice, memory.leaderless_since) = (voice, None),
            None if now.since(*memory.leaderless_since.get_or_insert(now)) >= PATIENCE => {
                memory.voice = Voice::Alone;
            }
            None => {}
        }
    }

    /// Reads what the last leader left. What this replica has said alone meanwhile is kept: who heard of it must hear
    /// its end.
    async fn take_over(&self, memory: &mut Memory) -> Result<(), Failure> {
        let stored = self.ledger.find().await?;
        let mine = memory.version;
        let Some(stored) = stored.filter(|stored| Some(stored.version) != mine) else {
            // Nobody has written since: what is here is at least as new.
            self.alarms.inherit(memory.alerts());
            return Ok(());
        };
        memory.version = Some(stored.version);
        match decode(&self.policy, CAPACITY, stored.document) {
            Ok((state, saved_at)) => {
                memory.time = PolicyTime::resumed(saved_at, self.clock.as_ref());
                let alone = mem::replace(&mut memory.state, state);
                let now = memory.time.now(self.clock.as_ref());
                memory.dirty = alone.all().next().is_some();
                memory.state.adopt(alone, now.monotonic);
            }
            // Better told twice than never.
            Err(error) => {
                tracing::error!(error = %Chain(&error), "stored alerts cannot be read; what fires is told again");
                memory.dirty = true;
            }
        }
        self.alarms.inherit(memory.alerts());
        Ok(())
    }

    /// Somebody else speaks again. What was said alone and does not fire for the service is over for who heard it.
    async fn stand_down(&self, memory: &mut Memory) -> Option<Voice> {
        if memory.voice == Voice::Alone {
            let firing: Vec<Fingerprint> = match self.ledger.find().await {
                Ok(Some(stored)) => match decode(&self.policy, CAPACITY, stored.document) {
                    Ok((state, _)) => state.all().map(|one| one.alert.fingerprint()).collect(),
                    Err(_) => Vec::new(),
                },
                Ok(None) => Vec::new(),
                Err(_) => return None,
            };
            firing.into_iter().for_each(|alert| memory.state.forget(alert));
            let mine: Vec<Fingerprint> = memory.state.all().map(|one| one.alert.fingerprint()).collect();
            for alert in mine {
                self.apply(memory, Event::Cleared(alert));
            }
            // Nobody is here any more to wait for company.
            let now = memory.time.now(self.clock.as_ref());
            let end = Now { monotonic: now.monotonic.after(self.policy.resolve_wait()), ..now };
            self.apply_at(memory, Event::Tick, end);
            self.deliver_directly(memory);
        }
        let now = self.clock.monotonic();
        self.alarms.drop_inherited();
        self.alarms.show(BTreeMap::new(), BTreeMap::new());
        *memory = Memory { pruned_at: memory.pruned_at, ..Memory::new(now) };
        Some(Voice::Silent)
    }

    /// Lets the policy see what has changed and what time it is. Returns who waits for the outcome to be stored.
    fn step(&self, memory: &mut Memory, order: Option<Order>) -> Option<oneshot::Sender<Result<(), Refused>>> {
        let firing = self.alarms.firing();
        let over: Vec<Fingerprint> =
            memory.state.all().map(|one| one.alert.fingerprint()).filter(|known| !firing.contains_key(known)).collect();
        for alert in over {
            self.apply(memory, Event::Cleared(alert));
        }
        for (fingerprint, alert) in firing {
            let told = memory.state.find_firing(fingerprint);
            if told.is_none_or(|told| told.alert.severity != alert.severity) {
                self.apply(memory, Event::Raised(alert));
            }
        }
        let waiting = order.and_then(|order| self.obey(memory, order));
        self.apply(memory, Event::Tick);
        waiting
    }

    pub(super) fn apply(&self, memory: &mut Memory, event: Event) {
        let now = memory.time.now(self.clock.as_ref());
        self.apply_at(memory, event, now);
    }

    fn apply_at(&self, memory: &mut Memory, event: Event, now: Now) {
        let is_tick = matches!(event, Event::Tick);
        let before = mem::replace(&mut memory.state, State::new(CAPACITY));
        let (after, effects) = next(&self.policy, before, event, now);
        memory.state = after;
        // What time alone changes without an effect comes about again.
        memory.dirty |= !is_tick || !effects.is_empty();
        for effect in effects {
            match effect {
                Effect::Notify(notification) => memory.unsaved.push(notification),
                Effect::Muted { alert, window } => {
                    tracing::info!(alert = alert.name.as_str(), %window, "alert muted by a maintenance window");
                }
                Effect::Refused(alert) => {
                    tracing::error!(alert = alert.name.as_str(), "too many alerts fire; this one is not followed");
                }
            }
        }
    }

    /// Writes what is new; what cannot be written for long goes out all the same.
    async fn settle(
        &self,
        memory: &mut Memory,
        leadership: Option<&Leadership>,
        waiting: Option<oneshot::Sender<Result<(), Refused>>>,
    ) {
        let saved = match leadership {
            Some(leadership) if memory.voice == Voice::Leader(leadership.epoch()) => {
                self.save(memory, leadership).await
            }
            Some(_) | None => Err(Failure::Store(None)),
        };
        answer(waiting, saved.as_ref().copied().map_err(|_| Refused::NotStored));
        if matches!(saved, Err(Failure::Fenced)) {
            // The new leader finds out for itself what is due; here it would be said twice.
            self.alarms.hand_back();
            memory.unsaved.clear();
            memory.voice = Voice::Silent;
        }
        if memory.unsaved.is_empty() {
            memory.unsaved_since = None;
            return;
        }
        let now = self.clock.monotonic();
        let since = *memory.unsaved_since.get_or_insert(now);
        if memory.voice == Voice::Alone || now.since(since) >= PATIENCE {
            self.deliver_directly(memory);
        }
    }

    async fn save(&self, memory: &mut Memory, leadership: &Leadership) -> Result<(), Failure> {
        let now = self.clock.monotonic();
        if now.since(memory.pruned_at) >= PRUNE_EVERY {
            memory.pruned_at = now;
            if let Err(error) = self.ledger.prune().await {
                tracing::debug!(error = %Chain(&error), "delivered alerts were not removed; tried again later");
            }
        }
        if !memory.dirty && memory.unsaved.is_empty() {
            return Ok(());
        }
        let at = PolicyTime::stamp(memory.time.now(self.clock.as_ref()));
        let saved = match encode(&self.policy, &memory.state, at) {
            Ok(document) => self.ledger.save(leadership, &document, &memory.unsaved).await,
            Err(error) => Err(Failure::Form(error)),
        };
        memory.note(saved.as_ref().err());
        memory.version = Some(saved?);
        memory.dirty = false;
        memory.unsaved.clear();
        Ok(())
    }

    fn deliver_directly(&self, memory: &mut Memory) {
        memory.unsaved_since = None;
        for notification in mem::take(&mut memory.unsaved) {
            let (channel, kind) = (notification.channel.clone(), notification.kind.as_str());
            if let Err(refused) = self.direct.offer(notification) {
                tracing::error!(%channel, kind, error = %refused, "notification not delivered");
            }
        }
    }

    /// Brings what others see up to date.
    fn show(&self, memory: &Memory) {
        let taken = memory.state.all().filter_map(|one| Some((one.alert.fingerprint(), one.acknowledged.clone()?)));
        let muted = memory.state.all().filter_map(|one| Some((one.alert.fingerprint(), one.muted_by.clone()?)));
        self.alarms.show(taken.collect(), muted.collect());
        self.metrics.show(memory.state.all().map(|one| (one.alert.name.as_str(), one.muted_by.is_some())));
    }
}

impl Memory {
    fn new(now: Monotonic) -> Self {
        Self {
            voice: Voice::Silent,
            state: State::new(CAPACITY),
            time: PolicyTime::OWN,
            version: None,
            dirty: false,
            unsaved: Vec::new(),
            unsaved_since: None,
            leaderless_since: None,
            inherited_at: now,
            pruned_at: now,
            failing: false,
        }
    }

    fn alerts(&self) -> impl Iterator<Item = Arc<crate::alert::Alert>> {
        self.state.all().map(|one| Arc::clone(&one.alert))
    }

    fn note(&mut self, failure: Option<&Failure>) {
        match (mem::replace(&mut self.failing, failure.is_some()), failure) {
            (false, Some(failure)) => {
                tracing::warn!(error = %Chain(failure), "alerts cannot be stored; they are delivered around the database");
            }
            (true, None) => tracing::info!("alerts are stored again"),
            (true, Some(_)) | (false, None) => {}
        }
    }
}
