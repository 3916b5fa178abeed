//! pacs.008, pacs.009 and pain.001: money from one to another.

use causeway_identifiers::{Amount, Decimal, Uetr};
use time::Date;

use super::{
    Error, Party,
    read::{body, day, missing, money, needed, needed_text, number},
};
use crate::{Message, document::Element};

/// An end-to-end reference that says that there is none; it identifies nothing.
const NO_REFERENCE: &str = "NOTPROVIDED";

/// The customer transfer that a cover pays for (pacs.009 COV).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Covered<'d> {
    /// `Dbtr`
    pub debtor: Option<Party<'d>>,
    /// `DbtrAgt`
    pub debtor_agent: Option<Party<'d>>,
    /// `CdtrAgt`
    pub creditor_agent: Option<Party<'d>>,
    /// `Cdtr`
    pub creditor: Option<Party<'d>>,
    /// `RmtInf/Ustrd`
    pub remittance: Vec<&'d str>,
    /// `InstdAmt`
    pub instructed: Option<Amount>,
}

/// One transfer of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer<'d> {
    /// `PmtId/InstrId`
    pub instruction: Option<&'d str>,
    /// `PmtId/EndToEndId`; `None` when it says `NOTPROVIDED`.
    pub end_to_end: Option<&'d str>,
    /// `PmtId/TxId`
    pub transaction: Option<&'d str>,
    /// `PmtId/UETR`
    pub uetr: Option<Uetr>,
    /// `IntrBkSttlmAmt`; what is ordered in pain.001.
    pub amount: Amount,
    /// `Amt/EqvtAmt`: what is transferred is worth the amount, in another currency, at a rate of that day.
    pub is_equivalent: bool,
    /// `IntrBkSttlmDt` of the transfer or else of the group; `ReqdExctnDt` in pain.001.
    pub date: Option<Date>,
    /// `InstdAmt`
    pub instructed: Option<Amount>,
    /// `XchgRate`
    pub rate: Option<Decimal>,
    /// `ChrgBr`: `DEBT`, `CRED`, `SHAR`, `SLEV`.
    pub charges: Option<&'d str>,
    /// `ChrgsInf/Amt`, one for each that took something.
    pub charged: Vec<Amount>,
    /// `Dbtr` with `DbtrAcct`
    pub debtor: Option<Party<'d>>,
    /// `DbtrAgt`
    pub debtor_agent: Option<Party<'d>>,
    /// `Cdtr` with `CdtrAcct`
    pub creditor: Option<Party<'d>>,
    /// `CdtrAgt`
    pub creditor_agent: Option<Party<'d>>,
    /// `InstgAgt`
    pub instructing: Option<Party<'d>>,
    /// `InstdAgt`
    pub instructed_agent: Option<Party<'d>>,
    /// `PrvsInstgAgt1` to `3`
    pub previous: Vec<Party<'d>>,
    /// `IntrmyAgt1` to `3`
    pub intermediaries: Vec<Party<'d>>,
    /// `Purp/Cd`
    pub purpose: Option<&'d str>,
    /// `RmtInf/Ustrd`
    pub remittance: Vec<&'d str>,
    /// `UndrlygCstmrCdtTrf` of a cover.
    pub covered: Option<Covered<'d>>,
}

/// A message of transfers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfers<'d> {
    /// `GrpHdr/MsgId`
    pub message: &'d str,
    /// `GrpHdr/CreDtTm`, as it stands.
    pub created: Option<&'d str>,
    /// `GrpHdr/SttlmInf/SttlmMtd`
    pub method: Option<&'d str>,
    /// In the order of the message, those of all `PmtInf` of a pain.001 in a row.
    pub transfers: Vec<Transfer<'d>>,
}

impl<'d> Transfers<'d> {
    /// # Errors
    /// [`Error::Kind`] for another message, [`Error::Value`] when a transfer has no amount.
    pub fn read(message: &Message<'d, '_>) -> Result<Self, Error> {
        let body = body(message, &[("pacs", 8), ("pacs", 9), ("pain", 1)])?;
        let group = needed(body, "GrpHdr")?;
        let mut transfers = Vec::new();
        let for_all = ForAll::read(group);
        for one in body.all("CdtTrfTxInf") {
            transfers.push(transfer(one, &for_all)?);
        }
        for payment in body.all("PmtInf") {
            let for_all = ForAll::read(payment);
            for one in payment.all("CdtTrfTxInf") {
                transfers.push(transfer(one, &for_all)?);
            }
        }
        Ok(Self {
            message: needed_text(group, "MsgId")?,
            created: group.text_at("CreDtTm"),
            method: group.text_at("SttlmInf/SttlmMtd"),
            transfers,
        })
    }
}

