//! sese.023 to MT540 to MT543, sese.025 to MT544 to MT547.

use causeway_fin::{write_amount, write_number};
use causeway_iso20022::{
    Element, Message,
    view::{Direction, Payment, Settlement},
};
use time::Date;

use crate::{
    Error, Mapped,
    fin_sheet::FinSheet,
    settlement_to_iso::{DELIVERERS, RECEIVERS},
    text::{cut, reference, to_x, wrap},
};

pub(crate) fn map(message: &Message<'_, '_>) -> Result<Mapped, Error> {
    let settlement = Settlement::read(message).map_err(|_| Error::Invalid)?;
    let header = message.header.as_ref().ok_or(Error::Missing("a header with sender and receiver"))?;
    let sender = header.from.ok_or(Error::Missing("who sends it"))?;
    let receiver = header.to.ok_or(Error::Missing("who receives it"))?;
    let is_confirmation = message.id.function == 25;
    let direction = settlement.direction.ok_or(Error::Missing("which way the securities go"))?;
    let payment = settlement.payment.ok_or(Error::Missing("whether it is against payment"))?;
    let mut sheet = FinSheet::new(kind(is_confirmation, direction, payment), sender, receiver)?;
    let body = message.body;
    for path in
        ["SttlmTpAndAddtlParams/SctiesMvmntTp", "SttlmTpAndAddtlParams/Pmt", "TxIdDtls/SctiesMvmntTp", "TxIdDtls/Pmt"]
    {
        sheet.told(body.at(path));
    }
    general(&mut sheet, body, is_confirmation);
    trade(&mut sheet, body, &settlement, is_confirmation)?;
    account(&mut sheet, body, &settlement, is_confirmation)?;
    details(&mut sheet, body, &settlement, is_confirmation);
    sheet.finish(&[body])
}

fn kind(is_confirmation: bool, direction: Direction, payment: Payment) -> &'static str {
    match (is_confirmation, direction, payment) {
        (false, Direction::Receive, Payment::Free) => "540",
        (false, Direction::Receive, Payment::Against) => "541",
        (false, Direction::Deliver, Payment::Free) => "542",
        (false, Direction::Deliver, Payment::Against) => "543",
        (true, Direction::Receive, Payment::Free) => "544",
        (true, Direction::Receive, Payment::Against) => "545",
        (true, Direction::Deliver, Payment::Free) => "546",
        (true, Direction::Deliver, Payment::Against) => "547",
    }
}

/// The mark around a block.
fn mark(sheet: &mut FinSheet, tag: &str, code: &str) {
    sheet.put(tag, code, &[], "blocks of ISO 15022");
}

fn general(sheet: &mut FinSheet, body: Element<'_, '_>, is_confirmation: bool) {
    mark(sheet, "16R", "GENL");
    let ids = body.child("TxIdDtls");
    let owner = body.child("TxId").or_else(|| ids.and_then(|ids| ids.child("AcctOwnrTxId")));
    let servicer = ids.and_then(|ids| ids.child("AcctSvcrTxId"));
    let own = if is_confirmation { servicer.or(owner) } else { owner };
    if let Some(leaf) = own {
        let value = reference(leaf.text());
        sheet.put("20C", &format!(":SEME//{value}"), &[leaf], "the sender's reference; at most 16 characters");
        if value != leaf.text() {
            sheet.changed(leaf.text());
        }
    }
    sheet.put("23G", "NEWM", &[], "a new message");
    if let Some(leaf) = owner.filter(|_| is_confirmation) {
        mark(sheet, "16R", "LINK");
        let value = reference(leaf.text());
        sheet.put("20C", &format!(":RELA//{value}"), &[leaf], "the owner's instruction that is confirmed");
        if value != leaf.text() {
            sheet.changed(leaf.text());
        }
        mark(sheet, "16S", "LINK");
    }
    mark(sheet, "16S", "GENL");
}

