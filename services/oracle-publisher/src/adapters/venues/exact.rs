//! Reads prices and times out of JSON text without a detour over binary floating point.
//!
//! A venue's number is kept as the text that it sent; [`Price`] reads that text. Which field holds what
//! is the business of the dialects.

use causeway_primitives::{Decimal, Price, PriceError, TimeError, Timestamp};
use serde::Deserialize;
use serde_json::value::RawValue;

/// The longest text that can be a number or a time: longer ones are refused unread.
const MAX_TEXT: usize = 64;

/// A JSON number, or a JSON string that holds a number or a time, still in the sender's digits.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(transparent)]
pub(crate) struct Text<'a>(#[serde(borrow)] &'a RawValue);

impl<'a> Text<'a> {
    /// A value that was found by other means than a field.
    pub(crate) const fn new(raw: &'a RawValue) -> Self {
        Self(raw)
    }

    /// The characters between the quotes, or of the number; `None` for anything else, escapes included,
    /// because no number and no time needs one.
    fn characters(self) -> Option<&'a str> {
        let raw = self.0.get();
        let text = match raw.strip_prefix('"') {
            Some(rest) => rest.strip_suffix('"').filter(|inner| !inner.contains('\\'))?,
            None => raw.strip_prefix('-').unwrap_or(raw).starts_with(|c: char| c.is_ascii_digit()).then_some(raw)?,
        };
        (text.len() <= MAX_TEXT).then_some(text)
    }

    /// # Errors
    /// [`PriceError`] when it is no exact decimal above zero.
    pub(crate) fn price(self) -> Result<Price, PriceError> {
        self.characters().ok_or(PriceError::Malformed)?.parse()
    }

    /// # Errors
    /// [`TimeError`] when it is not written that way.
    pub(crate) fn time(self, format: TimeFormat) -> Result<Timestamp, TimeError> {
        format.read(self.characters().ok_or(TimeError::Malformed)?)
    }
}

/// How a venue writes its times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TimeFormat {
    /// Seconds since the epoch, with or without a fraction.
    Seconds,
    /// Milliseconds since the epoch.
    Milliseconds,
    /// Microseconds since the epoch.
    Microseconds,
    /// `2017-04-19T09:00:00.123Z`.
    Rfc3339,
}

impl TimeFormat {
    /// Each of them.
    pub const ALL: [Self; 4] = [Self::Seconds, Self::Milliseconds, Self::Microseconds, Self::Rfc3339];

    /// The name in configurations.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Seconds => "seconds",
            Self::Milliseconds => "milliseconds",
            Self::Microseconds => "microseconds",
            Self::Rfc3339 => "rfc3339",
        }
    }

    /// The format of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.as_str() == name)
    }

    /// Digits below the millisecond are cut off.
    fn read(self, text: &str) -> Result<Timestamp, TimeError> {
        let scale = match self {
            Self::Seconds => Decimal::ONE_THOUSAND,
            Self::Milliseconds => Decimal::ONE,
            Self::Microseconds => Decimal::from_i128_with_scale(1, 3),
            Self::Rfc3339 => return Timestamp::from_rfc3339(text),
        };
        let count = Decimal::from_str_exact(text).map_err(|_| TimeError::Malformed)?;
        let millis = count.checked_mul(scale).ok_or(TimeError::Malformed)?.trunc();
        Timestamp::from_millis(u64::try_from(millis).map_err(|_| TimeError::Malformed)?)
    }
}

/// What a stranger wrote, made fit for a log line: printable ASCII, at most 80 characters.
pub(crate) fn excerpt(text: &str) -> String {
    text.chars().take(80).map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price(json: &str) -> Result<String, PriceError> {
        let raw: &RawValue = serde_json::from_str(json).expect("JSON");
        Text::new(raw).price().map(|price| price.to_string())
    }

    #[test]
    fn ora_9_numbers_and_strings_keep_every_digit_of_the_sender() {
        // Binary floating point keeps 15 to 17 of these digits.
        assert_eq!(price("27123.1234567890123456").as_deref(), Ok("27123.1234567890123456"));
        assert_eq!(price("\"0.1234567890123456789015\"").as_deref(), Ok("0.1234567890123456789015"));
        assert_eq!(price("1.0716e0").as_deref(), Ok("1.0716"));
    }

    #[test]
    fn what_is_no_number_is_no_price() {
        for json in ["null", "true", "[1]", "{\"a\":1}", "\"\"", "\"1\\u0031\"", "\" 1\"", "\"NaN\""] {
            assert_eq!(price(json), Err(PriceError::Malformed), "{json}");
        }
        for json in ["0", "-1.5", "\"0.00\""] {
            assert_eq!(price(json), Err(PriceError::NotPositive), "{json}");
        }
    }

    #[test]
    fn ora_7_every_notation_of_a_time_that_venues_mix_is_read() {
        let expected = Timestamp::from_millis(1_675_329_600_138);
        for (text, format) in [
            ("1675329600138", TimeFormat::Milliseconds),
            ("1675329600.138", TimeFormat::Seconds),
            ("1675329600138914", TimeFormat::Microseconds),
            ("2023-02-02T09:20:00.138914Z", TimeFormat::Rfc3339),
        ] {
            assert_eq!(format.read(text), expected, "{text}");
        }
        for text in ["", "-1", "1e3", "yesterday", "79228162514264337593543950335"] {
            for format in TimeFormat::ALL {
                assert_eq!(format.read(text), Err(TimeError::Malformed), "{text} as {}", format.as_str());
            }
        }
    }

    #[test]
    fn foreign_text_in_a_log_line_is_short_and_printable() {
        assert_eq!(excerpt("a\nb\u{7f}ä"), "a?b??");
        assert_eq!(excerpt(&"x".repeat(500)).len(), 80);
    }
}
