//! Amounts: unsigned readings, signed differences, and how far a difference may be off. Integers in base units only.

use std::fmt;

use causeway_primitives::{I512, U256};

/// Why a setting about amounts cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QuantityError {
    /// With fewer than three decimals the tolerance of a thousandth is no number of base units.
    #[error("an asset has 3 to 77 decimals")]
    Decimals,
    /// Not digits with an optional point, or finer than the asset's base unit.
    #[error("a tolerance is a number of tokens such as 0.001, no finer than the asset's base unit")]
    Tolerance,
}

/// The operators' tolerance, in tokens: strictly more than this breaks (GRD-1).
pub const DEFAULT_TOLERANCE: &str = "0.001";

/// The decimals of a token, 3 to 77: ten to the 77th is the largest power of ten in 256 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenDecimals(u8);

impl TokenDecimals {
    /// # Errors
    /// [`QuantityError::Decimals`] outside 3 to 77.
    pub const fn new(value: u8) -> Result<Self, QuantityError> {
        if matches!(value, 3..=77) { Ok(Self(value)) } else { Err(QuantityError::Decimals) }
    }

    /// The number.
    pub const fn get(self) -> u8 {
        self.0
    }
}

/// How far off a balance may be, in base units. A difference that equals it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tolerance(U256);

impl Tolerance {
    /// Nothing may be off.
    pub const ZERO: Self = Self(U256::ZERO);

    /// From a number of tokens, exactly.
    ///
    /// # Errors
    /// [`QuantityError::Tolerance`] when it is no number or finer than a base unit.
    pub fn of_tokens(text: &str, decimals: TokenDecimals) -> Result<Self, QuantityError> {
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let part = part.trim_end_matches('0');
        let missing = usize::from(decimals.get()).checked_sub(part.len()).ok_or(QuantityError::Tolerance)?;
        if whole.is_empty() || !digits(whole) || !digits(part) {
            return Err(QuantityError::Tolerance);
        }
        let scaled = format!("{whole}{part}{}", "0".repeat(missing));
        U256::from_str_radix(&scaled, 10).map(Self).map_err(|_| QuantityError::Tolerance)
    }

    /// In base units.
    pub const fn units(self) -> U256 {
        self.0
    }

    /// From base units.
    pub const fn of_units(units: U256) -> Self {
        Self(units)
    }
}

/// A sum or a difference of amounts. 512 bits: no sum of 256-bit readings that a configuration can declare overflows.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quantity(I512);

impl Quantity {
    /// Nothing.
    pub const ZERO: Self = Self(I512::ZERO);

    /// Any value.
    pub const fn new(value: I512) -> Self {
        Self(value)
    }

    /// The number.
    pub const fn get(self) -> I512 {
        self.0
    }

    /// The sum, unless it needs more than 512 bits.
    pub fn plus(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The difference, unless it needs more than 512 bits.
    pub fn minus(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// So many times, unless it needs more than 512 bits.
    pub fn times(self, factor: i32) -> Option<Self> {
        I512::try_from(factor).ok().and_then(|factor| self.0.checked_mul(factor)).map(Self)
    }

    /// Strictly more than the tolerance above zero.
    pub fn exceeds(self, tolerance: Tolerance) -> bool {
        self > Self::from(tolerance.units())
    }

    /// Strictly more than the tolerance below zero.
    pub fn falls_below(self, tolerance: Tolerance) -> bool {
        Self::ZERO.minus(self).is_none_or(|opposite| opposite.exceeds(tolerance))
    }
}

impl From<U256> for Quantity {
    /// Always fits.
    fn from(units: U256) -> Self {
        let [a, b, c, d] = *units.as_limbs();
        Self(I512::from_limbs([a, b, c, d, 0, 0, 0, 0]))
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimals(value: u8) -> TokenDecimals {
        TokenDecimals::new(value).unwrap()
    }

    #[test]
    fn grd_1_a_thousandth_of_a_token_holds_and_one_base_unit_more_breaks() {
        for places in [3, 6, 18, 77] {
            let tolerance = Tolerance::of_tokens(DEFAULT_TOLERANCE, decimals(places)).unwrap();
            let exact = Quantity::from(tolerance.units());
            let one = Quantity::from(U256::ONE);
            assert!(!exact.exceeds(tolerance) && exact.plus(one).unwrap().exceeds(tolerance), "{places}");
            let negative = Quantity::ZERO.minus(exact).unwrap();
            assert!(!negative.falls_below(tolerance) && negative.minus(one).unwrap().falls_below(tolerance));
        }
        assert_eq!(Tolerance::of_tokens("0.001", decimals(18)).unwrap().units(), U256::from(10_u64.pow(15)));
    }

    #[test]
    fn grd_1_an_asset_with_fewer_than_three_decimals_is_refused() {
        assert_eq!(TokenDecimals::new(2), Err(QuantityError::Decimals));
        assert_eq!(TokenDecimals::new(78), Err(QuantityError::Decimals));
    }

    #[test]
    fn grd_15_a_tolerance_is_exact_or_refused() {
        let of = |text| Tolerance::of_tokens(text, decimals(3)).map(|tolerance| tolerance.units().to_string());
        assert_eq!(of("0").as_deref(), Ok("0"));
        assert_eq!(of("1.50").as_deref(), Ok("1500"));
        assert_eq!(of("0.0010").as_deref(), Ok("1"));
        for bad in ["", ".", ".1", "-1", "0.0001", "1e3", "1,5", "0x1", "1.2.3", &"9".repeat(80)] {
            assert_eq!(of(bad), Err(QuantityError::Tolerance), "{bad:?}");
        }
    }

    #[test]
    fn grd_15_sums_of_the_largest_readings_do_not_overflow() {
        let largest = Quantity::from(U256::MAX);
        let many = largest.times(i32::MAX).unwrap();
        let sum = (0..1_000).try_fold(Quantity::ZERO, |sum, _| sum.plus(many)).unwrap();
        assert!(sum.exceeds(Tolerance::of_units(U256::MAX)));
        assert!(Quantity::new(I512::MIN).falls_below(Tolerance::ZERO), "also where the opposite does not exist");
        assert_eq!(Quantity::new(I512::MAX).plus(largest), None);
    }
}
