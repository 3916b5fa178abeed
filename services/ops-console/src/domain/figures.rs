//! Numbers as people read them. Figures come as the digits that the services state, and are moved and grouped as text: no
//! amount passes through a number that could not hold it.

/// Digits of the longest number that any contract here states: 2²⁵⁶ has 78, and a price some more behind the point.
const LONGEST: usize = 120;

/// Shown for what is stated and is no number.
const NO_NUMBER: &str = "no number";

/// Sign, digits before the point, digits behind it.
struct Parts<'a> {
    minus: bool,
    whole: &'a str,
    rest: &'a str,
}

fn parts(text: &str) -> Option<Parts<'_>> {
    let (minus, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (whole, rest) = digits.split_once('.').unwrap_or((digits, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_number = !whole.is_empty() && text.len() <= LONGEST && is_digits(whole) && is_digits(rest);
    is_number.then_some(Parts { minus, whole, rest })
}

/// An integer or a decimal number with its thousands apart, exactly as stated otherwise.
pub fn grouped(text: &str) -> String {
    parts(text).map_or_else(|| NO_NUMBER.to_owned(), |parts| written(parts.minus, parts.whole, parts.rest))
}

/// An integer number of smallest units as whole ones: the point moved by `decimals`, no zeros at the end.
pub fn fixed(text: &str, decimals: u32) -> String {
    let Some(parts) = parts(text).filter(|parts| parts.rest.is_empty()) else { return NO_NUMBER.to_owned() };
    let Ok(decimals) = usize::try_from(decimals.min(255)) else { return NO_NUMBER.to_owned() };
    let padded = format!("{:0>width$}", parts.whole, width = decimals.saturating_add(1));
    let (whole, rest) = padded.split_at(padded.len().saturating_sub(decimals));
    let whole = Some(whole.trim_start_matches('0')).filter(|whole| !whole.is_empty()).unwrap_or("0");
    written(parts.minus, whole, rest.trim_end_matches('0'))
}

fn written(minus: bool, whole: &str, rest: &str) -> String {
    let mut text = String::from(if minus { "−" } else { "" });
    for (place, digit) in whole.chars().enumerate() {
        let left = whole.len().saturating_sub(place);
        if place > 0 && left.checked_rem(3) == Some(0) {
            text.push(',');
        }
        text.push(digit);
    }
    if !rest.is_empty() {
        text.push('.');
        text.push_str(rest);
    }
    text
}

/// A number in units of 10⁻ᵖˡᵃᶜᵉˢ, cut behind them: for drawing, where a pixel is far more than what is cut. `None` for what
/// is no number, or for one too large to be drawn beside others.
pub fn scaled(text: &str, places: u32) -> Option<i128> {
    /// Leaves room to multiply by the size of a picture.
    const DRAWABLE: usize = 30;
    let parts = parts(text)?;
    let places = usize::try_from(places).ok()?;
    let rest: String = parts.rest.chars().chain(std::iter::repeat('0')).take(places).collect();
    let digits = format!("{}{rest}", parts.whole);
    let value: i128 = Some(digits.trim_start_matches('0'))
        .filter(|digits| digits.len() <= DRAWABLE)
        .map(|digits| if digits.is_empty() { Some(0) } else { digits.parse().ok() })??;
    Some(if parts.minus { value.saturating_neg() } else { value })
}

/// Parts of a million as percent with three digits, rounded down: 99.9996 % is not 100 %.
pub fn percent(ppm: u64) -> String {
    let whole = ppm.checked_div(10_000).unwrap_or_default();
    let rest = ppm.checked_rem(10_000).and_then(|rest| rest.checked_div(10)).unwrap_or_default();
    format!("{whole}.{rest:03} %")
}

/// How far a price is from another, of that other, in percent with three digits, rounded down towards it. `None` for what is no
/// price.
pub fn deviation(from: &str, to: &str) -> Option<String> {
    /// As fine as prices here are.
    const PLACES: u32 = 12;
    /// Thousandths of a percent.
    const WHOLE: i128 = 100_000;
    let (from, to) = (scaled(from, PLACES)?, scaled(to, PLACES)?);
    let apart = to.checked_sub(from)?.checked_mul(WHOLE)?.checked_div(from).filter(|_| from > 0)?;
    let sign = if apart < 0 { "−" } else { "+" };
    Some(format!(
        "{sign}{} %",
        written(
            false,
            &apart.unsigned_abs().checked_div(1_000)?.to_string(),
            &format!("{:03}", apart.unsigned_abs().checked_rem(1_000)?)
        )
    ))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ops_1_amounts_are_shown_to_the_last_unit() {
        for (units, decimals, shown) in [
            ("0", 18, "0"),
            ("1", 18, "0.000000000000000001"),
            ("1234567890000000000000", 18, "1,234.56789"),
            ("-107219000", 8, "−1.07219"),
            ("1000000", 0, "1,000,000"),
            ("999", 2, "9.99"),
        ] {
            assert_eq!(fixed(units, decimals), shown);
        }
        assert_eq!((grouped("1.07219000").as_str(), grouped("-1000").as_str()), ("1.07219000", "−1,000"));
    }

    #[test]
    fn ops_1_what_is_no_number_is_said_to_be_none() {
        for strange in ["", "-", "1e9", "<b>", "1.2.3", "NaN", &"9".repeat(500)] {
            assert_eq!((grouped(strange).as_str(), fixed(strange, 2).as_str()), (NO_NUMBER, NO_NUMBER), "{strange}");
            assert_eq!(scaled(strange, 2), None);
        }
        assert_eq!(fixed("1.5", 2), NO_NUMBER, "smallest units are whole");
        assert_eq!(percent(999_999), "99.999 %");
    }

    #[test]
    fn orc_deviation_is_of_the_answer_on_chain() {
        assert_eq!(deviation("1.07219", "1.08291"), Some("+0.999 %".to_owned()));
        assert_eq!(deviation("2", "1"), Some("−50.000 %".to_owned()));
        assert_eq!(deviation("1", "2500"), Some("+249,900.000 %".to_owned()));
        assert_eq!((deviation("0", "1"), deviation("-1", "1"), deviation("x", "1")), (None, None, None));
    }

    proptest! {
        #[test]
        fn a_number_drawn_is_the_number_stated(whole in 0_u64.., rest in 0_u32..1_000_000) {
            let text = format!("{whole}.{rest:06}");
            prop_assert_eq!(scaled(&text, 6), Some(i128::from(whole) * 1_000_000 + i128::from(rest)));
            prop_assert_eq!(grouped(&text).replace(',', ""), text);
        }

        #[test]
        fn moving_the_point_loses_nothing(units in any::<u128>(), decimals in 0_u32..40) {
            let shown = fixed(&units.to_string(), decimals).replace(',', "");
            let (whole, rest) = shown.split_once('.').unwrap_or((&shown, ""));
            let back = format!("{whole}{rest:0<width$}", width = decimals as usize);
            prop_assert_eq!(back.parse::<u128>().unwrap(), units);
        }
    }
}
