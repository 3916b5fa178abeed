//! Carries requests on, each as far as it goes now: what is due of it, and what is due then, up to where something outside
//! has to happen. All of that is recorded in one transaction, for all requests of a round.
//!
//! Only the leader runs it, and every transaction carries his epoch. Whatever is asked of guard, oracle and chain is asked
//! again after a crash, because none of the questions changes anything; the one thing that does, the effect, is a row of the
//! sender's journal that is written with its step, and no step behind it is taken in the same round.

mod round;
mod undo;
mod walk;

use std::{sync::Arc, time::Duration};

use causeway_primitives::Timestamp;
use causeway_runtime::clock::Clock;
use causeway_store::{Error as StoreError, lease::Leadership};
use causeway_telemetry::Chain;
use tokio::{
    sync::{Notify, watch},
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use self::{
    round::{Round, is_underway},
    walk::Walk,
};
use super::{Catalogue, Composer, Error, Pins};
use crate::{
    adapters::store::{Step, Store, Way, Written},
    domain::{
        actor::Actor,
        request::Request,
        saga::{Event, Hold},
    },
    metrics::Metrics,
    ports::{Backend, Guard, Oracle},
};

/// How the runner goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// How many requests are looked at in one round.
    pub batch: u32,
    /// How often the store is asked for what is due.
    pub poll: Duration,
    /// How often a request on its way to the chain is looked at.
    pub watch: Duration,
    /// After how long a request that waits for a price or for the guard tries again.
    pub retry: Duration,
    /// The longest that an effect may wait to be signed, however long the guard's leave is good for.
    pub sign_within: Duration,
}

/// What the runner works with.
#[derive(Debug)]
pub struct Parts {
    /// The database.
    pub store: Store,
    /// Assets and rules.
    pub catalogue: Arc<Catalogue>,
    /// Who may stop everything.
    pub guard: Arc<dyn Guard>,
    /// Who knows prices.
    pub oracle: Arc<dyn Oracle>,
    /// Who moves tokens.
    pub backend: Arc<dyn Backend>,
    /// Wall time.
    pub clock: Arc<dyn Clock>,
    /// What is counted.
    pub metrics: Metrics,
    /// Writes what the senders of messages are told.
    pub composer: Composer,
    /// Whether the contracts are what was pinned.
    pub pins: Pins,
}

/// The runner.
#[derive(Debug)]
pub struct Runner {
    parts: Parts,
    pace: Pace,
    actor: Actor,
    wake: Arc<Notify>,
}

impl Runner {
    /// A runner. `wake` makes it look at once.
    pub fn new(parts: Parts, pace: Pace, wake: Arc<Notify>) -> Self {
        Self { parts, pace, actor: Actor::gateway(), wake }
    }

