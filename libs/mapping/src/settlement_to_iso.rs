//! MT540 to MT543 to sese.023, MT544 to MT547 to sese.025.
//!
//! Only what settles: new instructions (`NEWM`) and confirmations of them. A cancellation is another message in ISO 20022.

use causeway_fin::{
    Field, Sequence, Validation,
    view::{Direction, Payment, Settlement},
};

use crate::{
    Error, Mapped, Origin,
    iso_sheet::{IsoSheet, from},
};

/// From the depository outwards, as ISO 20022 numbers the parties of a side.
pub(crate) const DELIVERERS: [&str; 5] = ["DEAG", "DEI2", "DEI1", "DECU", "SELL"];
/// The same of the receiving side.
pub(crate) const RECEIVERS: [&str; 5] = ["REAG", "REI2", "REI1", "RECU", "BUYR"];

pub(crate) fn map(validation: &Validation<'_, '_>) -> Result<Mapped, Error> {
    let settlement = Settlement::read(validation).map_err(|_| Error::Invalid)?;
    if settlement.function != "NEWM" {
        return Err(Error::Unsupported);
    }
    let root = validation.outline().ok_or(Error::Invalid)?.root();
    let parts = ["GENL", "TRADDET", "FIAC", "SETDET"].map(|code| root.child(code).ok_or(Error::Invalid));
    let [general, trade, account, details] = parts;
    let (general, trade, account, details) = (general?, trade?, account?, details?);
    let (kind, body) = if settlement.is_confirmation {
        ("sese.025.001.09", "SctiesSttlmTxConf")
    } else {
        ("sese.023.001.09", "SctiesSttlmTxInstr")
    };
    let mut sheet = IsoSheet::new(kind)?;
    references(&mut sheet, &general, &settlement, body);
    trade_details(&mut sheet, &trade, &settlement, body);
    instrument(&mut sheet, &trade, &settlement, body);
    quantity(&mut sheet, &account, &settlement, body)?;
    if let Some(field) = details.qualified(22, "SETR") {
        let code = field.value.rsplit('/').next().unwrap_or_default();
        sheet.put(&format!("{body}/SttlmParams/SctiesTxTp/Cd"), code, from(field), "the kind of settlement");
    }
    parties(&mut sheet, &details, &settlement, body);
    amount(&mut sheet, &details, &settlement, body);
    sheet.finish(validation.message())
}

