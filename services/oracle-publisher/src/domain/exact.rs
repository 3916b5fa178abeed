//! Exact comparisons of shares and prices: integers only, no division, no overflow.
//!
//! A price has up to 28 digits at its own scale. To compare several of them without rounding they are
//! laid on one integer [`Grid`]; to compare shares, both sides are multiplied out to 512 bits. What is
//! rounded is only what people read, and it says which way.

use std::cmp::Ordering;

use causeway_primitives::{Ppm, Price, U256};

/// `part / whole` against `share`, multiplied out: exact for every input, a zero `whole` included
/// (any part above zero of nothing is more than any share; zero of nothing equals every share).
pub(super) fn compare_share(part: U256, whole: U256, share: Ppm) -> Ordering {
    let scaled_part = part.widening_mul::<256, 4, 512, 8>(U256::from(Ppm::WHOLE.get()));
    let scaled_whole = whole.widening_mul::<256, 4, 512, 8>(U256::from(share.get()));
    scaled_part.cmp(&scaled_whole)
}

/// The share that `part` is of `whole`, rounded up: a share above a limit can never be shown as equal
/// to it, so comparing the rounded figure with a limit in whole ppm is exact.
pub(super) fn share_rounded_up(part: U256, whole: U256) -> Ppm {
    let down = Ppm::of(part, whole);
    match compare_share(part, whole, down) {
        Ordering::Greater => Ppm::new(down.get().saturating_add(1)),
        Ordering::Equal | Ordering::Less => down,
    }
}

/// `|a − b|`.
pub(super) fn distance(a: U256, b: U256) -> U256 {
    if a >= b { a.saturating_sub(b) } else { b.saturating_sub(a) }
}

/// The mean of two numbers of the grid. Exact there: see [`Grid::units`].
pub(super) fn middle(a: U256, b: U256) -> U256 {
    a.saturating_add(b).wrapping_shr(1)
}

/// One integer scale for the prices of one round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Grid {
    scale: u32,
}

/// A median may be the mean of two prices, and a median deviation the mean of two distances to it:
/// two halvings, which stay whole when every price is a multiple of four.
const HALVINGS: u64 = 4;

impl Grid {
    /// The coarsest scale on which all these prices are whole.
    pub(super) fn over(prices: impl Iterator<Item = Price>) -> Self {
        Self { scale: prices.map(|price| price.get().scale()).max().unwrap_or(0) }
    }

    /// The price as a whole multiple of four grid units. At most 96 bits of mantissa, 94 of scale and
    /// two of halvings: nothing here can saturate for a price that the grid was laid over.
    pub(super) fn units(self, price: Price) -> U256 {
        let decimal = price.get();
        let missing = self.scale.saturating_sub(decimal.scale());
        let factor = 10_u128.saturating_pow(missing);
        U256::from(decimal.mantissa().unsigned_abs())
            .saturating_mul(U256::from(factor))
            .saturating_mul(U256::from(HALVINGS))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ora_9_share_comparison_is_exact_at_the_boundary_and_at_the_extremes() {
        let half_percent = Ppm::new(5_000);
        let compare = |part: u64, whole: u64| compare_share(U256::from(part), U256::from(whole), half_percent);
        assert_eq!(compare(5, 1_000), Ordering::Equal);
        assert_eq!(compare(4_999_999, 1_000_000_000), Ordering::Less);
        assert_eq!(compare(5_000_001, 1_000_000_000), Ordering::Greater);
        assert_eq!(compare(1, 0), Ordering::Greater, "something of nothing");
        assert_eq!(compare_share(U256::MAX, U256::MAX, Ppm::WHOLE), Ordering::Equal);
        assert_eq!(compare_share(U256::MAX, U256::from(1), Ppm::new(u64::MAX)), Ordering::Greater);
    }

    #[test]
    fn a_share_just_above_a_limit_is_never_shown_as_the_limit() {
        assert_eq!(share_rounded_up(U256::from(5_000_001), U256::from(1_000_000_000)), Ppm::new(5_001));
        assert_eq!(share_rounded_up(U256::from(5), U256::from(1_000)), Ppm::new(5_000));
        assert_eq!(share_rounded_up(U256::from(5), U256::ZERO), Ppm::new(u64::MAX));
    }

    proptest! {
        #[test]
        fn ora_9_the_grid_keeps_order_and_distance(a in 1i64.., b in 1i64.., scale_a in 0u32..28, scale_b in 0u32..28) {
            let price = |mantissa: i64, scale| {
                Price::new(causeway_primitives::Decimal::from_i128_with_scale(i128::from(mantissa), scale)).unwrap()
            };
            let (a, b) = (price(a, scale_a), price(b, scale_b));
            let grid = Grid::over([a, b].into_iter());
            prop_assert_eq!(grid.units(a).cmp(&grid.units(b)), a.cmp(&b));
            prop_assert_eq!(middle(grid.units(a), grid.units(b)).wrapping_shl(1), grid.units(a).saturating_add(grid.units(b)));
        }
    }
}
