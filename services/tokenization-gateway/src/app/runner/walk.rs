//! One request, as far as it goes now.

use causeway_primitives::Timestamp;
use causeway_telemetry::propagation::continue_stored;
use tracing::{Instrument as _, Span, info_span};

use super::{
    Runner,
    round::{Round, is_underway},
};
use crate::{
    adapters::store::{Step, Way},
    app::{Error, report},
    domain::{
        authorise::{Application, Refusal, Verdict, authorise},
        instruction::Instruction,
        request::Request,
        saga::{Doubt, Due, Event, Hold, Rejection, State, Transition, next},
        valuation::value,
    },
    ports::{Leave, Progress, Sighting},
};

/// More steps than any way has between two things that happen outside.
const MOST_STEPS: usize = 8;

/// What comes of a look at a request.
pub(super) enum Found {
    /// A step, with what it brings.
    Step(Box<Step>),
    /// Nothing new: look again at this time.
    Later(Timestamp),
    /// Nothing, until somebody else moves it or the next round asks.
    Nothing,
}

/// The steps of a request in this round.
pub(super) struct Walk {
    /// As it was read.
    request: Request,
    /// Where it stands behind its steps.
    pub(super) now: Request,
    pub(super) steps: Vec<(Transition, Step)>,
    /// When to look again at one that took none.
    pub(super) until: Option<Timestamp>,
    spans: Vec<Span>,
}

impl Walk {
    fn new(request: &Request) -> Self {
        Self { request: request.clone(), now: request.clone(), steps: Vec::new(), until: None, spans: Vec::new() }
    }

    /// At the end of these steps.
    pub(super) fn resume(way: Way) -> Self {
        let mut walk = Self::new(&way.request);
        if let Some((transition, _)) = way.steps.last() {
            walk.now.saga = transition.saga;
        }
        walk.steps = way.steps;
        walk
    }

    /// What is written, and the spans that last for as long as that takes.
    pub(super) fn apart(mut self) -> (Way, Vec<Span>) {
        if let (Some((_, last)), Some(until)) = (self.steps.last_mut(), self.until) {
            last.due_at = Some(until);
        }
        (Way { request: self.request, steps: self.steps }, self.spans)
    }
}

