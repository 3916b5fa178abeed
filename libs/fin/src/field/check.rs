//! One field by itself: does the value fit a format, and does each part say something that can be.

use causeway_identifiers::{Bic, Country, Currency, Isin, Lei};
use time::{Date, Month};

use super::{
    number::{amount, number},
    part::{Part, Parts},
    table::{Spec, specs},
};
use crate::{
    Field,
    finding::{Expected, Finding, Rule},
    format::{Item, Mismatch, match_value},
    rules::lines,
};

const CONTENT: Rule = Rule { code: "T12", text: "the value does not fit the field's format" };
const CHARACTER: Rule = Rule { code: "T32", text: "the character is not in the set that the field allows" };
const LONG: Rule = Rule { code: "T33", text: "the value, a line or a part of it is too long" };
const SLASHES: Rule =
    Rule { code: "T26", text: "a reference neither starts nor ends with a slash, nor holds two in a row" };
const DATE: Rule = Rule { code: "T50", text: "the date exists in the calendar" };
const TIME: Rule = Rule { code: "T38", text: "the time is between 0000 and 2359" };
const OFFSET_SIGN: Rule = Rule { code: "T15", text: "the sign of a time offset is + or -" };
const OFFSET: Rule = Rule { code: "T16", text: "a time offset has at most 13 hours and 59 minutes" };
const SIGN: Rule = Rule { code: "T14", text: "zero has no sign" };
const CURRENCY: Rule = Rule { code: "T52", text: "the currency is one of ISO 4217" };
const SIDE: Rule = Rule { code: "T51", text: "debit or credit is said with D or C" };
const BANK: Rule = Rule { code: "T27", text: "the identifier code is a BIC" };
const BIC_COUNTRY: Rule = Rule { code: "T45", text: "the identifier code names a country" };
const COUNTRY: Rule = Rule { code: "T73", text: "the country is one of ISO 3166" };
const CHARGES: Rule = Rule { code: "T08", text: "charges are BEN, OUR or SHA" };
const OPERATION: Rule = Rule { code: "T36", text: "the operation is CRED, CRTS, SPAY, SPRI or SSTD" };
const ENTRY: Rule = Rule { code: "T53", text: "the type of an entry begins with N, F or S" };
const ISIN: Rule =
    Rule { code: "T12", text: "the ISIN has its check digit; `ISIN ` and 12 characters stand on the first line" };
const LEI: Rule = Rule { code: "T12", text: "the LEI has its check digits" };
const FLAG: Rule = Rule { code: "T12", text: "a flag is Y or N" };