fn date(date: Date) -> String {
    format!("{:04}{:02}{:02}", date.year(), u8::from(date.month()), date.day())
}

/// The leaf of a date: `Dt/Dt/Dt`, `Dt/Dt` or `Dt`.
fn day<'d, 'a>(place: Element<'d, 'a>, name: &str) -> Option<Element<'d, 'a>> {
    let found = place.child(name)?;
    found.descendants().find(|leaf| !leaf.text().is_empty())
}

fn trade(
    sheet: &mut FinSheet,
    body: Element<'_, '_>,
    settlement: &Settlement<'_>,
    is_confirmation: bool,
) -> Result<(), Error> {
    mark(sheet, "16R", "TRADDET");
    let place = body.child("TradDtls").unwrap_or(body);
    let (qualifier, names) =
        if is_confirmation { ("ESTT", ["EffctvSttlmDt", "SttlmDt"]) } else { ("SETT", ["SttlmDt", "SttlmDt"]) };
    let leaf = names.into_iter().find_map(|name| day(place, name));
    let settled = settlement.settlement_date.zip(leaf).ok_or(Error::Missing("a settlement date"))?;
    sheet.put("98A", &format!(":{qualifier}//{}", date(settled.0)), &[settled.1], "the day of settlement");
    if let Some((traded, leaf)) = settlement.trade_date.zip(day(place, "TradDt")) {
        sheet.put("98A", &format!(":TRAD//{}", date(traded)), &[leaf], "the day of the trade");
    }
    let instrument = body.child("FinInstrmId").ok_or(Error::Missing("the instrument"))?;
    let isin = instrument.child("ISIN").filter(|_| settlement.isin.is_some());
    let description = instrument.child("Desc");
    let (words, fits) = description.map(|leaf| wrap(leaf.text(), 4, 35, "")).unwrap_or_default();
    let first = isin.map(|leaf| format!("ISIN {}", leaf.text()));
    let value = first.into_iter().chain(words).collect::<Vec<_>>().join("\n");
    let elements: Vec<_> = [isin, description].into_iter().flatten().collect();
    sheet.put("35B", &value, &elements, "the ISIN, then the description in four lines");
    if let Some(leaf) = description.filter(|leaf| !fits || to_x(leaf.text()) != leaf.text()) {
        sheet.changed(leaf.text());
    }
    mark(sheet, "16S", "TRADDET");
    Ok(())
}

fn account(
    sheet: &mut FinSheet,
    body: Element<'_, '_>,
    settlement: &Settlement<'_>,
    is_confirmation: bool,
) -> Result<(), Error> {
    mark(sheet, "16R", "FIAC");
    let place = body.child("QtyAndAcctDtls").ok_or(Error::Missing("quantity and account"))?;
    let (name, quantity) = settlement.quantity.ok_or(Error::Missing("a quantity"))?;
    let code = match name {
        "Unit" => "UNIT",
        "FaceAmt" => "FAMT",
        "AmtsdVal" => "AMOR",
        _ => return Err(Error::Unsupported),
    };
    let qualifier = if is_confirmation { "ESTT" } else { "SETT" };
    let leaf = place.descendants().find(|leaf| leaf.local() == name).ok_or(Error::Invalid)?;
    let value = format!(":{qualifier}//{code}/{}", write_number(quantity));
    sheet.put("36B", &value, &[leaf], "Unit is UNIT, FaceAmt FAMT, AmtsdVal AMOR");
    let account = place.at("SfkpgAcct/Id").ok_or(Error::Missing("a safekeeping account"))?;
    let text = cut(&to_x(account.text()), 35);
    sheet.put_cut(
        "97A",
        (&format!(":SAFE//{text}"), &format!(":SAFE//{}", account.text())),
        &[account],
        "the safekeeping account",
    );
    mark(sheet, "16S", "FIAC");
    Ok(())
}

