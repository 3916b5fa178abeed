//! MT103 to pacs.008, MT202 and MT205 to pacs.009.

use causeway_fin::{
    Field, Message, Part, Sequence, Validation,
    view::{Charges, Transfer},
};
use causeway_identifiers::Amount;

use crate::{
    Context, Error, Mapped, Origin,
    iso_sheet::{IsoSheet, from},
    party_to_iso::{account_id, bank, customer},
};

pub(crate) fn map(validation: &Validation<'_, '_>, context: &Context) -> Result<Mapped, Error> {
    let transfer = Transfer::read(validation).map_err(|_| Error::Invalid)?;
    if transfer.is_return() {
        return Err(Error::Return);
    }
    let root = validation.outline().ok_or(Error::Invalid)?.root();
    let message = validation.message();
    let is_customer = transfer.message_type == "103";
    let (kind, body) =
        if is_customer { ("pacs.008.001.08", "FIToFICstmrCdtTrf") } else { ("pacs.009.001.08", "FICdtTrf") };
    let mut sheet = IsoSheet::new(kind)?;
    group(&mut sheet, &root, context, &format!("{body}/GrpHdr"));
    let path = format!("{body}/CdtTrfTxInf");
    payment(&mut sheet, &root, message, &path);
    amounts(&mut sheet, &root, &transfer, &path);
    previous(&mut sheet, &root, &path);
    ends(&mut sheet, message, &path)?;
    parties(&mut sheet, &root, message, (&path, is_customer));
    narratives(&mut sheet, &root, (&path, is_customer));
    if let Some(covered) = root.child("B") {
        cover(&mut sheet, &covered, &format!("{path}/UndrlygCstmrCdtTrf"));
    }
    sheet.finish(message)
}

fn group(sheet: &mut IsoSheet, root: &Sequence<'_, '_, '_>, context: &Context, path: &str) {
    if let Some(field) = root.get("20") {
        sheet.put(&format!("{path}/MsgId"), field.value, from(field), "the sender's reference names the message");
    }
    sheet.put(&format!("{path}/CreDtTm"), &context.created, Origin::Context, "when the new message is made");
    sheet.put(&format!("{path}/NbOfTxs"), "1", Origin::Rule, "a FIN payment is one transaction");
    let [f53, f54, f55] = [53, 54, 55].map(|number| root.numbered(number));
    let account = f53.filter(|field| field.tag.option() == Some('B')).and_then(Field::parts);
    let is_covered = f54.is_some() || f53.is_some_and(|field| field.tag.option() != Some('B'));
    let method = format!("{path}/SttlmInf/SttlmMtd");
    if is_covered {
        sheet.put(&method, "COVE", Origin::Rule, "correspondents are named: the payment is covered elsewhere");
    } else if account.is_some_and(|parts| parts.get(Part::PartyMark) == Some("C")) {
        sheet.put(&method, "INGA", Origin::Rule, "53B with C: the receiver's account with the sender is credited");
    } else {
        sheet.put(&method, "INDA", Origin::Rule, "no correspondent: the sender's account with the receiver is debited");
    }
    if let Some((field, text)) = f53.zip(account.and_then(|parts| parts.get(Part::Account))) {
        account_id(sheet, field, text, &format!("{path}/SttlmInf/SttlmAcct"));
    }
    let agents = [(f53, "InstgRmbrsmntAgt"), (f54, "InstdRmbrsmntAgt"), (f55, "ThrdRmbrsmntAgt")];
    for (field, name) in agents {
        if let Some(field) = field.filter(|_| is_covered) {
            bank(sheet, field, &format!("{path}/SttlmInf/{name}"));
        }
    }
}

fn payment(sheet: &mut IsoSheet, root: &Sequence<'_, '_, '_>, message: &Message<'_>, path: &str) {
    if let Some(field) = root.get("20") {
        sheet.put(&format!("{path}/PmtId/InstrId"), field.value, from(field), "the sender's reference");
    }
    let target = format!("{path}/PmtId/EndToEndId");
    let stated = root.get("70").and_then(|field| Some((field, end_to_end(field)?)));
    match (root.get("21"), stated) {
        (Some(field), _) => sheet.put(&target, field.value, from(field), "the related reference"),
        (None, Some((field, reference))) => sheet.put(&target, &reference, from(field), "70 after /ROC/"),
        (None, None) => sheet.put(&target, "NOTPROVIDED", Origin::Rule, "no end-to-end reference is told"),
    }
    if let Some(uetr) = message.uetr() {
        let rule = "the UETR stays with the payment";
        sheet.put(&format!("{path}/PmtId/UETR"), uetr.as_str(), Origin::Header("tag 121"), rule);
    }
}

/// The reference after `/ROC/`, up to the next code or line of its own.
fn end_to_end(field: &Field<'_>) -> Option<String> {
    let text = joined(field.value);
    let (_, after) = text.split_once("/ROC/")?;
    let reference = after.split("//").next().unwrap_or(after).trim();
    (!reference.is_empty()).then(|| reference.to_owned())
}