/// The parts of a value; `None` for a field that is not in the table.
pub(super) fn parts<'a>(field: &Field<'a>) -> Result<Option<Parts<'a>>, (Mismatch, &'static Spec)> {
    let mut best: Option<(Mismatch, &'static Spec)> = None;
    for spec in specs(field.tag) {
        match match_value(&spec.format, field.value) {
            Ok(captures) => return Ok(Some(Parts { value: field.value, spec, captures })),
            Err(mismatch) if best.is_none_or(|(known, _)| mismatch.at > known.at) => best = Some((mismatch, spec)),
            Err(_) => {}
        }
    }
    best.map_or(Ok(None), Err)
}

/// Checks a field by itself. Fields outside the table are left to the layout of their message.
pub(crate) fn check(field: &Field<'_>, findings: &mut Vec<Finding>) {
    match parts(field) {
        Ok(None) => {}
        Ok(Some(parts)) => check_parts(field, &parts, findings),
        Err((mismatch, spec)) => findings.push(Finding {
            expected: Some(Expected::Format(spec.format.notation)),
            ..at(field, mismatch.at, why(field.value, mismatch))
        }),
    }
}

/// The rule that a misfit breaks: too long where something ends too late, a wrong character, or plainly the format.
fn why(value: &str, mismatch: Mismatch) -> Rule {
    let found = value.as_bytes().get(mismatch.at).copied();
    match mismatch.expected {
        Item::End if found.is_some() => LONG,
        Item::Lines { set, .. } => match found {
            Some(b'\r' | b'\n') | None => CONTENT,
            Some(byte) if !set.holds(byte) => CHARACTER,
            Some(_) => LONG,
        },
        Item::End
        | Item::Literal(_)
        | Item::Newline
        | Item::Run { .. }
        | Item::Bic { .. }
        | Item::Mark { .. }
        | Item::Open { .. }
        | Item::Close => CONTENT,
    }
}

fn check_parts(field: &Field<'_>, parts: &Parts<'_>, findings: &mut Vec<Finding>) {
    let mut currency = None;
    for (part, text, offset) in parts.placed() {
        if part == Part::Currency {
            currency = text.parse::<Currency>().ok();
        }
        if let Err(rule) = check_part(part, text, currency) {
            findings.push(at(field, offset, rule));
        }
    }
    let signed = parts.get(Part::Sign).zip(parts.get(Part::Amount).or_else(|| parts.get(Part::Number)));
    if signed.is_some_and(|(_, number_text)| number(number_text).is_ok_and(|number| number.is_zero())) {
        findings.push(at(field, 0, SIGN));
    }
    if parts.notation() == "4*35x" && field.tag.is("35B") && field.value.starts_with("ISIN") {
        findings.push(at(field, 0, ISIN));
    }
}

fn check_part(part: Part, text: &str, currency: Option<Currency>) -> Result<(), Rule> {
    let holds = |is_right: bool, rule: Rule| if is_right { Ok(()) } else { Err(rule) };
    match part {
        Part::Reference => holds(!text.starts_with('/') && !text.ends_with('/') && !text.contains("//"), SLASHES),
        Part::Date => holds(short_date(text).is_some(), DATE),
        Part::LongDate => holds(long_date(text).is_some(), DATE),
        // A leap year, so that 29 February may be an entry date; the year stands elsewhere.
        Part::EntryDate => holds(date(2024, text).is_some(), DATE),
        Part::Time | Part::LongTime => holds(is_time(text), TIME),
        Part::OffsetSign => holds(matches!(text, "+" | "-"), OFFSET_SIGN),
        Part::Offset => holds(is_time(text) && text <= "1359", OFFSET),
        Part::Currency => text.parse::<Currency>().map(drop).map_err(|_| CURRENCY),
        // Without a currency that is known, the currency is the finding.
        Part::Amount => currency.map_or_else(|| number(text).map(drop), |currency| amount(currency, text).map(drop)),
        Part::Number => number(text).map(drop),
        Part::DebitCredit | Part::PartyMark => holds(matches!(text, "C" | "D"), SIDE),
        Part::Bic => match text.parse::<Bic>() {
            Ok(bic) => holds(bic.as_str().bytes().take(4).all(|byte| byte.is_ascii_uppercase()), BANK),
            Err(causeway_identifiers::Error::BicCountry) => Err(BIC_COUNTRY),
            Err(_) => Err(BANK),
        },
        Part::Country => text.parse::<Country>().map(drop).map_err(|_| COUNTRY),
        Part::Isin => text.parse::<Isin>().map(drop).map_err(|_| ISIN),
        Part::Lei => text.parse::<Lei>().map(drop).map_err(|_| LEI),
        Part::Charges => holds(matches!(text, "BEN" | "OUR" | "SHA"), CHARGES),
        Part::Operation => holds(matches!(text, "CRED" | "CRTS" | "SPAY" | "SPRI" | "SSTD"), OPERATION),
        Part::TransactionType => holds(matches!(text, "N" | "F" | "S"), ENTRY),
        Part::Flag => holds(matches!(text, "Y" | "N"), FLAG),
        Part::NumberedLines => lines::check_numbered(text),
        Part::Qualifier
        | Part::Scheme
        | Part::Decimals
        | Part::UtcOffset
        | Part::Sign
        | Part::EntryMark
        | Part::FundsCode
        | Part::Account
        | Part::NameAddress
        | Part::PartyIdentifier
        | Part::Narrative
        | Part::Code
        | Part::Count
        | Part::Block
        | Part::MessageType
        | Part::Session => Ok(()),
    }
}

/// `YYMMDD`. SWIFT reads years from 80 on as of the last century, the others as of this one.
pub(crate) fn short_date(text: &str) -> Option<Date> {
    let year: i32 = text.get(..2)?.parse().ok()?;
    date(if year >= 80 { 1900 + year } else { 2000 + year }, text.get(2..)?)
}

/// `YYYYMMDD`
pub(crate) fn long_date(text: &str) -> Option<Date> {
    date(text.get(..4)?.parse().ok()?, text.get(4..)?)
}

/// `MMDD` of a year.
pub(crate) fn date(year: i32, text: &str) -> Option<Date> {
    let month: u8 = text.get(..2)?.parse().ok()?;
    Date::from_calendar_date(year, Month::try_from(month).ok()?, text.get(2..4)?.parse().ok()?).ok()
}

/// `HHMM` or `HHMMSS`.
fn is_time(text: &str) -> bool {
    let below = |range, limit: &str| text.get(range).is_some_and(|digits: &str| digits < limit);
    below(0..2, "24") && below(2..4, "60") && (text.len() == 4 || below(4..6, "60"))
}

/// A finding at an offset within the field's value.
pub(crate) fn at(field: &Field<'_>, offset: usize, rule: Rule) -> Finding {
    let before = field.value.get(..offset).unwrap_or_default();
    let lines = before.bytes().filter(|byte| *byte == b'\n').count();
    let on_line = before.rsplit('\n').next().unwrap_or_default().len();
    // On the first line the tag and its colons stand before the value.
    let shift = if lines == 0 { field.tag.to_string().len() + 2 } else { 0 };
    Finding { rule, line: field.line + lines, column: shift + on_line + 1, tag: Some(field.tag), expected: None }
}
