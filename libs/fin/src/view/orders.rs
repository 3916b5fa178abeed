//! MT101: a customer asks his bank to move money out of his accounts.

use causeway_identifiers::Amount;
use time::Date;

use super::{
    Charges, Error, Party,
    read::{date, money, needed, root, text},
    transfer::charges,
};
use crate::{Sequence, Validation};

/// The options of field 50 that name whose account is debited; 50C and 50L name who instructs.
const ORDERING: [&str; 3] = ["50F", "50G", "50H"];

/// One transaction of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instruction<'a> {
    /// 21
    pub reference: &'a str,
    /// 23E, the codes alone.
    pub codes: Vec<&'a str>,
    /// 32B
    pub amount: Amount,
    /// 50F, G or H, of the transaction or else of the whole request: whose account is debited.
    pub ordering: Option<Party<'a>>,
    /// 52a, likewise: who services that account.
    pub servicer: Option<Party<'a>>,
    /// 57a
    pub account_with: Option<Party<'a>>,
    /// 59a
    pub beneficiary: Party<'a>,
    /// 70, line ends as they stand.
    pub remittance: Option<&'a str>,
    /// 71A
    pub charges: Option<Charges>,
}

/// A request for transfer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransferRequest<'a> {
    /// 20
    pub reference: &'a str,
    /// 21R: asks for one debit of everything.
    pub batch: Option<&'a str>,
    /// 30
    pub execution: Date,
    /// In their order, at least one.
    pub instructions: Vec<Instruction<'a>>,
}

impl<'a> TransferRequest<'a> {
    /// # Errors
    /// [`Error::Type`] for another message, [`Error::Invalid`] when validation found something.
    pub fn read(validation: &Validation<'_, 'a>) -> Result<Self, Error> {
        let root = root(validation, &["101"])?;
        let instructions: Result<_, _> = root.children("B").map(|one| instruction(&root, &one)).collect();
        Ok(Self {
            reference: needed(&root, "20")?,
            batch: text(&root, "21R"),
            execution: date(root.get("30")).ok_or(Error::Field("30"))?,
            instructions: instructions?,
        })
    }
}

fn instruction<'a>(root: &Sequence<'_, '_, 'a>, own: &Sequence<'_, '_, 'a>) -> Result<Instruction<'a>, Error> {
    let ordering = |sequence: &Sequence<'_, '_, 'a>| ORDERING.iter().find_map(|tag| Party::read(sequence.get(tag)?));
    let servicer = |sequence: &Sequence<'_, '_, 'a>| sequence.numbered(52).and_then(Party::read);
    let codes = own.fields().filter(|field| field.tag.is("23E")).filter_map(|field| field.value.get(..4));
    Ok(Instruction {
        reference: needed(own, "21")?,
        codes: codes.collect(),
        amount: money(own.get("32B")).ok_or(Error::Field("32B"))?,
        ordering: ordering(own).or_else(|| ordering(root)),
        servicer: servicer(own).or_else(|| servicer(root)),
        account_with: own.numbered(57).and_then(Party::read),
        beneficiary: own.numbered(59).and_then(Party::read).ok_or(Error::Field("59"))?,
        remittance: text(own, "70"),
        charges: text(own, "71A").and_then(charges),
    })
}