fn details(sheet: &mut FinSheet, body: Element<'_, '_>, settlement: &Settlement<'_>, is_confirmation: bool) {
    mark(sheet, "16R", "SETDET");
    let leaf = body.at("SttlmParams/SctiesTxTp/Cd");
    let code = leaf.map_or("TRAD", |leaf| leaf.text());
    let elements: Vec<_> = leaf.into_iter().collect();
    sheet.put("22F", &format!(":SETR//{code}"), &elements, "the kind of settlement; a trade where none is told");
    for (group, roles) in [("DlvrgSttlmPties", DELIVERERS), ("RcvgSttlmPties", RECEIVERS)] {
        if let Some(group) = body.child(group) {
            side(sheet, group, roles);
        }
    }
    let paid = ["SttlmAmt", "SttldAmt"].into_iter().find_map(|name| body.child(name));
    if let Some((amount, paid)) = settlement.amount.zip(paid) {
        mark(sheet, "16R", "AMT");
        let qualifier = if is_confirmation { "ESTT" } else { "SETT" };
        let elements: Vec<_> = ["Amt", "CdtDbtInd"].into_iter().filter_map(|name| paid.child(name)).collect();
        sheet.put("19A", &format!(":{qualifier}//{}", write_amount(amount)), &elements, "what is paid");
        mark(sheet, "16S", "AMT");
    }
    mark(sheet, "16S", "SETDET");
}

/// The parties of a side: the depository, then from it outwards.
fn side(sheet: &mut FinSheet, group: Element<'_, '_>, roles: [&'static str; 5]) {
    let numbered: Vec<_> = (1..=5).filter_map(|number| group.child(&format!("Pty{number}"))).collect();
    let [agent, second, first, custodian, end] = roles;
    // The last is buyer or seller, the first the agent; custodian and intermediaries are between them.
    let told: &[&str] = match numbered.len() {
        0 => &[],
        1 => &[agent],
        2 => &[agent, end],
        3 => &[agent, custodian, end],
        4 => &[agent, first, custodian, end],
        _ => &[agent, second, first, custodian, end],
    };
    if let Some(depository) = group.child("Dpstry") {
        party(sheet, depository, "PSET");
    }
    for (element, role) in numbered.into_iter().zip(told) {
        party(sheet, element, role);
    }
}

fn party(sheet: &mut FinSheet, element: Element<'_, '_>, role: &str) {
    let rule = "from the depository outwards: the agent, intermediaries, the custodian, buyer or seller";
    let id = element.child("Id").unwrap_or(element);
    let bic = id.child("AnyBIC");
    let proprietary = id.at("PrtryId/Id");
    let name = id.at("NmAndAdr/Nm");
    mark(sheet, "16R", "SETPRTY");
    if let Some(leaf) = bic {
        sheet.put("95P", &format!(":{role}//{}", leaf.text()), &[leaf], rule);
    } else if let Some(leaf) = proprietary {
        let scheme = id.at("PrtryId/Issr");
        let issuer = scheme.map(|leaf| leaf.text()).unwrap_or_default();
        let elements: Vec<_> = [Some(leaf), scheme].into_iter().flatten().collect();
        sheet.put("95R", &format!(":{role}/{issuer}/{}", cut(&to_x(leaf.text()), 34)), &elements, rule);
    } else if let Some(leaf) = name {
        let (lines, fits) = wrap(leaf.text(), 4, 35, "");
        sheet.put("95Q", &format!(":{role}//{}", lines.join("\n")), &[leaf], rule);
        if !fits || to_x(leaf.text()) != leaf.text() {
            sheet.changed(leaf.text());
        }
    } else {
        sheet.put("95Q", &format!(":{role}//NOTPROVIDED"), &[], "a party that is not named");
    }
    if let Some(account) = element.at("SfkpgAcct/Id") {
        let text = cut(&to_x(account.text()), 35);
        sheet.put_cut(
            "97A",
            (&format!(":SAFE//{text}"), &format!(":SAFE//{}", account.text())),
            &[account],
            "the party's account",
        );
    }
    mark(sheet, "16S", "SETPRTY");
}
