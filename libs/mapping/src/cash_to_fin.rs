//! camt.054 to MT900 and MT910, one for each entry; camt.053 to MT940, one for each statement.

use causeway_fin::{write_amount, write_date, write_number};
use causeway_identifiers::Bic;
use causeway_iso20022::{
    Element, Message,
    view::{Entry, Report, Reports, Side},
};
use time::Date;

use crate::{
    Error, Mapped,
    fin_sheet::FinSheet,
    party_to_fin::{bank, customer},
    text::{cut, reference, to_x, wrap},
};

pub(crate) fn advices(message: &Message<'_, '_>) -> Result<Vec<Mapped>, Error> {
    let all = Reports::read(message).map_err(|_| Error::Invalid)?;
    let mut mapped = Vec::new();
    for (element, report) in message.body.all("Ntfctn").zip(&all.reports) {
        for (entry, view) in element.all("Ntry").zip(&report.entries) {
            mapped.push(advice(message, (element, report), (entry, view))?);
        }
    }
    Ok(mapped)
}

pub(crate) fn statements(message: &Message<'_, '_>) -> Result<Vec<Mapped>, Error> {
    let all = Reports::read(message).map_err(|_| Error::Invalid)?;
    message.body.all("Stmt").zip(&all.reports).map(|(element, report)| statement(message, element, report)).collect()
}

/// Who sends and who receives: the header, or else the account's bank and owner.
fn ends(message: &Message<'_, '_>, report: Element<'_, '_>) -> Result<(Bic, Bic), Error> {
    let header = message.header.as_ref();
    let bic = |path: &str| report.text_at(path)?.parse().ok();
    let bank = bic("Acct/Svcr/FinInstnId/BICFI");
    let owner = bic("Acct/Ownr/Id/OrgId/AnyBIC");
    let sender = header.and_then(|header| header.from).or(bank).ok_or(Error::Missing("who sends it"))?;
    let receiver = header.and_then(|header| header.to).or(owner).ok_or(Error::Missing("who receives it"))?;
    Ok((sender, receiver))
}

/// 25: the account.
fn account(sheet: &mut FinSheet, report: Element<'_, '_>) {
    let id = report.at("Acct/Id");
    let leaf = id.and_then(|id| id.child("IBAN").or_else(|| id.at("Othr/Id")));
    if let Some(leaf) = leaf {
        let value = cut(&to_x(leaf.text()), 35);
        sheet.put_cut("25", (&value, leaf.text()), &[leaf], "the account");
    }
}

