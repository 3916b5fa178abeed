//! pacs.002: what became of payments.

use causeway_identifiers::Uetr;

use super::{
    Error,
    read::{body, needed_text},
};
use crate::{Message, document::Element};

/// Why a status is as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason<'d> {
    /// `Rsn/Cd`, or `Rsn/Prtry`.
    pub code: Option<&'d str>,
    /// `AddtlInf`
    pub details: Vec<&'d str>,
}

/// The status of one payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransactionStatus<'d> {
    /// `OrgnlInstrId`
    pub instruction: Option<&'d str>,
    /// `OrgnlEndToEndId`
    pub end_to_end: Option<&'d str>,
    /// `OrgnlTxId`
    pub transaction: Option<&'d str>,
    /// `OrgnlUETR`
    pub uetr: Option<Uetr>,
    /// `TxSts`: `ACSC` settled, `RJCT` refused, `PDNG` pending and others.
    pub status: Option<&'d str>,
    /// `StsRsnInf`
    pub reasons: Vec<Reason<'d>>,
}

/// A status report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusReport<'d> {
    /// `GrpHdr/MsgId`
    pub message: &'d str,
    /// `OrgnlMsgId` and `OrgnlMsgNmId` of the payments, whether told for the group or with the first of them.
    pub original: Option<(&'d str, &'d str)>,
    /// `GrpSts`: `ACSC`, `RJCT`, `PART` and others.
    pub group: Option<&'d str>,
    /// Reasons for the group.
    pub reasons: Vec<Reason<'d>>,
    /// `TxInfAndSts`
    pub transactions: Vec<TransactionStatus<'d>>,
}

impl<'d> StatusReport<'d> {
    /// # Errors
    /// [`Error::Kind`] for another message, [`Error::Value`] without an identifier.
    pub fn read(message: &Message<'d, '_>) -> Result<Self, Error> {
        let body = body(message, &[("pacs", 2)])?;
        let group = body.child("OrgnlGrpInfAndSts");
        let first = body.at("TxInfAndSts/OrgnlGrpInf");
        let original =
            group.or(first).and_then(|found| Some((found.text_at("OrgnlMsgId")?, found.text_at("OrgnlMsgNmId")?)));
        Ok(Self {
            message: needed_text(body, "GrpHdr/MsgId")?,
            original,
            group: group.and_then(|found| found.text_at("GrpSts")),
            reasons: group.map(|found| reasons(found, "StsRsnInf")).unwrap_or_default(),
            transactions: body.all("TxInfAndSts").map(transaction).collect(),
        })
    }
}

fn transaction<'d>(one: Element<'d, '_>) -> TransactionStatus<'d> {
    TransactionStatus {
        instruction: one.text_at("OrgnlInstrId"),
        end_to_end: one.text_at("OrgnlEndToEndId"),
        transaction: one.text_at("OrgnlTxId"),
        uetr: one.text_at("OrgnlUETR").and_then(|text| text.parse().ok()),
        status: one.text_at("TxSts"),
        reasons: reasons(one, "StsRsnInf"),
    }
}

pub(super) fn reasons<'d>(element: Element<'d, '_>, name: &str) -> Vec<Reason<'d>> {
    let read = |reason: Element<'d, '_>| Reason {
        code: reason.text_at("Rsn/Cd").or_else(|| reason.text_at("Rsn/Prtry")),
        details: reason.all("AddtlInf").map(|line| line.text()).collect(),
    };
    element.all(name).map(read).collect()
}
