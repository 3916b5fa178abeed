//! MT540 to MT547: securities to be received or delivered, and that they were.

use causeway_identifiers::{Amount, Bic, Decimal, Isin};
use time::Date;

use super::{
    Error,
    read::{date, money, part, root, signed},
};
use crate::{Field, Part, Sequence, Validation};

/// Which way securities go, seen from the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Into the account.
    Receive,
    /// Out of the account.
    Deliver,
}

/// Whether money goes the other way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Payment {
    /// It does not.
    Free,
    /// It does.
    Against,
}

/// So much of an instrument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quantity<'a> {
    /// `UNIT`, `FAMT` (face amount), `AMOR` (amortised), `DIGI` (tokens).
    pub kind: &'a str,
    /// How much, never below zero in an instruction.
    pub value: Decimal,
}

/// A party of the settlement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettlementParty<'a> {
    /// `DEAG`, `REAG`, `SELL`, `BUYR`, `PSET` and so on.
    pub role: &'a str,
    /// When it is named so (option P).
    pub bic: Option<Bic>,
    /// Everything after the qualifier, whichever option names it.
    pub text: &'a str,
    /// 97a of the same sequence.
    pub account: Option<&'a str>,
}

/// An instruction (540 to 543) or a confirmation (544 to 547).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement<'a> {
    /// Three digits.
    pub message_type: &'a str,
    /// Which way securities go.
    pub direction: Direction,
    /// Whether money goes the other way.
    pub payment: Payment,
    /// Whether it says that it was done, and not that it is to be done.
    pub is_confirmation: bool,
    /// 20C::SEME
    pub reference: &'a str,
    /// 23G: `NEWM`, `CANC`, `PREA` and so on.
    pub function: &'a str,
    /// References of other messages: qualifier and reference, `PREV` what is cancelled, `RELA` what is confirmed.
    pub links: Vec<(&'a str, &'a str)>,
    /// 98a::TRAD
    pub trade_date: Option<Date>,
    /// 98a::SETT, or 98a::ESTT of a confirmation. `None` when it is told as a code.
    pub settlement_date: Option<Date>,
    /// Of 35B.
    pub isin: Option<Isin>,
    /// Of 35B, line ends as they stand.
    pub description: Option<&'a str>,
    /// 36B of each FIAC, with its 97a::SAFE: to which account how much.
    pub accounts: Vec<(Option<&'a str>, Quantity<'a>)>,
    /// 95a of SETPRTY.
    pub parties: Vec<SettlementParty<'a>>,
    /// 19A::SETT or ESTT of AMT.
    pub amount: Option<Amount>,
}

impl<'a> Settlement<'a> {
    /// # Errors
    /// [`Error::Type`] for another message, [`Error::Invalid`] when validation found something.
    pub fn read(validation: &Validation<'_, 'a>) -> Result<Self, Error> {
        let root = root(validation, &["540", "541", "542", "543", "544", "545", "546", "547"])?;
        let message_type = validation.message().message_type().unwrap_or_default();
        let [general, trade, details] =
            ["GENL", "TRADDET", "SETDET"].map(|code| root.child(code).ok_or(Error::Field(code)));
        let (general, trade, details) = (general?, trade?, details?);
        let is_confirmation = matches!(message_type, "544" | "545" | "546" | "547");
        let settled = if is_confirmation { "ESTT" } else { "SETT" };
        let instrument = trade.get("35B");
        Ok(Self {
            message_type,
            direction: match message_type {
                "540" | "541" | "544" | "545" => Direction::Receive,
                _ => Direction::Deliver,
            },
            payment: match message_type {
                "541" | "543" | "545" | "547" => Payment::Against,
                _ => Payment::Free,
            },
            is_confirmation,
            reference: part(general.qualified(20, "SEME"), Part::Reference).ok_or(Error::Field("20C"))?,
            function: part(general.get("23G"), Part::Code).ok_or(Error::Field("23G"))?,
            links: general.children("LINK").filter_map(|link| reference(link.numbered(20)?)).collect(),
            trade_date: date(trade.qualified(98, "TRAD")),
            settlement_date: date(trade.qualified(98, settled)),
            isin: part(instrument, Part::Isin).and_then(|text| text.parse().ok()),
            description: part(instrument, Part::Narrative),
            accounts: root.children("FIAC").map(|account| held(&account, settled)).collect::<Result<_, _>>()?,
            parties: details.children("SETPRTY").filter_map(|sequence| party(&sequence)).collect(),
            amount: details.children("AMT").find_map(|amount| money(amount.qualified(19, settled))),
        })
    }
}

/// Qualifier and reference of a field 20.
pub(super) fn reference<'a>(field: &Field<'a>) -> Option<(&'a str, &'a str)> {
    Some((field.qualifier()?, part(Some(field), Part::Reference)?))
}

/// Kind and number of a field 36B or 93B.
pub(super) fn quantity<'a>(field: Option<&Field<'a>>) -> Option<Quantity<'a>> {
    Some(Quantity { kind: part(field, Part::Code)?, value: signed(field)? })
}

fn held<'a>(sequence: &Sequence<'_, '_, 'a>, qualifier: &str) -> Result<(Option<&'a str>, Quantity<'a>), Error> {
    let quantity = quantity(sequence.qualified(36, qualifier)).ok_or(Error::Field("36B"))?;
    Ok((part(sequence.qualified(97, "SAFE"), Part::Account), quantity))
}

/// The first 95a of a sequence; an alternate identification of it may follow.
pub(super) fn party<'a>(sequence: &Sequence<'_, '_, 'a>) -> Option<SettlementParty<'a>> {
    let field = sequence.numbered(95)?;
    let (role, text) = field.value.strip_prefix(':')?.split_once('/')?;
    Some(SettlementParty {
        role,
        bic: part(Some(field), Part::Bic).and_then(|text| text.parse().ok()),
        text: text.strip_prefix('/').unwrap_or(text),
        account: part(sequence.numbered(97), Part::Account),
    })
}
