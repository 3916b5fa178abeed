//! A step of a request: everything that it changes, in one transaction.

use causeway_iso20022::DraftError;
use causeway_journal::rows::insert_intent;
use causeway_primitives::Timestamp;
use causeway_store::{
    Error, Named as _, Transaction,
    lease::{Leadership, assert_current},
};
use serde_json::json;
use uuid::Uuid;

use super::{
    Ended, Store, answers, audit, books, errands,
    values::{signed, signed_small},
};
use crate::{
    domain::{
        actor::Actor,
        authorise::Approval,
        request::{AnswerId, OnChain, Request, RequestId},
        saga::{Due, Event, State, Transition},
        valuation::Valuation,
    },
    ports::Effect,
};

/// What a step brings with it. Only those parts that its event has are written.
#[derive(Debug)]
pub struct Step<'a> {
    /// What happened.
    pub event: Event,
    /// Who did it.
    pub actor: &'a Actor,
    /// When.
    pub at: Timestamp,
    /// When the runner looks at the request next; at once unless set. Nothing looks at what is over or waits for a person.
    pub due_at: Option<Timestamp>,
    /// A price.
    pub valuation: Option<&'a Valuation>,
    /// Where the effect is.
    pub on_chain: Option<&'a OnChain>,
    /// What shall happen on chain.
    pub effect: Option<&'a Effect>,
    /// A second person's yes.
    pub approval: Option<&'a Approval>,
    /// What is told.
    pub answers: &'a [NewAnswer],
    /// A person's own words, for the record.
    pub why: Option<&'a str>,
    /// What is told of a whole message, should this step end the last of its requests.
    pub report: Option<Reporter>,
}

/// Writes the answer about a whole message.
pub type Reporter = fn(&Ended, Timestamp) -> Result<NewAnswer, DraftError>;

