//! Messages and requests as they come in: all of a message's requests in one transaction, or none.

use causeway_primitives::{B256, Timestamp};
use causeway_store::{Error, Named as _, Transaction};
use serde_json::json;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    Store, TransactionEnd, answers, audit,
    values::{Column as _, hash, parse, signed_small},
};
use crate::domain::{
    actor::Actor,
    identity::{BusinessKey, Claim, Known, Said},
    instruction::Movement,
    order::Basis,
    request::{MessageId, Request, RequestId},
    saga::{Event, State},
};

/// A message that is taken.
#[derive(Debug)]
pub struct NewMessage<'a> {
    /// Its name.
    pub id: MessageId,
    /// `MT103`, `pacs.008.001.08`.
    pub message_type: &'a str,
    /// SHA-256 of the bytes.
    pub digest: B256,
    /// BIC of the sender.
    pub sender: &'a str,
    /// What answers refer to.
    pub reference: &'a str,
    /// The file that it came in.
    pub file_name: &'a str,
    /// The bytes.
    pub content: &'a [u8],
    /// Its transactions that became no request.
    pub refused: Vec<TransactionEnd>,
}

/// A request that is taken, with its names and the way that it has come already.
#[derive(Debug)]
pub struct NewRequest {
    /// The request, in the state that it is in after `path`.
    pub request: Request,
    /// Every name that it has.
    pub keys: Vec<BusinessKey>,
    /// What it says.
    pub said: Said,
    /// How it came to its state: each event with the state behind it.
    pub path: Vec<(Event, State)>,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is stored.
    Stored,
    /// Somebody stored a request of one of the names in the meantime: nothing is stored, look again.
    Overtaken,
}

impl Store {
    /// Requests that share a name with these keys, by the name that they share.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn find_known(&self, keys: &[BusinessKey]) -> Result<Vec<(BusinessKey, Known<RequestId>)>, Error> {
        let schemes: Vec<_> = keys.iter().map(|key| key.scheme().as_str().to_owned()).collect();
        let digests: Vec<_> = keys.iter().map(|key| key.digest().to_vec()).collect();
        let rows = sqlx::query!(
            r#"
            SELECT known.scheme, known.digest, known.request_id, known.content
            FROM business_key AS known
            JOIN UNNEST($1::TEXT[], $2::BYTEA[]) AS wanted (scheme, digest)
                ON known.scheme = wanted.scheme AND known.digest = wanted.digest
            ORDER BY known.request_id
            "#,
            &schemes,
            &digests,
        )
        .fetch_all(self.pool.executor())
        .named("find_known", self.pool.queries())
        .await?;
        let known = rows.into_iter().map(|row| {
            let scheme = parse(&row.scheme, "business_key.scheme")?;
            let known = Known {
                request: RequestId::new(row.request_id.as_u128()),
                scheme,
                content: hash(&row.content, "business_key.content")?,
                claim: Claim::Free,
            };
            Ok((BusinessKey::new(scheme, hash(&row.digest, "business_key.digest")?), known))
        });
        known.collect()
    }

    /// Stores requests, and the message that they came in, or nothing.
    ///
    /// # Errors
    /// [`Error`]: nothing is stored.
    pub async fn insert_requests(
        &self,
        message: Option<&NewMessage<'_>>,
        requests: &[NewRequest],
        actor: &Actor,
        at: Timestamp,
    ) -> Result<Taken, Error> {
        match self.try_insert(message, requests, actor, at).await {
            Ok(()) => Ok(Taken::Stored),
            Err(error) => match error.violated_constraint() {
                Some("business_key_names_one" | "request_reference_once") => Ok(Taken::Overtaken),
                Some(_) | None => Err(error),
            },
        }
    }

    async fn try_insert(
        &self,
        message: Option<&NewMessage<'_>>,
        requests: &[NewRequest],
        actor: &Actor,
        at: Timestamp,
    ) -> Result<(), Error> {
        let mut tx = self.pool.begin().await?;
        // The record is one, and its lock is held until the commit: before it comes what is this message's alone. For names
        // others may wait, and whoever waits for one does not hold the record; of two messages with the same names one is
        // behind the other, since both take them in one order.
        if let Some(message) = message {
            insert_message(&mut tx, message, at).await?;
            answers::await_report(&mut tx, message.id, requests.len(), &message.refused).await?;
        }
        insert_all(&mut tx, requests).await?;
        insert_keys(&mut tx, requests).await?;
        let lines = requests.iter().map(|new| (new.request.id.to_string(), body(new, actor), at));
        audit::append(&mut tx, &lines.collect::<Vec<_>>()).await?;
        // Behind the record, so that the numbers of steps follow its own.
        insert_paths(&mut tx, requests, actor, at).await?;
        tx.commit().await
    }
}

