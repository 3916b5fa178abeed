//! The algebra that tells whether a route leads where it should: `ETH/USDT × USDT/USD` is `ETH/USD`
//! because the stablecoin cancels. A route that does not chain would publish a plausible wrong number.

use std::{collections::BTreeMap, fmt};

use causeway_primitives::Pair;

use super::{Operation, Quotation};

/// What a price is measured in: each asset with its power, those that cancelled left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Units(BTreeMap<String, i32>);

impl Units {
    /// The units of a pair's price: base above, quote below.
    pub fn of(pair: &Pair) -> Self {
        Self::default().times(pair, Operation::Multiply)
    }

    /// The units of a venue's market, turned round if it quotes so.
    pub fn of_market(market: &Pair, quotation: Quotation) -> Self {
        match quotation {
            Quotation::Direct => Self::of(market),
            Quotation::Inverse => Self::default().times(market, Operation::Divide),
        }
    }

    /// These units after one more step.
    #[must_use]
    pub fn times(mut self, pair: &Pair, operation: Operation) -> Self {
        let (above, below) = match operation {
            Operation::Multiply => (pair.base(), pair.quote()),
            Operation::Divide => (pair.quote(), pair.base()),
        };
        self.add(above, 1);
        self.add(below, -1);
        self
    }

    fn add(&mut self, asset: &str, power: i32) {
        let total = self.0.get(asset).copied().unwrap_or(0).saturating_add(power);
        if total == 0 {
            self.0.remove(asset);
        } else {
            self.0.insert(asset.to_owned(), total);
        }
    }
}

impl fmt::Display for Units {
    /// `ETH/USD`, `ETH·EUR/USD^2`, or `1` when everything cancelled.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = |wanted: i32| -> Vec<String> {
            let powers = self.0.iter().filter(|(_, power)| power.signum() == wanted);
            powers.map(|(asset, power)| written(asset, power.unsigned_abs())).collect()
        };
        let (above, below) = (side(1), side(-1));
        f.write_str(if above.is_empty() { "1" } else { "" })?;
        f.write_str(&above.join("·"))?;
        if below.is_empty() { Ok(()) } else { write!(f, "/{}", below.join("·")) }
    }
}

fn written(asset: &str, power: u32) -> String {
    if power == 1 { asset.to_owned() } else { format!("{asset}^{power}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(text: &str) -> Pair {
        text.parse().unwrap()
    }

    #[test]
    fn ora_8_the_asset_in_the_middle_cancels() {
        let units = Units::of(&pair("ETH/USDT")).times(&pair("USDT/USD"), Operation::Multiply);
        assert_eq!(units, Units::of(&pair("ETH/USD")));
        let cross = Units::of(&pair("ETH/USD")).times(&pair("EUR/USD"), Operation::Divide);
        assert_eq!(cross, Units::of(&pair("ETH/EUR")));
        assert_eq!(Units::of_market(&pair("USD/ETH"), Quotation::Inverse), Units::of(&pair("ETH/USD")));
    }

    #[test]
    fn units_that_do_not_chain_are_written_so_that_the_mistake_is_seen() {
        let wrong = Units::of(&pair("ETH/USD")).times(&pair("EUR/USD"), Operation::Multiply);
        assert_eq!(wrong.to_string(), "ETH·EUR/USD^2");
        assert_eq!(Units::of(&pair("A/B")).times(&pair("A/B"), Operation::Divide).to_string(), "1");
        assert_eq!(Units::of(&pair("ETH/USD")).to_string(), "ETH/USD");
    }
}
