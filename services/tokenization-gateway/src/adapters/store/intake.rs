//! Messages and requests as they come in: all of a message's requests in one transaction, or none.

use causeway_primitives::{B256, Timestamp};
use causeway_store::{Error, Named as _, Transaction};
use serde_json::json;
use uuid::Uuid;

use super::{
    Store, TransactionEnd, answers, audit,
    values::{hash, parse, signed_small},
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
        // The record's lock comes before everything that others may wait for: two messages with one business key are one
        // behind the other.
        let lines = requests.iter().map(|new| (new.request.id.to_string(), body(new, actor), at));
        audit::append(&mut tx, &lines.collect::<Vec<_>>()).await?;
        if let Some(message) = message {
            insert_message(&mut tx, message, at).await?;
            answers::await_report(&mut tx, message.id, requests.len(), &message.refused).await?;
        }
        for new in requests {
            insert_request(&mut tx, &new.request).await?;
            insert_keys(&mut tx, new).await?;
            insert_path(&mut tx, new, actor, at).await?;
        }
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

async fn insert_request(tx: &mut Transaction, request: &Request) -> Result<(), Error> {
    let queries = tx.queries();
    let instruction = &request.instruction;
    let destination = match instruction.movement {
        Movement::Bridge { destination, .. } => Some(destination.to_string()),
        Movement::Mint { .. } | Movement::Transfer { .. } | Movement::Redeem { .. } => None,
    };
    let reference = instruction.reference.get();
    let origin = request.origin.as_ref();
    let due_at = (!request.saga.state.is_over()).then_some(request.created_at);
    let [from_account, to_account] =
        origin.map_or([None, None], |origin| origin.accounts.each_ref().map(Option::as_deref));
    sqlx::query!(
        r#"
        INSERT INTO request (request_id, state, reason, attempt, asset_id, kind, units, amount, holder_from, holder_to,
                             destination, reference, basis, maker, message_id, position, role, sender,
                             sender_reference, end_to_end, uetr, due_at, created_at, updated_at, account_from,
                             account_to, traceparent)
        VALUES ($1, $2, $3, $4, $5, $6, $7::TEXT::NUMERIC, $8, $9, $10, $11::TEXT::NUMERIC, $12, $13, $14, $15, $16, $17,
                $18, $19, $20, $21, $22, $23, $23, $24, $25, $26)
        "#,
        Uuid::from_u128(request.id.get()),
        request.saga.state.as_str(),
        request.saga.state.reason(),
        signed_small(request.saga.attempt),
        instruction.asset.as_str(),
        instruction.kind().as_str(),
        instruction.units.to_string(),
        request.amount,
        instruction.movement.from().map(|holder| holder.to_vec()),
        instruction.movement.to().map(|holder| holder.to_vec()),
        destination,
        reference.as_slice(),
        basis(request.basis),
        request.maker.as_str(),
        origin.map(|origin| Uuid::from_u128(origin.message.get())),
        origin.map(|origin| signed_small(origin.position)),
        origin.map(|origin| origin.role.as_str()),
        origin.map(|origin| origin.sender.as_str()),
        origin.map(|origin| origin.reference.as_str()),
        origin.and_then(|origin| origin.end_to_end.as_deref()),
        origin.and_then(|origin| origin.uetr.as_deref()),
        due_at.map(Timestamp::to_datetime),
        request.created_at.to_datetime(),
        from_account,
        to_account,
        request.traceparent,
    )
    .execute(&mut **tx)
    .named("insert_request", &queries)
    .await
    .map(drop)
}

/// Row value.
const fn basis(basis: Basis) -> &'static str {
    match basis {
        Basis::Instructed => "instructed",
        Basis::Confirmed => "confirmed",
    }
}

async fn insert_keys(tx: &mut Transaction, new: &NewRequest) -> Result<(), Error> {
    let queries = tx.queries();
    let schemes: Vec<_> = new.keys.iter().map(|key| key.scheme().as_str().to_owned()).collect();
    let digests: Vec<_> = new.keys.iter().map(|key| key.digest().to_vec()).collect();
    let contents: Vec<_> = new.keys.iter().map(|key| new.said.under(key.scheme()).to_vec()).collect();
    sqlx::query!(
        r#"
        INSERT INTO business_key (scheme, digest, request_id, content)
        SELECT named.scheme, named.digest, $3, named.content
        FROM UNNEST($1::TEXT[], $2::BYTEA[], $4::BYTEA[]) AS named (scheme, digest, content)
        "#,
        &schemes,
        &digests,
        Uuid::from_u128(new.request.id.get()),
        &contents,
    )
    .execute(&mut **tx)
    .named("insert_business_keys", &queries)
    .await
    .map(drop)
}

async fn insert_path(tx: &mut Transaction, new: &NewRequest, actor: &Actor, at: Timestamp) -> Result<(), Error> {
    let queries = tx.queries();
    let column =
        |of: fn(&(Event, State)) -> &'static str| new.path.iter().map(|one| of(one).to_owned()).collect::<Vec<_>>();
    let (events, states) = (column(|(event, _)| event.as_str()), column(|(_, state)| state.as_str()));
    sqlx::query!(
        r#"
        INSERT INTO step (request_id, step, event, state, reason, actor, at)
        SELECT $1::UUID, 1, 'received', 'received', '', $5::TEXT, $6::TIMESTAMPTZ
        UNION ALL
        SELECT $1, come.place::INTEGER + 1, come.event, come.state, come.reason, $5, $6
        FROM UNNEST($2::TEXT[], $3::TEXT[], $4::TEXT[]) WITH ORDINALITY AS come (event, state, reason, place)
        "#,
        Uuid::from_u128(new.request.id.get()),
        &events,
        &states,
        &column(|(_, state)| state.reason()),
        actor.as_str(),
        at.to_datetime(),
    )
    .execute(&mut **tx)
    .named("insert_path", &queries)
    .await
    .map(drop)
}