fn body(new: &NewRequest, actor: &Actor) -> String {
    let instruction = &new.request.instruction;
    json!({
        "event": "received",
        "to": new.request.saga.state.as_str(),
        "reason": new.request.saga.state.reason(),
        "actor": actor.as_str(),
        "maker": new.request.maker.as_str(),
        "kind": instruction.kind().as_str(),
        "asset": instruction.asset.as_str(),
        "units": instruction.units.to_string(),
        "digest": instruction.digest().to_string(),
        "content": new.said.content.to_string(),
        "not_before": new.request.not_before.map(|at| at.to_string()),
    })
    .to_string()
}

async fn insert_message(tx: &mut Transaction, message: &NewMessage<'_>, at: Timestamp) -> Result<(), Error> {
    let queries = tx.queries();
    sqlx::query!(
        r#"
        INSERT INTO message (message_id, message_type, digest, sender, reference, file_name, content, received_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        "#,
        Uuid::from_u128(message.id.get()),
        message.message_type,
        message.digest.as_slice(),
        message.sender,
        message.reference,
        message.file_name,
        message.content,
        at.to_datetime(),
    )
    .execute(&mut **tx)
    .named("insert_message", &queries)
    .await
    .map(drop)
}

/// In the order of their references, of which each is there once.
async fn insert_all(tx: &mut Transaction, requests: &[NewRequest]) -> Result<(), Error> {
    let queries = tx.queries();
    let requests: Vec<_> = requests.iter().map(|new| &new.request).collect();
    let origins: Vec<_> = requests.iter().map(|request| request.origin.as_ref()).collect();
    let account = |of: usize| origins.column(|origin| origin.and_then(|origin| origin.accounts.get(of)?.clone()));
    sqlx::query!(
        r#"
        INSERT INTO request (request_id, state, reason, attempt, asset_id, kind, units, amount, holder_from, holder_to,
                             destination, reference, basis, maker, message_id, position, role, sender,
                             sender_reference, end_to_end, uetr, due_at, created_at, updated_at, account_from,
                             account_to, traceparent, not_before)
        SELECT new.request_id, new.state, new.reason, new.attempt, new.asset_id, new.kind, new.units::NUMERIC, new.amount,
               new.holder_from, new.holder_to, new.destination::NUMERIC, new.reference, new.basis, new.maker,
               new.message_id, new.position, new.role, new.sender, new.sender_reference, new.end_to_end, new.uetr,
               new.due_at, new.created_at, new.created_at, new.account_from, new.account_to, new.traceparent,
               new.not_before
        FROM UNNEST($1::UUID[], $2::TEXT[], $3::TEXT[], $4::INTEGER[], $5::TEXT[], $6::TEXT[], $7::TEXT[], $8::TEXT[],
                    $9::BYTEA[], $10::BYTEA[], $11::TEXT[], $12::BYTEA[], $13::TEXT[], $14::TEXT[], $15::UUID[],
                    $16::INTEGER[], $17::TEXT[], $18::TEXT[], $19::TEXT[], $20::TEXT[], $21::TEXT[],
                    $22::TIMESTAMPTZ[], $23::TIMESTAMPTZ[], $24::TEXT[], $25::TEXT[], $26::TEXT[], $27::TIMESTAMPTZ[])
            AS new (request_id, state, reason, attempt, asset_id, kind, units, amount, holder_from, holder_to, destination,
                    reference, basis, maker, message_id, position, role, sender, sender_reference, end_to_end, uetr,
                    due_at, created_at, account_from, account_to, traceparent, not_before)
        ORDER BY new.reference
        "#,
        &requests.column(|request| Uuid::from_u128(request.id.get())),
        &requests.column(|request| request.saga.state.as_str().to_owned()),
        &requests.column(|request| request.saga.state.reason().to_owned()),
        &requests.column(|request| signed_small(request.saga.attempt)),
        &requests.column(|request| request.instruction.asset.as_str().to_owned()),
        &requests.column(|request| request.instruction.kind().as_str().to_owned()),
        &requests.column(|request| request.instruction.units.to_string()),
        &requests.column(|request| request.amount.clone()),
        &requests.column(|request| request.instruction.movement.from().map(|holder| holder.to_vec()))
            as &[Option<Vec<u8>>],
        &requests.column(|request| request.instruction.movement.to().map(|holder| holder.to_vec()))
            as &[Option<Vec<u8>>],
        &requests.column(|request| destination(&request.instruction.movement)) as &[Option<String>],
        &requests.column(|request| request.instruction.reference.get().to_vec()),
        &requests.column(|request| basis(request.basis).to_owned()),
        &requests.column(|request| request.maker.as_str().to_owned()),
        &origins.column(|origin| origin.map(|origin| Uuid::from_u128(origin.message.get()))) as &[Option<Uuid>],
        &origins.column(|origin| origin.map(|origin| signed_small(origin.position))) as &[Option<i32>],
        &origins.column(|origin| origin.map(|origin| origin.role.as_str().to_owned())) as &[Option<String>],
        &origins.column(|origin| origin.map(|origin| origin.sender.clone())) as &[Option<String>],
        &origins.column(|origin| origin.map(|origin| origin.reference.clone())) as &[Option<String>],
        &origins.column(|origin| origin.and_then(|origin| origin.end_to_end.clone())) as &[Option<String>],
        &origins.column(|origin| origin.and_then(|origin| origin.uetr.clone())) as &[Option<String>],
        &requests.column(|request| due_at(request).map(Timestamp::to_datetime)) as &[Option<OffsetDateTime>],
        &requests.column(|request| request.created_at.to_datetime()),
        &account(0) as &[Option<String>],
        &account(1) as &[Option<String>],
        &requests.column(|request| request.traceparent.clone()) as &[Option<String>],
        &requests.column(|request| request.not_before.map(Timestamp::to_datetime)) as &[Option<OffsetDateTime>],
    )
    .execute(&mut **tx)
    .named("insert_requests", &queries)
    .await
    .map(drop)
}

fn destination(movement: &Movement) -> Option<String> {
    match movement {
        Movement::Bridge { destination, .. } => Some(destination.to_string()),
        Movement::Mint { .. } | Movement::Transfer { .. } | Movement::Redeem { .. } => None,
    }
}

fn due_at(request: &Request) -> Option<Timestamp> {
    (!request.saga.state.is_over()).then_some(request.created_at)
}

/// Row value.
const fn basis(basis: Basis) -> &'static str {
    match basis {
        Basis::Instructed => "instructed",
        Basis::Confirmed => "confirmed",
    }
}

