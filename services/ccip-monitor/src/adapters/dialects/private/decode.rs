//! From logs to neutral events.

use alloy::primitives::keccak256;
use causeway_chain::logs::ScannedLog;
use causeway_primitives::{Address, B256, Bytes, ChainSelector, MessageId, U256};

use super::{
    compile::{Error, compile},
    description::{Description, Meaning},
    field::Field,
    layout::{Fields, Layout},
};
use crate::{
    adapters::dialects::{
        abi::Budget,
        event::{lane_from, lane_to, outcome, receiver, return_data},
        hash::{number, payload, words},
        settings::{Setting, decode as decode_setting, topics},
        shared,
    },
    domain::{
        event::{Attempted, Content, IdOrigin, IdProof, LaneEvent, Outcome, Sent},
        lane::Dialect,
    },
    ports::{Contract, Decode, DecodeError, Role},
};

/// Settings that operators' contracts commonly have: OpenZeppelin's ownership, roles and pause.
const SETTINGS: &[&[Setting]] = &[shared::OWNERSHIP, shared::ROLES, shared::PAUSE];

/// The decoder of an operator's own dialect.
#[derive(Debug, Clone)]
pub struct Private {
    name: Box<str>,
    events: Vec<Layout>,
}

impl Private {
    /// Checks a dialect: `events` must have one for [`Meaning::Sent`] and one for [`Meaning::Executed`].
    ///
    /// # Errors
    /// [`Error`], which names the event, the field and the type.
    pub fn new(name: &str, events: &[Description]) -> Result<Self, Error> {
        match Dialect::from_name(name) {
            Dialect::V1_5 | Dialect::V1_6 | Dialect::V2_0 => return Err(Error::Reserved(name.to_owned())),
            Dialect::Private(_) => {}
        }
        let mut layouts: Vec<Layout> = Vec::with_capacity(events.len());
        for description in events {
            let layout = compile(description)?;
            let same = |other: &&Layout| other.topic == layout.topic && other.meaning.role() == layout.meaning.role();
            if let Some(other) = layouts.iter().find(same) {
                return Err(Error::SameEvent { one: other.meaning, other: layout.meaning });
            }
            layouts.push(layout);
        }
        for meaning in [Meaning::Sent, Meaning::Executed] {
            if !layouts.iter().any(|layout| layout.meaning == meaning) {
                return Err(Error::NoEvent { dialect: name.to_owned(), meaning });
            }
        }
        Ok(Self { name: name.into(), events: layouts })
    }

    /// Its name, which lanes and contracts of it have.
    pub fn name(&self) -> &str {
        &self.name
    }

    fn events_of(&self, role: Role) -> impl Iterator<Item = &Layout> {
        self.events.iter().filter(move |layout| layout.meaning.role() == role)
    }
}

impl Decode for Private {
    fn topics(&self, role: Role) -> Vec<B256> {
        self.events_of(role).map(|layout| layout.topic).chain(topics(SETTINGS)).collect()
    }

    fn decode(&self, contract: &Contract, log: &ScannedLog) -> Result<Vec<LaneEvent>, DecodeError> {
        let Some(topic) = log.topics.first() else { return Ok(Vec::new()) };
        let Some(layout) = self.events_of(contract.role).find(|layout| layout.topic == *topic) else {
            return decode_setting(SETTINGS, log);
        };
        let budget = Budget::of(&log.data);
        let fields = Fields::open(layout, log, &budget)?;
        let event = match layout.meaning {
            Meaning::Sent => LaneEvent::Sent(Box::new(sent(contract, log, &fields)?)),
            Meaning::Delivered => {
                LaneEvent::Delivered { lane: lane_from(contract, source(contract, &fields)?), id: message_id(&fields)? }
            }
            Meaning::Executed => LaneEvent::Attempted(Box::new(attempted(contract, &fields, ended(&fields)?)?)),
            Meaning::Failed => LaneEvent::Attempted(Box::new(attempted(contract, &fields, Outcome::Failed)?)),
        };
        Ok(vec![event])
    }
}

/// The id of a message whose event states none: keccak256(transaction hash ‖ uint256(log index)), which is
/// `keccak256(abi.encode(transactionHash, logIndex))`. The index counts the logs of the block, so the id changes when a
/// reorganisation puts the transaction elsewhere.
fn derived_id(log: &ScannedLog) -> MessageId {
    MessageId::new(words([log.tx_hash.0, number(log.log_index)]))
}

fn sent(contract: &Contract, log: &ScannedLog, fields: &Fields<'_>) -> Result<Sent, DecodeError> {
    let stated = fields.b256(Field::MessageId)?.map(MessageId::new);
    let destination = fields.selector(Field::DestinationSelector)?.or(contract.peer).ok_or(DecodeError::Peer)?;
    let sender = fields.account(Field::Sender)?.and_then(|account| account.address());
    let to = fields.account(Field::Receiver)?.map(|account| receiver(account.as_slice())).transpose()?;
    let fee_token = fields.account(Field::FeeToken)?.and_then(|account| account.address());
    let nonce = fields.counted(Field::Nonce)?.filter(|nonce| *nonce != 0);
    Ok(Sent {
        lane: lane_to(contract, destination),
        id: stated.unwrap_or_else(|| derived_id(log)),
        id_origin: if stated.is_some() { IdOrigin::Stated } else { IdOrigin::Derived },
        id_proof: IdProof::NotDerivable,
        sequence: fields.counted(Field::Sequence)?,
        nonce,
        sender: fields.needed(Field::Sender, sender)?,
        receiver: to.unwrap_or_default(),
        payload: payload(fields.bytes(Field::Data)?.unwrap_or_default()),
        fee_token: fee_token.unwrap_or(Address::ZERO),
        fee: fields.number(Field::Fee)?.unwrap_or(U256::ZERO),
        fee_juels: None,
        gas_limit: fields.number(Field::GasLimit)?,
        tokens: fields.tokens()?,
        leaf: None,
    })
}

fn attempted(contract: &Contract, fields: &Fields<'_>, outcome: Outcome) -> Result<Attempted, DecodeError> {
    let sender = fields.account(Field::Sender)?.and_then(|account| account.address());
    let data = fields.bytes(Field::Data)?;
    let content = sender.zip(data).map(|(sender, data)| Content { sender, data_hash: keccak256(data) });
    let returned = fields.bytes(Field::ReturnData)?;
    Ok(Attempted {
        lane: lane_from(contract, source(contract, fields)?),
        id: message_id(fields)?,
        sequence: fields.counted(Field::Sequence)?,
        leaf: None,
        outcome,
        return_data: returned.map_or_else(Bytes::new, return_data),
        gas_used: None,
        content,
    })
}

fn message_id(fields: &Fields<'_>) -> Result<MessageId, DecodeError> {
    let id = fields.b256(Field::MessageId)?.map(MessageId::new);
    fields.needed(Field::MessageId, id)
}

fn source(contract: &Contract, fields: &Fields<'_>) -> Result<ChainSelector, DecodeError> {
    fields.selector(Field::SourceSelector)?.or(contract.peer).ok_or(DecodeError::Peer)
}

/// What is executed has succeeded, unless the event says how it ended.
fn ended(fields: &Fields<'_>) -> Result<Outcome, DecodeError> {
    if let Some(state) = fields.counted(Field::State)? {
        return outcome(state);
    }
    match fields.bool(Field::Success)? {
        None | Some(true) => Ok(Outcome::Succeeded),
        Some(false) => Ok(Outcome::Failed),
    }
}