impl Runner {
    /// Takes what steps can be taken now: up to where something outside has to happen, somebody has to decide, or something
    /// fails, which does not take back the steps before it.
    pub(super) async fn walk(&self, request: &Request, round: &mut Round) -> (Walk, Result<(), Error>) {
        let mut walk = Walk::new(request);
        let mut outcome = Ok(());
        for _ in 0..MOST_STEPS {
            match self.go_on(&mut walk, round).await {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    walk.until = Some(self.now().after(self.pace.retry));
                    outcome = Err(error);
                    break;
                }
            }
        }
        self.count(request, &walk.now, round);
        (walk, outcome)
    }

    /// Takes one step. Whether the next may be taken as well.
    async fn go_on(&self, walk: &mut Walk, round: &mut Round) -> Result<bool, Error> {
        let step = match self.look(&walk.now, round).await? {
            Found::Step(step) => step,
            Found::Later(until) => {
                walk.until = Some(until);
                return Ok(false);
            }
            Found::Nothing => return Ok(false),
        };
        let acts = step.effect.is_some() || step.event == Event::Undo;
        self.take(walk, *step)?;
        // What waits was asked just now. What goes back to its beginning is begun with the others.
        let due = walk.now.saga.state.due();
        let underway = is_underway(walk.request.saga.state.due());
        Ok(!acts && due != Due::Retry && is_underway(due) == underway)
    }

    /// What this round has authorised counts against the limits of what comes behind.
    fn count(&self, before: &Request, now: &Request, round: &mut Round) {
        let is_counted = |state: State| matches!(state, State::Approved | State::Guarded | State::Submitting);
        if is_counted(now.saga.state)
            && !is_counted(before.saga.state)
            && let Some(tally) = round.tallies.get_mut(&now.instruction.asset)
        {
            tally.add(now);
        }
    }

    /// Puts a step behind those that were taken.
    pub(super) fn take(&self, walk: &mut Walk, step: Step) -> Result<(), Error> {
        let transition = next(walk.now.saga, step.event)?;
        let answers = match transition.answer {
            Some(answer) => self.parts.composer.compose(&walk.now, answer, step.at).map_err(Error::Answer)?,
            None => Vec::new(),
        };
        let waits = transition.saga.state.due() == Due::Retry;
        let due_at = if waits { Some(self.again(&walk.now, transition.saga.state)) } else { step.due_at };
        let step = Step { answers, due_at, report: Some(report), ..step };
        let (event, state) = (step.event.as_str(), transition.saga.state.as_str());
        let span = info_span!("step", request_id = %walk.now.id, event, state);
        walk.spans.push(traced(&walk.now, span));
        walk.now.saga = transition.saga;
        walk.now.updated_at = step.at;
        if let Some(valuation) = &step.valuation {
            walk.now.valuation = Some(valuation.clone());
        }
        if let Some(on_chain) = step.on_chain {
            walk.now.on_chain = Some(on_chain);
        }
        walk.steps.push((transition, step));
        Ok(())
    }

    /// What is due of a request.
    async fn look(&self, request: &Request, round: &mut Round) -> Result<Found, Error> {
        let soon = self.now().after(self.pace.watch);
        let sighting = round.sightings.get(&request.id).copied();
        Ok(match request.saga.state.due() {
            Due::Value => {
                let span = traced(request, info_span!("value", request_id = %request.id));
                self.value(request, round).instrument(span).await
            }
            Due::Authorise => {
                let event = self.authorise(request, round).await?;
                self.step(event)
            }
            Due::Clear => self.step(match self.parts.guard.stands() {
                Ok(()) => Event::Cleared,
                Err(_) => Event::Held(Hold::Guard),
            }),
            Due::Journal => {
                let span = traced(request, info_span!("journal", request_id = %request.id));
                span.in_scope(|| self.journal(request))
            }
            Due::Watch => self.watch(request, round, soon),
            Due::Report => self.step(Event::Reported),
            Due::LookUp => match sighting {
                Some(Sighting::Found) => self.step(Event::Found),
                Some(Sighting::Absent) => self.step(Event::Absent),
                Some(Sighting::OtherContent) => self.step(Event::Doubted(Doubt::OtherContent)),
                Some(Sighting::Unreadable) => Found::Later(soon),
                None => Found::Nothing,
            },
            Due::Prove => match sighting {
                Some(Sighting::Found) => self.follow(request, round).await,
                Some(Sighting::OtherContent) => self.step(Event::Doubted(Doubt::OtherContent)),
                // The receipt is final and the quorum's block is older: it has to catch up.
                Some(Sighting::Absent | Sighting::Unreadable) => Found::Later(soon),
                None => Found::Nothing,
            },
            Due::Follow => self.follow(request, round).await,
            Due::Undo => self.undo(request, soon).await?,
            Due::Retry if self.may_go_on(request, round).await => self.step(Event::Released),
            Due::Retry => Found::Later(self.again(request, request.saga.state)),
            // The intake leaves nothing there.
            Due::Intake | Due::Person | Due::Nothing => Found::Nothing,
        })
    }

    /// When to look again at one that waits: after a while, or when its day begins.
    fn again(&self, request: &Request, state: State) -> Timestamp {
        let later = self.now().after(self.pace.retry);
        match (state.hold(), request.not_before) {
            (Some(Hold::ValueDate), Some(begins)) => begins,
            (_, _) => later,
        }
    }

    async fn value(&self, request: &Request, round: &mut Round) -> Found {
        if !self.has_begun(request) {
            return self.step(Event::Held(Hold::ValueDate));
        }
        let asset = self.parts.catalogue.asset(&request.instruction.asset);
        let Some((feed, demand)) = asset.and_then(|asset| asset.price.as_ref()) else {
            return self.step(Event::Valued);
        };
        match value(round.quote(self, feed).await, *demand) {
            Ok(valuation) => self.step_with(Event::Valued, |step| step.valuation = Some(valuation)),
            Err(unvalued) => self.step(Event::Held(Hold::Valuation(unvalued))),
        }
    }

    /// Whether the day that it is for has come.
    fn has_begun(&self, request: &Request) -> bool {
        request.not_before.is_none_or(|begins| begins <= self.now())
    }

    /// Whether what a request waits for is there: asked before it is moved, so that a long wait is one step and not a
    /// thousand.
    async fn may_go_on(&self, request: &Request, round: &mut Round) -> bool {
        match request.saga.state.hold() {
            Some(Hold::ValueDate) => self.has_begun(request),
            Some(Hold::Guard) => self.parts.guard.stands().is_ok(),
            Some(Hold::Valuation(_)) => {
                let asset = self.parts.catalogue.asset(&request.instruction.asset);
                match asset.and_then(|asset| asset.price.as_ref()) {
                    Some((feed, demand)) => value(round.quote(self, feed).await, *demand).is_ok(),
                    None => true,
                }
            }
            Some(Hold::Duplicate | Hold::Approval | Hold::Books | Hold::Chain) | None => false,
        }
    }

    async fn authorise(&self, request: &Request, round: &mut Round) -> Result<Event, Error> {
        let asset = &request.instruction.asset;
        let Some(known) = self.parts.catalogue.asset(asset) else {
            return Ok(Event::Rejected(Rejection::Rule(Refusal::KindNotAllowed)));
        };
        let now = self.now();
        let tally = round.tally(self, asset, now).await?;
        let application = Application {
            instruction: &request.instruction,
            basis: request.basis,
            maker: &request.maker,
            approvals: &request.approvals,
            moved_today: tally.moved_today,
            supply: tally.supply,
        };
        Ok(match authorise(now, &application, &known.policy) {
            Verdict::Authorised => Event::Authorised,
            Verdict::AwaitsApproval => Event::Held(Hold::Approval),
            Verdict::Refused(refusal) => Event::Rejected(Rejection::Rule(refusal)),
        })
    }

    /// Takes the guard's leave and journals the effect under it, so that nothing is signed when the leave is over.
    fn journal(&self, request: &Request) -> Found {
        let Instruction { asset, units, .. } = &request.instruction;
        if !self.parts.pins.agree(asset) {
            return self.step(Event::Held(Hold::Chain));
        }
        let Ok(leave) = self.parts.guard.take(asset, *units) else {
            return self.step(Event::Held(Hold::Guard));
        };
        let attempt = request.saga.attempt.saturating_add(1);
        let Ok(effect) = self.parts.backend.effect(request, attempt, self.expiry(leave)) else {
            return self.step(Event::Held(Hold::Chain));
        };
        self.step_with(Event::Journaled, |step| {
            step.effect = Some(effect);
            step.due_at = Some(step.at.after(self.pace.watch));
        })
    }

    fn watch(&self, request: &Request, round: &Round, soon: Timestamp) -> Found {
        let Some(progress) = round.progress.get(&request.id) else { return Found::Nothing };
        match *progress {
            Progress::Unsigned => Found::Later(soon),
            Progress::Signed if request.saga.state == State::Submitting => {
                self.step_with(Event::Signed, |step| step.due_at = Some(soon))
            }
            Progress::Signed => Found::Later(soon),
            Progress::Mined(on_chain) => self.step_with(Event::Mined, |step| step.on_chain = Some(on_chain)),
            Progress::Lapsed => self.step(Event::Lapsed),
            Progress::WouldRevert => self.step(Event::WouldRevert),
            Progress::Doubtful => self.step(Event::Doubted(Doubt::Unseen)),
            Progress::Conflict => self.step(Event::Doubted(Doubt::OtherContent)),
        }
    }

    /// Until when that may be begun which is done under this leave.
    pub(super) fn expiry(&self, leave: Leave) -> Timestamp {
        self.now().after(leave.good_for.min(self.pace.sign_within))
    }

    pub(super) fn step(&self, event: Event) -> Found {
        self.step_with(event, |_| {})
    }

    pub(super) fn step_with(&self, event: Event, bring: impl FnOnce(&mut Step)) -> Found {
        let mut step = Step::of(event, &self.actor, self.now());
        bring(&mut step);
        Found::Step(Box::new(step))
    }
}

/// Whatever is done of a request belongs to the trace in which it was taken, hours and processes later.
fn traced(request: &Request, span: Span) -> Span {
    continue_stored(span, request.traceparent.as_deref())
}
