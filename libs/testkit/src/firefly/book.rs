//! What it remembers: transactions, operations, events, subscriptions, and what it was told to do wrong.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use alloy::primitives::B256;
use rand::{RngExt as _, rngs::StdRng, seq::IndexedRandom as _};
use serde_json::{Value, json};
use uuid::Uuid;

use super::misdeeds::{EventWays, Misdeed};

/// The state of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Initialized,
    Pending,
    Succeeded,
    Failed,
}

impl Status {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Initialized => "Initialized",
            Self::Pending => "Pending",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
        }
    }
}

/// An operation: one call of a contract.
#[derive(Debug, Clone)]
pub(super) struct Operation {
    pub(super) id: Uuid,
    pub(super) tx: Uuid,
    pub(super) status: Status,
    pub(super) input: Value,
    pub(super) error: Option<String>,
    /// What was sent, and under which nonce: what the connector knows.
    pub(super) sent: Option<(B256, u64)>,
    /// Whether FireFly itself knows the hash.
    pub(super) is_told: bool,
    /// So often it is still told as failed although it is not.
    pub(super) lies: u32,
    pub(super) is_stuck: bool,
    pub(super) at: String,
}

impl Operation {
    pub(super) fn new(tx: Uuid, input: Value, at: String) -> Self {
        Self {
            id: Uuid::new_v4(),
            tx,
            status: Status::Initialized,
            input,
            error: None,
            sent: None,
            is_told: false,
            lies: 0,
            is_stuck: false,
            at,
        }
    }

    /// As FireFly's API tells it.
    pub(super) fn to_json(&self) -> Value {
        let mut told = json!({
            "id": self.id,
            "namespace": NAMESPACE,
            "tx": self.tx,
            "type": "blockchain_invoke",
            "status": self.status.as_str(),
            "plugin": "ethereum",
            "input": self.input,
            "created": self.at,
            "updated": self.at,
        });
        if let (Some(fields), Some(error)) = (told.as_object_mut(), &self.error) {
            fields.insert("error".to_owned(), json!(error));
        }
        if let (Some(fields), Some((hash, _)), true) = (told.as_object_mut(), self.sent, self.is_told) {
            fields.insert("output".to_owned(), json!({ "transactionHash": hash }));
        }
        told
    }
}

/// The only namespace.
pub(super) const NAMESPACE: &str = "default";

#[derive(Debug, Clone)]
pub(super) struct Transaction {
    pub(super) id: Uuid,
    pub(super) key: Option<String>,
    pub(super) at: String,
}

#[derive(Debug, Clone)]
pub(super) struct Event {
    pub(super) id: Uuid,
    pub(super) sequence: usize,
    pub(super) kind: &'static str,
    pub(super) reference: Uuid,
    pub(super) tx: Uuid,
    pub(super) at: String,
}

#[derive(Debug, Default)]
pub(super) struct Book {
    pub(super) transactions: Vec<Transaction>,
    pub(super) operations: Vec<Operation>,
    pub(super) events: Vec<Event>,
    /// By name: its body, and how many deliveries were acknowledged.
    pub(super) subscriptions: BTreeMap<String, (Value, usize)>,
    pub(super) pools: Vec<Value>,
    /// Of requests for pools, those that came to nothing too.
    pub(super) pool_keys: BTreeSet<String>,
    /// What is asked for is not made.
    pub(super) loses_pools: bool,
    /// There is no connector of tokens.
    pub(super) without_tokens: bool,
    pub(super) script: VecDeque<Misdeed>,
    pub(super) random: Option<StdRng>,
    pub(super) ways: EventWays,
    /// Invocations that came in, by key.
    pub(super) asked: Vec<String>,
    pub(super) retried: usize,
    pub(super) acknowledged: usize,
}

impl Book {
    /// What goes wrong with the next new invocation.
    pub(super) fn misdeed(&mut self) -> Option<Misdeed> {
        if let Some(next) = self.script.pop_front() {
            return Some(next);
        }
        let random = self.random.as_mut()?;
        if random.random_range(0..3_u32) == 0 { Misdeed::SURVIVED.choose(random).copied() } else { None }
    }

    pub(super) fn by_key(&self, key: &str) -> Option<&Transaction> {
        self.transactions.iter().find(|transaction| transaction.key.as_deref() == Some(key))
    }

    pub(super) fn of_transaction(&self, tx: Uuid) -> impl Iterator<Item = &Operation> {
        self.operations.iter().filter(move |operation| operation.tx == tx)
    }

    pub(super) fn operation(&mut self, id: Uuid) -> Option<&mut Operation> {
        self.operations.iter_mut().find(|operation| operation.id == id)
    }

    pub(super) fn event(&mut self, kind: &'static str, reference: Uuid, tx: Uuid, at: String) {
        let sequence = self.events.len().saturating_add(1);
        self.events.push(Event { id: Uuid::new_v4(), sequence, kind, reference, tx, at });
    }

    /// As FireFly's API tells it.
    pub(super) fn transaction_json(&self, transaction: &Transaction) -> Value {
        let operations = self.of_transaction(transaction.id).filter(|operation| operation.is_told);
        let hashes: Vec<B256> = operations.filter_map(|operation| operation.sent.map(|(hash, _)| hash)).collect();
        json!({
            "id": transaction.id,
            "namespace": NAMESPACE,
            "type": "contract_invoke",
            "created": transaction.at,
            "idempotencyKey": transaction.key,
            "blockchainIds": hashes,
        })
    }

    /// What is delivered to a subscription, in order: every event as often as it is told.
    pub(super) fn deliveries(&self) -> Vec<Event> {
        let mut events = self.events.clone();
        if self.ways.swapped {
            events.chunks_mut(2).for_each(<[Event]>::reverse);
        }
        let copies = if self.ways.doubled { 2 } else { 1 };
        let told = |event: &Event| !self.ways.lost || event.sequence.is_multiple_of(2);
        events.into_iter().filter(told).flat_map(|event| std::iter::repeat_n(event, copies)).collect()
    }
}
