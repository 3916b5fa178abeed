//! Steps of requests: everything that they change, in one transaction.
//!
//! Several steps of a request go together where nothing outside happens between them, and many requests go together, so that
//! the record, which is one, is locked once for all of them. Each step is a row, a line of the record, and legs of the books
//! of its own all the same.

use causeway_iso20022::DraftError;
use causeway_journal::rows::insert_intents;
use causeway_primitives::Timestamp;
use causeway_store::{
    Error, Named as _, Transaction,
    lease::{Leadership, assert_current},
};
use serde_json::json;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    Ended, Store, answers, audit, books, errands, sights,
    values::{Column as _, signed_small},
};
use crate::{
    domain::{
        actor::Actor,
        authorise::Approval,
        request::{AnswerId, OnChain, Request},
        saga::{Due, Event, State, Transition},
        valuation::Valuation,
    },
    ports::Effect,
};

/// What a step brings with it. Only those parts that its event has are written.
#[derive(Debug, Clone)]
pub struct Step {
    /// What happened.
    pub event: Event,
    /// Who did it.
    pub actor: Actor,
    /// When.
    pub at: Timestamp,
    /// When the runner looks at the request next; at once unless set. Nothing looks at what is over or waits for a person.
    pub due_at: Option<Timestamp>,
    /// A price.
    pub valuation: Option<Valuation>,
    /// Where the effect is.
    pub on_chain: Option<OnChain>,
    /// What shall happen on chain.
    pub effect: Option<Effect>,
    /// A second person's yes.
    pub approval: Option<Approval>,
    /// What is told.
    pub answers: Vec<NewAnswer>,
    /// A person's own words, for the record.
    pub why: Option<String>,
    /// What is told of a whole message, should this step end the last of its requests.
    pub report: Option<Reporter>,
}

/// The next steps of a request, each from where the one before it led.
#[derive(Debug, Clone)]
pub struct Way {
    /// The request, as the writer saw it.
    pub request: Request,
    /// At least one.
    pub steps: Vec<(Transition, Step)>,
}

/// Writes the answer about a whole message.
pub type Reporter = fn(&Ended, Timestamp) -> Result<NewAnswer, DraftError>;

impl Step {
    /// An event and nothing beside it.
    pub fn of(event: Event, actor: &Actor, at: Timestamp) -> Self {
        Self {
            event,
            actor: actor.clone(),
            at,
            due_at: None,
            valuation: None,
            on_chain: None,
            effect: None,
            approval: None,
            answers: Vec::new(),
            why: None,
            report: None,
        }
    }
}

/// An answer to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAnswer {
    /// Its name, which receivers see as the idempotency key.
    pub id: AnswerId,
    /// `pacs.002.001.10`, `MT910` and so on.
    pub message_type: String,
    /// As it is sent.
    pub content: String,
}

/// Whether steps were written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// They were, all of them.
    Done,
    /// A request is not where the writer saw it: nothing was written.
    Overtaken,
}

/// A step among others, with the state that it leaves.
pub(super) struct Taken<'a> {
    pub(super) request: &'a Request,
    pub(super) from: State,
    pub(super) transition: &'a Transition,
    pub(super) step: &'a Step,
    /// Which of its request's steps that are written together, from 1.
    place: u32,
}

impl Store {
    /// Writes steps that only the leader may write: all of these ways or none.
    ///
    /// # Errors
    /// [`Error::Fenced`] for somebody who does not lead; [`Error::violated_constraint`] names `ledger_account_not_overdrawn`
    /// where a holder does not have what is to be given.
    pub async fn advance(&self, leadership: &Leadership, ways: &[Way]) -> Result<Written, Error> {
        let mut tx = self.pool.begin().await?;
        assert_current(&mut tx, leadership).await?;
        self.write(tx, ways).await
    }

    /// Writes a step that a person decided, on any replica.
    ///
    /// # Errors
    /// [`Error::violated_constraint`] names `approval_by_a_second_person` where the approver is the maker.
    pub async fn decide(&self, way: &Way) -> Result<Written, Error> {
        let tx = self.pool.begin().await?;
        self.write(tx, std::slice::from_ref(way)).await
    }

