//! What people decide: to approve, to refuse, to let go on.

use std::sync::Arc;

use causeway_primitives::{AssetId, Timestamp};
use causeway_runtime::clock::Clock;

use super::{Catalogue, Composer, Error, report};
use crate::{
    adapters::store::{AnswerRow, Step, Store, Way, Written},
    domain::{
        actor::Actor,
        authorise::Approval,
        request::{AnswerId, Request, RequestId},
        saga::{Doubt, Event, Hold, Rejection, State, next},
    },
    metrics::Metrics,
};

/// What a person decides of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Yes, as the second person.
    Approve,
    /// No.
    Refuse,
    /// Try again.
    Release,
    /// The reference on chain belongs to something else: give this one up.
    Disown,
}

impl Decision {
    const fn event(self) -> Event {
        match self {
            Self::Approve => Event::Approved,
            Self::Refuse => Event::Rejected(Rejection::Person),
            Self::Release => Event::Released,
            Self::Disown => Event::Disowned,
        }
    }
}

/// Why it was not done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotDecided {
    /// There is no such request.
    #[error("there is no such request")]
    Unknown,
    /// Whoever asked for it does not decide on it.
    #[error("whoever asked for a request does not decide on it")]
    SamePerson,
    /// His yes would not count: the asset's rules do not name him.
    #[error("{asset} is approved by others: its approvers do not name {person}")]
    NotAnApprover {
        /// Of what.
        asset: AssetId,
        /// Who.
        person: Actor,
    },
    /// Its day has not begun, and nobody lets it go on before.
    #[error("the request is for a day that begins at {begins}: refuse it, and order it anew for another day")]
    NotBefore {
        /// When its day begins.
        begins: Timestamp,
    },
    /// The request does not wait for that.
    #[error("the request is {} and does not wait for that", state.as_str())]
    NotWaiting {
        /// Where it stands.
        state: State,
    },
}

/// Where people decide. Cheap to clone; works on every replica.
#[derive(Debug, Clone)]
pub struct Desk {
    store: Store,
    catalogue: Arc<Catalogue>,
    clock: Arc<dyn Clock>,
    metrics: Metrics,
    composer: Composer,
}

impl Desk {
    /// On this database, by these rules; `composer` tells the senders of messages what was decided.
    pub fn new(
        (store, catalogue): (Store, Arc<Catalogue>),
        clock: Arc<dyn Clock>,
        metrics: Metrics,
        composer: Composer,
    ) -> Self {
        Self { store, catalogue, clock, metrics, composer }
    }

    /// Decides. Whether the person may at all was checked before; that it is a second one where it must be, and for a yes one
    /// whom the asset's rules name, is checked here, and when the request goes on again. `why` is for the record.
    ///
    /// # Errors
    /// The outer one when the machinery failed; the inner one when it was not done.
    pub async fn decide(
        &self,
        id: RequestId,
        person: &Actor,
        decision: Decision,
        why: Option<&str>,
    ) -> Result<Result<Request, NotDecided>, Error> {
        let Some(request) = self.store.find_request(id).await? else { return Ok(Err(NotDecided::Unknown)) };
        if needs_second(&request, decision) && person.may_be(&request.maker) {
            return Ok(Err(NotDecided::SamePerson));
        }
        if decision == Decision::Approve && !self.is_approver(person, &request.instruction.asset) {
            let (asset, person) = (request.instruction.asset, person.clone());
            return Ok(Err(NotDecided::NotAnApprover { asset, person }));
        }
        let at = self.clock.now();
        if let Some(begins) = too_early(&request, decision, at) {
            return Ok(Err(NotDecided::NotBefore { begins }));
        }
        let Ok(transition) = next(request.saga, decision.event()) else {
            return Ok(Err(NotDecided::NotWaiting { state: request.saga.state }));
        };
        let answers = match transition.answer {
            Some(answer) => self.composer.compose(&request, answer, at).map_err(Error::Answer)?,
            None => Vec::new(),
        };
        let step = Step {
            answers,
            approval: (decision == Decision::Approve).then(|| approval(&request, person, at)),
            why: why.map(str::to_owned),
            report: Some(report),
            ..Step::of(decision.event(), person, at)
        };
        let way = Way { request, steps: vec![(transition, step)] };
        if self.store.decide(&way).await? == Written::Overtaken {
            return Ok(Err(NotDecided::NotWaiting { state: way.request.saga.state }));
        }
        self.metrics.ended(&way.request, transition.saga.state, at);
        let after = self.store.find_request(id).await?;
        Ok(after.ok_or(NotDecided::Unknown))
    }

    fn is_approver(&self, person: &Actor, asset: &AssetId) -> bool {
        self.catalogue.asset(asset).is_some_and(|asset| asset.policy.approvers.contains(person))
    }

    /// Sends an answer again, under its own name; `None` when there is no such answer.
    ///
    /// # Errors
    /// [`Error`]: nothing is sent.
    pub async fn replay(&self, id: AnswerId, person: &Actor) -> Result<Option<AnswerRow>, Error> {
        let Some(answer) = self.store.find_answer(id).await? else { return Ok(None) };
        self.store.replay_answer(&answer, person, self.clock.now()).await?;
        tracing::info!(answer_id = %id, request_id = %answer.request, actor = %person, "answer replayed");
        Ok(self.store.find_answer(id).await?)
    }
}

/// A yes, and every decision that lets something happen that the rules stopped, is a second person's.
fn needs_second(request: &Request, decision: Decision) -> bool {
    match decision {
        Decision::Approve | Decision::Disown => true,
        Decision::Release => {
            matches!(request.saga.state, State::Held(Hold::Duplicate) | State::Unknown(Doubt::OtherContent))
        }
        Decision::Refuse => false,
    }
}

/// When the day begins that a request waits for, where somebody would let it go on before. One that waits for something else
/// waits for its day afterwards.
fn too_early(request: &Request, decision: Decision, at: Timestamp) -> Option<Timestamp> {
    let waits = decision == Decision::Release && request.saga.state == State::Held(Hold::ValueDate);
    request.not_before.filter(|begins| waits && *begins > at)
}

fn approval(request: &Request, person: &Actor, at: Timestamp) -> Approval {
    Approval { approver: person.clone(), at, digest: request.instruction.digest() }
}
