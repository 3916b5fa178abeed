//! Requests as they are read back.

use std::{collections::HashMap, time::Duration};

use causeway_primitives::{ChainId, RoundId};
use causeway_store::{Error, Named as _};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    Store,
    values::{address, hash, parse, small, there, timestamp, unsigned},
};
use crate::domain::{
    authorise::Approval,
    instruction::{Instruction, Kind, Movement},
    order::Basis,
    reference::Reference,
    request::{MessageId, OnChain, Origin, Request, RequestId},
    saga::{Saga, State},
    valuation::Valuation,
};

/// A request with its price and its effect, as it is stored.
struct Row {
    request_id: Uuid,
    state: String,
    reason: String,
    attempt: i32,
    asset_id: String,
    kind: String,
    units: String,
    amount: String,
    holder_from: Option<Vec<u8>>,
    holder_to: Option<Vec<u8>>,
    destination: Option<String>,
    reference: Vec<u8>,
    basis: String,
    maker: String,
    message_id: Option<Uuid>,
    message_type: Option<String>,
    message_reference: Option<String>,
    position: Option<i32>,
    role: Option<String>,
    sender: Option<String>,
    sender_reference: Option<String>,
    end_to_end: Option<String>,
    uetr: Option<String>,
    account_from: Option<String>,
    account_to: Option<String>,
    traceparent: Option<String>,
    not_before: Option<OffsetDateTime>,
    created_at: OffsetDateTime,
    updated_at: OffsetDateTime,
    feed_id: Option<String>,
    round_id: Option<String>,
    price: Option<String>,
    age_ms: Option<i64>,
    venues: Option<i32>,
    chain_id: Option<String>,
    tx_hash: Option<Vec<u8>>,
    block_number: Option<i64>,
    block_hash: Option<Vec<u8>>,
}

impl Store {
    /// A request.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn find_request(&self, id: RequestId) -> Result<Option<Request>, Error> {
        Ok(self.fetch_requests(&[id]).await?.pop())
    }

    /// These requests, in the order that they are asked for; those that there are not are left out.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn fetch_requests(&self, ids: &[RequestId]) -> Result<Vec<Request>, Error> {
        let ids: Vec<_> = ids.iter().map(|id| Uuid::from_u128(id.get())).collect();
        let rows = sqlx::query_as!(
            Row,
            r#"
            SELECT request.request_id, state, reason, attempt, asset_id, kind, units::TEXT AS "units!", amount,
                   holder_from, holder_to, destination::TEXT AS destination, request.reference, basis, maker,
                   request.message_id, message.message_type AS "message_type?",
                   message.reference AS "message_reference?", position, role, request.sender, sender_reference,
                   end_to_end, uetr, account_from, account_to, traceparent, not_before, created_at,
                   updated_at,
                   valuation.feed_id AS "feed_id?", valuation.round_id::TEXT AS "round_id?",
                   valuation.price AS "price?", valuation.age_ms AS "age_ms?", valuation.venues AS "venues?",
                   effect.chain_id::TEXT AS "chain_id?", effect.tx_hash AS "tx_hash?",
                   effect.block_number AS "block_number?", effect.block_hash AS "block_hash?"
            FROM UNNEST($1::UUID[]) WITH ORDINALITY AS wanted (id, place)
            JOIN request ON request.request_id = wanted.id
            LEFT JOIN message ON message.message_id = request.message_id
            LEFT JOIN valuation ON valuation.request_id = request.request_id
            LEFT JOIN effect ON effect.request_id = request.request_id
            ORDER BY wanted.place
            "#,
            &ids,
        )
        .fetch_all(self.pool.executor())
        .named("fetch_requests", self.pool.queries())
        .await?;
        let mut approvals = self.approvals(&ids).await?;
        rows.into_iter()
            .map(|row| {
                let given = approvals.remove(&row.request_id).unwrap_or_default();
                row.request(given)
            })
            .collect()
    }

    async fn approvals(&self, ids: &[Uuid]) -> Result<HashMap<Uuid, Vec<Approval>>, Error> {
        let rows = sqlx::query!(
            "SELECT request_id, approver, digest, at FROM approval WHERE request_id = ANY($1) ORDER BY at, approver",
            ids,
        )
        .fetch_all(self.pool.executor())
        .named("list_approvals", self.pool.queries())
        .await?;
        let mut found: HashMap<_, Vec<_>> = HashMap::new();
        for row in rows {
            let approval = Approval {
                approver: parse(&row.approver, "approval.approver")?,
                at: timestamp(row.at, "approval.at")?,
                digest: hash(&row.digest, "approval.digest")?,
            };
            found.entry(row.request_id).or_default().push(approval);
        }
        Ok(found)
    }
}

