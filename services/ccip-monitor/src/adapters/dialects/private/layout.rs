//! Where the fields of an event stand in its logs, and reading them from there.

use std::collections::BTreeMap;

use causeway_chain::logs::ScannedLog;
use causeway_primitives::{Address, B256, ChainSelector, U256};

use super::{
    description::Meaning,
    field::{Field, Form},
};
use crate::{
    adapters::dialects::{
        abi::{Budget, bytes_to_address, word_to_address},
        event::{self, Event},
    },
    domain::event::TokenAmount,
    ports::DecodeError,
};

/// An event of a private dialect, checked.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    pub(super) meaning: Meaning,
    pub(super) name: String,
    pub(super) topic: B256,
    pub(super) topics: usize,
    pub(super) sources: BTreeMap<Field, Source>,
}

/// Where a field stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// In a topic.
    Topic(usize, Form),
    /// In a slot of the data, or where the slot points.
    Slot(usize, Form),
    /// In the description.
    Constant(Address),
}

/// A log of such an event. Fields that are not mapped are `None`.
#[derive(Debug)]
pub(super) struct Fields<'a> {
    layout: &'a Layout,
    event: Event<'a>,
}

impl<'a> Fields<'a> {
    pub(super) fn open(layout: &'a Layout, log: &'a ScannedLog, budget: &'a Budget) -> Result<Self, DecodeError> {
        Ok(Self { layout, event: Event::open(&layout.name, layout.topics, log, budget)? })
    }

    /// A field that the layout was checked to have.
    pub(super) fn needed<T>(&self, field: Field, value: Option<T>) -> Result<T, DecodeError> {
        value.ok_or(DecodeError::Range { field: field.as_str() })
    }

    /// A `bytes32`.
    pub(super) fn b256(&self, field: Field) -> Result<Option<B256>, DecodeError> {
        self.word(field).map(|word| word.map(B256::from))
    }

    /// A number.
    pub(super) fn number(&self, field: Field) -> Result<Option<U256>, DecodeError> {
        self.word(field).map(|word| word.map(U256::from_be_bytes))
    }

    /// A number that contracts count, within 63 bits.
    pub(super) fn counted(&self, field: Field) -> Result<Option<u64>, DecodeError> {
        self.narrow(field)?.map(|number| event::counted(field.as_str(), number)).transpose()
    }

    /// A chain's selector. Contracts exist that hold wider numbers than CCIP's 64 bits; they name no chain.
    pub(super) fn selector(&self, field: Field) -> Result<Option<ChainSelector>, DecodeError> {
        self.narrow(field)?.map(|number| event::selector(field.as_str(), number)).transpose()
    }

    /// A `bool`.
    pub(super) fn bool(&self, field: Field) -> Result<Option<bool>, DecodeError> {
        match self.narrow(field)? {
            None => Ok(None),
            Some(0) => Ok(Some(false)),
            Some(1) => Ok(Some(true)),
            Some(2..) => Err(DecodeError::Range { field: field.as_str() }),
        }
    }

    /// A `bytes` or `string`.
    pub(super) fn bytes(&self, field: Field) -> Result<Option<&'a [u8]>, DecodeError> {
        match self.layout.sources.get(&field) {
            Some(Source::Slot(slot, Form::Bytes)) => self.event.data.bytes(*slot).map(Some),
            Some(Source::Topic(..) | Source::Slot(..) | Source::Constant(_)) | None => Ok(None),
        }
    }

    /// An account as the event writes it: the 20 bytes of an `address`, a `bytes32`, or a `bytes`.
    pub(super) fn account(&self, field: Field) -> Result<Option<Account<'a>>, DecodeError> {
        let address = |word: B256| word_to_address(word.as_slice()).ok_or_else(|| self.event.data.malformed());
        match self.layout.sources.get(&field) {
            None => Ok(None),
            Some(Source::Constant(account)) => Ok(Some(Account::Address(*account))),
            Some(Source::Topic(_, Form::Address) | Source::Slot(_, Form::Address)) => {
                self.b256(field)?.map(|word| address(word).map(Account::Address)).transpose()
            }
            Some(Source::Slot(slot, Form::Bytes)) => {
                self.event.data.bytes(*slot).map(|bytes| Some(Account::Bytes(bytes)))
            }
            Some(Source::Topic(..) | Source::Slot(..)) => Ok(self.b256(field)?.map(Account::Word)),
        }
    }

    /// Tokens: a list of them, or one.
    pub(super) fn tokens(&self) -> Result<Vec<TokenAmount>, DecodeError> {
        let mut tokens = Vec::new();
        if let Some(Source::Slot(slot, Form::Tokens)) = self.layout.sources.get(&Field::Tokens) {
            for item in self.event.data.array(*slot, 2)?.fixed() {
                tokens.push(TokenAmount { token: item.address(0)?, amount: item.u256(1)? });
            }
        }
        let token = self.account(Field::Token)?.and_then(|account| account.address());
        if let (Some(token), Some(amount)) = (token, self.number(Field::Amount)?) {
            tokens.push(TokenAmount { token, amount });
        }
        Ok(tokens)
    }

    fn narrow(&self, field: Field) -> Result<Option<u64>, DecodeError> {
        let narrow = |number: U256| u64::try_from(number).map_err(|_| DecodeError::Range { field: field.as_str() });
        self.number(field)?.map(narrow).transpose()
    }

    fn word(&self, field: Field) -> Result<Option<[u8; 32]>, DecodeError> {
        match self.layout.sources.get(&field) {
            None => Ok(None),
            Some(Source::Topic(index, _)) => self.event.topic(*index).map(|topic| Some(topic.0)),
            Some(Source::Slot(slot, _)) => self.event.data.word(*slot).copied().map(Some),
            Some(Source::Constant(account)) => Ok(Some(account.into_word().0)),
        }
    }
}

/// An account as an event writes it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Account<'a> {
    Address(Address),
    Word(B256),
    Bytes(&'a [u8]),
}

impl Account<'_> {
    /// The EVM address that it means. In `bytes`, 20 bytes and `abi.encode(address)` mean the same.
    pub(super) fn address(&self) -> Option<Address> {
        match self {
            Self::Address(address) => Some(*address),
            Self::Word(word) => bytes_to_address(word.as_slice()),
            Self::Bytes(bytes) => bytes_to_address(bytes),
        }
    }

    /// Its bytes.
    pub(super) fn as_slice(&self) -> &[u8] {
        match self {
            Self::Address(address) => address.as_slice(),
            Self::Word(word) => word.as_slice(),
            Self::Bytes(bytes) => bytes,
        }
    }
}