/// What a group says for all of its transfers. Read once: they stand in it, and who looks for something that is not there
/// passes by all of them.
struct ForAll<'d> {
    /// `IntrBkSttlmDt`, `ReqdExctnDt`
    dates: [Option<Date>; 2],
    charges: Option<&'d str>,
    debtor: Option<Party<'d>>,
    debtor_agent: Option<Party<'d>>,
    creditor: Option<Party<'d>>,
    creditor_agent: Option<Party<'d>>,
    instructing: Option<Party<'d>>,
    instructed_agent: Option<Party<'d>>,
}

/// What tells when a transfer is settled, and when it is to be carried out.
const DATES: [&str; 2] = ["IntrBkSttlmDt", "ReqdExctnDt"];

impl<'d> ForAll<'d> {
    fn read(group: Element<'d, '_>) -> Self {
        let party = |name: &str| Party::within(group, name);
        Self {
            dates: DATES.map(|path| day(group, path)),
            charges: group.text_at("ChrgBr"),
            debtor: party("Dbtr"),
            debtor_agent: party("DbtrAgt"),
            creditor: party("Cdtr"),
            creditor_agent: party("CdtrAgt"),
            instructing: party("InstgAgt"),
            instructed_agent: party("InstdAgt"),
        }
    }
}

/// A transfer; what it does not say itself its group says for all.
fn transfer<'d>(one: Element<'d, '_>, group: &ForAll<'d>) -> Result<Transfer<'d>, Error> {
    let party = |name: &str, for_all: Option<&Party<'d>>| Party::within(one, name).or_else(|| for_all.cloned());
    let agents = |name: &str| (1..=3).filter_map(|number| Party::within(one, &format!("{name}{number}"))).collect();
    let settled = money(one.child("IntrBkSttlmAmt"));
    let ordered = money(one.at("Amt/InstdAmt").or_else(|| one.at("Amt/EqvtAmt/Amt")));
    let [settlement, execution] = DATES.map(|path| day(one, path));
    let [settlement_for_all, execution_for_all] = group.dates;
    Ok(Transfer {
        instruction: one.text_at("PmtId/InstrId"),
        end_to_end: one.text_at("PmtId/EndToEndId").filter(|text| *text != NO_REFERENCE),
        transaction: one.text_at("PmtId/TxId"),
        uetr: one.text_at("PmtId/UETR").and_then(|text| text.parse().ok()),
        amount: settled.or(ordered).ok_or_else(|| missing(one, "IntrBkSttlmAmt"))?,
        is_equivalent: one.at("Amt/EqvtAmt").is_some(),
        date: settlement.or(settlement_for_all).or(execution).or(execution_for_all),
        instructed: money(one.child("InstdAmt")),
        rate: number(one, "XchgRate"),
        charges: one.text_at("ChrgBr").or(group.charges),
        charged: one.all("ChrgsInf").filter_map(|charge| money(charge.child("Amt"))).collect(),
        debtor: party("Dbtr", group.debtor.as_ref()),
        debtor_agent: party("DbtrAgt", group.debtor_agent.as_ref()),
        creditor: party("Cdtr", group.creditor.as_ref()),
        creditor_agent: party("CdtrAgt", group.creditor_agent.as_ref()),
        instructing: party("InstgAgt", group.instructing.as_ref()),
        instructed_agent: party("InstdAgt", group.instructed_agent.as_ref()),
        previous: agents("PrvsInstgAgt"),
        intermediaries: agents("IntrmyAgt"),
        purpose: one.text_at("Purp/Cd"),
        remittance: remittance(one),
        covered: one.child("UndrlygCstmrCdtTrf").map(covered),
    })
}

pub(super) fn remittance<'d>(element: Element<'d, '_>) -> Vec<&'d str> {
    let information = element.child("RmtInf");
    information.iter().flat_map(|found| found.all("Ustrd")).map(|line| line.text()).collect()
}

fn covered<'d>(element: Element<'d, '_>) -> Covered<'d> {
    Covered {
        debtor: Party::within(element, "Dbtr"),
        debtor_agent: Party::within(element, "DbtrAgt"),
        creditor_agent: Party::within(element, "CdtrAgt"),
        creditor: Party::within(element, "Cdtr"),
        remittance: remittance(element),
        instructed: money(element.child("InstdAmt")),
    }
}
