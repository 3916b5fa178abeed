//! What every version of a message has, so that something of use can be said without a schema.

use crate::{Message, Rule, finding::Findings};

/// Paths from the body: mandatory in every version since the second, where amounts, parties and references came to
/// stand where they stand today.
fn mandatory(kind: (&str, u16)) -> &'static [&'static str] {
    match kind {
        ("pacs", 8) => &[
            "GrpHdr/MsgId",
            "GrpHdr/NbOfTxs",
            "CdtTrfTxInf/PmtId/EndToEndId",
            "CdtTrfTxInf/IntrBkSttlmAmt",
            "CdtTrfTxInf/Dbtr",
            "CdtTrfTxInf/Cdtr",
        ],
        ("pacs", 9) => {
            &["GrpHdr/MsgId", "GrpHdr/NbOfTxs", "CdtTrfTxInf/IntrBkSttlmAmt", "CdtTrfTxInf/Dbtr", "CdtTrfTxInf/Cdtr"]
        }
        ("pacs", 2) => &["GrpHdr/MsgId"],
        ("pacs", 4) => &["GrpHdr/MsgId", "GrpHdr/NbOfTxs"],
        ("pain", 1) => &[
            "GrpHdr/MsgId",
            "GrpHdr/NbOfTxs",
            "GrpHdr/InitgPty",
            "PmtInf/PmtInfId",
            "PmtInf/Dbtr",
            "PmtInf/CdtTrfTxInf/Amt",
        ],
        ("camt", 52) => &["GrpHdr/MsgId", "Rpt/Id", "Rpt/Acct"],
        ("camt", 53) => &["GrpHdr/MsgId", "Stmt/Id", "Stmt/Acct"],
        ("camt", 54) => &["GrpHdr/MsgId", "Ntfctn/Id", "Ntfctn/Acct"],
        ("camt", 56) => &["Assgnmt/Id", "Undrlyg"],
        ("sese", 23) => &["TxId", "SttlmTpAndAddtlParams", "TradDtls", "FinInstrmId", "QtyAndAcctDtls"],
        ("sese", 24) => &["TxId"],
        ("sese", 25) => &["TxIdDtls", "TradDtls", "FinInstrmId", "QtyAndAcctDtls"],
        _ => &[],
    }
}

/// Checks that a message has what its kind has; a schema says so better.
pub(crate) fn check_mandatory(message: &Message<'_, '_>, findings: &mut Findings) {
    for path in mandatory(message.id.kind()) {
        if message.body.at(path).is_none() {
            findings.add_detailed(message.body, Rule::Mandatory, path);
        }
    }
}

/// Checks the header against the message.
pub(crate) fn check_header(message: &Message<'_, '_>, findings: &mut Findings) {
    let definition = message.header.as_ref().and_then(|header| header.element.child("MsgDefIdr"));
    if let Some(definition) = definition.filter(|definition| definition.text() != message.id.to_string()) {
        findings.add_detailed(definition, Rule::Definition, &message.id.to_string());
    }
}
