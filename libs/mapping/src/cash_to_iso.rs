//! MT900 and MT910 to camt.054, MT940 and MT950 to camt.053.

use causeway_fin::{
    Field, Sequence, Validation,
    view::{Advice, Balance, Entry, Side, Statement},
};

use crate::{
    Context, Error, Mapped, Origin,
    iso_sheet::{IsoSheet, from},
    party_to_iso::{account_id, bank, customer_at},
};

/// What ISO 20022 asks for of every entry and FIN says in other codes or not at all.
const NO_CODE: &str = "the transaction code is mandatory, and FIN has other codes";

pub(crate) fn advice(validation: &Validation<'_, '_>, context: &Context) -> Result<Mapped, Error> {
    let advice = Advice::read(validation).map_err(|_| Error::Invalid)?;
    let root = validation.outline().ok_or(Error::Invalid)?.root();
    let mut sheet = IsoSheet::new("camt.054.001.08")?;
    group(&mut sheet, &root, context, "BkToCstmrDbtCdtNtfctn");
    let path = "BkToCstmrDbtCdtNtfctn/Ntfctn";
    identity(&mut sheet, &root, path, advice.account);
    let entry = format!("{path}/Ntry");
    let Some(field) = root.get("32A") else { return Err(Error::Invalid) };
    sheet.put_amount(&format!("{entry}/Amt"), advice.amount, from(field), "the amount");
    sheet.put(
        &format!("{entry}/CdtDbtInd"),
        side(advice.side),
        Origin::Header("message type"),
        "MT900 is a debit, MT910 a credit",
    );
    sheet.put(&format!("{entry}/Sts/Cd"), "BOOK", Origin::Rule, "an advice is of what was booked");
    sheet.put(&format!("{entry}/ValDt/Dt"), &advice.value_date.to_string(), from(field), "the value date");
    sheet.put(&format!("{entry}/BkTxCd/Prtry/Cd"), "NOTPROVIDED", Origin::Rule, NO_CODE);
    let details = format!("{entry}/NtryDtls/TxDtls");
    if let Some(related) = root.get("21") {
        sheet.put(&format!("{details}/Refs/EndToEndId"), related.value, from(related), "the related reference");
    }
    sheet.put_amount(&format!("{details}/Amt"), advice.amount, from(field), "the amount");
    sheet.put(
        &format!("{details}/CdtDbtInd"),
        side(advice.side),
        Origin::Header("message type"),
        "MT900 is a debit, MT910 a credit",
    );
    if let Some(payer) = root.numbered(50) {
        let parties = format!("{details}/RltdPties");
        customer_at(&mut sheet, payer, &format!("{parties}/Dbtr/Pty"), &format!("{parties}/DbtrAcct"));
    }
    for (number, name) in [(52, "DbtrAgt"), (56, "IntrmyAgt1")] {
        if let Some(field) = root.numbered(number) {
            bank(&mut sheet, field, &format!("{details}/RltdAgts/{name}"));
        }
    }
    if let Some(field) = root.get("72") {
        let text = field.lines().collect::<Vec<_>>().join(" ");
        sheet.put(&format!("{details}/AddtlTxInf"), &text, from(field), "72 in one line");
    }
    sheet.finish(validation.message())
}

pub(crate) fn statement(validation: &Validation<'_, '_>, context: &Context) -> Result<Mapped, Error> {
    let statement = Statement::read(validation).map_err(|_| Error::Invalid)?;
    let root = validation.outline().ok_or(Error::Invalid)?.root();
    let mut sheet = IsoSheet::new("camt.053.001.08")?;
    group(&mut sheet, &root, context, "BkToCstmrStmt");
    let path = "BkToCstmrStmt/Stmt";
    if let Some(field) = root.get("20") {
        sheet.put(&format!("{path}/Id"), field.value, from(field), "the sender's reference");
    }
    pages(&mut sheet, &root, path);
    if let Some(field) = root.numbered(25) {
        account_id(&mut sheet, field, statement.account, &format!("{path}/Acct"));
    }
    balances(&mut sheet, &root, &statement, path);
    let pairs: Vec<_> = root.children("entry").collect();
    for (index, (pair, entry)) in pairs.iter().zip(&statement.entries).enumerate() {
        booked(&mut sheet, pair, entry, &format!("{path}/Ntry[{}]", index + 1));
    }
    if let Some(field) = root.get("86") {
        let text = field.lines().collect::<Vec<_>>().join(" ");
        sheet.put(&format!("{path}/AddtlStmtInf"), &text, from(field), "86 at the end is about the statement");
    }
    sheet.finish(validation.message())
}

fn side(side: Side) -> &'static str {
    match side {
        Side::Debit => "DBIT",
        Side::Credit => "CRDT",
    }
}

fn group(sheet: &mut IsoSheet, root: &Sequence<'_, '_, '_>, context: &Context, body: &str) {
    if let Some(field) = root.get("20") {
        sheet.put(
            &format!("{body}/GrpHdr/MsgId"),
            field.value,
            from(field),
            "the sender's reference names the message",
        );
    }
    sheet.put(&format!("{body}/GrpHdr/CreDtTm"), &context.created, Origin::Context, "when the new message is made");
}

