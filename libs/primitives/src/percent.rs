//! Parts per million: how thresholds, weights and spreads are counted.
//!
//! Operators write percent (`0.5`); a percent with at most four decimals is an exact number of parts
//! per million, and every comparison is one integer multiplication, never a division.

use std::fmt;

use alloy_primitives::U256;
use rust_decimal::Decimal;

/// Why a text is no share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PpmError {
    /// Not a decimal, negative, or finer than four decimals of a percent.
    #[error("a percentage of at most four decimals, zero or above")]
    Malformed,
}

/// A share in parts per million: 1 % is 10,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ppm(u64);

impl Ppm {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The whole: 100 %.
    pub const WHOLE: Self = Self(1_000_000);

    /// So many parts per million.
    pub const fn new(parts: u64) -> Self {
        Self(parts)
    }

    /// The parts.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// Reads a percentage: `"0.5"` is 5,000 ppm.
    ///
    /// # Errors
    /// [`PpmError::Malformed`] when it is not exactly a whole number of ppm.
    pub fn from_percent(text: &str) -> Result<Self, PpmError> {
        let percent = Decimal::from_str_exact(text.trim()).map_err(|_| PpmError::Malformed)?;
        let parts = percent.checked_mul(Decimal::from(10_000)).ok_or(PpmError::Malformed)?;
        if !parts.fract().is_zero() {
            return Err(PpmError::Malformed);
        }
        u64::try_from(parts.mantissa().checked_div(10_i128.pow(parts.scale())).unwrap_or(-1))
            .map(Self)
            .map_err(|_| PpmError::Malformed)
    }

    /// The share that `part` is of `whole`, rounded down; the largest share when `whole` is zero or the
    /// quotient does not fit.
    pub fn of(part: U256, whole: U256) -> Self {
        part.checked_mul(U256::from(1_000_000_u64))
            .and_then(|scaled| scaled.checked_div(whole))
            .and_then(|parts| u64::try_from(parts).ok())
            .map_or(Self(u64::MAX), Self)
    }

    /// `value × self`, half-even at the 28th digit; `None` on overflow.
    pub fn share_of(self, value: Decimal) -> Option<Decimal> {
        value.checked_mul(Decimal::from_i128_with_scale(i128::from(self.0), 6))
    }
}

impl fmt::Display for Ppm {
    /// As a percentage without trailing zeros: `0.5`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Decimal::from_i128_with_scale(i128::from(self.0), 4).normalize())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ora_9_percentages_are_read_exactly() {
        for (text, parts) in [("0.5", 5_000), ("100", 1_000_000), ("0.0001", 1), ("0", 0), ("12.3400", 123_400)] {
            assert_eq!(Ppm::from_percent(text), Ok(Ppm::new(parts)), "{text}");
        }
        for text in ["0.00001", "-1", "abc", "", "1e2", "79228162514264337593543950335"] {
            assert_eq!(Ppm::from_percent(text), Err(PpmError::Malformed), "{text}");
        }
        assert_eq!(Ppm::new(5_000).to_string(), "0.5");
    }

    #[test]
    fn a_share_of_nothing_is_the_largest_share() {
        assert_eq!(Ppm::of(U256::from(1), U256::ZERO), Ppm::new(u64::MAX));
        assert_eq!(Ppm::of(U256::from(1), U256::from(200)), Ppm::new(5_000));
        assert_eq!(Ppm::of(U256::MAX, U256::from(1)), Ppm::new(u64::MAX));
    }
}