impl Row {
    fn request(self, approvals: Vec<Approval>) -> Result<Request, Error> {
        let state =
            State::read(&self.state, &self.reason).map_err(|_| Error::Unreadable { column: "request.state" })?;
        Ok(Request {
            id: RequestId::new(self.request_id.as_u128()),
            saga: Saga { state, attempt: small(self.attempt, "request.attempt")? },
            instruction: Instruction {
                asset: parse(&self.asset_id, "request.asset_id")?,
                movement: self.movement()?,
                units: parse(&self.units, "request.units")?,
                reference: Reference::new(hash(&self.reference, "request.reference")?),
            },
            basis: match self.basis.as_str() {
                "instructed" => Basis::Instructed,
                "confirmed" => Basis::Confirmed,
                _ => return Err(Error::Unreadable { column: "request.basis" }),
            },
            maker: parse(&self.maker, "request.maker")?,
            approvals,
            not_before: self.not_before.map(|at| timestamp(at, "request.not_before")).transpose()?,
            valuation: self.valuation()?,
            on_chain: self.on_chain()?,
            origin: self.origin()?,
            traceparent: self.traceparent,
            created_at: timestamp(self.created_at, "request.created_at")?,
            updated_at: timestamp(self.updated_at, "request.updated_at")?,
            amount: self.amount,
        })
    }

    fn movement(&self) -> Result<Movement, Error> {
        let holder = |value: &Option<Vec<u8>>, column| address(there(value.as_deref(), column)?, column);
        let from = || holder(&self.holder_from, "request.holder_from");
        let to = || holder(&self.holder_to, "request.holder_to");
        Ok(match parse::<Kind>(&self.kind, "request.kind")? {
            Kind::Mint => Movement::Mint { to: to()? },
            Kind::Transfer => Movement::Transfer { from: from()?, to: to()? },
            Kind::Redeem => Movement::Redeem { from: from()? },
            Kind::Bridge => {
                let destination = there(self.destination.as_deref(), "request.destination")?;
                Movement::Bridge { from: from()?, to: to()?, destination: parse(destination, "request.destination")? }
            }
        })
    }

    fn valuation(&self) -> Result<Option<Valuation>, Error> {
        let Some(feed) = &self.feed_id else { return Ok(None) };
        let age = unsigned(there(self.age_ms, "valuation.age_ms")?, "valuation.age_ms")?;
        let round = there(self.round_id.as_deref(), "valuation.round_id")?;
        Ok(Some(Valuation {
            feed: parse(feed, "valuation.feed_id")?,
            round: RoundId::new(parse(round, "valuation.round_id")?),
            price: parse(there(self.price.as_deref(), "valuation.price")?, "valuation.price")?,
            age: Duration::from_millis(age),
            venues: small(there(self.venues, "valuation.venues")?, "valuation.venues")?,
        }))
    }

    fn on_chain(&self) -> Result<Option<OnChain>, Error> {
        let Some(chain) = &self.chain_id else { return Ok(None) };
        let chain = ChainId::new(parse(chain, "effect.chain_id")?);
        let height = there(self.block_number, "effect.block_number")?;
        Ok(Some(OnChain {
            chain: chain.map_err(|_| Error::Unreadable { column: "effect.chain_id" })?,
            tx_hash: hash(there(self.tx_hash.as_deref(), "effect.tx_hash")?, "effect.tx_hash")?,
            block_number: unsigned(height, "effect.block_number")?,
            block_hash: hash(there(self.block_hash.as_deref(), "effect.block_hash")?, "effect.block_hash")?,
        }))
    }

    fn origin(&self) -> Result<Option<Origin>, Error> {
        let Some(message) = self.message_id else { return Ok(None) };
        Ok(Some(Origin {
            message: MessageId::new(message.as_u128()),
            message_type: there(self.message_type.clone(), "message.message_type")?,
            message_reference: there(self.message_reference.clone(), "message.reference")?,
            position: small(there(self.position, "request.position")?, "request.position")?,
            role: parse(there(self.role.as_deref(), "request.role")?, "request.role")?,
            sender: there(self.sender.clone(), "request.sender")?,
            reference: there(self.sender_reference.clone(), "request.sender_reference")?,
            end_to_end: self.end_to_end.clone(),
            uetr: self.uetr.clone(),
            accounts: [self.account_from.clone(), self.account_to.clone()],
        }))
    }
}
