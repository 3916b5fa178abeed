//! A price path: what a market's price is after so much time, for every venue alike.
//!
//! The embedded one is real: 5,000 hourly EUR/USD bars, each played as four ticks. Bars do not say whether
//! the high or the low came first, so the order is chosen: the one with the shorter way.

use std::{str::FromStr, sync::Arc, time::Duration};

use causeway_primitives::Decimal;

/// Hourly EUR/USD bars from 2017-04-19 to 2018-02-07; `time_utc,open,high,low,close`.
const EUR_USD: &str = include_str!("../../data/eur_usd_hourly_2017_2018.csv");

/// How long a tick lasts unless another pace is set: an hourly bar in a second.
const TICK: Duration = Duration::from_millis(250);

/// Why figures are no path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// A line that is not a time and four prices above zero.
    #[error("line {0} is not time,open,high,low,close")]
    Line(usize),
    /// No price at all.
    #[error("a path has at least one price")]
    Empty,
    /// A price that is zero or negative.
    #[error("prices of a path are above zero")]
    NotPositive,
}

/// A sequence of prices at an even pace; from its end it goes back the way it came, so it never jumps.
#[derive(Debug, Clone)]
pub struct Path {
    prices: Arc<[Decimal]>,
    tick: Duration,
    start: usize,
}

impl Path {
    /// The embedded EUR/USD path.
    ///
    /// # Errors
    /// Never with the figures that are embedded; the signature does not hide that they are parsed.
    pub fn eur_usd() -> Result<Self, PathError> {
        Self::from_bars(EUR_USD)
    }

    /// A path from `time,open,high,low,close` lines below a heading.
    ///
    /// # Errors
    /// [`PathError`] naming the line that is none.
    pub fn from_bars(csv: &str) -> Result<Self, PathError> {
        let mut prices = Vec::new();
        for (number, line) in csv.lines().enumerate().skip(1) {
            let [open, high, low, close] = bar(line).ok_or(PathError::Line(number.saturating_add(1)))?;
            let rose = close >= open;
            prices.extend(if rose { [open, low, high, close] } else { [open, high, low, close] });
        }
        Self::of(prices)
    }

    /// A path through these prices.
    ///
    /// # Errors
    /// [`PathError`] without prices, or with one that is not above zero.
    pub fn of(prices: Vec<Decimal>) -> Result<Self, PathError> {
        if prices.is_empty() {
            return Err(PathError::Empty);
        }
        let are_positive = prices.iter().all(|price| *price > Decimal::ZERO);
        if are_positive {
            Ok(Self { prices: prices.into(), tick: TICK, start: 0 })
        } else {
            Err(PathError::NotPositive)
        }
    }

    /// The same path at another pace: so much time from tick to tick.
    #[must_use]
    pub fn every(self, tick: Duration) -> Self {
        Self { tick: tick.max(Duration::from_millis(1)), ..self }
    }

    /// The same path from another of its ticks on.
    #[must_use]
    pub fn starting_at(self, tick: usize) -> Self {
        Self { start: tick, ..self }
    }

    /// How many ticks it has.
    pub fn len(&self) -> usize {
        self.prices.len()
    }

    /// Never: a path has a price.
    pub fn is_empty(&self) -> bool {
        self.prices.is_empty()
    }

    /// The prices in their order.
    pub fn prices(&self) -> &[Decimal] {
        &self.prices
    }

    /// The number of the tick that is current after so much time, counted without end.
    pub(super) fn tick_after(&self, elapsed: Duration) -> u64 {
        let ticks = elapsed.as_nanos().checked_div(self.tick.as_nanos()).unwrap_or_default();
        u64::try_from(ticks).unwrap_or(u64::MAX)
    }

    /// The price of a tick.
    pub(super) fn price(&self, tick: u64) -> Decimal {
        let steps = usize::try_from(tick).unwrap_or(usize::MAX).saturating_add(self.start);
        let last = self.prices.len().saturating_sub(1);
        // There and back again: 0 1 2 3 2 1 0 1 …
        let position = steps.checked_rem(last.saturating_mul(2)).unwrap_or_default();
        let index = if position <= last { position } else { last.saturating_mul(2).saturating_sub(position) };
        self.prices.get(index).copied().unwrap_or(Decimal::ONE)
    }

    /// The decimal places of its prices.
    pub(super) fn places(&self) -> u32 {
        self.prices.iter().take(64).map(Decimal::scale).max().unwrap_or_default()
    }
}

fn bar(line: &str) -> Option<[Decimal; 4]> {
    let figures: Vec<Decimal> = line.split(',').skip(1).map(Decimal::from_str).collect::<Result<_, _>>().ok()?;
    figures.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_path_plays_each_real_bar_within_its_high_and_low() {
        let path = Path::eur_usd().expect("a path");
        assert_eq!(path.len(), 20_000);
        let first_bar: Vec<String> = path.prices().iter().take(4).map(Decimal::to_string).collect();
        assert_eq!(first_bar, ["1.0716", "1.07083", "1.0722", "1.07219"]);
        for bar in path.prices().chunks(4) {
            assert!(bar[1].min(bar[2]) <= bar[0].min(bar[3]) && bar[0].max(bar[3]) <= bar[1].max(bar[2]), "{bar:?}");
        }
    }

    #[test]
    fn a_path_turns_round_at_its_end_instead_of_jumping() {
        let path = Path::of([1, 2, 3].map(Decimal::from).to_vec()).expect("a path").every(Duration::from_secs(1));
        let prices: Vec<String> = (0..7).map(|tick| path.price(tick).to_string()).collect();
        assert_eq!(prices, ["1", "2", "3", "2", "1", "2", "3"]);
        assert_eq!(path.tick_after(Duration::from_millis(2_999)), 2);
        assert_eq!(path.starting_at(2).price(1), Decimal::from(2));
        let constant = Path::of(vec![Decimal::ONE_HUNDRED]).expect("a path");
        assert_eq!(constant.price(u64::MAX), Decimal::ONE_HUNDRED);
    }

    #[test]
    fn figures_that_are_no_path_are_refused_by_line() {
        assert_eq!(Path::from_bars("heading\nt,1,2,3,4\nt,1,2,3").err(), Some(PathError::Line(3)));
        assert_eq!(Path::from_bars("heading").err(), Some(PathError::Empty));
        assert_eq!(Path::of(vec![Decimal::ZERO]).err(), Some(PathError::NotPositive));
    }
}
