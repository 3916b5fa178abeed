//! Carries requests on: of each that is due, the one thing that is due, recorded in one transaction before the next.
//!
//! Only the leader runs it, and every step carries his epoch. Whatever is asked of guard, oracle and chain is asked again
//! after a crash, because none of the questions changes anything; the one thing that does, the effect, is a row of the
//! sender's journal that is written with the step.

mod undo;

use std::{pin::pin, sync::Arc, time::Duration};

use causeway_primitives::Timestamp;
use causeway_runtime::clock::Clock;
use causeway_store::lease::Leadership;
use causeway_telemetry::{Chain, propagation::continue_stored};
use futures_util::{StreamExt as _, stream};
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument as _, Span, info_span};

use super::{Catalogue, Composer, Error, Pins, report};
use crate::{
    adapters::store::{Step, Store, Written},
    domain::{
        actor::Actor,
        authorise::{Application, Refusal, Verdict, authorise},
        instruction::Instruction,
        request::Request,
        saga::{Doubt, Due, Event, Hold, Rejection, State, next},
        units::Units,
        valuation::value,
    },
    metrics::Metrics,
    ports::{Backend, Guard, Leave, Oracle, Progress, Sighting},
};

/// So many requests are attended to at once: their questions to guard, oracle and chain overlap. Their steps do not, because
/// the record is one; more would only hold connections that callers need.
const SIDE_BY_SIDE: usize = 8;

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

