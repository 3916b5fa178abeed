//! The door: messages and direct instructions become requests, each once.

use std::sync::Arc;

use causeway_iso20022::Schemas;
use causeway_primitives::{AssetId, B256, Date, Decimal, Timestamp};
use causeway_runtime::clock::Clock;
use causeway_telemetry::propagation::current_traceparent;
use time::UtcOffset;
use uuid::Uuid;

use super::{
    Catalogue, Error, Unresolved,
    names::{Judged, Named, Names, all_keys, judge, refused},
};
use crate::{
    adapters::store::{NewMessage, NewRequest, Store, Taken as Stored},
    domain::{
        actor::Actor,
        identity::{BusinessKey, Novelty, Said, Scheme, novelty},
        instruction::{Instruction, Movement},
        order::{Basis, Order},
        request::{MessageId, Origin, Request, RequestId},
        saga::{Event, Hold, Illegal, Saga, State, next},
        units::Units,
    },
    intake::{Read, Refusal, digest, read},
    metrics::{Met, Metrics},
};

/// So often another call may be quicker with the same names before this one gives up.
const TRIES: u32 = 4;

/// A direct instruction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Of what.
    pub asset: AssetId,
    /// How much, in whole tokens.
    pub amount: Decimal,
    /// Whose, and where to.
    pub movement: Movement,
    /// What the caller calls the business: 1 to 64 printable ASCII characters.
    pub business_reference: String,
}

/// Why an order became no request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    /// The catalogue does not know it.
    #[error("the order cannot be told in the gateway's words")]
    Unresolved(#[source] Unresolved),
    /// It has a name of another request and says something else.
    #[error("request {request} has the same {scheme} and says something else")]
    Conflict {
        /// That request.
        request: RequestId,
        /// The name that both have.
        scheme: Scheme,
    },
    /// The business reference is no text that names.
    #[error("a business reference is 1 to 64 printable ASCII characters")]
    Reference,
}

impl NotTaken {
    /// Label and wire value.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Unresolved(unresolved) => unresolved.reason(),
            Self::Conflict { .. } => "name_of_another_request",
            Self::Reference => "business_reference",
        }
    }
}

/// What became of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// A new request.
    New(RequestId),
    /// The request that it was before: the same order came again.
    Known(RequestId),
}

/// What became of one transaction of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransactionReceipt {
    /// Counts from 1 within the message.
    pub position: u32,
    /// The outcome.
    pub outcome: Result<Taken, NotTaken>,
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The message, when anything of it is new.
    pub message: Option<MessageId>,
    /// `MT103`, `pacs.008.001.08`.
    pub message_type: String,
    /// SHA-256 of its bytes.
    pub digest: B256,
    /// BIC of the sender.
    pub sender: String,
    /// Each of its transactions.
    pub transactions: Vec<TransactionReceipt>,
    /// When it came.
    pub at: Timestamp,
}

/// Takes orders. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Orders {
    store: Store,
    catalogue: Arc<Catalogue>,
    schemas: Arc<Schemas>,
    days: UtcOffset,
    clock: Arc<dyn Clock>,
    metrics: Metrics,
}

impl Orders {
    /// On this database, by this catalogue, against these schemas. Days begin at midnight of `days`.
    pub const fn new(
        store: Store,
        catalogue: Arc<Catalogue>,
        schemas: Arc<Schemas>,
        days: UtcOffset,
        clock: Arc<dyn Clock>,
        metrics: Metrics,
    ) -> Self {
        Self { store, catalogue, schemas, days, clock, metrics }
    }

    /// Takes what somebody handed in. All messages of a file are read before anything of one is stored.
    ///
    /// # Errors
    /// The outer one when the machinery failed; the inner one when a message is refused, and then nothing is stored.
    pub async fn submit(
        &self,
        maker: &Actor,
        file_name: &str,
        bytes: &[u8],
    ) -> Result<Result<Vec<Receipt>, Refusal>, Error> {
        let messages = match read(bytes, &self.schemas) {
            Ok(messages) => messages,
            Err(refusal) => {
                self.metrics.refused(refusal.reason());
                return Ok(Err(refusal));
            }
        };
        let mut receipts = Vec::with_capacity(messages.len());
        for mut message in messages {
            message.orders = message.orders.into_iter().map(|order| order.handed_in_by(maker)).collect();
            let receipt = self.take_message(maker, file_name, &message).await?;
            for (order, transaction) in message.orders.iter().zip(&receipt.transactions) {
                self.metrics.met(order.kind, met(&transaction.outcome));
            }
            receipts.push(receipt);
        }
        Ok(Ok(receipts))
    }

