//! What leaves this chain: whether it arrived, and how it is given back when it never will.

use causeway_primitives::Timestamp;

use super::{Runner, round::Round, walk::Found};
use crate::{
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
    pub(super) async fn follow(&self, request: &Request, round: &Round) -> Found {
        let Some(arrival) = round.arrivals.get(&request.id) else { return Found::Nothing };
        match arrival {
            Arrival::Here | Arrival::Arrived => self.step(Event::Reconciled),
            Arrival::Unsent => self.send_on(request).await,
            Arrival::Declined => self.step(Event::Undo),
            Arrival::OtherContent => self.step(Event::Doubted(Doubt::OtherContent)),
            Arrival::Stranded if request.saga.state == State::Mined => self.step(Event::Doubted(Doubt::Undelivered)),
            Arrival::Stranded | Arrival::Underway | Arrival::Unreadable => self.in_a_while(),
        }
    }

    /// Journals the second half under leave of its own. While another one is open on the same way, it waits.
    async fn send_on(&self, request: &Request) -> Found {
        let Instruction { asset, units, .. } = &request.instruction;
        let Ok(leave) = self.parts.guard.take(asset, *units) else { return self.in_a_while() };
        let Ok(effect) = self.parts.backend.onward(request, self.expiry(leave)).await else {
            return self.in_a_while();
        };
        self.step_with(Event::SentOn, |step| {
            step.effect = Some(effect);
            step.due_at = Some(step.at.after(self.pace.watch));
        })
    }

    /// Gives back what was taken, under a reference of its own and as carefully as it was taken: the chain is asked first,
    /// the guard gives leave, and the attempt is journaled with the step. How many there were, the steps say.
    pub(super) async fn undo(&self, request: &Request, soon: Timestamp) -> Result<Found, Error> {
        let Some(reversal) = self.parts.backend.reversal(request) else { return Ok(self.in_a_while()) };
        match self.parts.backend.look_up(&[&reversal]).await.first() {
            Some(Sighting::Found) => return Ok(self.step(Event::Undone)),
            Some(Sighting::OtherContent) => {
                tracing::error!(request_id = %request.id, "the reference of an undoing was used for something else");
                return Ok(self.in_a_while());
            }
            Some(Sighting::Unreadable) | None => return Ok(Found::Later(soon)),
            Some(Sighting::Absent) => {}
        }
        let steps = self.parts.store.list_steps(request.id).await?;
        // The first of them is the decision.
        let attempts = steps.iter().filter(|step| step.event == Event::Undo.as_str()).count().saturating_sub(1);
        let attempt = u32::try_from(attempts).unwrap_or(u32::MAX);
        let reversal = Request { saga: Saga { attempt, ..request.saga }, ..reversal };
        if attempt > 0 {
            match self.parts.backend.progress(&[&reversal]).await?.first() {
                Some(Progress::Unsigned | Progress::Signed | Progress::Mined(_)) => return Ok(Found::Later(soon)),
                // What the token refuses now, it may take later: tried again, and not all the time.
                Some(Progress::WouldRevert)
                    if self.now().since(request.updated_at) < self.pace.retry.saturating_mul(10) =>
                {
                    return Ok(self.in_a_while());
                }
                Some(Progress::WouldRevert | Progress::Lapsed | Progress::Doubtful | Progress::Conflict) | None => {}
            }
        }
        Ok(self.give_back(request, &reversal))
    }

    fn give_back(&self, request: &Request, reversal: &Request) -> Found {
        let Instruction { asset, units, .. } = &request.instruction;
        let attempt = reversal.saga.attempt.saturating_add(1);
        let leave = self.parts.guard.take(asset, *units);
        let effect = leave.ok().and_then(|leave| self.parts.backend.effect(reversal, attempt, self.expiry(leave)).ok());
        match effect {
            Some(effect) => self.step_with(Event::Undo, |step| step.effect = Some(effect)),
            None => self.in_a_while(),
        }
    }

    fn in_a_while(&self) -> Found {
        Found::Later(self.now().after(self.pace.retry))
    }
}
