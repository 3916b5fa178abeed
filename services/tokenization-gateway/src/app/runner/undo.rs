//! What leaves this chain: whether it arrived, and how it is given back when it never will.

use causeway_primitives::Timestamp;
use causeway_store::lease::Leadership;

use super::{Found, Runner};
use crate::{
    adapters::store::Step,
    app::Error,
    domain::{
        instruction::Instruction,
        request::Request,
        saga::{Doubt, Event, Saga, State},
    },
    ports::{Arrival, Progress, Sighting},
};

impl Runner {
    /// Of what is proven here: whether it is where it was to go. Asked seldom, since other chains take their time.
    pub(super) async fn follow(&self, leads: &Leadership, request: &Request) -> Result<bool, Error> {
        let step = |event| Found::Step(Step::of(event, &self.actor, self.now()));
        let found = match self.parts.backend.arrival(request).await {
            Arrival::Here | Arrival::Arrived => step(Event::Reconciled),
            Arrival::Unsent => return self.send_on(leads, request).await,
            Arrival::Declined => step(Event::Undo),
            Arrival::OtherContent => step(Event::Doubted(Doubt::OtherContent)),
            Arrival::Stranded if request.saga.state == State::Mined => step(Event::Doubted(Doubt::Undelivered)),
            Arrival::Stranded | Arrival::Underway | Arrival::Unreadable => {
                Found::Later(self.now().after(self.pace.retry))
            }
        };
        self.write(leads, request, found).await
    }

    /// Journals the second half under leave of its own. While another one is open on the same way, it waits.
    async fn send_on(&self, leads: &Leadership, request: &Request) -> Result<bool, Error> {
        let later = Found::Later(self.now().after(self.pace.retry));
        let Instruction { asset, units, .. } = &request.instruction;
        let Ok(leave) = self.parts.guard.take(asset, *units) else {
            return self.write(leads, request, later).await;
        };
        let Ok(effect) = self.parts.backend.onward(request, self.expiry(leave)).await else {
            return self.write(leads, request, later).await;
        };
        let due_at = Some(self.now().after(self.pace.watch));
        let step = Step { effect: Some(&effect), due_at, ..Step::of(Event::SentOn, &self.actor, self.now()) };
        match self.write(leads, request, Found::Step(step)).await {
            Err(Error::Store(error)) if error.violated_constraint() == Some("errand_one_of_a_lane") => {
                self.write(leads, request, later).await
            }
            written => written,
        }
    }

    /// Gives back what was taken, under a reference of its own and as carefully as it was taken: the chain is asked first,
    /// the guard gives leave, and the attempt is journaled with the step. How many there were, the steps say.
    pub(super) async fn undo(&self, leads: &Leadership, request: &Request, soon: Timestamp) -> Result<bool, Error> {
        let later = Found::Later(self.now().after(self.pace.retry));
        let Some(reversal) = self.parts.backend.reversal(request) else {
            return self.write(leads, request, later).await;
        };
        match self.parts.backend.look_up(&reversal).await {
            Sighting::Found => return self.step(leads, request, Event::Undone).await,
            Sighting::OtherContent => {
                tracing::error!(request_id = %request.id, "the reference of an undoing was used for something else");
                return self.write(leads, request, later).await;
            }
            Sighting::Unreadable => return self.write(leads, request, Found::Later(soon)).await,
            Sighting::Absent => {}
        }
        let steps = self.parts.store.list_steps(request.id).await?;
        // The first of them is the decision.
        let attempts = steps.iter().filter(|step| step.event == Event::Undo.as_str()).count().saturating_sub(1);
        let attempt = u32::try_from(attempts).unwrap_or(u32::MAX);
        let reversal = Request { saga: Saga { attempt, ..request.saga }, ..reversal };
        if attempt > 0 {
            match self.parts.backend.progress(&reversal).await? {
                Progress::Unsigned | Progress::Signed | Progress::Mined(_) => {
                    return self.write(leads, request, Found::Later(soon)).await;
                }
                // What the token refuses now, it may take later: tried again, and not all the time.
                Progress::WouldRevert if self.now().since(request.updated_at) < self.pace.retry.saturating_mul(10) => {
                    return self.write(leads, request, later).await;
                }
                Progress::WouldRevert | Progress::Lapsed | Progress::Doubtful | Progress::Conflict => {}
            }
        }
        self.give_back(leads, request, &reversal).await
    }

    async fn give_back(&self, leads: &Leadership, request: &Request, reversal: &Request) -> Result<bool, Error> {
        let Instruction { asset, units, .. } = &request.instruction;
        let attempt = reversal.saga.attempt.saturating_add(1);
        let leave = self.parts.guard.take(asset, *units);
        let effect = leave.ok().and_then(|leave| self.parts.backend.effect(reversal, attempt, self.expiry(leave)).ok());
        let Some(effect) = effect else {
            return self.write(leads, request, Found::Later(self.now().after(self.pace.retry))).await;
        };
        let step = Step { effect: Some(&effect), ..Step::of(Event::Undo, &self.actor, self.now()) };
        let moved = self.write(leads, request, Found::Step(step)).await?;
        self.parts.backend.wake();
        Ok(moved)
    }
}