fn direction(settlement: &Settlement<'_>) -> &'static str {
    match settlement.direction {
        Direction::Receive => "RECE",
        Direction::Deliver => "DELI",
    }
}

fn references(sheet: &mut IsoSheet, general: &Sequence<'_, '_, '_>, settlement: &Settlement<'_>, body: &str) {
    let movement = direction(settlement);
    let payment = if settlement.payment == Payment::Against { "APMT" } else { "FREE" };
    let own = general.qualified(20, "SEME");
    if let Some(function) = general.get("23G").filter(|_| !settlement.is_confirmation) {
        if let Some(field) = own {
            sheet.put(&format!("{body}/TxId"), settlement.reference, from(field), "the instructing party's reference");
        }
        let rule = "540 and 541 receive, 542 and 543 deliver; 541 and 543 against payment";
        sheet.put(
            &format!("{body}/SttlmTpAndAddtlParams/SctiesMvmntTp"),
            movement,
            Origin::Header("message type"),
            rule,
        );
        sheet.put(&format!("{body}/SttlmTpAndAddtlParams/Pmt"), payment, from(function), rule);
        return;
    }
    let related = general.children("LINK").find_map(|link| link.qualified(20, "RELA"));
    if let Some((field, (_, reference))) = related.zip(settlement.links.iter().find(|(kind, _)| *kind == "RELA")) {
        sheet.put(&format!("{body}/TxIdDtls/AcctOwnrTxId"), reference, from(field), "RELA is the owner's instruction");
    }
    if let Some(field) = own {
        sheet.put(
            &format!("{body}/TxIdDtls/AcctSvcrTxId"),
            settlement.reference,
            from(field),
            "SEME is the servicer's own",
        );
    }
    let rule = "544 and 545 received, 546 and 547 delivered; 545 and 547 against payment";
    sheet.put(&format!("{body}/TxIdDtls/SctiesMvmntTp"), movement, Origin::Header("message type"), rule);
    let origin = general.get("23G").map_or(Origin::Rule, from);
    sheet.put(&format!("{body}/TxIdDtls/Pmt"), payment, origin, rule);
}

fn trade_details(sheet: &mut IsoSheet, trade: &Sequence<'_, '_, '_>, settlement: &Settlement<'_>, body: &str) {
    let settled = if settlement.is_confirmation { ("ESTT", "EffctvSttlmDt") } else { ("SETT", "SttlmDt") };
    let dates = [("TRAD", "TradDt", settlement.trade_date), (settled.0, settled.1, settlement.settlement_date)];
    for (qualifier, name, date) in dates {
        if let Some((field, date)) = trade.qualified(98, qualifier).zip(date) {
            let path = format!("{body}/TradDtls/{name}/Dt/Dt");
            sheet.put(&path, &date.to_string(), from(field), "the day; a time of day is not told");
        }
    }
}

fn instrument(sheet: &mut IsoSheet, trade: &Sequence<'_, '_, '_>, settlement: &Settlement<'_>, body: &str) {
    let Some(field) = trade.get("35B") else { return };
    if let Some(isin) = settlement.isin {
        sheet.put(&format!("{body}/FinInstrmId/ISIN"), isin.as_str(), from(field), "35B with ISIN");
    }
    if let Some(description) = settlement.description {
        let text = description.lines().collect::<Vec<_>>().join(" ");
        sheet.put(&format!("{body}/FinInstrmId/Desc"), &text, from(field), "35B in words");
    }
}

fn quantity(
    sheet: &mut IsoSheet,
    account: &Sequence<'_, '_, '_>,
    settlement: &Settlement<'_>,
    body: &str,
) -> Result<(), Error> {
    let (qualifier, element) = if settlement.is_confirmation { ("ESTT", "SttldQty") } else { ("SETT", "SttlmQty") };
    let [(safekeeping, quantity)] = settlement.accounts[..] else { return Err(Error::Unsupported) };
    let field = account.qualified(36, qualifier).ok_or(Error::Invalid)?;
    let kind = match quantity.kind {
        "UNIT" => "Unit",
        "FAMT" => "FaceAmt",
        "AMOR" => "AmtsdVal",
        _ => return Err(Error::Unsupported),
    };
    let path = format!("{body}/QtyAndAcctDtls");
    let value = quantity.value.to_string();
    sheet.put(
        &format!("{path}/{element}/Qty/{kind}"),
        &value,
        from(field),
        "UNIT is Unit, FAMT FaceAmt, AMOR AmtsdVal",
    );
    if let Some((field, id)) = account.qualified(97, "SAFE").zip(safekeeping) {
        sheet.put(&format!("{path}/SfkpgAcct/Id"), id, from(field), "the safekeeping account");
    }
    Ok(())
}

/// Both sides. The place of settlement is the counterparty's depository.
fn parties(sheet: &mut IsoSheet, details: &Sequence<'_, '_, '_>, settlement: &Settlement<'_>, body: &str) {
    let named: Vec<_> = details.children("SETPRTY").filter_map(|one| Some((one.numbered(95)?, one))).collect();
    let is_receipt = settlement.direction == Direction::Receive;
    for (group, roles, is_counterparty) in
        [("DlvrgSttlmPties", DELIVERERS, is_receipt), ("RcvgSttlmPties", RECEIVERS, !is_receipt)]
    {
        let depository = is_counterparty.then_some("PSET");
        let mut number = 0;
        for role in depository.into_iter().chain(roles) {
            let found = named.iter().find(|(field, _)| field.qualifier() == Some(role));
            let party = settlement.parties.iter().find(|party| party.role == role);
            let Some(((field, sequence), party)) = found.zip(party) else { continue };
            let place = if role == "PSET" {
                format!("{body}/{group}/Dpstry")
            } else {
                number += 1;
                format!("{body}/{group}/Pty{number}")
            };
            one_party(sheet, (field, sequence.numbered(97)), party, &place);
        }
    }
}

fn one_party(
    sheet: &mut IsoSheet,
    (field, account): (&Field<'_>, Option<&Field<'_>>),
    party: &causeway_fin::view::SettlementParty<'_>,
    path: &str,
) {
    let rule = "from the depository outwards: the agent, intermediaries, the custodian, buyer or seller";
    match (party.bic, field.tag.option()) {
        (Some(bic), _) => sheet.put(&format!("{path}/Id/AnyBIC"), bic.as_str(), from(field), rule),
        (None, Some('R')) => {
            let (scheme, id) = party.text.split_once('/').unwrap_or(("", party.text));
            sheet.put(&format!("{path}/Id/PrtryId/Id"), id, from(field), rule);
            sheet.put(&format!("{path}/Id/PrtryId/Issr"), scheme, from(field), rule);
        }
        (None, _) => {
            let text = party.text.lines().collect::<Vec<_>>().join(" ");
            sheet.put(&format!("{path}/Id/NmAndAdr/Nm"), &text, from(field), rule);
        }
    }
    if let Some((field, id)) = account.zip(party.account) {
        sheet.put(&format!("{path}/SfkpgAcct/Id"), id, from(field), "the party's account");
    }
}

fn amount(sheet: &mut IsoSheet, details: &Sequence<'_, '_, '_>, settlement: &Settlement<'_>, body: &str) {
    let (qualifier, element) = if settlement.is_confirmation { ("ESTT", "SttldAmt") } else { ("SETT", "SttlmAmt") };
    let field = details.children("AMT").find_map(|amount| amount.qualified(19, qualifier));
    let Some((field, amount)) = field.zip(settlement.amount) else { return };
    sheet.put_amount(&format!("{body}/{element}/Amt"), amount, from(field), "what is paid");
    let side = if settlement.direction == Direction::Deliver { "CRDT" } else { "DBIT" };
    sheet.put(&format!("{body}/{element}/CdtDbtInd"), side, Origin::Header("message type"), "who delivers is paid");
}