    /// Works while this replica leads, until it is told to stop.
    ///
    /// # Errors
    /// None: what fails is tried again, and a fence ends a term and not the process.
    pub async fn run(
        self,
        mut leadership: watch::Receiver<Option<Leadership>>,
        stop: CancellationToken,
    ) -> Result<(), std::convert::Infallible> {
        let mut unwell = false;
        loop {
            let began = Instant::now();
            let leads = leadership.borrow_and_update().clone();
            let moved = match leads {
                Some(leads) => self.tick(&leads).await,
                None => Ok(0),
            };
            match &moved {
                Ok(_) if std::mem::take(&mut unwell) => tracing::info!("requests are carried on again"),
                Ok(_) => {}
                // Once per change of state: a dead database would fill the log otherwise.
                Err(error) if !std::mem::replace(&mut unwell, true) => {
                    tracing::warn!(error = %Chain(error), "requests are held up");
                }
                Err(_) => {}
            }
            // Where there is much to do, what comes in meanwhile goes together.
            let pause = if matches!(moved, Ok(moved) if moved > 0) { self.pace.poll / 2 } else { self.pace.poll };
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = self.wake.notified() => {}
                _ = leadership.changed() => {}
                () = tokio::time::sleep_until(began + pause) => {}
            }
        }
    }

    /// Looks once at what is due; answers how many requests moved.
    ///
    /// # Errors
    /// The first failure; the others are looked at all the same.
    pub async fn tick(&self, leads: &Leadership) -> Result<usize, Error> {
        let due = self.parts.store.list_due(self.now(), self.pace.batch).await?;
        // What is on its way comes first: what ends in vain counts no more against the limits of what is to be begun.
        let (underway, others): (Vec<_>, Vec<_>) =
            due.into_iter().partition(|request| is_underway(request.saga.state.due()));
        let (moved, first) = self.carry_on(leads, underway).await?;
        let (begun, second) = self.carry_on(leads, others).await?;
        first.and(second).map(|()| moved.saturating_add(begun))
    }

    /// Carries requests on. How many moved, and the first failure of one of them.
    async fn carry_on(&self, leads: &Leadership, requests: Vec<Request>) -> Result<(usize, Result<(), Error>), Error> {
        let mut round = Round::ask(self, &requests).await?;
        let (mut walks, mut later, mut first) = (Vec::new(), Vec::new(), Ok(()));
        for request in &requests {
            let (walk, outcome) = self.walk(request, &mut round).await;
            first = first.and(outcome);
            if walk.steps.is_empty() {
                later.extend(walk.until.map(|until| (request, until)));
            } else {
                walks.push(walk);
            }
        }
        self.parts.store.postpone(&later).await?;
        let (moved, outcome) = self.write_all(leads, walks).await?;
        Ok((moved, first.and(outcome)))
    }

    /// Records what was found, all of it at once; one by one where that does not go, since one may be to blame.
    async fn write_all(&self, leads: &Leadership, walks: Vec<Walk>) -> Result<(usize, Result<(), Error>), Error> {
        if walks.is_empty() {
            return Ok((0, Ok(())));
        }
        let (ways, spans): (Vec<_>, Vec<_>) = walks.into_iter().map(Walk::apart).unzip();
        let written = self.parts.store.advance(leads, &ways).await;
        drop(spans);
        match written {
            Ok(Written::Done) => {
                self.told(&ways);
                return Ok((ways.len(), Ok(())));
            }
            Ok(Written::Overtaken) => {}
            Err(error) if error.is_retryable() || matches!(error, StoreError::Fenced { .. }) => {
                return Err(error.into());
            }
            Err(_) => {}
        }
        let (mut moved, mut first) = (0_usize, Ok(()));
        for way in ways {
            match self.write_alone(leads, way).await {
                Ok(written) => moved = moved.saturating_add(usize::from(written)),
                Err(error) if error.is_fenced() => return Err(error),
                Err(error) => first = first.and(Err(error)),
            }
        }
        Ok((moved, first))
    }

    /// Whether it was written, perhaps otherwise than was meant: the books may not have what is to be given, and of some
    /// systems another errand may be open.
    async fn write_alone(&self, leads: &Leadership, mut way: Way) -> Result<bool, Error> {
        let refused = match self.parts.store.advance(leads, std::slice::from_ref(&way)).await {
            Ok(Written::Done) => {
                self.told(std::slice::from_ref(&way));
                return Ok(true);
            }
            Ok(Written::Overtaken) => return Ok(false),
            Err(refused) => refused,
        };
        match refused.violated_constraint() {
            Some("ledger_account_not_overdrawn") => {}
            Some("errand_one_of_a_lane") => {
                self.parts.store.postpone(&[(&way.request, self.now().after(self.pace.retry))]).await?;
                return Ok(false);
            }
            Some(_) | None => {
                self.write_before(leads, way).await?;
                return Err(refused.into());
            }
        }
        way.steps.pop();
        let mut walk = Walk::resume(way);
        self.take(&mut walk, Step::of(Event::Held(Hold::Books), &self.actor, self.now()))?;
        let (way, _span) = walk.apart();
        let written = self.parts.store.advance(leads, std::slice::from_ref(&way)).await? == Written::Done;
        Ok(written)
    }

    /// Writes what comes before a step that cannot be written, which is tried again later.
    async fn write_before(&self, leads: &Leadership, mut way: Way) -> Result<(), Error> {
        let later = self.now().after(self.pace.retry);
        way.steps.pop();
        let written = match way.steps.last_mut() {
            Some((_, last)) => {
                last.due_at = Some(later);
                self.parts.store.advance(leads, std::slice::from_ref(&way)).await
            }
            None => Ok(Written::Overtaken),
        };
        match written {
            Ok(Written::Done) => Ok(()),
            Ok(Written::Overtaken) | Err(_) => Ok(self.parts.store.postpone(&[(&way.request, later)]).await?),
        }
    }

    /// Says what was written: to whoever counts, and to whoever brings it about.
    fn told(&self, ways: &[Way]) {
        let steps = || ways.iter().flat_map(|way| way.steps.iter().map(move |step| (&way.request, step)));
        for (request, (transition, step)) in steps() {
            self.parts.metrics.ended(request, transition.saga.state, step.at);
        }
        if steps().any(|(_, (_, step))| step.effect.is_some()) {
            self.parts.backend.wake();
        }
    }

    fn now(&self) -> Timestamp {
        self.parts.clock.now()
    }
}
