//! The figures behind the terms of equations, each from its place in the cut, or the reason why there is none.

use std::collections::BTreeMap;

use causeway_primitives::{AssetId, ChainName};

use super::{
    equation::{Source, Term},
    evidence::{Books, Evidence},
    finding::{Gap, Reason},
    name::Name,
    quantity::Quantity,
    quorum::Agreed,
};

/// Each chain as the quorum says it is, or why not.
pub type Chains<'a> = BTreeMap<ChainName, Result<Agreed<'a>, Gap>>;

/// What can be known of one cut.
#[derive(Debug, Clone)]
pub struct Figures<'a> {
    books: &'a Books,
    chains: &'a Chains<'a>,
    in_flight: BTreeMap<(AssetId, Name), Quantity>,
    adjustments: &'a BTreeMap<(AssetId, Name), Quantity>,
}

impl<'a> Figures<'a> {
    /// The figures of a cut; `in_flight` comes from the matching of its events.
    pub fn new(
        evidence: &'a Evidence,
        books: &'a Books,
        chains: &'a Chains<'a>,
        in_flight: BTreeMap<(AssetId, Name), Quantity>,
    ) -> Self {
        Self { books, chains, in_flight, adjustments: &evidence.adjustments }
    }

    /// A term's value for an asset.
    ///
    /// # Errors
    /// The [`Gap`] when it is not known.
    pub fn value(&self, asset: &AssetId, term: &Term) -> Result<Quantity, Gap> {
        let key = (asset.clone(), term.name.clone());
        let missing = || Gap::new(Reason::TermMissing, term.name.as_str(), format!("no figure for {asset}"));
        match &term.source {
            // The books' sum is worth nothing at a watermark that the chain does not confirm.
            Source::Books(chain) => {
                self.chain(chain)?;
                self.books.sums.get(&key).copied().map(Quantity::from).ok_or_else(missing)
            }
            Source::Chain(chain) => {
                self.chain(chain)?.reading.values.get(&key).copied().map(Quantity::from).ok_or_else(missing)
            }
            // Nothing on its way, and nothing corrected, is zero and not unknown.
            Source::InFlight => Ok(self.in_flight.get(&key).copied().unwrap_or(Quantity::ZERO)),
            Source::Adjustment => Ok(self.adjustments.get(&key).copied().unwrap_or(Quantity::ZERO)),
        }
    }

    fn chain(&self, chain: &ChainName) -> Result<&Agreed<'a>, Gap> {
        match self.chains.get(chain) {
            Some(Ok(agreed)) => Ok(agreed),
            Some(Err(gap)) => Err(gap.clone()),
            None => Err(Gap::new(Reason::ChainNotRead, chain.as_str(), "no rule says how to read this chain")),
        }
    }
}
