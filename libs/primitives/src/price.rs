//! A market price: a strictly positive decimal of at most 28 significant digits.
//!
//! Read from text exactly (a venue's JSON number or string), never through a float. Multiplication and
//! division round half-even at the 28th digit, which is the only rounding a price ever sees before it
//! becomes an [`Answer`](crate::Answer).

use std::{fmt, str::FromStr};

use rust_decimal::{Decimal, RoundingStrategy};

/// Why a text or a computation gave no price.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PriceError {
    /// Not a decimal number, or more digits than 28.
    #[error("not an exact decimal of at most 28 digits")]
    Malformed,
    /// Zero or below: no market trades there, so it is a fault of the source.
    #[error("a price is above zero")]
    NotPositive,
    /// The result does not fit 28 digits before the decimal point, or is smaller than 10⁻²⁸.
    #[error("the result is outside the range of a price")]
    OutOfRange,
}

/// A strictly positive price.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Price(Decimal);

impl Price {
    /// The price of a thing in itself: the neutral element of a route.
    pub const ONE: Self = Self(Decimal::ONE);

    /// # Errors
    /// [`PriceError::NotPositive`] for zero and below.
    pub fn new(value: Decimal) -> Result<Self, PriceError> {
        if value > Decimal::ZERO { Ok(Self(value.normalize())) } else { Err(PriceError::NotPositive) }
    }

    /// The decimal, with trailing zeros removed.
    pub const fn get(self) -> Decimal {
        self.0
    }

    /// # Errors
    /// [`PriceError::OutOfRange`] when the product has no representation.
    pub fn checked_mul(self, other: Self) -> Result<Self, PriceError> {
        let product = self.0.checked_mul(other.0).ok_or(PriceError::OutOfRange)?;
        Self::new(product).map_err(|_| PriceError::OutOfRange)
    }

    /// # Errors
    /// [`PriceError::OutOfRange`] when the quotient has no representation.
    pub fn checked_div(self, other: Self) -> Result<Self, PriceError> {
        let quotient = self.0.checked_div(other.0).ok_or(PriceError::OutOfRange)?;
        Self::new(quotient).map_err(|_| PriceError::OutOfRange)
    }

    /// The price in the middle of two, without overflow: `low + (high − low) / 2`.
    ///
    /// Exact unless the 28 digits are used up; then half-even.
    pub fn midpoint(self, other: Self) -> Self {
        let (low, high) = if self.0 <= other.0 { (self.0, other.0) } else { (other.0, self.0) };
        // Neither step can overflow: the gap is no larger than `high`, the sum no larger than `high`.
        let half_gap = high.saturating_sub(low).checked_div(Decimal::TWO).unwrap_or(Decimal::ZERO);
        Self(low.saturating_add(half_gap).normalize())
    }

    /// The distance between two prices, in units of the quote.
    pub fn distance(self, other: Self) -> Decimal {
        self.0.saturating_sub(other.0).abs()
    }

    /// Rounded half-even to so many decimal places; `None` when that leaves zero.
    pub fn round(self, places: u32) -> Option<Self> {
        Self::new(self.0.round_dp_with_strategy(places, RoundingStrategy::MidpointNearestEven)).ok()
    }
}

impl FromStr for Price {
    type Err = PriceError;

    /// Accepts plain (`1.0716`) and scientific (`1.2e-05`) notation, as JSON numbers come in both.
    fn from_str(text: &str) -> Result<Self, PriceError> {
        // A price has 28 digits, a sign and an exponent at most; longer text is an attack or a fault.
        if text.is_empty() || text.len() > 64 {
            return Err(PriceError::Malformed);
        }
        let parsed =
            if text.contains(['e', 'E']) { Decimal::from_scientific(text) } else { Decimal::from_str_exact(text) };
        Self::new(parsed.map_err(|_| PriceError::Malformed)?)
    }
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Price({})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn price(text: &str) -> Price {
        text.parse().expect("a valid price")
    }

    #[test]
    fn ora_9_reads_decimal_text_exactly() {
        for text in ["1.0716", "0.00141342", "27123.1234567890123", "1234567890123456789012345678"] {
            assert_eq!(price(text).to_string(), text);
        }
        assert_eq!(price("1.2e-05").to_string(), "0.000012");
        assert_eq!(price("6.5E4").to_string(), "65000");
        assert_eq!(price("1.50"), price("1.5"));
    }

    #[test]
    fn ora_9_refuses_what_is_no_exact_positive_decimal() {
        let too_many =
            ["0.12345678901234567890123456789", "1.12345678901234567890123456789e-5", "1e-29", "1e99", "1e", "e5"];
        for text in ["", "abc", "1,5", "NaN", "inf", "0x10", " 1", &"9".repeat(65)].into_iter().chain(too_many) {
            assert_eq!(text.parse::<Price>(), Err(PriceError::Malformed), "{text:?}");
        }
        for text in ["0", "-1", "0.000", "-0.5e3"] {
            assert_eq!(text.parse::<Price>(), Err(PriceError::NotPositive), "{text:?}");
        }
    }

    #[test]
    fn midpoint_of_the_largest_prices_does_not_overflow() {
        let top = price("79228162514264337593543950335");
        assert_eq!(top.midpoint(top), top);
        assert_eq!(price("1").midpoint(price("2")), price("1.5"));
    }

    proptest! {
        #[test]
        fn midpoint_lies_between_and_is_symmetric(a in 1u64.., b in 1u64..) {
            let (a, b) = (Price::new(a.into()).unwrap(), Price::new(b.into()).unwrap());
            let middle = a.midpoint(b);
            prop_assert_eq!(middle, b.midpoint(a));
            prop_assert!(a.min(b) <= middle && middle <= a.max(b));
        }
    }
}