/// A narrative in one line.
fn joined(text: &str) -> String {
    text.lines().collect::<Vec<_>>().join(" ")
}

fn amounts(sheet: &mut IsoSheet, root: &Sequence<'_, '_, '_>, transfer: &Transfer<'_>, path: &str) {
    if let Some(code) = root.get("23E").filter(|field| field.value == "SDVA") {
        sheet.put(&format!("{path}/PmtTpInf/SvcLvl/Cd"), code.value, from(code), "23E SDVA is a service level");
    }
    if let Some(field) = root.get("32A") {
        sheet.put_amount(&format!("{path}/IntrBkSttlmAmt"), transfer.settled, from(field), "what is settled");
        let date = transfer.value_date.to_string();
        sheet.put(&format!("{path}/IntrBkSttlmDt"), &date, from(field), "the value date");
    }
    let put = |sheet: &mut IsoSheet, name: &str, tag: &str, amount: Option<Amount>, rule| {
        if let Some((amount, field)) = amount.zip(root.get(tag)) {
            sheet.put_amount(&format!("{path}/{name}"), amount, from(field), rule);
        }
    };
    put(sheet, "InstdAmt", "33B", transfer.instructed, "what was instructed");
    if let Some((rate, field)) = transfer.rate.zip(root.get("36")) {
        sheet.put(&format!("{path}/XchgRate"), &rate.to_string(), from(field), "the rate");
    }
    if let Some((charges, field)) = transfer.charges.zip(root.get("71A")) {
        let code = match charges {
            Charges::Beneficiary => "CRED",
            Charges::Ours => "DEBT",
            Charges::Shared => "SHAR",
        };
        sheet.put(&format!("{path}/ChrgBr"), code, from(field), "BEN is CRED, OUR is DEBT, SHA is SHAR");
    }
    let charged = root.fields().filter(|field| field.tag.is("71F")).zip(&transfer.senders_charges);
    let charged = charged.map(|(field, amount)| (field, *amount));
    let prepaid = root.get("71G").zip(transfer.receivers_charges);
    for (index, (field, amount)) in charged.chain(prepaid).enumerate() {
        let place = format!("{path}/ChrgsInf[{}]", index + 1);
        sheet.put_amount(&format!("{place}/Amt"), amount, from(field), "what a bank took");
        let rule = "FIN does not say which bank, and the element is mandatory";
        sheet.put(&format!("{place}/Agt/FinInstnId/Nm"), "NOTPROVIDED", Origin::Rule, rule);
    }
}

/// 72 /INS/: the banks that passed the instruction on, at most three.
fn previous(sheet: &mut IsoSheet, root: &Sequence<'_, '_, '_>, path: &str) {
    let Some(field) = root.get("72") else { return };
    let banks = field.lines().filter_map(|line| line.strip_prefix("/INS/")?.parse::<causeway_identifiers::Bic>().ok());
    for (index, bic) in banks.take(3).enumerate() {
        let target = format!("{path}/PrvsInstgAgt{}/FinInstnId/BICFI", index + 1);
        sheet.put(&target, bic.as_str(), from(field), "72 /INS/ with a BIC: who instructed before");
    }
}

fn ends(sheet: &mut IsoSheet, message: &Message<'_>, path: &str) -> Result<(), Error> {
    let sender = message.sender().and_then(causeway_fin::LogicalTerminal::bic).ok_or(Error::Missing("its sender"))?;
    let receiver =
        message.receiver().and_then(causeway_fin::LogicalTerminal::bic).ok_or(Error::Missing("its receiver"))?;
    let place = |name: &str| format!("{path}/{name}/FinInstnId/BICFI");
    sheet.put(&place("InstgAgt"), sender.as_str(), Origin::Header("sender"), "who sends instructs");
    sheet.put(&place("InstdAgt"), receiver.as_str(), Origin::Header("receiver"), "who receives is instructed");
    Ok(())
}

fn parties(
    sheet: &mut IsoSheet,
    root: &Sequence<'_, '_, '_>,
    message: &Message<'_>,
    (path, is_customer): (&str, bool),
) {
    let place = |name: &str| format!("{path}/{name}");
    let [f50, f52, f56, f57] = [50, 52, 56, 57].map(|number| root.numbered(number));
    if let Some(field) = f56 {
        bank(sheet, field, &place("IntrmyAgt1"));
    }
    let debtor_agent = if is_customer { "DbtrAgt" } else { "Dbtr" };
    if let Some(field) = f50 {
        customer(sheet, field, &place("Dbtr"));
    }
    match (f52, message.sender().and_then(causeway_fin::LogicalTerminal::bic)) {
        (Some(field), _) => bank(sheet, field, &place(debtor_agent)),
        (None, Some(bic)) => {
            let target = format!("{}/FinInstnId/BICFI", place(debtor_agent));
            sheet.put(&target, bic.as_str(), Origin::Header("sender"), "without 52a the sender stands there");
        }
        (None, None) => {}
    }
    match (f57, message.receiver().and_then(causeway_fin::LogicalTerminal::bic)) {
        (Some(field), _) => bank(sheet, field, &place("CdtrAgt")),
        (None, Some(bic)) if is_customer => {
            let target = format!("{}/FinInstnId/BICFI", place("CdtrAgt"));
            sheet.put(&target, bic.as_str(), Origin::Header("receiver"), "without 57a the receiver stands there");
        }
        (None, _) => {}
    }
    if let Some(field) = root.numbered(59) {
        customer(sheet, field, &place("Cdtr"));
    }
    if let Some(field) = root.numbered(58) {
        bank(sheet, field, &place("Cdtr"));
    }
}

