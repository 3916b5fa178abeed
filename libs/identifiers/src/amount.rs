//! Exact amounts of money and quantities of instruments.
//!
//! ISO 20022 allows 18 digits, FIN 15 characters; a 96-bit decimal holds 28. So nothing that a message can say
//! is ever rounded here, and what would need rounding is refused.

use std::fmt;

use rust_decimal::Decimal;

use crate::{Currency, Error};

/// Digits of the widest amount or quantity that either standard can express.
const MAX_DIGITS: usize = 18;

/// The number that a text of digits with at most one point stands for, exactly and with its scale: `1.50` keeps
/// its zero.
///
/// Stricter than `Decimal::from_str`, which takes `1_000`, `+1`, `.5` and rounds what is too long.
///
/// # Errors
/// [`Error::Number`] for anything else, [`Error::Digits`] above 18 digits.
pub fn plain_decimal(text: &str) -> Result<Decimal, Error> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(whole) || !is_digits(decimals) {
        return Err(Error::Number);
    }
    let digits = text.trim_start_matches('0').bytes().filter(u8::is_ascii_digit).count();
    if digits > MAX_DIGITS || text.len() > 40 {
        return Err(Error::Digits);
    }
    Decimal::from_str_exact(text).map_err(|_| Error::Number)
}

/// So many units of an instrument: not negative, at most 18 digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quantity(Decimal);

impl Quantity {
    /// # Errors
    /// [`Error::Negative`] below zero, [`Error::Digits`] above 18 digits.
    pub fn new(value: Decimal) -> Result<Self, Error> {
        if value.is_sign_negative() && !value.is_zero() {
            return Err(Error::Negative);
        }
        // 10^18 is the first whole number of 19 digits; the mantissa counts decimals too.
        if value.mantissa().unsigned_abs() >= 10_u128.pow(18) { Err(Error::Digits) } else { Ok(Self(value)) }
    }

    /// The number, with the scale it was written with.
    pub const fn value(self) -> Decimal {
        self.0
    }

    /// How many smallest units of a token with so many decimals this is.
    ///
    /// # Errors
    /// [`Error::Decimals`] when a remainder would be left: nothing is rounded. [`Error::Overflow`] beyond 128 bits.
    pub fn to_units(self, decimals: u32) -> Result<u128, Error> {
        let value = self.0.normalize();
        let missing = decimals.checked_sub(value.scale()).ok_or(Error::Decimals)?;
        let factor = 10_u128.checked_pow(missing).ok_or(Error::Overflow)?;
        value.mantissa().unsigned_abs().checked_mul(factor).ok_or(Error::Overflow)
    }
}

/// An amount of one currency: not negative (debit or credit is said beside it), with no more decimals than the
/// currency has, and at most 18 digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Amount {
    currency: Currency,
    quantity: Quantity,
}

impl Amount {
    /// # Errors
    /// [`Error::Negative`], [`Error::Digits`], or [`Error::Decimals`]: `JPY 1.5`, but also `JPY 1.0`, because the
    /// standards count the digits that are written.
    pub fn new(currency: Currency, value: Decimal) -> Result<Self, Error> {
        if currency.decimals().is_some_and(|allowed| value.scale() > allowed) {
            return Err(Error::Decimals);
        }
        Ok(Self { currency, quantity: Quantity::new(value)? })
    }

    /// Of which currency.
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// How much, with the scale it was written with.
    pub const fn value(self) -> Decimal {
        self.quantity.value()
    }

    /// Whether there is nothing.
    pub const fn is_zero(self) -> bool {
        self.value().is_zero()
    }

    /// # Errors
    /// [`Error::Mixed`] for two currencies, [`Error::Digits`] when the sum is too wide.
    pub fn checked_add(self, other: Self) -> Result<Self, Error> {
        if self.currency != other.currency {
            return Err(Error::Mixed);
        }
        let sum = self.value().checked_add(other.value()).ok_or(Error::Overflow)?;
        Self::new(self.currency, sum)
    }

    /// How many smallest units of a token with so many decimals this is.
    ///
    /// # Errors
    /// Those of [`Quantity::to_units`].
    pub fn to_units(self, decimals: u32) -> Result<u128, Error> {
        self.quantity.to_units(decimals)
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.currency, self.quantity)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn amount(code: &str, text: &str) -> Result<Amount, Error> {
        Amount::new(code.parse()?, plain_decimal(text)?)
    }

    #[test]
    fn tok_7_an_amount_has_the_decimals_of_its_currency_or_is_refused() {
        assert_eq!(amount("EUR", "1234567.89").unwrap().to_string(), "EUR 1234567.89");
        assert_eq!(amount("KWD", "1.234").unwrap().value().scale(), 3);
        assert_eq!(amount("XAU", "1.23456").unwrap().value().scale(), 5);
        for (code, text) in [("JPY", "100.5"), ("JPY", "100.0"), ("EUR", "1.001"), ("KWD", "1.2345")] {
            assert_eq!(amount(code, text), Err(Error::Decimals), "{code} {text}");
        }
        assert_eq!(Amount::new(Currency::EUR, Decimal::NEGATIVE_ONE), Err(Error::Negative));
    }

    #[test]
    fn tok_10_what_a_float_parser_takes_is_no_number_here() {
        for bad in ["", ".", "1.", ".5", "1e5", "NaN", "inf", "+1", "-1", "1_000", "1,5", " 1", "1.2.3", "١"] {
            assert_eq!(plain_decimal(bad), Err(Error::Number), "{bad:?}");
        }
        for wide in ["1234567890123456789", "0.1234567890123456789"] {
            assert_eq!(plain_decimal(wide), Err(Error::Digits), "{wide}");
        }
        assert_eq!(plain_decimal("000000000000000000000001.50").unwrap().to_string(), "1.50");
    }

    #[test]
    fn tok_10_units_of_a_token_are_exact_or_refused() {
        assert_eq!(amount("EUR", "12.30").unwrap().to_units(6).unwrap(), 12_300_000);
        assert_eq!(amount("EUR", "12.30").unwrap().to_units(1).unwrap(), 123);
        assert_eq!(amount("EUR", "12.34").unwrap().to_units(1), Err(Error::Decimals));
        assert_eq!(amount("EUR", "9999999999999999.99").unwrap().to_units(30), Err(Error::Overflow));
    }

    #[test]
    fn tok_7_sums_stay_in_one_currency() {
        let (one, yen) = (amount("EUR", "0.10").unwrap(), amount("JPY", "1").unwrap());
        assert_eq!(one.checked_add(one).unwrap().to_string(), "EUR 0.20");
        assert_eq!(one.checked_add(yen), Err(Error::Mixed));
        let most = amount("EUR", "9999999999999999.99").unwrap();
        assert_eq!(most.checked_add(most), Err(Error::Digits));
    }

    proptest! {
        #[test]
        fn tok_10_every_text_is_a_number_or_an_error(text in "[0-9.,eE+_-]{0,45}") {
            if let Ok(number) = plain_decimal(&text) {
                prop_assert_eq!(plain_decimal(&number.to_string()), Ok(number));
            }
        }

        #[test]
        fn tok_7_units_are_the_amount(cents in 0_u64..10_000_000_000_000_000, more in 0_u32..10) {
            let amount = Amount::new(Currency::USD, Decimal::new(i64::try_from(cents).unwrap(), 2)).unwrap();
            let expected = u128::from(cents).checked_mul(10_u128.pow(more));
            prop_assert_eq!(amount.to_units(more.saturating_add(2)).ok(), expected);
        }
    }
}
