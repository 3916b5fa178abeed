//! What the orders of a message are, beside what is stored and beside each other.

use std::collections::{HashMap, HashSet};

use super::{NotTaken, TransactionReceipt};
use crate::{
    adapters::store::{NewRequest, TransactionEnd},
    domain::{
        identity::{BusinessKey, Claim, Known, Novelty, Scheme, novelty},
        order::Order,
        request::RequestId,
        saga::Hold,
    },
    intake::Read,
};

/// What is known by each name, and which requests this message's transactions are already.
#[derive(Debug, Default)]
pub(super) struct Names {
    known: HashMap<BusinessKey, Vec<Known<RequestId>>>,
    claimed: HashSet<RequestId>,
}

impl Names {
    pub(super) fn of(known: Vec<(BusinessKey, Known<RequestId>)>) -> Self {
        let mut names = Self::default();
        for (key, one) in known {
            names.known.entry(key).or_default().push(one);
        }
        names
    }

    /// A transaction of this message became this request.
    pub(super) fn add(&mut self, new: &NewRequest) {
        for key in &new.keys {
            let (scheme, content) = (key.scheme(), new.said.under(key.scheme()));
            let known = Known { request: new.request.id, scheme, content, claim: Claim::Claimed };
            self.known.entry(*key).or_default().push(known);
        }
        self.claim(new.request.id);
    }

    /// A transaction of this message was this request all along.
    pub(super) fn claim(&mut self, request: RequestId) {
        self.claimed.insert(request);
    }

    pub(super) fn list(&self, keys: &[BusinessKey]) -> impl Iterator<Item = Known<RequestId>> {
        let known = keys.iter().filter_map(|key| self.known.get(key)).flatten();
        known.map(|known| {
            let claim = if self.claimed.contains(&known.request) { Claim::Claimed } else { known.claim };
            Known { claim, ..*known }
        })
    }

    fn is_known(&self, key: &BusinessKey) -> bool {
        self.known.contains_key(key)
    }
}

/// Every name of a message's orders, also those that they would have in need: one question for all of them.
pub(super) fn all_keys(orders: &[Order]) -> Vec<BusinessKey> {
    orders.iter().flat_map(looked_for).collect()
}

fn looked_for(order: &Order) -> Vec<BusinessKey> {
    order.keys.iter().copied().chain([order.spare_key()]).collect()
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
pub(super) fn judge(order: &Order, names: &Names) -> Judged {
    let known: Vec<_> = names.list(&looked_for(order)).collect();
    match novelty(&order.keys, order.said, &known) {
        Novelty::New => Judged::New(Named { key: order.key(), keys: order.keys.clone(), hold: None }),
        Novelty::Same(request) => Judged::Known(request),
        Novelty::Conflict(request, scheme) => Judged::Refused(NotTaken::Conflict { request, scheme }),
        // Named by what it says: its reference may be the other one's, and on chain no two share a name. Where even that is
        // the other one's, because they differ only outside of the text, it gets a name of its own.
        Novelty::Candidate(_) => {
            let is_taken = |key: &BusinessKey| key.scheme() == Scheme::Content && names.is_known(key);
            let mut keys: Vec<_> = order.keys.iter().copied().filter(|key| !is_taken(key)).collect();
            let said = keys.iter().find(|key| key.scheme() == Scheme::Content).copied();
            let key = said.unwrap_or_else(|| order.spare_key());
            if said.is_none() {
                keys.push(key);
            }
            Judged::New(Named { key, keys, hold: Some(Hold::Duplicate) })
        }
    }
}

/// What an order is.
pub(super) enum Judged {
    /// A request.
    New(Named),
    /// One that is stored.
    Known(RequestId),
    /// None.
    Refused(NotTaken),
}

/// What a new request is called, and whether a person looks at it first.
pub(super) struct Named {
    /// What its reference on chain follows from.
    pub(super) key: BusinessKey,
    /// Every name that it has, and no other request.
    pub(super) keys: Vec<BusinessKey>,
    pub(super) hold: Option<Hold>,
}