    /// Takes a direct instruction.
    ///
    /// # Errors
    /// The outer one when the machinery failed; the inner one when it became no request.
    pub async fn ask(&self, maker: &Actor, asked: &Asked) -> Result<Result<Taken, NotTaken>, Error> {
        let outcome = self.take(maker, asked).await?;
        self.metrics.met(asked.movement.kind(), met(&outcome));
        Ok(outcome)
    }

    async fn take(&self, maker: &Actor, asked: &Asked) -> Result<Result<Taken, NotTaken>, Error> {
        for _ in 0..TRIES {
            let candidate = match self.candidate(maker, asked)? {
                Ok(candidate) => candidate,
                Err(refused) => return Ok(Err(refused)),
            };
            let known = Names::of(self.store.find_known(&candidate.keys).await?);
            let known: Vec<_> = known.list(&candidate.keys).collect();
            match novelty(&candidate.keys, candidate.said, &known) {
                Novelty::Same(request) => return Ok(Ok(Taken::Known(request))),
                Novelty::Conflict(request, scheme) => return Ok(Err(NotTaken::Conflict { request, scheme })),
                Novelty::New | Novelty::Candidate(_) => {}
            }
            let id = candidate.request.id;
            let at = candidate.request.created_at;
            match self.store.insert_requests(None, &[candidate], maker, at).await? {
                Stored::Stored => return Ok(Ok(Taken::New(id))),
                Stored::Overtaken => {}
            }
        }
        Err(Error::Contended)
    }

    fn candidate(&self, maker: &Actor, asked: &Asked) -> Result<Result<NewRequest, NotTaken>, Error> {
        let (instruction, key) = match self.instruction(maker, asked) {
            Ok(found) => found,
            Err(refused) => return Ok(Err(refused)),
        };
        let (saga, path) = mapped(None)?;
        let (said, at) = (Said::plain(instruction.digest()), self.now());
        let request = Request {
            id: fresh(),
            saga,
            instruction,
            amount: asked.amount.to_string(),
            // Whoever may call says it himself: nothing firmer will ever come.
            basis: Basis::Confirmed,
            maker: maker.clone(),
            approvals: Vec::new(),
            not_before: None,
            valuation: None,
            on_chain: None,
            origin: None,
            traceparent: current_traceparent(),
            created_at: at,
            updated_at: at,
        };
        Ok(Ok(NewRequest { request, keys: vec![key], said, path }))
    }