    /// The record is one, and its lock is held until the commit: so it comes as late as it can. Before it are rows of these
    /// requests alone, for which nobody waits who holds the lock; behind it what others change as well: accounts, reports of
    /// whole messages, and the steps, whose numbers follow the record's so that no follower misses one.
    async fn write(&self, mut tx: Transaction, ways: &[Way]) -> Result<Written, Error> {
        if !move_requests(&mut tx, ways).await? {
            return Ok(Written::Overtaken);
        }
        let taken = taken(ways);
        sights::put_valuations(&mut tx, &taken).await?;
        sights::put_effects(&mut tx, &taken).await?;
        for one in &taken {
            if let Some(approval) = &one.step.approval {
                insert_approval(&mut tx, one.request, approval).await?;
            }
        }
        insert_effects(&mut tx, &taken).await?;
        let records = taken.iter().map(|one| (one.request.id.to_string(), body(one), one.step.at)).collect::<Vec<_>>();
        audit::append(&mut tx, &records).await?;
        insert_steps(&mut tx, &taken).await?;
        books::post(&mut tx, &taken).await?;
        answers::insert_answers(&mut tx, &taken, &self.receivers).await?;
        for one in &taken {
            if one.transition.saga.state.is_over() {
                answers::report(&mut tx, one.request, (one.step.report, &self.receivers), one.step.at).await?;
            }
        }
        tx.commit().await?;
        Ok(Written::Done)
    }
}

fn taken(ways: &[Way]) -> Vec<Taken<'_>> {
    let mut taken = Vec::with_capacity(ways.iter().map(|way| way.steps.len()).sum());
    for way in ways {
        let mut from = way.request.saga.state;
        for (place, (transition, step)) in (1..).zip(&way.steps) {
            taken.push(Taken { request: &way.request, from, transition, step, place });
            from = transition.saga.state;
        }
    }
    taken
}

/// What the record says of a step: enough to tell the whole way of a request from the record alone.
fn body(taken: &Taken<'_>) -> String {
    let Taken { request, from, transition, step, .. } = taken;
    json!({
        "event": step.event.as_str(),
        "from": from.as_str(),
        "to": transition.saga.state.as_str(),
        "reason": transition.saga.state.reason(),
        "attempt": transition.saga.attempt,
        "actor": step.actor.as_str(),
        "digest": request.instruction.digest().to_string(),
        "books": transition.books.map(crate::domain::ledger::Phase::as_str),
        "tx_hash": step.on_chain.as_ref().map(|on_chain| on_chain.tx_hash.to_string()),
        "price": step.valuation.as_ref().map(|valuation| valuation.price.to_string()),
        "why": step.why,
    })
    .to_string()
}

/// When the runner looks at a request in this state; `None`: not before somebody else has moved it.
fn due_at(state: State, wish: Option<Timestamp>, at: Timestamp) -> Option<Timestamp> {
    match state.due() {
        Due::Nothing | Due::Person => None,
        Due::Intake
        | Due::Value
        | Due::Authorise
        | Due::Clear
        | Due::Journal
        | Due::Watch
        | Due::LookUp
        | Due::Prove
        | Due::Follow
        | Due::Report
        | Due::Undo
        | Due::Retry => Some(wish.unwrap_or(at)),
    }
}