fn advice(
    message: &Message<'_, '_>,
    (element, report): (Element<'_, '_>, &Report<'_>),
    (entry, view): (Element<'_, '_>, &Entry<'_>),
) -> Result<Mapped, Error> {
    let (sender, receiver) = ends(message, element)?;
    let kind = match view.side {
        Side::Debit => "900",
        Side::Credit => "910",
    };
    let mut sheet = FinSheet::new(kind, sender, receiver)?;
    sheet.told(entry.child("CdtDbtInd"));
    sheet.told(entry.at("Sts/Cd"));
    if let Some(id) = element.child("Id") {
        sheet.put_cut(
            "20",
            (&reference(report.id), report.id),
            &[id],
            "the notification's reference; at most 16 characters",
        );
    }
    let details = entry.at("NtryDtls/TxDtls");
    let related = details.and_then(|details| details.at("Refs/EndToEndId").or_else(|| details.at("Refs/InstrId")));
    match related {
        Some(leaf) => sheet.put_cut(
            "21",
            (&reference(leaf.text()), leaf.text()),
            &[leaf],
            "the end-to-end or instruction reference",
        ),
        None => sheet.put("21", "NONREF", &[], "no reference of the payment is told"),
    }
    account(&mut sheet, element);
    let (date, day) = day(entry, view)?;
    let amount: Vec<_> = [entry.child("Amt"), day].into_iter().flatten().collect();
    sheet.put(
        "32A",
        &format!("{}{}", write_date(date), write_amount(view.amount)),
        &amount,
        "value date, currency and amount",
    );
    if let Some(details) = details {
        sheet.told(details.child("Amt").filter(|leaf| Some(leaf.text()) == entry.text_at("Amt")));
        sheet.told(details.child("CdtDbtInd"));
    }
    payer(&mut sheet, details, kind);
    sheet.finish(&[element.child("Id").unwrap_or(element), element.child("Acct").unwrap_or(element), entry])
}

/// 50a or 52a, one of which MT910 must have.
fn payer(sheet: &mut FinSheet, details: Option<Element<'_, '_>>, kind: &str) {
    let parties = details.and_then(|details| details.child("RltdPties"));
    let agents = details.and_then(|details| details.child("RltdAgts"));
    let has_customer = kind == "910" && parties.is_some_and(|parties| customer(sheet, parties, "Dbtr", "50"));
    let has_bank = !has_customer && agents.is_some_and(|agents| bank(sheet, agents, "DbtrAgt", "52"));
    if kind == "910" && !has_customer && !has_bank {
        sheet.put("52D", "NOTPROVIDED", &[], "a credit must name a payer, and none is told");
    }
    if let Some(agents) = agents.filter(|_| kind == "910") {
        bank(sheet, agents, "IntrmyAgt1", "56");
    }
}

/// The value date, or else the booking date, with the element that tells it.
fn day<'d, 'a>(entry: Element<'d, 'a>, view: &Entry<'_>) -> Result<(Date, Option<Element<'d, 'a>>), Error> {
    let leaf = |name: &str| entry.child(name).and_then(|found| found.child("Dt").or_else(|| found.child("DtTm")));
    match (view.value_date, view.booked) {
        (Some(date), _) => Ok((date, leaf("ValDt"))),
        (None, Some(date)) => Ok((date, leaf("BookgDt"))),
        (None, None) => Err(Error::Missing("a value date")),
    }
}

fn statement(message: &Message<'_, '_>, element: Element<'_, '_>, report: &Report<'_>) -> Result<Mapped, Error> {
    let (sender, receiver) = ends(message, element)?;
    let mut sheet = FinSheet::new("940", sender, receiver)?;
    if let Some(id) = element.child("Id") {
        sheet.put_cut(
            "20",
            (&reference(report.id), report.id),
            &[id],
            "the statement's reference; at most 16 characters",
        );
    }
    account(&mut sheet, element);
    sheet.told(element.at("Acct/Ccy"));
    pages(&mut sheet, element);
    balance(&mut sheet, (element, report), &["OPBD", "PRCD"], "60F")?;
    for (entry, view) in element.all("Ntry").zip(&report.entries) {
        booked(&mut sheet, entry, view)?;
    }
    balance(&mut sheet, (element, report), &["CLBD"], "62F")?;
    if report.balances.iter().any(|balance| balance.kind == "CLAV") {
        balance(&mut sheet, (element, report), &["CLAV"], "64")?;
    }
    sheet.finish(&[element])
}

/// 28C: number and page, each at most five digits.
fn pages(sheet: &mut FinSheet, element: Element<'_, '_>) {
    let number = ["LglSeqNb", "ElctrncSeqNb"].into_iter().find_map(|name| element.child(name));
    let page = element.at("StmtPgntn/PgNb");
    let digits = |leaf: Option<Element<'_, '_>>| leaf.map(|leaf| leaf.text().to_owned()).filter(|text| text.len() <= 5);
    let value = format!(
        "{}/{}",
        digits(number).unwrap_or_else(|| "1".to_owned()),
        digits(page).unwrap_or_else(|| "1".to_owned())
    );
    let elements: Vec<_> = [number, page].into_iter().flatten().collect();
    sheet.put("28C", &value, &elements, "legal or electronic number, and page; 1 where none is told or it is too long");
    sheet.told(element.at("StmtPgntn/LastPgInd"));
}

fn balance(
    sheet: &mut FinSheet,
    (element, report): (Element<'_, '_>, &Report<'_>),
    kinds: &[&str],
    tag: &'static str,
) -> Result<(), Error> {
    let found = element.all("Bal").zip(&report.balances).find(|(_, balance)| kinds.contains(&balance.kind));
    let (place, balance) = found.ok_or(Error::Missing("opening and closing balance"))?;
    let date = balance.date.ok_or(Error::Missing("the day of a balance"))?;
    let mark = if balance.side == Side::Debit { "D" } else { "C" };
    let leaves = ["Amt", "CdtDbtInd", "Dt/Dt", "Dt/DtTm", "Tp/CdOrPrtry/Cd"];
    let elements: Vec<_> = leaves.into_iter().filter_map(|path| place.at(path)).collect();
    let value = format!("{mark}{}{}", write_date(date), write_amount(balance.amount));
    sheet.put(tag, &value, &elements, "OPBD or PRCD opens, CLBD closes, CLAV is available");
    Ok(())
}

/// 61 and 86. An entry that is not booked belongs to no statement of FIN: it stays among the losses.
fn booked(sheet: &mut FinSheet, entry: Element<'_, '_>, view: &Entry<'_>) -> Result<(), Error> {
    if view.status != Some("BOOK") {
        return Ok(());
    }
    let (date, day) = day(entry, view)?;
    let booking = view.booked.map(|date| write_date(date).chars().skip(2).collect::<String>()).unwrap_or_default();
    let mark = match (view.side, view.is_reversal) {
        (Side::Credit, false) => "C",
        (Side::Debit, false) => "D",
        // The reversal of a credit is booked as a debit.
        (Side::Debit, true) => "RC",
        (Side::Credit, true) => "RD",
    };
    let detail = entry.at("NtryDtls/TxDtls/Refs");
    let own = detail.and_then(|refs| refs.child("EndToEndId").or_else(|| refs.child("InstrId")));
    let bank = entry.child("AcctSvcrRef");
    let own_text = own.map_or_else(|| "NONREF".to_owned(), |leaf| reference(leaf.text()));
    let bank_text = bank.map(|leaf| format!("//{}", reference(leaf.text()))).unwrap_or_default();
    let amount = write_number(view.amount.value());
    let value = format!("{}{booking}{mark}{amount}NTRF{own_text}{bank_text}", write_date(date));
    let names = ["Amt", "CdtDbtInd", "RvslInd", "Sts", "Sts/Cd", "BookgDt/Dt", "BookgDt/DtTm", "ValDt/DtTm"];
    let told = names.into_iter().filter_map(|path| entry.at(path));
    let elements: Vec<_> = day.into_iter().chain(told).chain(own).chain(bank).collect();
    sheet.put(
        "61",
        &value,
        &elements,
        "dates, side, amount, NTRF, references of owner and bank; at most 16 characters each",
    );
    let whole = [own, bank].into_iter().flatten().filter(|leaf| reference(leaf.text()) != leaf.text());
    let whole = whole.map(|leaf| leaf.text()).collect::<Vec<_>>().join(" ");
    if !whole.is_empty() {
        sheet.changed(&whole);
    }
    narrative(sheet, entry);
    Ok(())
}

fn narrative(sheet: &mut FinSheet, entry: Element<'_, '_>) {
    let more = entry.child("AddtlNtryInf");
    let details: Vec<_> = entry.all("NtryDtls").flat_map(|group| group.all("TxDtls")).collect();
    let lines: Vec<_> =
        details.iter().filter_map(|detail| detail.child("RmtInf")).flat_map(|found| found.all("Ustrd")).collect();
    let elements: Vec<_> = more.into_iter().chain(lines).filter(|leaf| !leaf.text().is_empty()).collect();
    let whole = elements.iter().map(Element::text).collect::<Vec<_>>().join(" ");
    if whole.is_empty() {
        return;
    }
    let (wrapped, fits) = wrap(&whole, 6, 65, "");
    sheet.put("86", &wrapped.join("\n"), &elements, "what is said of the entry, then its remittance; six lines");
    if !fits || to_x(&whole) != whole {
        sheet.changed(&whole);
    }
}
