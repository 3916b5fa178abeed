//! camt.052, camt.053 and camt.054: what happened on accounts.

use causeway_identifiers::{Amount, Decimal, Uetr};
use time::Date;

use super::{
    Error, Party,
    party::account_id,
    read::{body, day, missing, money, needed, needed_money, needed_text},
    transfer::remittance,
};
use crate::{Message, document::Element};

/// Which way money went, seen from the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Out of the account, or overdrawn.
    Debit,
    /// Into the account, or in credit.
    Credit,
}

impl Side {
    fn read(element: Element<'_, '_>) -> Result<Self, Error> {
        match needed_text(element, "CdtDbtInd")? {
            "CRDT" => Ok(Self::Credit),
            "DBIT" => Ok(Self::Debit),
            _ => Err(missing(element, "CdtDbtInd")),
        }
    }
}

/// What an account holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Balance<'d> {
    /// `OPBD`, `CLBD`, `CLAV` and others.
    pub kind: &'d str,
    /// In credit or overdrawn.
    pub side: Side,
    /// How much.
    pub amount: Amount,
    /// Of which day.
    pub date: Option<Date>,
}

/// A payment within an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detail<'d> {
    /// `Refs/InstrId`
    pub instruction: Option<&'d str>,
    /// `Refs/EndToEndId`
    pub end_to_end: Option<&'d str>,
    /// `Refs/UETR`
    pub uetr: Option<Uetr>,
    /// `Amt`, or `AmtDtls/TxAmt/Amt`.
    pub amount: Option<Amount>,
    /// `RltdPties/Dbtr`
    pub debtor: Option<Party<'d>>,
    /// `RltdPties/Cdtr`
    pub creditor: Option<Party<'d>>,
    /// `RmtInf/Ustrd`
    pub remittance: Vec<&'d str>,
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<'d> {
    /// `NtryRef`
    pub reference: Option<&'d str>,
    /// `AcctSvcrRef`
    pub bank_reference: Option<&'d str>,
    /// Which way, as it was booked: the reversal of a credit is told as a debit.
    pub side: Side,
    /// `RvslInd`
    pub is_reversal: bool,
    /// How much.
    pub amount: Amount,
    /// `Sts`: `BOOK`, `PDNG`, `INFO`.
    pub status: Option<&'d str>,
    /// `BookgDt`
    pub booked: Option<Date>,
    /// `ValDt`
    pub value_date: Option<Date>,
    /// `NtryDtls/TxDtls`
    pub details: Vec<Detail<'d>>,
}

/// A statement, report or notification about one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report<'d> {
    /// `Id`
    pub id: &'d str,
    /// IBAN or other identification.
    pub account: &'d str,
    /// `Bal`
    pub balances: Vec<Balance<'d>>,
    /// `Ntry`
    pub entries: Vec<Entry<'d>>,
}

/// A message of such reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reports<'d> {
    /// `GrpHdr/MsgId`
    pub message: &'d str,
    /// `Rpt`, `Stmt` or `Ntfctn`.
    pub reports: Vec<Report<'d>>,
}

impl<'d> Reports<'d> {
    /// # Errors
    /// [`Error::Kind`] for another message, [`Error::Value`] when an entry has no amount or side, or a report no account.
    pub fn read(message: &Message<'d, '_>) -> Result<Self, Error> {
        let body = body(message, &[("camt", 52), ("camt", 53), ("camt", 54)])?;
        let reports = ["Rpt", "Stmt", "Ntfctn"].into_iter().flat_map(|name| body.all(name));
        Ok(Self {
            message: needed_text(body, "GrpHdr/MsgId")?,
            reports: reports.map(report).collect::<Result<_, _>>()?,
        })
    }
}

impl Report<'_> {
    /// Whether opening balance and booked entries make the closing balance; `None` without the two balances.
    pub fn is_balanced(&self) -> Option<bool> {
        let balance = |kinds: &[&str]| self.balances.iter().find(|balance| kinds.contains(&balance.kind));
        let (opening, closing) = (balance(&["OPBD", "PRCD"])?, balance(&["CLBD"])?);
        let booked = self.entries.iter().filter(|entry| entry.status == Some("BOOK"));
        let total = booked.map(|entry| signed(entry.side, entry.amount)).sum::<Decimal>();
        Some(signed(opening.side, opening.amount) + total == signed(closing.side, closing.amount))
    }
}

fn signed(side: Side, amount: Amount) -> Decimal {
    match side {
        Side::Debit => -amount.value(),
        Side::Credit => amount.value(),
    }
}

fn report<'d>(element: Element<'d, '_>) -> Result<Report<'d>, Error> {
    let account = needed(element, "Acct")?;
    Ok(Report {
        id: needed_text(element, "Id")?,
        account: account_id(account).ok_or_else(|| missing(account, "Id"))?,
        balances: element.all("Bal").map(balance).collect::<Result<_, _>>()?,
        entries: element.all("Ntry").map(entry).collect::<Result<_, _>>()?,
    })
}

fn balance<'d>(element: Element<'d, '_>) -> Result<Balance<'d>, Error> {
    let kind = element.text_at("Tp/CdOrPrtry/Cd").or_else(|| element.text_at("Tp/CdOrPrtry/Prtry"));
    Ok(Balance {
        kind: kind.ok_or_else(|| missing(element, "Tp"))?,
        side: Side::read(element)?,
        amount: needed_money(element, "Amt")?,
        date: day(element, "Dt"),
    })
}

fn entry<'d>(element: Element<'d, '_>) -> Result<Entry<'d>, Error> {
    let details = element.all("NtryDtls").flat_map(|group| group.all("TxDtls"));
    Ok(Entry {
        reference: element.text_at("NtryRef"),
        bank_reference: element.text_at("AcctSvcrRef"),
        side: Side::read(element)?,
        is_reversal: matches!(element.text_at("RvslInd"), Some("true" | "1")),
        amount: needed_money(element, "Amt")?,
        // A code of its own element since version 8.
        status: element.text_at("Sts/Cd").or_else(|| element.text_at("Sts")),
        booked: day(element, "BookgDt"),
        value_date: day(element, "ValDt"),
        details: details.map(detail).collect(),
    })
}

fn detail<'d>(element: Element<'d, '_>) -> Detail<'d> {
    let parties = element.child("RltdPties");
    Detail {
        instruction: element.text_at("Refs/InstrId"),
        end_to_end: element.text_at("Refs/EndToEndId"),
        uetr: element.text_at("Refs/UETR").and_then(|text| text.parse().ok()),
        amount: money(element.child("Amt").or_else(|| element.at("AmtDtls/TxAmt/Amt"))),
        debtor: parties.and_then(|found| Party::within(found, "Dbtr")),
        creditor: parties.and_then(|found| Party::within(found, "Cdtr")),
        remittance: remittance(element),
    }
}