/// In one order, whoever writes them.
async fn insert_keys(tx: &mut Transaction, requests: &[NewRequest]) -> Result<(), Error> {
    let queries = tx.queries();
    let keys: Vec<_> = requests.iter().flat_map(|new| new.keys.iter().map(move |key| (new, key))).collect();
    sqlx::query!(
        r#"
        INSERT INTO business_key (scheme, digest, request_id, content)
        SELECT named.scheme, named.digest, named.request_id, named.content
        FROM UNNEST($1::TEXT[], $2::BYTEA[], $3::UUID[], $4::BYTEA[]) AS named (scheme, digest, request_id, content)
        ORDER BY named.scheme, named.digest
        "#,
        &keys.column(|(_, key)| key.scheme().as_str().to_owned()),
        &keys.column(|(_, key)| key.digest().to_vec()),
        &keys.column(|(new, _)| Uuid::from_u128(new.request.id.get())),
        &keys.column(|(new, key)| new.said.under(key.scheme()).to_vec()),
    )
    .execute(&mut **tx)
    .named("insert_business_keys", &queries)
    .await
    .map(drop)
}

/// A step of a new request, by its place from 1.
struct Come<'a> {
    request: RequestId,
    place: u32,
    event: &'a str,
    state: State,
}

async fn insert_paths(
    tx: &mut Transaction,
    requests: &[NewRequest],
    actor: &Actor,
    at: Timestamp,
) -> Result<(), Error> {
    let queries = tx.queries();
    let mut steps = Vec::with_capacity(requests.iter().map(|new| new.path.len().saturating_add(1)).sum());
    for new in requests {
        let taken = ("received", State::Received);
        let path = new.path.iter().map(|(event, state)| (event.as_str(), *state));
        for (place, (event, state)) in (1..).zip(std::iter::once(taken).chain(path)) {
            steps.push(Come { request: new.request.id, place, event, state });
        }
    }
    sqlx::query!(
        r#"
        INSERT INTO step (request_id, step, event, state, reason, actor, at)
        SELECT come.request_id, come.place, come.event, come.state, come.reason, $6::TEXT, $7::TIMESTAMPTZ
        FROM UNNEST($1::UUID[], $2::INTEGER[], $3::TEXT[], $4::TEXT[], $5::TEXT[])
            WITH ORDINALITY AS come (request_id, place, event, state, reason, number)
        ORDER BY come.number
        "#,
        &steps.column(|one| Uuid::from_u128(one.request.get())),
        &steps.column(|one| signed_small(one.place)),
        &steps.column(|one| one.event.to_owned()),
        &steps.column(|one| one.state.as_str().to_owned()),
        &steps.column(|one| one.state.reason().to_owned()),
        actor.as_str(),
        at.to_datetime(),
    )
    .execute(&mut **tx)
    .named("insert_paths", &queries)
    .await
    .map(drop)
}
