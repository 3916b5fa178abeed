//! One price through its route. Each step rounds half-even at the 28th digit and nowhere else; the
//! feed's own decimals are applied once, at the end, to the answer.

use std::{collections::BTreeMap, sync::Arc};

use causeway_primitives::{FeedId, Price};

use crate::domain::aggregate::Aggregate;

/// What is done with the price of a feed on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// `× BASE/QUOTE`: trades the base for the quote.
    Multiply,
    /// `÷ BASE/QUOTE`: trades the quote for the base.
    Divide,
}

impl Operation {
    /// The label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Multiply => "multiply",
            Self::Divide => "divide",
        }
    }
}

/// One step of a route.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Leg {
    /// What is done.
    pub operation: Operation,
    /// With the price of this feed.
    pub feed: FeedId,
}

/// Which way round a venue quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Quotation {
    /// As the feed wants it.
    Direct,
    /// The other way round: the price is inverted first.
    Inverse,
}

impl Quotation {
    /// The label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Inverse => "inverse",
        }
    }
}

/// How a venue's price becomes the feed's. Cheap to clone: each observation carries its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Which way round the venue quotes.
    pub quotation: Quotation,
    /// The steps, in order.
    pub legs: Arc<[Leg]>,
}

impl Route {
    /// The venue quotes the feed's own pair.
    pub fn direct() -> Self {
        Self { quotation: Quotation::Direct, legs: Arc::new([]) }
    }

    /// The venue quotes another market, and these steps lead to the feed's.
    pub fn through(quotation: Quotation, legs: impl Into<Arc<[Leg]>>) -> Self {
        Self { quotation, legs: legs.into() }
    }

    /// A price of the venue's market as a price of the feed.
    ///
    /// # Errors
    /// [`ConvertError`] when a feed on the way has no price now, or the result is no price.
    pub fn convert(&self, price: Price, conversions: &Conversions) -> Result<Price, ConvertError> {
        let start = match self.quotation {
            Quotation::Direct => price,
            Quotation::Inverse => Price::ONE.checked_div(price).map_err(|_| ConvertError::OutOfRange)?,
        };
        walk(start, &self.legs, conversions)
    }
}

/// Why a price could not be converted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConvertError {
    /// That feed has no quorum now. Not the source's fault.
    #[error("feed {0} has no price now")]
    Unavailable(FeedId),
    /// The product or quotient has no 28-digit representation.
    #[error("the converted price is outside the range of a price")]
    OutOfRange,
}

/// What the feeds on the way are worth now: those that have an answer, and only those.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conversions(BTreeMap<FeedId, Aggregate>);

impl Conversions {
    /// None: what a feed of direct quotes needs.
    pub const fn none() -> Self {
        Self(BTreeMap::new())
    }

    /// Notes what a feed is worth now.
    pub fn insert(&mut self, feed: FeedId, value: Aggregate) {
        self.0.insert(feed, value);
    }

    /// What a feed is worth now.
    pub fn get(&self, feed: &FeedId) -> Option<&Aggregate> {
        self.0.get(feed)
    }

    /// All of them, ordered by feed.
    pub fn iter(&self) -> impl Iterator<Item = (&FeedId, &Aggregate)> {
        self.0.iter()
    }
}

impl FromIterator<(FeedId, Aggregate)> for Conversions {
    fn from_iter<I: IntoIterator<Item = (FeedId, Aggregate)>>(values: I) -> Self {
        Self(values.into_iter().collect())
    }
}

/// Applies the steps to a price. A derived feed starts from one, which is the price of a thing in
/// itself.
pub(in crate::domain) fn walk(start: Price, legs: &[Leg], conversions: &Conversions) -> Result<Price, ConvertError> {
    let mut price = start;
    for leg in legs {
        let rate = conversions.get(&leg.feed).ok_or_else(|| ConvertError::Unavailable(leg.feed.clone()))?.exact;
        let next = match leg.operation {
            Operation::Multiply => price.checked_mul(rate),
            Operation::Divide => price.checked_div(rate),
        };
        price = next.map_err(|_| ConvertError::OutOfRange)?;
    }
    Ok(price)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::samples;

    fn leg(operation: Operation, feed: &str) -> Leg {
        Leg { operation, feed: feed.parse().unwrap() }
    }

    fn worth(feed: &str, price: &str) -> (FeedId, Aggregate) {
        (feed.parse().unwrap(), samples::aggregate(price))
    }

    #[test]
    fn ora_8_a_stablecoin_quote_is_multiplied_by_the_stablecoins_own_price() {
        let conversions = Conversions::from_iter([worth("usdt-usd", "0.998")]);
        let route = Route::through(Quotation::Direct, [leg(Operation::Multiply, "usdt-usd")]);
        assert_eq!(route.convert(samples::price("2000"), &conversions), Ok(samples::price("1996")));
    }

    #[test]
    fn ora_8_an_inverse_quote_is_turned_round_before_it_is_divided() {
        let conversions = Conversions::from_iter([worth("eur-usd", "1.25")]);
        let route = Route::through(Quotation::Inverse, [leg(Operation::Divide, "eur-usd")]);
        assert_eq!(route.convert(samples::price("0.0005"), &conversions), Ok(samples::price("1600")));
    }

    #[test]
    fn ora_8_a_feed_without_quorum_makes_the_route_unavailable_and_names_itself() {
        let route = Route::through(Quotation::Direct, [leg(Operation::Multiply, "usdt-usd")]);
        let outcome = route.convert(samples::price("2000"), &Conversions::none());
        assert_eq!(outcome, Err(ConvertError::Unavailable("usdt-usd".parse().unwrap())));
    }

    #[test]
    fn a_product_without_representation_is_no_price() {
        let conversions = Conversions::from_iter([worth("x-usd", "79228162514264337593543950335")]);
        let up = Route::through(Quotation::Direct, [leg(Operation::Multiply, "x-usd")]);
        let down = Route::through(Quotation::Direct, [leg(Operation::Divide, "x-usd")]);
        assert_eq!(up.convert(samples::price("2"), &conversions), Err(ConvertError::OutOfRange));
        assert_eq!(down.convert(samples::price("0.0001"), &conversions), Err(ConvertError::OutOfRange));
    }
}
