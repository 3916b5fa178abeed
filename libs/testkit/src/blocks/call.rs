//! Calls as they come in: envelope, filter, block.

use alloy::primitives::{Address, B256, Bytes, U64};
use serde::Deserialize;
use serde_json::{Value, value::RawValue};

/// A JSON-RPC request, its id as it was written.
#[derive(Deserialize)]
pub(super) struct Request<'a> {
    #[serde(borrow)]
    pub(super) id: &'a RawValue,
    pub(super) method: String,
    #[serde(default)]
    pub(super) params: Vec<Value>,
}

/// An `eth_call` that somebody has to answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EthCall {
    /// The contract.
    pub to: Address,
    /// Selector and arguments.
    pub data: Bytes,
    /// The block at whose end it is asked.
    pub block: u64,
}

/// A block as a parameter names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    Latest,
    Finalized,
    Number(u64),
    Hash(B256),
}

impl Named {
    /// A number, a tag, a hash, or an object with a hash; the last block when there is none.
    pub(super) fn read(value: Option<&Value>) -> Option<Self> {
        match value {
            None | Some(Value::Null) => Some(Self::Latest),
            Some(Value::Object(fields)) => Some(Self::Hash(parse(fields.get("blockHash")?)?)),
            Some(text) => match text.as_str()? {
                "latest" | "pending" => Some(Self::Latest),
                "finalized" | "safe" => Some(Self::Finalized),
                "earliest" => Some(Self::Number(0)),
                long if long.len() > 18 => parse(text).map(Self::Hash),
                _ => parse::<U64>(text).map(|number| Self::Number(number.to())),
            },
        }
    }
}

/// The parameter of `eth_getLogs`.
#[derive(Debug)]
pub(super) struct Filter {
    pub(super) place: Place,
    /// None selects all.
    addresses: Vec<Address>,
    /// By position; none selects all.
    topics: Vec<Vec<B256>>,
}

/// Whose logs a filter is about.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    Range(Named, Named),
    Block(B256),
}

impl Filter {
    /// `None` when it is none.
    pub(super) fn read(value: &Value) -> Option<Self> {
        let place = match value.get("blockHash") {
            Some(hash) => Place::Block(parse(hash)?),
            None => Place::Range(Named::read(value.get("fromBlock"))?, Named::read(value.get("toBlock"))?),
        };
        let topics = match value.get("topics") {
            None | Some(Value::Null) => Vec::new(),
            Some(topics) => topics.as_array()?.iter().map(|topic| one_or_more(Some(topic))).collect::<Option<_>>()?,
        };
        Some(Self { place, addresses: one_or_more(value.get("address"))?, topics })
    }

    /// Whether a log of this address with these topics is asked for.
    pub(super) fn selects(&self, address: &Address, topics: &[B256]) -> bool {
        let fits = |(nth, wanted): (usize, &Vec<B256>)| {
            wanted.is_empty() || topics.get(nth).is_some_and(|topic| wanted.contains(topic))
        };
        (self.addresses.is_empty() || self.addresses.contains(address)) && self.topics.iter().enumerate().all(fits)
    }
}

fn one_or_more<T: for<'a> Deserialize<'a>>(value: Option<&Value>) -> Option<Vec<T>> {
    match value {
        None | Some(Value::Null) => Some(Vec::new()),
        Some(Value::Array(values)) => values.iter().map(parse).collect(),
        Some(one) => Some(vec![parse(one)?]),
    }
}

pub(super) fn parse<T: for<'a> Deserialize<'a>>(value: &Value) -> Option<T> {
    T::deserialize(value).ok()
}