    fn instruction(&self, maker: &Actor, asked: &Asked) -> Result<(Instruction, BusinessKey), NotTaken> {
        let name = &asked.business_reference;
        if !(1..=64).contains(&name.len()) || !name.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(NotTaken::Reference);
        }
        let asset = self.catalogue.asset(&asked.asset).ok_or(NotTaken::Unresolved(Unresolved::Asset))?;
        let units = Units::exact(asked.amount, asset.decimals);
        let key = BusinessKey::caller(maker, name);
        let instruction = Instruction {
            asset: asked.asset.clone(),
            movement: asked.movement,
            units: units.map_err(|error| NotTaken::Unresolved(Unresolved::Units(error)))?,
            reference: self.catalogue.reference(&asked.asset, asked.movement.kind(), &key),
        };
        Ok((instruction, key))
    }

    async fn take_message(&self, maker: &Actor, file_name: &str, message: &Read) -> Result<Receipt, Error> {
        for _ in 0..TRIES {
            let at = self.now();
            let id = MessageId::new(Uuid::now_v7().as_u128());
            let mut transactions = Vec::with_capacity(message.orders.len());
            let mut fresh = Vec::new();
            let mut names = Names::of(self.store.find_known(&all_keys(&message.orders)).await?);
            for order in &message.orders {
                let outcome = match judge(order, &names) {
                    Judged::Known(request) => {
                        names.claim(request);
                        Ok(Taken::Known(request))
                    }
                    Judged::Refused(refused) => Err(refused),
                    Judged::New(named) => match self.request(maker, message, order, named, (id, at))? {
                        Ok(new) => {
                            let request = new.request.id;
                            names.add(&new);
                            fresh.push(new);
                            Ok(Taken::New(request))
                        }
                        Err(unresolved) => Err(NotTaken::Unresolved(unresolved)),
                    },
                };
                transactions.push(TransactionReceipt { position: order.position, outcome });
            }
            let message_row = NewMessage {
                id,
                message_type: &message.message_type,
                digest: digest(message.text.as_bytes()),
                sender: &message.sender,
                reference: &message.reference,
                file_name,
                content: message.text.as_bytes(),
                refused: refused(message, &transactions),
            };
            let is_new = !fresh.is_empty();
            if is_new && self.store.insert_requests(Some(&message_row), &fresh, maker, at).await? == Stored::Overtaken {
                continue;
            }
            return Ok(Receipt {
                message: is_new.then_some(id),
                message_type: message.message_type.clone(),
                digest: message_row.digest,
                sender: message.sender.clone(),
                transactions,
                at,
            });
        }
        Err(Error::Contended)
    }

    fn request(
        &self,
        maker: &Actor,
        message: &Read,
        order: &Order,
        named: Named,
        (message_id, at): (MessageId, Timestamp),
    ) -> Result<Result<NewRequest, Unresolved>, Error> {
        let instruction = match self.catalogue.resolve(order, &named.key) {
            Ok(instruction) => instruction,
            Err(unresolved) => return Ok(Err(unresolved)),
        };
        let (saga, path) = mapped(named.hold)?;
        let origin = Origin {
            message: message_id,
            message_type: message.message_type.clone(),
            message_reference: message.reference.clone(),
            position: order.position,
            role: order.role,
            sender: order.sender.clone(),
            reference: order.reference.clone(),
            end_to_end: order.end_to_end.clone(),
            uetr: order.uetr.clone(),
            accounts: [order.from.clone(), order.to.clone()],
        };
        let request = Request {
            id: fresh(),
            saga,
            instruction,
            amount: format!("{} {}", order.denomination, order.amount),
            basis: order.basis,
            maker: maker.clone(),
            approvals: Vec::new(),
            not_before: order.value_date.map(|day| self.begins(day)),
            valuation: None,
            on_chain: None,
            origin: Some(origin),
            traceparent: current_traceparent(),
            created_at: at,
            updated_at: at,
        };
        Ok(Ok(NewRequest { request, keys: named.keys, said: order.said, path }))
    }

    /// The moment at which a day begins. Of one before 1970 it is over.
    fn begins(&self, day: Date) -> Timestamp {
        Timestamp::from_datetime(day.midnight().assume_offset(self.days)).unwrap_or(Timestamp::EPOCH)
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

/// For the count at the door.
const fn met(outcome: &Result<Taken, NotTaken>) -> Met {
    match outcome {
        Ok(Taken::New(_)) => Met::Taken,
        Ok(Taken::Known(_)) => Met::Known,
        Err(_) => Met::Refused,
    }
}

/// Ids in the order of time, so that their index grows at one end.
fn fresh() -> RequestId {
    RequestId::new(Uuid::now_v7().as_u128())
}

/// The way of a request to where the intake leaves it.
fn mapped(hold: Option<Hold>) -> Result<(Saga, Vec<(Event, State)>), Illegal> {
    let events = [Event::Parsed, Event::Validated, Event::Mapped].into_iter().chain(hold.map(Event::Held));
    let mut saga = Saga::START;
    let mut path = Vec::with_capacity(4);
    for event in events {
        saga = next(saga, event)?.saga;
        path.push((event, saga.state));
    }
    Ok((saga, path))
}