fn identity(sheet: &mut IsoSheet, root: &Sequence<'_, '_, '_>, path: &str, account: &str) {
    if let Some(field) = root.get("20") {
        sheet.put(&format!("{path}/Id"), field.value, from(field), "the sender's reference");
    }
    if let Some(field) = root.numbered(25) {
        account_id(sheet, field, account, &format!("{path}/Acct"));
    }
}

/// 28C: number of the statement, and page.
fn pages(sheet: &mut IsoSheet, root: &Sequence<'_, '_, '_>, path: &str) {
    let Some(field) = root.get("28C") else { return };
    let (number, page) = field.value.split_once('/').unwrap_or((field.value, "1"));
    let is_last = root.get("62F").is_some();
    let page = page.trim_start_matches('0');
    let page = if page.is_empty() { "1" } else { page };
    sheet.put(&format!("{path}/StmtPgntn/PgNb"), page, from(field), "28C after the slash, else the first page");
    let last = if is_last { "true" } else { "false" };
    sheet.put(&format!("{path}/StmtPgntn/LastPgInd"), last, Origin::Rule, "62F closes a statement, 62M a page");
    let number = number.trim_start_matches('0');
    let number = if number.is_empty() { "0" } else { number };
    sheet.put(&format!("{path}/LglSeqNb"), number, from(field), "28C before the slash");
}

fn balances(sheet: &mut IsoSheet, root: &Sequence<'_, '_, '_>, statement: &Statement<'_>, path: &str) {
    let known = [
        (root.numbered(60), statement.opening, "OPBD"),
        (root.numbered(62), statement.closing, "CLBD"),
        (root.get("64"), statement.available, "CLAV"),
    ];
    let present = known.into_iter().filter_map(|(field, balance, code)| Some((field?, balance?, code)));
    for (index, (field, balance, code)) in present.enumerate() {
        one_balance(sheet, (field, balance, code), &format!("{path}/Bal[{}]", index + 1));
    }
}

fn one_balance(sheet: &mut IsoSheet, (field, balance, code): (&Field<'_>, Balance, &str), path: &str) {
    sheet.put(&format!("{path}/Tp/CdOrPrtry/Cd"), code, from(field), "60 opens, 62 closes, 64 is available");
    if field.tag.option() == Some('M') {
        sheet.put(&format!("{path}/Tp/SubTp/Cd"), "INTM", from(field), "option M is the balance of a page");
    }
    sheet.put_amount(&format!("{path}/Amt"), balance.amount, from(field), "the balance");
    sheet.put(&format!("{path}/CdtDbtInd"), side(balance.side), from(field), "D is DBIT, C is CRDT");
    sheet.put(&format!("{path}/Dt/Dt"), &balance.date.to_string(), from(field), "the day of the balance");
}

fn booked(sheet: &mut IsoSheet, pair: &Sequence<'_, '_, '_>, entry: &Entry<'_>, path: &str) {
    let Some(field) = pair.get("61") else { return };
    sheet.put_amount(&format!("{path}/Amt"), entry.amount, from(field), "the amount in the statement's currency");
    sheet.put(&format!("{path}/CdtDbtInd"), side(entry.side), from(field), "C, RD, EC are CRDT; D, RC, ED are DBIT");
    if entry.is_reversal {
        sheet.put(&format!("{path}/RvslInd"), "true", from(field), "RC and RD take an entry back");
    }
    let status = if entry.is_expected { "PDNG" } else { "BOOK" };
    sheet.put(&format!("{path}/Sts/Cd"), status, from(field), "EC and ED are expected, all else is booked");
    if let Some(date) = entry.entry_date {
        sheet.put(
            &format!("{path}/BookgDt/Dt"),
            &date.to_string(),
            from(field),
            "the entry date, in the year closest to the value date",
        );
    }
    sheet.put(&format!("{path}/ValDt/Dt"), &entry.value_date.to_string(), from(field), "the value date");
    if let Some(reference) = entry.bank_reference {
        sheet.put(&format!("{path}/AcctSvcrRef"), reference, from(field), "61 after //: the bank's reference");
    }
    let code = format!("{}{}", entry.code.0, entry.code.1);
    sheet.put(&format!("{path}/BkTxCd/Prtry/Cd"), &code, from(field), "FIN's own transaction code");
    sheet.put(&format!("{path}/BkTxCd/Prtry/Issr"), "SWIFT", Origin::Rule, "who defines the code");
    let details = format!("{path}/NtryDtls/TxDtls");
    if entry.reference != "NONREF" {
        sheet.put(&format!("{details}/Refs/EndToEndId"), entry.reference, from(field), "the account owner's reference");
        sheet.put_amount(&format!("{details}/Amt"), entry.amount, from(field), "the amount");
        sheet.put(&format!("{details}/CdtDbtInd"), side(entry.side), from(field), "as the entry");
    }
    let told =
        [entry.details.map(str::to_owned), pair.get("86").map(|field| field.lines().collect::<Vec<_>>().join(" "))];
    let told: Vec<_> = told.into_iter().flatten().collect();
    if !told.is_empty() {
        let origin = pair.get("86").map_or_else(|| from(field), from);
        sheet.put(&format!("{path}/AddtlNtryInf"), &told.join(" "), origin, "the second line of 61, then 86");
    }
}
