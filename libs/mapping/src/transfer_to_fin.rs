//! pacs.008 to MT103, pacs.009 to MT202 and its cover: one FIN message for each transaction.

use causeway_fin::{write_amount, write_date, write_number};
use causeway_identifiers::{Bic, plain_decimal};
use causeway_iso20022::{
    Element, Message,
    view::{Transfer, Transfers},
};

use crate::{
    Error, Mapped,
    fin_sheet::FinSheet,
    party_to_fin::{bank, customer},
    text::{reference, to_x, wrap},
};

/// What says that there is no reference.
const NO_REFERENCE: &str = "NOTPROVIDED";

pub(crate) fn map(message: &Message<'_, '_>) -> Result<Vec<Mapped>, Error> {
    let all = Transfers::read(message).map_err(|_| Error::Invalid)?;
    let group = message.body.child("GrpHdr").ok_or(Error::Invalid)?;
    let transactions = message.body.all("CdtTrfTxInf");
    transactions.zip(&all.transfers).map(|(element, transfer)| one(message, group, (element, transfer))).collect()
}

fn one(
    message: &Message<'_, '_>,
    group: Element<'_, '_>,
    (one, transfer): (Element<'_, '_>, &Transfer<'_>),
) -> Result<Mapped, Error> {
    let is_customer = message.id.function == 8;
    let header = message.header.as_ref();
    let sender = agent(one, group, "InstgAgt")
        .or(header.and_then(|header| header.from))
        .ok_or(Error::Missing("who sends it"))?;
    let receiver = agent(one, group, "InstdAgt")
        .or(header.and_then(|header| header.to))
        .ok_or(Error::Missing("who receives it"))?;
    let mut sheet = FinSheet::new(if is_customer { "103" } else { "202" }, sender, receiver)?;
    for place in [one, group] {
        for name in ["InstgAgt", "InstdAgt"] {
            sheet.told(place.at(&format!("{name}/FinInstnId/BICFI")));
        }
    }
    sheet.told(group.child("NbOfTxs"));
    // The network stamps a FIN message itself.
    sheet.told(group.child("CreDtTm"));
    sheet.told(group.at("SttlmInf/SttlmMtd"));
    let covered = one.child("UndrlygCstmrCdtTrf");
    if covered.is_some() {
        sheet.flag("COV", "a payment that covers another");
    }
    if let Some(uetr) = one.at("PmtId/UETR") {
        sheet.uetr(uetr);
    }
    references(&mut sheet, group, one, is_customer);
    amounts(&mut sheet, group, one, (transfer, is_customer))?;
    if is_customer {
        customer(&mut sheet, one, "Dbtr", "50").then_some(()).ok_or(Error::Missing("the debtor's name"))?;
        bank(&mut sheet, one, "DbtrAgt", "52");
    } else {
        bank(&mut sheet, one, "Dbtr", "52");
    }
    let settlement = group.child("SttlmInf").unwrap_or(group);
    bank(&mut sheet, settlement, "InstgRmbrsmntAgt", "53");
    bank(&mut sheet, settlement, "InstdRmbrsmntAgt", "54");
    bank(&mut sheet, settlement, "ThrdRmbrsmntAgt", "55");
    bank(&mut sheet, one, "IntrmyAgt1", "56");
    bank(&mut sheet, one, "CdtrAgt", "57");
    if is_customer {
        customer(&mut sheet, one, "Cdtr", "59").then_some(()).ok_or(Error::Missing("the creditor's name"))?;
        remittance(&mut sheet, one, true);
        charges(&mut sheet, group, one);
    } else {
        bank(&mut sheet, one, "Cdtr", "58").then_some(()).ok_or(Error::Missing("the creditor"))?;
    }
    instructions(&mut sheet, one, is_customer);
    if let Some(covered) = covered {
        cover(&mut sheet, covered)?;
    }
    sheet.finish(&[group, one])
}

fn agent(one: Element<'_, '_>, group: Element<'_, '_>, name: &str) -> Option<Bic> {
    let path = format!("{name}/FinInstnId/BICFI");
    one.text_at(&path).or_else(|| group.text_at(&path))?.parse().ok()
}

fn references(sheet: &mut FinSheet, group: Element<'_, '_>, one: Element<'_, '_>, is_customer: bool) {
    let own = one.at("PmtId/InstrId").or_else(|| group.child("MsgId"));
    if let Some(own) = own {
        let value = reference(own.text());
        sheet.put_cut(
            "20",
            (&value, own.text()),
            &[own],
            "the instruction's reference, or the message's; at most 16 characters",
        );
        // The message's own name is told by the same value.
        sheet.told(group.child("MsgId").filter(|id| id.text() == own.text()));
    }
    let end_to_end = one.at("PmtId/EndToEndId");
    if is_customer {
        sheet.told(end_to_end.filter(|leaf| leaf.text() == NO_REFERENCE));
        sheet.put("23B", "CRED", &[], "a credit transfer without service level");
    } else if let Some(leaf) = end_to_end {
        let value = if leaf.text() == NO_REFERENCE { "NONREF".to_owned() } else { reference(leaf.text()) };
        sheet.put_cut("21", (&value, leaf.text()), &[leaf], "the end-to-end reference; at most 16 characters");
    }
}

fn amounts(
    sheet: &mut FinSheet,
    group: Element<'_, '_>,
    one: Element<'_, '_>,
    (transfer, is_customer): (&Transfer<'_>, bool),
) -> Result<(), Error> {
    let date = transfer.date.ok_or(Error::Missing("a settlement date"))?;
    let amount = one.child("IntrBkSttlmAmt").ok_or(Error::Invalid)?;
    let day = one.child("IntrBkSttlmDt").or_else(|| group.child("IntrBkSttlmDt"));
    let elements: Vec<_> = [Some(amount), day].into_iter().flatten().collect();
    let value = format!("{}{}", write_date(date), write_amount(transfer.amount));
    sheet.put("32A", &value, &elements, "settlement date, currency and amount");
    if is_customer {
        match (transfer.instructed, one.child("InstdAmt")) {
            (Some(instructed), Some(leaf)) => {
                sheet.put("33B", &write_amount(instructed), &[leaf], "what was instructed")
            }
            _ => sheet.put(
                "33B",
                &write_amount(transfer.amount),
                &[amount],
                "without another amount, that of 32A was instructed",
            ),
        }
        let rate = one.child("XchgRate").and_then(|leaf| Some((leaf, plain_decimal(leaf.text()).ok()?)));
        if let Some((leaf, rate)) = rate {
            let whole = write_number(rate);
            let value: String = whole.chars().take(12).collect();
            sheet.put_cut("36", (&value, &whole), &[leaf], "the rate, in at most 12 characters");
        }
    }
    Ok(())
}

/// 70: the end-to-end reference after /ROC/, then what the payment is for.
fn remittance(sheet: &mut FinSheet, one: Element<'_, '_>, with_reference: bool) {
    let reference = one.at("PmtId/EndToEndId").filter(|leaf| with_reference && leaf.text() != NO_REFERENCE);
    let lines: Vec<_> = one.child("RmtInf").iter().flat_map(|found| found.all("Ustrd")).collect();
    let told = lines.iter().map(Element::text).collect::<Vec<_>>().join(" ");
    let mut whole = told.clone();
    if let Some(reference) = reference.filter(|leaf| !told.contains(&format!("/ROC/{}", leaf.text()))) {
        let separator = if told.is_empty() { "" } else { "//" };
        whole = format!("/ROC/{}{separator}{told}", reference.text());
    }
    if whole.is_empty() {
        return;
    }
    let (wrapped, fits) = wrap(&whole, 4, 35, "");
    let elements: Vec<_> = reference.into_iter().chain(lines).collect();
    sheet.put(
        "70",
        &wrapped.join("\n"),
        &elements,
        "the end-to-end reference after /ROC/, then the remittance; four lines",
    );
    if !fits || to_x(&whole) != whole {
        sheet.changed(&whole);
    }
}

fn charges(sheet: &mut FinSheet, group: Element<'_, '_>, one: Element<'_, '_>) {
    let bearer = one.child("ChrgBr").or_else(|| group.child("ChrgBr"));
    let code = match bearer.map(|leaf| leaf.text()) {
        Some("DEBT") => "OUR",
        Some("CRED") => "BEN",
        Some(_) | None => "SHA",
    };
    let elements: Vec<_> = bearer.into_iter().collect();
    sheet.put("71A", code, &elements, "DEBT is OUR, CRED is BEN, all else SHA");
    let taken: Vec<_> = one.all("ChrgsInf").filter_map(|charge| charge.child("Amt")).collect();
    for leaf in &taken {
        let amount =
            leaf.attribute("Ccy").and_then(|currency| currency.parse().ok()).zip(plain_decimal(leaf.text()).ok());
        let Some(amount) = amount.and_then(|(currency, value)| causeway_identifiers::Amount::new(currency, value).ok())
        else {
            continue;
        };
        // With OUR no bank takes anything on the way; what was prepaid to the receiver stands in 71G, once.
        if code != "OUR" {
            sheet.put("71F", &write_amount(amount), &[*leaf], "what a bank took");
        }
    }
    if code == "BEN" && taken.is_empty() {
        let currency = one.child("IntrBkSttlmAmt").and_then(|leaf| leaf.attribute("Ccy")).unwrap_or_default();
        sheet.put("71F", &format!("{currency}0,"), &[], "with BEN one 71F is mandatory, and nothing was taken");
    }
}

/// 72: who instructed before, and what the next bank should know.
fn instructions(sheet: &mut FinSheet, one: Element<'_, '_>, is_customer: bool) {
    let mut lines = Vec::new();
    let mut elements = Vec::new();
    let mut whole = String::new();
    // The debtor's agent has a field of its own in a customer transfer only.
    let debtor_agent = (!is_customer).then_some("DbtrAgt");
    for name in ["PrvsInstgAgt1", "PrvsInstgAgt2", "PrvsInstgAgt3"].into_iter().chain(debtor_agent) {
        let leaf = one.at(&format!("{name}/FinInstnId/BICFI"));
        if let Some(leaf) = leaf.filter(|leaf| leaf.text().parse::<Bic>().is_ok()) {
            lines.push(format!("/INS/{}", leaf.text()));
            elements.push(leaf);
        }
    }
    let notes = [("InstrForCdtrAgt", "InstrInf", "/ACC/"), ("InstrForNxtAgt", "InstrInf", "/REC/")];
    // A bank transfer has no 70.
    let remittance = (!is_customer).then_some(("RmtInf", "Ustrd", "/BNF/"));
    for (name, leaf, code) in notes.into_iter().chain(remittance) {
        for leaf in one.all(name).flat_map(|found| found.all(leaf)) {
            let text = leaf.text();
            let text = if text.starts_with('/') { text.to_owned() } else { format!("{code}{text}") };
            let (wrapped, fits) = wrap(&text, 6_usize.saturating_sub(lines.len()), 35, "//");
            if !fits || to_x(&text) != text {
                whole.push_str(&text);
            }
            lines.extend(wrapped);
            elements.push(leaf);
        }
    }
    if lines.is_empty() {
        return;
    }
    sheet.put(
        "72",
        &lines.join("\n"),
        &elements,
        "/INS/ who instructed before, /ACC/ and /REC/ what banks should know, /BNF/ what the beneficiary should; six lines",
    );
    if !whole.is_empty() {
        sheet.changed(&whole);
    }
}

/// Sequence B of a cover.
fn cover(sheet: &mut FinSheet, covered: Element<'_, '_>) -> Result<(), Error> {
    customer(sheet, covered, "Dbtr", "50").then_some(()).ok_or(Error::Missing("the debtor of the covered payment"))?;
    bank(sheet, covered, "DbtrAgt", "52");
    bank(sheet, covered, "IntrmyAgt1", "56");
    bank(sheet, covered, "CdtrAgt", "57");
    customer(sheet, covered, "Cdtr", "59")
        .then_some(())
        .ok_or(Error::Missing("the creditor of the covered payment"))?;
    remittance(sheet, covered, false);
    let leaf = covered.child("InstdAmt");
    let amount = leaf.and_then(|leaf| {
        let currency = leaf.attribute("Ccy")?.parse().ok()?;
        causeway_identifiers::Amount::new(currency, plain_decimal(leaf.text()).ok()?).ok()
    });
    if let Some((amount, leaf)) = amount.zip(leaf) {
        sheet.put("33B", &write_amount(amount), &[leaf], "what was instructed");
    }
    Ok(())
}