fn narratives(sheet: &mut IsoSheet, root: &Sequence<'_, '_, '_>, (path, is_customer): (&str, bool)) {
    let note = root.get("72");
    let (for_banks, for_beneficiary) = note.map(|field| sorted(field, is_customer)).unwrap_or_default();
    if let Some(field) = note.filter(|_| !for_banks.is_empty()) {
        let target = format!("{path}/InstrForNxtAgt/InstrInf");
        text(sheet, field, (&target, &for_banks.join(" ")), "72 in other words: for the next bank");
    }
    if let Some(field) = note.filter(|_| !for_beneficiary.is_empty()) {
        let target = format!("{path}/RmtInf/Ustrd");
        text(sheet, field, (&target, &for_beneficiary.join(" ")), "72 /BNF/ of a bank transfer: for the beneficiary");
    }
    if let Some(field) = root.get("77B") {
        text(sheet, field, (&format!("{path}/RgltryRptg/Dtls/Inf"), &joined(field.value)), "regulatory reporting");
    }
    if let Some(field) = root.get("70") {
        text(sheet, field, (&format!("{path}/RmtInf/Ustrd"), &joined(field.value)), "what the payment is for");
    }
}

/// The lines of 72 for banks and, of a bank transfer, those for the beneficiary (`/BNF/` and what continues it). Banks that
/// instructed before are told elsewhere.
fn sorted<'a>(field: &Field<'a>, is_customer: bool) -> (Vec<&'a str>, Vec<&'a str>) {
    let (mut for_banks, mut for_beneficiary) = (Vec::new(), Vec::new());
    let mut continues_beneficiary = false;
    for line in field.lines() {
        if line.strip_prefix("/INS/").is_some_and(|text| text.parse::<causeway_identifiers::Bic>().is_ok()) {
            continues_beneficiary = false;
            continue;
        }
        let continued = line.strip_prefix("//").filter(|_| continues_beneficiary);
        continues_beneficiary = !is_customer && (line.starts_with("/BNF/") || continued.is_some());
        match continues_beneficiary {
            true => for_beneficiary.push(continued.unwrap_or(line)),
            false => for_banks.push(line),
        }
    }
    (for_banks, for_beneficiary)
}

/// A text of at most 140 characters.
fn text(sheet: &mut IsoSheet, field: &Field<'_>, (path, text): (&str, &str), rule: &'static str) {
    // 77B has room for 105 and 70 for 143 characters; regulatory information is cut to what one element holds.
    let most = if path.ends_with("/Inf") { 35 } else { 140 };
    let kept: String = text.chars().take(most).collect();
    if kept.len() == text.len() {
        sheet.put(path, &kept, from(field), rule);
    } else {
        sheet.put_part(path, &kept, field, rule);
    }
}

/// The customer transfer within a cover.
fn cover(sheet: &mut IsoSheet, covered: &Sequence<'_, '_, '_>, path: &str) {
    let place = |name: &str| format!("{path}/{name}");
    let numbered = |number| covered.numbered(number);
    if let Some(field) = numbered(50) {
        customer(sheet, field, &place("Dbtr"));
    }
    for (number, name) in [(52, "DbtrAgt"), (56, "IntrmyAgt1"), (57, "CdtrAgt")] {
        if let Some(field) = numbered(number) {
            bank(sheet, field, &place(name));
        }
    }
    if let Some(field) = numbered(59) {
        customer(sheet, field, &place("Cdtr"));
    }
    if let Some(field) = covered.get("72") {
        let target = place("InstrForNxtAgt/InstrInf");
        text(sheet, field, (&target, &joined(field.value)), "72: for the next bank");
    }
    if let Some(field) = covered.get("70") {
        text(sheet, field, (&place("RmtInf/Ustrd"), &joined(field.value)), "what the payment is for");
    }
    if let Some(field) = covered.get("33B") {
        let amount = field.parts().and_then(|parts| {
            let currency = parts.get(Part::Currency)?.parse().ok()?;
            causeway_fin::amount(currency, parts.get(Part::Amount)?).ok()
        });
        if let Some(amount) = amount {
            sheet.put_amount(&place("InstdAmt"), amount, from(field), "what was instructed");
        }
    }
}
