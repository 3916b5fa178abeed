//! Numbers as FIN writes them: digits, a comma that is never left out, digits.

use causeway_identifiers::{Amount, Currency, Decimal, plain_decimal};

use crate::finding::Rule;

const COMMA: Rule = Rule { code: "T43", text: "a number has one decimal comma, also when nothing follows it" };
const DIGIT: Rule = Rule { code: "T40", text: "a number has at least one digit before its comma" };
const DECIMALS: Rule = Rule { code: "C03", text: "an amount has no more decimals than its currency" };
const WIDE: Rule = Rule { code: "T33", text: "a number has at most 18 digits" };

/// The number that a text stands for, exactly: `1234,5`, `1234,`. No sign, no point, no exponent.
///
/// # Errors
/// The rule that it breaks (T40, T43).
pub fn number(text: &str) -> Result<Decimal, Rule> {
    let (whole, decimals) = text.split_once(',').ok_or(COMMA)?;
    if decimals.contains(',') || !decimals.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(COMMA);
    }
    if whole.is_empty() || !whole.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(DIGIT);
    }
    let plain = if decimals.is_empty() { plain_decimal(whole) } else { plain_decimal(&text.replacen(',', ".", 1)) };
    plain.map_err(|_| WIDE)
}

/// An amount of a currency, exactly.
///
/// # Errors
/// The rule that it breaks (T40, T43, C03).
pub fn amount(currency: Currency, text: &str) -> Result<Amount, Rule> {
    Amount::new(currency, number(text)?).map_err(|_| DECIMALS)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tok_5_a_number_has_a_comma_and_a_digit_before_it() {
        for (text, value) in [("1234567,89", "1234567.89"), ("100,", "100"), ("0,", "0"), ("7,50", "7.50")] {
            assert_eq!(number(text).unwrap().to_string(), value);
        }
        for bad in ["100", "1,2,3", "1.5", "NaN", "inf", "1e5", "-1,", "+1,", "1 ,", ""] {
            assert!(matches!(number(bad).unwrap_err().code, "T43" | "T40"), "{bad:?}");
        }
        assert_eq!(number(",5").unwrap_err(), DIGIT);
        assert_eq!(number("12a,5").unwrap_err(), DIGIT);
    }

    #[test]
    fn tok_5_decimals_follow_the_currency() {
        let amount = |code: &str, text: &str| amount(code.parse().unwrap(), text);
        for (code, text) in [("JPY", "100,"), ("KWD", "1,234"), ("CLF", "1,2345"), ("EUR", "0,01")] {
            assert!(amount(code, text).is_ok(), "{code} {text}");
        }
        for (code, text) in [("JPY", "100,5"), ("JPY", "100,0"), ("KWD", "1,2345"), ("EUR", "0,001")] {
            assert_eq!(amount(code, text).unwrap_err().code, "C03", "{code} {text}");
        }
    }

    proptest! {
        #[test]
        fn tok_10_no_text_makes_a_number_panic(text in "[0-9,.NE+-]{0,40}") {
            let _ = number(&text);
        }
    }
}
