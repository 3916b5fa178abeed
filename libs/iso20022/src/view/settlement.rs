//! sese.023, sese.024 and sese.025: securities to be received or delivered, what became of it, and that it was done.

use causeway_identifiers::{Amount, Bic, Decimal, Isin, plain_decimal};
use time::Date;

use super::{
    Error,
    read::{body, day, missing, money},
};
use crate::{Message, document::Element};

/// Which way securities go, seen from the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// `RECE`
    Receive,
    /// `DELI`
    Deliver,
}

/// Whether money goes the other way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Payment {
    /// `FREE`
    Free,
    /// `APMT`
    Against,
}

/// A party of the settlement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettlementParty<'d> {
    /// Its element: `Dpstry`, `Pty1` and so on.
    pub role: &'d str,
    /// Whether it is on the delivering side.
    pub side: Direction,
    /// `Id/AnyBIC`
    pub bic: Option<Bic>,
    /// `Id/NmAndAdr/Nm`, or the proprietary identification.
    pub name: Option<&'d str>,
    /// `SfkpgAcct/Id`
    pub account: Option<&'d str>,
}

/// An instruction (sese.023), a status (sese.024) or a confirmation (sese.025).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement<'d> {
    /// The account owner's reference.
    pub reference: &'d str,
    /// Which way securities go; a status need not say.
    pub direction: Option<Direction>,
    /// Whether money goes the other way; a status need not say.
    pub payment: Option<Payment>,
    /// The trade's day.
    pub trade_date: Option<Date>,
    /// The day on which it settles or settled.
    pub settlement_date: Option<Date>,
    /// `FinInstrmId/ISIN`
    pub isin: Option<Isin>,
    /// Unit, face amount or amortised value: which, and how much.
    pub quantity: Option<(&'d str, Decimal)>,
    /// The safekeeping account.
    pub account: Option<&'d str>,
    /// What is or was paid.
    pub amount: Option<Amount>,
    /// Both sides' parties, the delivering first.
    pub parties: Vec<SettlementParty<'d>>,
    /// Of a status: where it stands (`PrcgSts`, `SttlmSts` …, the innermost element) and its codes.
    pub statuses: Vec<(&'d str, &'d str)>,
}

impl<'d> Settlement<'d> {
    /// # Errors
    /// [`Error::Kind`] for another message, [`Error::Value`] without a reference.
    pub fn read<'a: 'd>(message: &Message<'d, 'a>) -> Result<Self, Error> {
        let body = body(message, &[("sese", 23), ("sese", 24), ("sese", 25)])?;
        let ids = ["TxId", "TxIdDtls"].into_iter().find_map(|name| body.child(name));
        let ids = ids.ok_or_else(|| missing(body, "TxId"))?;
        let owner = ids.text_at("AcctOwnrTxId").or_else(|| Some(ids.text()).filter(|text| !text.is_empty()));
        let details = body.child("TxDtls").unwrap_or(body);
        let kind = [body.child("SttlmTpAndAddtlParams"), Some(ids), Some(details)];
        let said = |name: &str| kind.iter().flatten().find_map(|place| place.text_at(name));
        let held = details.child("QtyAndAcctDtls").unwrap_or(details);
        let quantity = ["SttlmQty", "SttldQty"].into_iter().find_map(|name| held.child(name));
        let trade = details.child("TradDtls").unwrap_or(details);
        let days = ["EffctvSttlmDt", "SttlmDt"];
        let paid = ["SttlmAmt", "SttldAmt"].into_iter().find_map(|name| details.child(name));
        let sides = [("DlvrgSttlmPties", Direction::Deliver), ("RcvgSttlmPties", Direction::Receive)];
        let parties = sides.into_iter().filter_map(|(name, side)| Some((details.child(name)?, side)));
        Ok(Self {
            reference: owner.ok_or_else(|| missing(ids, "AcctOwnrTxId"))?,
            direction: said("SctiesMvmntTp").and_then(direction),
            payment: said("Pmt").and_then(payment),
            trade_date: day(trade, "TradDt"),
            settlement_date: days.into_iter().find_map(|name| day(trade, name)),
            isin: details.text_at("FinInstrmId/ISIN").and_then(|text| text.parse().ok()),
            quantity: quantity.and_then(quantity_of),
            account: held.text_at("SfkpgAcct/Id"),
            amount: money(paid.and_then(|found| found.child("Amt"))),
            parties: parties
                .flat_map(|(group, side)| group.children().filter_map(move |one| party(one, side)))
                .collect(),
            statuses: if message.id.function == 24 { statuses(body) } else { Vec::new() },
        })
    }
}

fn direction(code: &str) -> Option<Direction> {
    match code {
        "RECE" => Some(Direction::Receive),
        "DELI" => Some(Direction::Deliver),
        _ => None,
    }
}

fn payment(code: &str) -> Option<Payment> {
    match code {
        "FREE" => Some(Payment::Free),
        "APMT" => Some(Payment::Against),
        _ => None,
    }
}

/// The quantity stands in `Qty`, or, in the newest versions, deeper.
fn quantity_of<'d, 'a: 'd>(element: Element<'d, 'a>) -> Option<(&'d str, Decimal)> {
    let is_kind =
        |element: &Element<'d, 'a>| matches!(element.local(), "Unit" | "FaceAmt" | "AmtsdVal" | "DgtlTknUnit");
    let found = element.descendants().find(is_kind)?;
    Some((found.local(), plain_decimal(found.text()).ok()?))
}

fn party<'d, 'a: 'd>(element: Element<'d, 'a>, side: Direction) -> Option<SettlementParty<'d>> {
    let id = element.child("Id")?;
    Some(SettlementParty {
        role: element.local(),
        side,
        bic: id.text_at("AnyBIC").and_then(|text| text.parse().ok()),
        name: id.text_at("NmAndAdr/Nm").or_else(|| id.text_at("PrtryId/Id")),
        account: element.text_at("SfkpgAcct/Id"),
    })
}

/// Every status block (`PrcgSts`, `IfrrdMtchgSts`, `MtchgSts`, `SttlmSts`): the element within it that says which, and each
/// code below.
fn statuses<'d, 'a: 'd>(body: Element<'d, 'a>) -> Vec<(&'d str, &'d str)> {
    let blocks = body.children().filter(|block| block.local().ends_with("Sts"));
    let states = blocks.flat_map(|block| block.children());
    states
        .flat_map(|state| {
            let is_code = |element: &Element<'d, 'a>| matches!(element.local(), "Cd" | "NoSpcfdRsn");
            let codes = state.descendants().filter(is_code).filter(|element| !element.text().is_empty());
            codes.map(move |code| (state.local(), code.text()))
        })
        .collect()
}
