//! MT103, MT202 and MT205, with their variants: money from one to another.

use causeway_identifiers::{Amount, Decimal, Uetr};
use time::Date;

use super::{
    Error, Party,
    read::{date, money, needed, root, text},
};
use crate::{Sequence, Validation, Variant, number};

/// Who bears the charges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charges {
    /// The beneficiary.
    Beneficiary,
    /// The ordering customer.
    Ours,
    /// Each their own.
    Shared,
}

/// The banks on the way, as far as the message names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Banks<'a> {
    /// 52a
    pub ordering: Option<Party<'a>>,
    /// 53a
    pub senders_correspondent: Option<Party<'a>>,
    /// 54a
    pub receivers_correspondent: Option<Party<'a>>,
    /// 55a
    pub reimbursement: Option<Party<'a>>,
    /// 56a
    pub intermediary: Option<Party<'a>>,
    /// 57a
    pub account_with: Option<Party<'a>>,
}

/// The customer transfer that a cover pays for (sequence B of MT202 COV and MT205 COV).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Covered<'a> {
    /// 50a
    pub ordering: Party<'a>,
    /// 59a
    pub beneficiary: Party<'a>,
    /// The banks of the customer transfer.
    pub banks: Banks<'a>,
    /// 70, line ends as they stand.
    pub remittance: Option<&'a str>,
    /// 33B
    pub instructed: Option<Amount>,
}

/// A transfer of money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer<'a> {
    /// `103`, `202` or `205`.
    pub message_type: &'a str,
    /// Tag 119.
    pub variant: Variant,
    /// 20
    pub reference: &'a str,
    /// 21 of a bank transfer.
    pub related: Option<&'a str>,
    /// Tag 121.
    pub uetr: Option<Uetr>,
    /// 23B of a customer transfer.
    pub operation: Option<&'a str>,
    /// Of 32A.
    pub value_date: Date,
    /// Of 32A: what is settled between the banks.
    pub settled: Amount,
    /// 33B
    pub instructed: Option<Amount>,
    /// 36
    pub rate: Option<Decimal>,
    /// 50a of a customer transfer.
    pub ordering: Option<Party<'a>>,
    /// 59a of a customer transfer, 58a of a bank transfer.
    pub beneficiary: Party<'a>,
    /// The banks on the way.
    pub banks: Banks<'a>,
    /// 70, line ends as they stand.
    pub remittance: Option<&'a str>,
    /// 71A
    pub charges: Option<Charges>,
    /// 71F, one for each bank that took something.
    pub senders_charges: Vec<Amount>,
    /// 71G
    pub receivers_charges: Option<Amount>,
    /// 72, line ends as they stand.
    pub to_receiver: Option<&'a str>,
    /// Sequence B of a cover.
    pub covered: Option<Covered<'a>>,
}

impl<'a> Transfer<'a> {
    /// # Errors
    /// [`Error::Type`] for another message, [`Error::Invalid`] when validation found something.
    pub fn read(validation: &Validation<'_, 'a>) -> Result<Self, Error> {
        let root = root(validation, &["103", "202", "205"])?;
        let message = validation.message();
        let settled = root.get("32A");
        let beneficiary = root.numbered(59).or_else(|| root.numbered(58)).and_then(Party::read);
        Ok(Self {
            message_type: message.message_type().unwrap_or_default(),
            variant: message.variant(),
            reference: needed(&root, "20")?,
            related: text(&root, "21"),
            uetr: message.uetr(),
            operation: text(&root, "23B"),
            value_date: date(settled).ok_or(Error::Field("32A"))?,
            settled: money(settled).ok_or(Error::Field("32A"))?,
            instructed: money(root.get("33B")),
            rate: text(&root, "36").and_then(|text| number(text).ok()),
            ordering: root.numbered(50).and_then(Party::read),
            beneficiary: beneficiary.ok_or(Error::Field("59"))?,
            banks: banks(&root),
            remittance: text(&root, "70"),
            charges: text(&root, "71A").and_then(charges),
            senders_charges: root.fields().filter(|field| field.tag.is("71F")).filter_map(|f| money(Some(f))).collect(),
            receivers_charges: money(root.get("71G")),
            to_receiver: text(&root, "72"),
            covered: root.child("B").as_ref().map(covered).transpose()?,
        })
    }

    /// Whether 72 says that this gives a payment back (`/RETN/`) or refuses one (`/REJT/`): then it is no new payment,
    /// whatever its type.
    pub fn is_return(&self) -> bool {
        let mut lines = self.to_receiver.unwrap_or_default().lines();
        lines.any(|line| line.starts_with("/RETN/") || line.starts_with("/REJT/"))
    }
}

pub(super) fn charges(code: &str) -> Option<Charges> {
    match code {
        "BEN" => Some(Charges::Beneficiary),
        "OUR" => Some(Charges::Ours),
        "SHA" => Some(Charges::Shared),
        _ => None,
    }
}

fn banks<'a>(sequence: &Sequence<'_, '_, 'a>) -> Banks<'a> {
    let bank = |number| sequence.numbered(number).and_then(Party::read);
    Banks {
        ordering: bank(52),
        senders_correspondent: bank(53),
        receivers_correspondent: bank(54),
        reimbursement: bank(55),
        intermediary: bank(56),
        account_with: bank(57),
    }
}

fn covered<'a>(sequence: &Sequence<'_, '_, 'a>) -> Result<Covered<'a>, Error> {
    Ok(Covered {
        ordering: sequence.numbered(50).and_then(Party::read).ok_or(Error::Field("50"))?,
        beneficiary: sequence.numbered(59).and_then(Party::read).ok_or(Error::Field("59"))?,
        banks: banks(sequence),
        remittance: text(sequence, "70"),
        instructed: money(sequence.get("33B")),
    })
}