impl<'a> Step<'a> {
    /// An event and nothing beside it.
    pub const fn of(event: Event, actor: &'a Actor, at: Timestamp) -> Self {
        Self {
            event,
            actor,
            at,
            due_at: None,
            valuation: None,
            on_chain: None,
            effect: None,
            approval: None,
            answers: &[],
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

/// Whether a step was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// It was.
    Done,
    /// The request is not where the writer saw it: nothing was written.
    Overtaken,
}

impl Store {
    /// Writes a step that only the leader may write.
    ///
    /// # Errors
    /// [`Error::Fenced`] for somebody who does not lead; [`Error::violated_constraint`] names `ledger_account_not_overdrawn`
    /// where a holder does not have what is to be given.
    pub async fn advance(
        &self,
        leadership: &Leadership,
        request: &Request,
        transition: &Transition,
        step: &Step<'_>,
    ) -> Result<Written, Error> {
        let mut tx = self.pool.begin().await?;
        assert_current(&mut tx, leadership).await?;
        self.write(tx, request, transition, step).await
    }

    /// Writes a step that a person decided, on any replica.
    ///
    /// # Errors
    /// [`Error::violated_constraint`] names `approval_by_a_second_person` where the approver is the maker.
    pub async fn decide(&self, request: &Request, transition: &Transition, step: &Step<'_>) -> Result<Written, Error> {
        let tx = self.pool.begin().await?;
        self.write(tx, request, transition, step).await
    }

    /// The record is one, and its lock is held until the commit: so it comes as late as it can. Before it are rows of this
    /// request alone, for which nobody waits who holds the lock; behind it what others change as well, accounts and the
    /// report of a whole message.
    async fn write(
        &self,
        mut tx: Transaction,
        request: &Request,
        transition: &Transition,
        step: &Step<'_>,
    ) -> Result<Written, Error> {
        if !move_request(&mut tx, request, transition, step).await? {
            return Ok(Written::Overtaken);
        }
        insert_step(&mut tx, request.id, transition.saga.state, step).await?;
        if let Some(valuation) = step.valuation {
            put_valuation(&mut tx, request.id, valuation, step.at).await?;
        }
        if let Some(on_chain) = step.on_chain {
            put_effect(&mut tx, request.id, on_chain).await?;
        }
        if let Some(approval) = step.approval {
            insert_approval(&mut tx, request, approval).await?;
        }
        match step.effect {
            Some(Effect::Intent(intent)) => drop(insert_intent(&mut tx, intent, step.at).await?),
            Some(Effect::Errand(errand)) => errands::insert(&mut tx, errand, step.at).await?,
            None => {}
        }
        audit::append(&mut tx, &request.id.to_string(), &body(request, transition, step), step.at).await?;
        if let Some(phase) = transition.books {
            books::post(&mut tx, request, transition.saga.attempt, phase, step.at).await?;
        }
        for answer in step.answers {
            answers::insert_answer(&mut tx, (request.id, None), (answer, &self.receivers), step.at).await?;
        }
        if transition.saga.state.is_over() {
            answers::report(&mut tx, request, (step.report, &self.receivers), step.at).await?;
        }
        tx.commit().await?;
        Ok(Written::Done)
    }
}

/// What the record says of a step: enough to tell the whole way of a request from the record alone.
fn body(request: &Request, transition: &Transition, step: &Step<'_>) -> String {
    json!({
        "event": step.event.as_str(),
        "from": request.saga.state.as_str(),
        "to": transition.saga.state.as_str(),
        "reason": transition.saga.state.reason(),
        "attempt": transition.saga.attempt,
        "actor": step.actor.as_str(),
        "digest": request.instruction.digest().to_string(),
        "books": transition.books.map(crate::domain::ledger::Phase::as_str),
        "tx_hash": step.on_chain.map(|on_chain| on_chain.tx_hash.to_string()),
        "price": step.valuation.map(|valuation| valuation.price.to_string()),
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

/// `false` when the request is somewhere else by now.
async fn move_request(
    tx: &mut Transaction,
    request: &Request,
    transition: &Transition,
    step: &Step<'_>,
) -> Result<bool, Error> {
    let (from, to) = (request.saga, transition.saga);
    let queries = tx.queries();
    let moved = sqlx::query!(
        r#"
        UPDATE request
        SET state = $5, reason = $6, attempt = $7, due_at = $8, updated_at = $9
        WHERE request_id = $1 AND state = $2 AND reason = $3 AND attempt = $4
        "#,
        Uuid::from_u128(request.id.get()),
        from.state.as_str(),
        from.state.reason(),
        signed_small(from.attempt),
        to.state.as_str(),
        to.state.reason(),
        signed_small(to.attempt),
        due_at(to.state, step.due_at, step.at).map(Timestamp::to_datetime),
        step.at.to_datetime(),
    )
    .execute(&mut **tx)
    .named("move_request", &queries)
    .await?;
    Ok(moved.rows_affected() == 1)
}

async fn insert_step(tx: &mut Transaction, id: RequestId, state: State, step: &Step<'_>) -> Result<(), Error> {
    let queries = tx.queries();
    sqlx::query!(
        r#"
        INSERT INTO step (request_id, step, event, state, reason, actor, at)
        SELECT $1, COALESCE(MAX(step.step), 0) + 1, $2, $3, $4, $5, $6 FROM step WHERE step.request_id = $1
        "#,
        Uuid::from_u128(id.get()),
        step.event.as_str(),
        state.as_str(),
        state.reason(),
        step.actor.as_str(),
        step.at.to_datetime(),
    )
    .execute(&mut **tx)
    .named("insert_step", &queries)
    .await
    .map(drop)
}

async fn put_valuation(tx: &mut Transaction, id: RequestId, valuation: &Valuation, at: Timestamp) -> Result<(), Error> {
    let queries = tx.queries();
    sqlx::query!(
        r#"
        INSERT INTO valuation (request_id, feed_id, round_id, price, age_ms, venues, valued_at)
        VALUES ($1, $2, $3::TEXT::NUMERIC, $4, $5, $6, $7)
        ON CONFLICT (request_id) DO UPDATE
        SET feed_id = excluded.feed_id, round_id = excluded.round_id, price = excluded.price,
            age_ms = excluded.age_ms, venues = excluded.venues, valued_at = excluded.valued_at
        "#,
        Uuid::from_u128(id.get()),
        valuation.feed.as_str(),
        valuation.round.to_string(),
        valuation.price.to_string(),
        i64::try_from(valuation.age.as_millis()).unwrap_or(i64::MAX),
        signed_small(valuation.venues),
        at.to_datetime(),
    )
    .execute(&mut **tx)
    .named("put_valuation", &queries)
    .await
    .map(drop)
}

async fn put_effect(tx: &mut Transaction, id: RequestId, on_chain: &OnChain) -> Result<(), Error> {
    let queries = tx.queries();
    sqlx::query!(
        r#"
        INSERT INTO effect (request_id, chain_id, tx_hash, block_number, block_hash)
        VALUES ($1, $2::TEXT::NUMERIC, $3, $4, $5)
        ON CONFLICT (request_id) DO UPDATE
        SET chain_id = excluded.chain_id, tx_hash = excluded.tx_hash, block_number = excluded.block_number,
            block_hash = excluded.block_hash
        "#,
        Uuid::from_u128(id.get()),
        on_chain.chain.to_string(),
        on_chain.tx_hash.as_slice(),
        signed(on_chain.block_number),
        on_chain.block_hash.as_slice(),
    )
    .execute(&mut **tx)
    .named("put_effect", &queries)
    .await
    .map(drop)
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