/// `false` when one of the requests is somewhere else by now.
async fn move_requests(tx: &mut Transaction, ways: &[Way]) -> Result<bool, Error> {
    let queries = tx.queries();
    let ends: Vec<_> = ways.iter().filter_map(|way| Some((&way.request, way.steps.last()?))).collect();
    let moved = sqlx::query!(
        r#"
        UPDATE request
        SET state = moved.state, reason = moved.reason, attempt = moved.attempt, due_at = moved.due_at,
            updated_at = moved.at
        FROM UNNEST($1::UUID[], $2::TEXT[], $3::TEXT[], $4::INTEGER[], $5::TEXT[], $6::TEXT[], $7::INTEGER[],
                    $8::TIMESTAMPTZ[], $9::TIMESTAMPTZ[])
            AS moved (request_id, from_state, from_reason, from_attempt, state, reason, attempt, due_at, at)
        WHERE request.request_id = moved.request_id AND request.state = moved.from_state
          AND request.reason = moved.from_reason AND request.attempt = moved.from_attempt
        "#,
        &ends.column(|(request, _)| Uuid::from_u128(request.id.get())),
        &ends.column(|(request, _)| request.saga.state.as_str().to_owned()),
        &ends.column(|(request, _)| request.saga.state.reason().to_owned()),
        &ends.column(|(request, _)| signed_small(request.saga.attempt)),
        &ends.column(|(_, (transition, _))| transition.saga.state.as_str().to_owned()),
        &ends.column(|(_, (transition, _))| transition.saga.state.reason().to_owned()),
        &ends.column(|(_, (transition, _))| signed_small(transition.saga.attempt)),
        &ends.column(|(_, (transition, step))| {
            due_at(transition.saga.state, step.due_at, step.at).map(Timestamp::to_datetime)
        }) as &[Option<OffsetDateTime>],
        &ends.column(|(_, (_, step))| step.at.to_datetime()),
    )
    .execute(&mut **tx)
    .named("move_requests", &queries)
    .await?;
    Ok(usize::try_from(moved.rows_affected()) == Ok(ways.len()))
}

async fn insert_steps(tx: &mut Transaction, taken: &[Taken<'_>]) -> Result<(), Error> {
    let queries = tx.queries();
    sqlx::query!(
        r#"
        INSERT INTO step (request_id, step, event, state, reason, actor, at)
        SELECT taken.request_id, before.last + taken.place, taken.event, taken.state, taken.reason, taken.actor, taken.at
        FROM UNNEST($1::UUID[], $2::INTEGER[], $3::TEXT[], $4::TEXT[], $5::TEXT[], $6::TEXT[], $7::TIMESTAMPTZ[])
            WITH ORDINALITY AS taken (request_id, place, event, state, reason, actor, at, number)
        CROSS JOIN LATERAL (
            SELECT COALESCE(MAX(step.step), 0) AS last FROM step WHERE step.request_id = taken.request_id
        ) AS before
        ORDER BY taken.number
        "#,
        &taken.column(|one| Uuid::from_u128(one.request.id.get())),
        &taken.column(|one| signed_small(one.place)),
        &taken.column(|one| one.step.event.as_str().to_owned()),
        &taken.column(|one| one.transition.saga.state.as_str().to_owned()),
        &taken.column(|one| one.transition.saga.state.reason().to_owned()),
        &taken.column(|one| one.step.actor.as_str().to_owned()),
        &taken.column(|one| one.step.at.to_datetime()),
    )
    .execute(&mut **tx)
    .named("insert_steps", &queries)
    .await
    .map(drop)
}

async fn insert_effects(tx: &mut Transaction, taken: &[Taken<'_>]) -> Result<(), Error> {
    let mut intents = Vec::new();
    for one in taken {
        match &one.step.effect {
            Some(Effect::Intent(intent)) => intents.push((intent, one.step.at)),
            Some(Effect::Errand(errand)) => errands::insert(tx, errand, one.step.at).await?,
            None => {}
        }
    }
    if !intents.is_empty() {
        insert_intents(tx, &intents).await?;
    }
    Ok(())
}

async fn insert_approval(tx: &mut Transaction, request: &Request, approval: &Approval) -> Result<(), Error> {
    let queries = tx.queries();
    sqlx::query!(
        r#"
        INSERT INTO approval (request_id, maker, approver, digest, at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (request_id, approver) DO UPDATE SET digest = excluded.digest, at = excluded.at
        "#,
        Uuid::from_u128(request.id.get()),
        request.maker.as_str(),
        approval.approver.as_str(),
        approval.digest.as_slice(),
        approval.at.to_datetime(),
    )
    .execute(&mut **tx)
    .named("insert_approval", &queries)
    .await
    .map(drop)
}
