//! The numbered lines of 50F and 59F: `1/NAME`, `2/ADDRESS`, `3/COUNTRY/TOWN` and so on.

use causeway_identifiers::Country;

use crate::{field::long_date, finding::Rule};

const FORM: Rule = Rule { code: "T56", text: "numbered lines start with 1/, rise, and repeat only 1, 2 and 3" };
const PAIRED: Rule = Rule { code: "T56", text: "number 2 comes with 3, number 4 with 5" };
const COUNTRY: Rule =
    Rule { code: "T73", text: "the first line 3, and lines 5, 6 and 7, begin with a country of ISO 3166" };
const BIRTH: Rule = Rule { code: "T50", text: "line 4 is a date of birth, YYYYMMDD" };

/// Checks all lines of the details.
///
/// # Errors
/// The first rule that they break.
pub(crate) fn check_numbered(text: &str) -> Result<(), Rule> {
    let mut last = 0;
    let mut seen = [false; 10];
    for line in text.lines() {
        let (number, details) = numbered(line).ok_or(FORM)?;
        let is_again = seen.get(usize::from(number)).copied().unwrap_or_default();
        if number == 0 || number > 8 || number < last || (last == 0 && number != 1) || (is_again && number > 3) {
            return Err(FORM);
        }
        check_line(number, details, is_again)?;
        last = number;
        if let Some(place) = seen.get_mut(usize::from(number)) {
            *place = true;
        }
    }
    let [_, _, second, third, fourth, fifth, ..] = seen;
    if (second && !third) || fourth != fifth { Err(PAIRED) } else { Ok(()) }
}

fn check_line(number: u8, details: &str, is_again: bool) -> Result<(), Rule> {
    match number {
        3 if !is_again => starts_with_country(details),
        4 => long_date(details).filter(|_| details.len() == 8).map(drop).ok_or(BIRTH),
        5..=7 => starts_with_country(details),
        _ => Ok(()),
    }
}

/// `CC` alone or `CC/…`.
fn starts_with_country(details: &str) -> Result<(), Rule> {
    let country = details.split('/').next().unwrap_or_default();
    country.parse::<Country>().map(drop).map_err(|_| COUNTRY)
}

/// The number and what follows its slash.
pub(crate) fn numbered(line: &str) -> Option<(u8, &str)> {
    let (number, details) = line.split_once('/')?;
    let is_digit = number.len() == 1 && number.bytes().all(|byte| byte.is_ascii_digit());
    Some((number.parse().ok().filter(|_| is_digit)?, details))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tok_5_numbered_lines_follow_their_rules() {
        for good in ["1/A", "1/A\r\n1/B\r\n2/C\r\n3/DE/BERLIN", "1/A\n2/B\n3/GB\n3/LONDON", "1/A\n4/19700101\n5/DE/X"] {
            assert_eq!(check_numbered(good), Ok(()), "{good:?}");
        }
        let bad = [
            ("A", "T56"),
            ("2/B\n3/DE", "T56"),
            ("1/A\n2/B", "T56"),
            ("1/A\n3/ZZ/X", "T73"),
            ("1/A\n3/DE\n2/B", "T56"),
            ("1/A\n4/19701301\n5/DE/X", "T50"),
            ("1/A\n4/19700101", "T56"),
            ("1/A\n5/D1/X", "T73"),
            ("1/A\n9/X", "T56"),
            ("11/A", "T56"),
        ];
        for (text, code) in bad {
            assert_eq!(check_numbered(text).unwrap_err().code, code, "{text:?}");
        }
    }
}
