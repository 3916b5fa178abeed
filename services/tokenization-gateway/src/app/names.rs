//! What the orders of a message are, beside what is stored and beside each other.

use std::collections::HashMap;

use super::{NotTaken, TransactionReceipt};
use crate::{
    adapters::store::{NewRequest, TransactionEnd},
    domain::{
        identity::{BusinessKey, Known, Novelty, Scheme, novelty},
        order::Order,
        request::RequestId,
        saga::Hold,
    },
    intake::Read,
};

/// What is known by each name.
#[derive(Debug, Default)]
pub(super) struct Names(HashMap<BusinessKey, Vec<Known<RequestId>>>);

impl Names {
    pub(super) fn of(known: Vec<(BusinessKey, Known<RequestId>)>) -> Self {
        let mut names = Self::default();
        for (key, one) in known {
            names.0.entry(key).or_default().push(one);
        }
        names
    }

    pub(super) fn add(&mut self, new: &NewRequest) {
        for key in &new.keys {
            let known = Known { request: new.request.id, scheme: key.scheme(), content: new.content };
            self.0.entry(*key).or_default().push(known);
        }
    }

    pub(super) fn list(&self, keys: &[BusinessKey]) -> impl Iterator<Item = Known<RequestId>> {
        keys.iter().filter_map(|key| self.0.get(key)).flatten().copied()
    }
}

/// Every name of a message's orders: one question for all of them.
pub(super) fn all_keys(message: &Read) -> Vec<BusinessKey> {
    message.orders.iter().flat_map(|order| order.keys.iter().copied()).collect()
}

/// The transactions that became no request, for the answer about the whole message.
pub(super) fn refused(message: &Read, receipts: &[TransactionReceipt]) -> Vec<TransactionEnd> {
    let of = message.orders.iter().zip(receipts).filter_map(|(order, receipt)| {
        let label = receipt.outcome.as_ref().err()?.reason();
        Some(TransactionEnd {
            position: order.position,
            reference: order.reference.clone(),
            end_to_end: order.end_to_end.clone(),
            uetr: order.uetr.clone(),
            outcome: Err(label.to_owned()),
        })
    });
    of.collect()
}

/// What an order is, beside what is stored and beside the orders before it in its own message.
pub(super) fn judge(order: &Order, names: [&Names; 2]) -> Judged {
    let known: Vec<_> = names.iter().flat_map(|names| names.list(&order.keys)).collect();
    match novelty(&order.keys, order.content, order.delivery, &known) {
        Novelty::New => Judged::New { key: order.key(), hold: None },
        Novelty::Same(request) => Judged::Known(request),
        Novelty::Conflict(request, scheme) => Judged::Refused(NotTaken::Conflict { request, scheme }),
        // Named by what it says: its reference may be the other one's, and on chain no two share a name.
        Novelty::Candidate(_) => {
            let said = order.keys.iter().find(|key| key.scheme() == Scheme::Content);
            let key = said.copied().unwrap_or_else(|| BusinessKey::content(order.content, order.position));
            Judged::New { key, hold: Some(Hold::Duplicate) }
        }
    }
}

/// What an order is.
pub(super) enum Judged {
    New { key: BusinessKey, hold: Option<Hold> },
    Known(RequestId),
    Refused(NotTaken),
}
