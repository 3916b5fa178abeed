//! Amounts of tokens: whole numbers of the token's smallest unit, made exactly or not at all.

use std::{fmt, str::FromStr};

use causeway_primitives::{Decimal, U256};

/// Why a number is no amount of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnitsError {
    /// Below zero.
    #[error("an amount is not below zero")]
    Negative,
    /// Digits would be lost: nothing is ever rounded.
    #[error("the amount is finer than the token's {decimals} decimals")]
    TooFine {
        /// Of the token.
        decimals: u8,
    },
    /// More than 256 bits.
    #[error("the amount does not fit 256 bits")]
    TooLarge,
    /// A token cannot have so many decimals.
    #[error("a token has at most 77 decimals")]
    Decimals,
    /// Not a whole number in decimal digits.
    #[error("units are decimal digits")]
    Malformed,
}

/// The decimals of a token, 0 to 77: ten to the 77th is the largest power of ten in 256 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenDecimals(u8);

impl TokenDecimals {
    /// # Errors
    /// [`UnitsError::Decimals`] above 77.
    pub const fn new(value: u8) -> Result<Self, UnitsError> {
        if value <= 77 { Ok(Self(value)) } else { Err(UnitsError::Decimals) }
    }

    /// The number.
    pub const fn get(self) -> u8 {
        self.0
    }
}

/// So many smallest units of a token.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Units(U256);

impl Units {
    /// Nothing.
    pub const ZERO: Self = Self(U256::ZERO);
    /// As much as there can be.
    pub const MAX: Self = Self(U256::MAX);

    /// So many.
    pub const fn new(value: U256) -> Self {
        Self(value)
    }

    /// The amount of a message in units of a token.
    ///
    /// # Errors
    /// [`UnitsError::TooFine`] when a digit would be lost, [`UnitsError::TooLarge`], [`UnitsError::Negative`].
    pub fn exact(amount: Decimal, decimals: TokenDecimals) -> Result<Self, UnitsError> {
        let amount = amount.normalize();
        let mantissa = U256::try_from(amount.mantissa()).map_err(|_| UnitsError::Negative)?;
        let missing = u32::from(decimals.get()).checked_sub(amount.scale());
        let missing = missing.ok_or(UnitsError::TooFine { decimals: decimals.get() })?;
        let factor = U256::from(10_u8).checked_pow(U256::from(missing)).ok_or(UnitsError::TooLarge)?;
        mantissa.checked_mul(factor).map(Self).ok_or(UnitsError::TooLarge)
    }

    /// The amount in whole tokens, as text: `1234.5` of a token with six decimals. The way back from [`Self::exact`].
    pub fn to_tokens(self, decimals: TokenDecimals) -> String {
        let places = usize::from(decimals.get());
        let digits = format!("{:0>width$}", self.0.to_string(), width = places.saturating_add(1));
        let (whole, part) = digits.split_at_checked(digits.len().saturating_sub(places)).unwrap_or((&digits, ""));
        let part = part.trim_end_matches('0');
        if part.is_empty() { whole.to_owned() } else { format!("{whole}.{part}") }
    }

    /// The number.
    pub const fn get(self) -> U256 {
        self.0
    }

    /// Whether there is nothing.
    pub fn is_zero(self) -> bool {
        self.0.is_zero()
    }

    /// The sum, unless it does not fit.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The difference, unless it is below zero.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }
}

impl FromStr for Units {
    type Err = UnitsError;

    fn from_str(text: &str) -> Result<Self, UnitsError> {
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(UnitsError::Malformed);
        }
        U256::from_str_radix(text, 10).map(Self).map_err(|_| UnitsError::TooLarge)
    }
}

impl fmt::Display for Units {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Units {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Units({})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(amount: &str, decimals: u8) -> Result<Units, UnitsError> {
        Units::exact(Decimal::from_str_exact(amount).unwrap(), TokenDecimals::new(decimals).unwrap())
    }

    #[test]
    fn tok_10_an_amount_becomes_units_exactly_or_not_at_all() {
        for (amount, decimals, units) in [
            ("1234.50", 6, "1234500000"),
            ("0.01", 2, "1"),
            ("100", 0, "100"),
            ("100.000", 0, "100"),
            ("0", 18, "0"),
            ("999999999999999.99", 18, "999999999999999990000000000000000"),
        ] {
            assert_eq!(of(amount, decimals), Ok(units.parse().unwrap()), "{amount} with {decimals}");
        }
        assert_eq!(of("0.001", 2), Err(UnitsError::TooFine { decimals: 2 }));
        assert_eq!(of("100.5", 0), Err(UnitsError::TooFine { decimals: 0 }));
        assert_eq!(of("999999999999999999", 77), Err(UnitsError::TooLarge));
        assert_eq!(of("-1", 2), Err(UnitsError::Negative));
        assert_eq!(TokenDecimals::new(78), Err(UnitsError::Decimals));
    }

    #[test]
    fn tok_10_units_are_read_from_digits_alone() {
        assert_eq!("0".parse(), Ok(Units::ZERO));
        assert_eq!(Units::MAX.to_string().parse(), Ok(Units::MAX));
        for bad in ["", "-1", "+1", "1.0", "0x1", "1_0", "1e3", " 1"] {
            assert_eq!(bad.parse::<Units>(), Err(UnitsError::Malformed), "{bad:?}");
        }
        assert_eq!("9".repeat(80).parse::<Units>(), Err(UnitsError::TooLarge));
    }

    proptest! {
        #[test]
        fn tok_7_units_tell_the_amount_that_they_were_made_of(
            mantissa in 0_i64.., scale in 0_u32..12, more in 0_u8..10,
        ) {
            let amount = Decimal::new(mantissa, scale);
            let decimals = TokenDecimals::new(u8::try_from(scale).unwrap() + more).unwrap();
            let units = Units::exact(amount, decimals).unwrap();
            let told = units.to_tokens(decimals);
            prop_assert_eq!(Decimal::from_str_exact(&told).unwrap(), amount.normalize());
        }
    }
}
