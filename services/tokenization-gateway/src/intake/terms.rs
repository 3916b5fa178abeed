//! What an order comes down to, whichever standard told it: the names that it has and the digest of what it says.

use causeway_primitives::{B256, Decimal, keccak256};

use crate::domain::{
    identity::{BusinessKey, Delivery, Role},
    instruction::Kind,
    order::{Basis, Denomination, Order},
};

/// What a reader found in one transaction.
#[derive(Debug)]
pub(super) struct Terms<'a> {
    pub(super) position: u32,
    pub(super) kind: Kind,
    pub(super) basis: Basis,
    pub(super) role: Role,
    pub(super) denomination: Denomination,
    pub(super) amount: Decimal,
    pub(super) from: Option<&'a str>,
    pub(super) to: Option<&'a str>,
    /// Year, month and day; empty when it is not told.
    pub(super) value_date: String,
    pub(super) reference: &'a str,
    pub(super) end_to_end: Option<&'a str>,
    pub(super) uetr: Option<String>,
}

/// What all transactions of a message share.
#[derive(Debug)]
pub(super) struct Shared<'a> {
    pub(super) sender: &'a str,
    /// Of what the message says, without what changes from one delivery to the next.
    pub(super) said: B256,
    pub(super) delivery: Delivery,
}

impl Terms<'_> {
    /// The order. Two messages of the same payment, one in each standard, make orders of the same content and the same keys.
    pub(super) fn order(self, shared: &Shared<'_>) -> Order {
        let amount = format!("{} {}", self.denomination, self.amount.normalize());
        let named = self.end_to_end.unwrap_or(self.reference);
        let uetr = self.uetr.as_deref().map(|uetr| BusinessKey::uetr(self.role, uetr));
        let by_sender = BusinessKey::sender(self.role, shared.sender, named, &self.value_date, &amount);
        let said = BusinessKey::content(shared.said, self.position);
        let keys: Vec<_> = uetr.into_iter().chain(by_sender).chain([said]).collect();
        let parts = [
            self.role.as_str(),
            self.kind.as_str(),
            &amount,
            self.from.unwrap_or_default(),
            self.to.unwrap_or_default(),
            &self.value_date,
            self.uetr.as_deref().unwrap_or_default(),
        ];
        let hashed: Vec<u8> = parts.iter().flat_map(|part| keccak256(part).0).collect();
        Order {
            position: self.position,
            kind: self.kind,
            basis: self.basis,
            role: self.role,
            denomination: self.denomination,
            amount: self.amount,
            from: self.from.map(str::to_owned),
            to: self.to.map(str::to_owned),
            sender: shared.sender.to_owned(),
            reference: self.reference.to_owned(),
            end_to_end: self.end_to_end.map(str::to_owned),
            uetr: self.uetr,
            keys,
            content: keccak256(hashed),
            delivery: shared.delivery,
        }
    }
}
