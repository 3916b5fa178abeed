//! What an order comes down to, whichever standard told it: the names that it has and the digest of what it says.

use causeway_primitives::{B256, Date, Decimal, keccak256};

use crate::domain::{
    identity::{BusinessKey, Role, Said},
    instruction::Kind,
    order::{Basis, Denomination, Measure, Order},
};

/// What a quantity counts, by FIN's code or by ISO 20022's element.
pub(super) fn measure(kind: &str) -> Option<Measure> {
    match kind {
        "UNIT" | "Unit" => Some(Measure::Unit),
        "FAMT" | "FaceAmt" => Some(Measure::Face),
        "AMOR" | "AmtsdVal" => Some(Measure::Amortised),
        "DIGI" | "DgtlTknUnit" => Some(Measure::Token),
        _ => None,
    }
}

/// What a reader found in one transaction.
#[derive(Debug)]
pub(super) struct Terms<'a> {
    pub(super) position: u32,
    pub(super) kind: Kind,
    pub(super) basis: Basis,
    pub(super) role: Role,
    pub(super) denomination: Denomination,
    pub(super) amount: Decimal,
    pub(super) measure: Option<Measure>,
    pub(super) from: Option<&'a str>,
    pub(super) to: Option<&'a str>,
    pub(super) value_date: Option<Date>,
    pub(super) reference: &'a str,
    pub(super) end_to_end: Option<&'a str>,
    pub(super) uetr: Option<String>,
    pub(super) detail: Detail<'a>,
}

/// What tells two transactions of one reference, day and amount from each other.
#[derive(Debug, Default)]
pub(super) struct Detail<'a> {
    /// The reference of what its own is unique within: `20` of an MT101.
    pub(super) within: &'a str,
    /// `InstrId`, or the sender's reference.
    pub(super) instruction: &'a str,
    /// `TxId`
    pub(super) transaction: &'a str,
    /// Who pays: the account, or else the bank or the name.
    pub(super) debtor: String,
}

/// What all transactions of a message share.
#[derive(Debug)]
pub(super) struct Shared<'a> {
    pub(super) sender: &'a str,
    /// Of what the message says, without what changes from one delivery to the next.
    pub(super) said: B256,
}

impl Terms<'_> {
    /// The order. Two messages of the same payment, one in each standard, make orders of the same content and the same keys.
    pub(super) fn order(self, shared: &Shared<'_>) -> Order {
        let Detail { within, instruction, transaction, debtor } = &self.detail;
        let mut order = Order {
            position: self.position,
            kind: self.kind,
            basis: self.basis,
            role: self.role,
            denomination: self.denomination,
            amount: self.amount,
            measure: self.measure,
            from: self.from.map(str::to_owned),
            to: self.to.map(str::to_owned),
            sender: shared.sender.to_owned(),
            reference: self.reference.to_owned(),
            end_to_end: self.end_to_end.map(str::to_owned),
            uetr: self.uetr,
            value_date: self.value_date,
            keys: Vec::new(),
            said: Said::plain(B256::ZERO),
        };
        let (amount, day) = (order.told_amount(), order.told_day());
        let content = digest(&[
            order.role.as_str(),
            order.kind.as_str(),
            &amount,
            self.from.unwrap_or_default(),
            self.to.unwrap_or_default(),
            &day,
            order.uetr.as_deref().unwrap_or_default(),
        ]);
        let detail = digest(&[&content.to_string(), within, instruction, transaction, debtor]);
        order.said = Said { content, detail };
        let uetr = order.uetr.as_deref().map(|uetr| BusinessKey::uetr(order.role, uetr));
        let by_sender = BusinessKey::sender(order.role, &order.sender, order.named(), &day, &amount);
        let said = BusinessKey::content(shared.said, order.position);
        order.keys = uetr.into_iter().chain(by_sender).chain([said]).collect();
        order
    }
}

/// Each part is hashed before all are, so that no two lists of parts are one text.
fn digest(parts: &[&str]) -> B256 {
    let hashed: Vec<u8> = parts.iter().flat_map(|part| keccak256(part).0).collect();
    keccak256(hashed)
}
