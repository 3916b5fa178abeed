//! Single values: amounts, identifiers, dates, wherever they stand.

use causeway_identifiers::{Amount, Bic, Country, Currency, Iban, Isin, Lei, Uetr, plain_decimal};
use time::{Date, Month};

use crate::{Message, Rule, document::Element, finding::Findings};

/// Checks every element of the document that is of its namespace, and so not a foreign addition.
pub(crate) fn check(message: &Message<'_, '_>, findings: &mut Findings) {
    let namespace = message.document.namespace();
    let is_cash = matches!(message.id.area(), "pacs" | "pain" | "camt");
    for element in message.document.descendants().filter(|element| element.namespace() == namespace) {
        match value(element) {
            // Prices and rates per unit, which securities messages also write as amounts, have more decimals than money.
            Err(Rule::AmountDecimals) if !is_cash && !is_settled(element) => {}
            Err(rule) => findings.add(element, rule),
            Ok(()) => {}
        }
    }
}

/// Whether an amount of a securities message is paid, and not a price.
fn is_settled(amount: Element<'_, '_>) -> bool {
    amount.parent().is_some_and(|parent| matches!(parent.local(), "SttlmAmt" | "SttldAmt"))
}

fn value(element: Element<'_, '_>) -> Result<(), Rule> {
    if let Some(currency) = element.attribute("Ccy") {
        return amount(currency, element.text()).map(drop);
    }
    let text = element.text();
    if text.is_empty() {
        return Ok(());
    }
    match element.local() {
        "BICFI" | "BIC" | "BICOrBEI" | "AnyBIC" => text.parse::<Bic>().map(drop).map_err(|_| Rule::Bic),
        "IBAN" => text.parse::<Iban>().map(drop).map_err(|_| Rule::Iban),
        "LEI" => text.parse::<Lei>().map(drop).map_err(|_| Rule::Lei),
        "ISIN" => text.parse::<Isin>().map(drop).map_err(|_| Rule::Isin),
        "UETR" | "OrgnlUETR" => text.parse::<Uetr>().map(drop).map_err(|_| Rule::Uetr),
        "Ctry" | "CtryOfRes" | "CtryOfBirth" => text.parse::<Country>().map(drop).map_err(|_| Rule::Country),
        "Ccy" | "SrcCcy" | "TrgtCcy" | "UnitCcy" => text.parse::<Currency>().map(drop).map_err(|_| Rule::Currency),
        "IntrBkSttlmDt" | "ReqdExctnDt" | "OrgnlIntrBkSttlmDt" | "BirthDt" | "SttlmDt" | "Dt" => {
            date(text).map(drop).ok_or(Rule::Date)
        }
        _ => Ok(()),
    }
}

/// The amount that a text and a currency code say.
///
/// # Errors
/// The rule that they break.
pub(crate) fn amount(currency: &str, text: &str) -> Result<Amount, Rule> {
    let currency: Currency = currency.parse().map_err(|_| Rule::Currency)?;
    let value = plain_decimal(text).map_err(|_| Rule::Amount)?;
    let rule = |error| if error == causeway_identifiers::Error::Decimals { Rule::AmountDecimals } else { Rule::Amount };
    Amount::new(currency, value).map_err(rule)
}

/// A date, whatever zone or time of day follows it: `2026-07-22`, `2026-07-22+02:00`, `2026-07-22T09:15:00Z`.
pub(crate) fn date(text: &str) -> Option<Date> {
    let (day, rest) = text.split_at_checked(10)?;
    let mut parts = day.split('-');
    let is_digits = |part: &&str| part.bytes().all(|byte| byte.is_ascii_digit());
    let mut number = |length| parts.next().filter(is_digits).filter(|part| part.len() == length)?.parse::<u16>().ok();
    let (year, month, day) = (number(4)?, number(2)?, number(2)?);
    let is_right = rest.is_empty() || rest.starts_with(['T', 'Z', '+', '-']);
    let month = Month::try_from(u8::try_from(month).ok()?).ok().filter(|_| is_right)?;
    Date::from_calendar_date(i32::from(year), month, u8::try_from(day).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tok_4_a_date_is_read_with_and_without_zone() {
        for text in ["2026-07-22", "2026-07-22Z", "2026-07-22+02:00", "2026-07-22T09:15:00.123+02:00"] {
            assert_eq!(date(text).unwrap().to_string(), "2026-07-22", "{text}");
        }
        for bad in ["", "2026-02-29", "2026-13-01", "26-07-22", "2026/07/22", "2026-07-22x", "+026-07-22", "2026-07-2é"]
        {
            assert_eq!(date(bad), None, "{bad}");
        }
    }

    #[test]
    fn tok_10_amounts_are_exact_or_refused() {
        assert_eq!(amount("EUR", "10.50").unwrap().to_string(), "EUR 10.50");
        for (currency, text, rule) in [
            ("ZZZ", "1", Rule::Currency),
            ("EUR", "1e5", Rule::Amount),
            ("EUR", "NaN", Rule::Amount),
            ("EUR", "-1", Rule::Amount),
            ("EUR", "1,5", Rule::Amount),
            ("EUR", "", Rule::Amount),
            ("EUR", "1.005", Rule::AmountDecimals),
            ("JPY", "1.5", Rule::AmountDecimals),
            ("EUR", "12345678901234567890", Rule::Amount),
        ] {
            assert_eq!(amount(currency, text), Err(rule), "{currency} {text}");
        }
    }
}