/// What is to be written of a look at a request.
enum Found<'a> {
    /// A step, with what it brings.
    Step(Step<'a>),
    /// Nothing new: look again at this time.
    Later(Timestamp),
    /// Nothing, until somebody else moves it.
    Nothing,
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
            if matches!(moved, Ok(moved) if moved > 0) && !stop.is_cancelled() {
                continue;
            }
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = self.wake.notified() => {}
                _ = leadership.changed() => {}
                () = tokio::time::sleep(self.pace.poll) => {}
            }
        }
    }

    /// Looks once at what is due; answers how many requests moved.
    ///
    /// # Errors
    /// The first failure; the others are looked at all the same.
    pub async fn tick(&self, leads: &Leadership) -> Result<usize, Error> {
        let due = self.parts.store.list_due(self.now(), self.pace.batch).await?;
        let is_judged = |request: &Request| request.saga.state.due() == Due::Authorise;
        let (judged, others): (Vec<_>, Vec<_>) = due.into_iter().partition(is_judged);
        let attend = |request: Request| async move {
            let outcome = self.attend(leads, &request).await;
            (request, outcome)
        };
        let side_by_side = stream::iter(others).map(attend).buffer_unordered(SIDE_BY_SIDE);
        // What is authorised counts against the limits of the next: these are attended to one after the other.
        let mut attended = pin!(side_by_side.chain(stream::iter(judged).then(attend)));
        let (mut moved, mut first) = (0_usize, Ok(()));
        while let Some((request, outcome)) = attended.next().await {
            match outcome {
                Ok(true) => moved = moved.saturating_add(1),
                Ok(false) => {}
                Err(error) if error.is_fenced() => return Err(error),
                Err(error) => {
                    self.parts.store.postpone(&request, self.now().after(self.pace.retry)).await?;
                    first = first.and(Err(error));
                }
            }
        }
        first.map(|()| moved)
    }

    /// Does what is due of one request. Whether it moved.
    async fn attend(&self, leads: &Leadership, request: &Request) -> Result<bool, Error> {
        let soon = self.now().after(self.pace.watch);
        let step = |event| Found::Step(Step::of(event, &self.actor, self.now()));
        let found = match request.saga.state.due() {
            Due::Value => return self.value(leads, request).await,
            Due::Journal => {
                let span = traced(request, info_span!("journal", request_id = %request.id));
                return self.journal(leads, request).instrument(span).await;
            }
            Due::Watch => return self.watch(leads, request, soon).await,
            Due::Report => step(Event::Reported),
            Due::Authorise => step(self.authorise(request).await?),
            Due::Clear => step(match self.parts.guard.stands() {
                Ok(()) => Event::Cleared,
                Err(_) => Event::Held(Hold::Guard),
            }),
            Due::LookUp => match self.parts.backend.look_up(request).await {
                Sighting::Found => step(Event::Found),
                Sighting::Absent => step(Event::Absent),
                Sighting::OtherContent => step(Event::Doubted(Doubt::OtherContent)),
                Sighting::Unreadable => Found::Later(soon),
            },
            Due::Prove => match self.parts.backend.look_up(request).await {
                Sighting::Found => return self.follow(leads, request).await,
                Sighting::OtherContent => step(Event::Doubted(Doubt::OtherContent)),
                // The receipt is final and the quorum's block is older: it has to catch up.
                Sighting::Absent | Sighting::Unreadable => Found::Later(soon),
            },
            Due::Follow => return self.follow(leads, request).await,
            Due::Undo => return self.undo(leads, request, soon).await,
            Due::Retry if self.may_go_on(request).await => step(Event::Released),
            Due::Retry => Found::Later(self.now().after(self.pace.retry)),
            // The intake leaves nothing there.
            Due::Intake | Due::Person | Due::Nothing => Found::Nothing,
        };
        self.write(leads, request, found).await
    }

    async fn value(&self, leads: &Leadership, request: &Request) -> Result<bool, Error> {
        let asset = self.parts.catalogue.asset(&request.instruction.asset);
        let Some((feed, demand)) = asset.and_then(|asset| asset.price.as_ref()) else {
            return self.step(leads, request, Event::Valued).await;
        };
        match value(self.parts.oracle.quote(feed).await, *demand) {
            Ok(valuation) => {
                let step = Step { valuation: Some(&valuation), ..Step::of(Event::Valued, &self.actor, self.now()) };
                self.write(leads, request, Found::Step(step)).await
            }
            Err(unvalued) => self.step(leads, request, Event::Held(Hold::Valuation(unvalued))).await,
        }
    }

    /// Whether what a request waits for is there: asked before it is moved, so that a long wait is one step and not a
    /// thousand.
    async fn may_go_on(&self, request: &Request) -> bool {
        match request.saga.state.hold() {
            Some(Hold::Guard) => self.parts.guard.stands().is_ok(),
            Some(Hold::Valuation(_)) => {
                let asset = self.parts.catalogue.asset(&request.instruction.asset);
                match asset.and_then(|asset| asset.price.as_ref()) {
                    Some((feed, demand)) => value(self.parts.oracle.quote(feed).await, *demand).is_ok(),
                    None => true,
                }
            }
            Some(Hold::Duplicate | Hold::Approval | Hold::Books | Hold::Chain) | None => false,
        }
    }

    async fn authorise(&self, request: &Request) -> Result<Event, Error> {
        Ok(match self.verdict(request).await? {
            Verdict::Authorised => Event::Authorised,
            Verdict::AwaitsApproval => Event::Held(Hold::Approval),
            Verdict::Refused(refusal) => Event::Rejected(Rejection::Rule(refusal)),
        })
    }

    async fn verdict(&self, request: &Request) -> Result<Verdict, Error> {
        let Instruction { asset, .. } = &request.instruction;
        let Some(known) = self.parts.catalogue.asset(asset) else {
            return Ok(Verdict::Refused(Refusal::KindNotAllowed));
        };
        let (store, now) = (&self.parts.store, self.now());
        let totals = store.get_books(asset).await?.totals()?;
        let parts = [totals.held, totals.in_transfer, totals.uncertain, store.waiting_mints(request).await?];
        let supply = parts.into_iter().try_fold(Units::ZERO, Units::checked_add).unwrap_or(Units::MAX);
        let application = Application {
            instruction: &request.instruction,
            basis: request.basis,
            maker: &request.maker,
            approvals: &request.approvals,
            moved_today: store.moved_since(request, day_of(now)).await?,
            supply,
        };
        Ok(authorise(now, &application, &known.policy))
    }

    /// Takes the guard's leave and journals the effect under it, so that nothing is signed when the leave is over.
    async fn journal(&self, leads: &Leadership, request: &Request) -> Result<bool, Error> {
        let Instruction { asset, units, .. } = &request.instruction;
        if !self.parts.pins.agree(asset) {
            return self.step(leads, request, Event::Held(Hold::Chain)).await;
        }
        let Ok(leave) = self.parts.guard.take(asset, *units) else {
            return self.step(leads, request, Event::Held(Hold::Guard)).await;
        };
        let attempt = request.saga.attempt.saturating_add(1);
        let Ok(effect) = self.parts.backend.effect(request, attempt, self.expiry(leave)) else {
            return self.step(leads, request, Event::Held(Hold::Chain)).await;
        };
        let step = Step { effect: Some(&effect), ..Step::of(Event::Journaled, &self.actor, self.now()) };
        match self.write(leads, request, Found::Step(step)).await {
            Err(Error::Store(error)) if error.violated_constraint() == Some("ledger_account_not_overdrawn") => {
                self.step(leads, request, Event::Held(Hold::Books)).await
            }
            Ok(moved) => {
                self.parts.backend.wake();
                Ok(moved)
            }
            Err(error) => Err(error),
        }
    }

    async fn watch(&self, leads: &Leadership, request: &Request, soon: Timestamp) -> Result<bool, Error> {
        let progress = self.parts.backend.progress(request).await?;
        let step = |event| Step::of(event, &self.actor, self.now());
        let found = match &progress {
            Progress::Unsigned => Found::Later(soon),
            Progress::Signed if request.saga.state == State::Submitting => {
                Found::Step(Step { due_at: Some(soon), ..step(Event::Signed) })
            }
            Progress::Signed => Found::Later(soon),
            Progress::Mined(on_chain) => Found::Step(Step { on_chain: Some(on_chain), ..step(Event::Mined) }),
            Progress::Lapsed => Found::Step(step(Event::Lapsed)),
            Progress::WouldRevert => Found::Step(step(Event::WouldRevert)),
            Progress::Doubtful => Found::Step(step(Event::Doubted(Doubt::Unseen))),
            Progress::Conflict => Found::Step(step(Event::Doubted(Doubt::OtherContent))),
        };
        self.write(leads, request, found).await
    }

    /// Until when that may be begun which is done under this leave.
    fn expiry(&self, leave: Leave) -> Timestamp {
        self.now().after(leave.good_for.min(self.pace.sign_within))
    }

    async fn step(&self, leads: &Leadership, request: &Request, event: Event) -> Result<bool, Error> {
        self.write(leads, request, Found::Step(Step::of(event, &self.actor, self.now()))).await
    }

    /// Records what was found. Whether the request moved.
    async fn write(&self, leads: &Leadership, request: &Request, found: Found<'_>) -> Result<bool, Error> {
        let step = match found {
            Found::Step(step) => step,
            Found::Later(until) => {
                self.parts.store.postpone(request, until).await?;
                return Ok(false);
            }
            Found::Nothing => return Ok(false),
        };
        let transition = next(request.saga, step.event)?;
        let answers = match transition.answer {
            Some(answer) => self.parts.composer.compose(request, answer, step.at).map_err(Error::Answer)?,
            None => Vec::new(),
        };
        let waits = transition.saga.state.due() == Due::Retry;
        let due_at = if waits { Some(step.at.after(self.pace.retry)) } else { step.due_at };
        let step = Step { answers: &answers, due_at, report: Some(report), ..step };
        let (event, state) = (step.event.as_str(), transition.saga.state.as_str());
        let span = traced(request, info_span!("step", request_id = %request.id, event, state));
        let advanced = self.parts.store.advance(leads, request, &transition, &step).instrument(span).await?;
        let written = advanced == Written::Done;
        if written {
            self.parts.metrics.ended(request, transition.saga.state, step.at);
        }
        Ok(written)
    }

    fn now(&self) -> Timestamp {
        self.parts.clock.now()
    }
}

/// Whatever is done of a request belongs to the trace in which it was taken, hours and processes later.
fn traced(request: &Request, span: Span) -> Span {
    continue_stored(span, request.traceparent.as_deref())
}

/// The first moment of the day in UTC: what limits per day count from.
fn day_of(now: Timestamp) -> Timestamp {
    const DAY: u64 = 86_400;
    Timestamp::from_secs(now.as_secs() / DAY * DAY).unwrap_or(now)
}
