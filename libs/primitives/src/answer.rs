//! What an aggregator stores: an `int256` scaled by the feed's decimals, under a round id.
//!
//! Round ids behind a phase proxy are 80 bits wide (`phase << 64 | round`), so nothing here is a `u64`.

use std::fmt;

use alloy_primitives::{I256, U256};
use rust_decimal::{Decimal, RoundingStrategy};

use crate::{Price, PriceError};

/// Why a price has no answer, or an answer no price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// More decimals than any aggregator in use declares.
    #[error("decimals are 0 to 18")]
    Decimals,
    /// The scaled price needs more than 96 bits, or rounds to zero.
    #[error("the price does not fit the feed's decimals")]
    OutOfRange,
}

/// The decimals of a feed, 0 to 18, as its aggregator declares them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decimals(u8);

impl Decimals {
    /// # Errors
    /// [`AnswerError::Decimals`] above 18.
    pub const fn new(value: u8) -> Result<Self, AnswerError> {
        if value <= 18 { Ok(Self(value)) } else { Err(AnswerError::Decimals) }
    }

    /// The number.
    pub const fn get(self) -> u8 {
        self.0
    }
}

/// An aggregator's answer. May be zero or negative on chain; we never publish such a one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Answer(I256);

impl Answer {
    /// Any value that a chain may hold.
    pub const fn new(value: I256) -> Self {
        Self(value)
    }

    /// The scaled integer.
    pub const fn get(self) -> I256 {
        self.0
    }

    /// The answer that a price becomes: rounded half-even to the feed's decimals.
    ///
    /// # Errors
    /// [`AnswerError::OutOfRange`] when the price rounds to zero or needs more than 28 digits.
    pub fn from_price(price: Price, decimals: Decimals) -> Result<Self, AnswerError> {
        let places = u32::from(decimals.get());
        let rounded = price.get().round_dp_with_strategy(places, RoundingStrategy::MidpointNearestEven);
        if rounded.is_zero() {
            return Err(AnswerError::OutOfRange);
        }
        // `mantissa × 10^(places − scale)`; rounding left `scale ≤ places`.
        let missing = places.checked_sub(rounded.scale()).ok_or(AnswerError::OutOfRange)?;
        let factor = 10_i128.checked_pow(missing).ok_or(AnswerError::OutOfRange)?;
        let scaled = rounded.mantissa().checked_mul(factor).ok_or(AnswerError::OutOfRange)?;
        I256::try_from(scaled).map(Self).map_err(|_| AnswerError::OutOfRange)
    }

    /// The price that an answer stands for.
    ///
    /// # Errors
    /// [`PriceError`] when the answer is not positive or wider than 96 bits.
    pub fn to_price(self, decimals: Decimals) -> Result<Price, PriceError> {
        if self.0 <= I256::ZERO {
            return Err(PriceError::NotPositive);
        }
        let mantissa = i128::try_from(self.0).map_err(|_| PriceError::OutOfRange)?;
        let value = Decimal::try_from_i128_with_scale(mantissa, u32::from(decimals.get()))
            .map_err(|_| PriceError::OutOfRange)?;
        Price::new(value)
    }

    /// True above zero: the only answers a consumer can use.
    pub fn is_positive(self) -> bool {
        self.0 > I256::ZERO
    }

    /// `|self − other|` without overflow, also between the extremes of `int256`.
    pub fn distance(self, other: Self) -> U256 {
        let (low, high) = if self.0 <= other.0 { (self.0, other.0) } else { (other.0, self.0) };
        // Two's complement: the wrapped difference read as unsigned is the true distance.
        high.into_raw().wrapping_sub(low.into_raw())
    }

    /// `|self|`, also of the smallest `int256`.
    pub fn magnitude(self) -> U256 {
        self.0.unsigned_abs()
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// A round id: `uint80` on the wire of AggregatorV3, the phase in the upper 16 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoundId(u128);

impl RoundId {
    /// The id that an empty feed reports.
    pub const ZERO: Self = Self(0);

    /// Any id; wider ones than 80 bits exist on contracts that do not follow AggregatorV3.
    pub const fn new(value: u128) -> Self {
        Self(value)
    }

    /// The whole id.
    pub const fn get(self) -> u128 {
        self.0
    }

    /// The proxy's phase; 0 when the aggregator is read directly.
    pub const fn phase(self) -> u128 {
        self.0 >> 64
    }

    /// The round within its phase.
    pub const fn round(self) -> u64 {
        let low = (self.0 & 0xffff_ffff_ffff_ffff).to_be_bytes();
        let [_, _, _, _, _, _, _, _, a, b, c, d, e, f, g, h] = low;
        u64::from_be_bytes([a, b, c, d, e, f, g, h])
    }

    /// The id after this one.
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for RoundId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(price: &str, decimals: u8) -> Result<String, AnswerError> {
        Answer::from_price(price.parse().expect("price"), Decimals::new(decimals)?).map(|a| a.to_string())
    }

    #[test]
    fn ora_9_scales_half_even_to_the_decimals_of_the_feed() {
        assert_eq!(answer("1.07219", 8).as_deref(), Ok("107219000"));
        assert_eq!(answer("1.000000005", 8).as_deref(), Ok("100000000"), "half goes to the even neighbour");
        assert_eq!(answer("1.000000015", 8).as_deref(), Ok("100000002"), "half goes to the even neighbour");
        assert_eq!(answer("2.5", 0).as_deref(), Ok("2"));
        assert_eq!(answer("65000", 18).as_deref(), Ok("65000000000000000000000"));
    }

    #[test]
    fn a_price_too_small_or_too_large_for_the_decimals_is_refused() {
        assert_eq!(answer("0.000000001", 8), Err(AnswerError::OutOfRange));
        assert_eq!(answer("79228162514264337593543950335", 18), Err(AnswerError::OutOfRange));
        assert_eq!(Decimals::new(19), Err(AnswerError::Decimals));
    }

    #[test]
    fn ora_11_round_ids_behind_a_proxy_are_wider_than_64_bits() {
        let id = RoundId::new(18_446_744_073_709_551_621);
        assert_eq!((id.phase(), id.round()), (1, 5));
        assert_eq!(RoundId::new(u128::MAX).next(), RoundId::new(u128::MAX));
    }

    #[test]
    fn distance_between_the_extremes_does_not_overflow() {
        assert_eq!(Answer::new(I256::MIN).distance(Answer::new(I256::MAX)), U256::MAX);
        let (seven, minus_three) = (Answer::new(I256::try_from(7).unwrap()), Answer::new(I256::try_from(-3).unwrap()));
        assert_eq!(seven.distance(minus_three), U256::from(10));
        assert_eq!(minus_three.distance(seven), U256::from(10));
    }

    #[test]
    fn answers_that_no_consumer_can_use_have_no_price() {
        let decimals = Decimals::new(8).unwrap();
        assert_eq!(Answer::new(I256::ZERO).to_price(decimals), Err(PriceError::NotPositive));
        assert_eq!(Answer::new(I256::MAX).to_price(decimals), Err(PriceError::OutOfRange));
        assert_eq!(
            Answer::new(I256::try_from(107_219_000).unwrap()).to_price(decimals).unwrap().to_string(),
            "1.07219"
        );
    }
}
