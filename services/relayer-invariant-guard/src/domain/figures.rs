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
                let further = || self.books.terms.get(chain)?.get(&key).copied();
                self.books.sums.get(&key).copied().or_else(further).map(Quantity::from).ok_or_else(missing)
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use crate::domain::{
        equation::{Equation, Relation, Side as Off, Source, Term},
        evaluate::{Verdict, evaluate},
        evidence::Seen,
        finding::{Consequence, Detail, Reason},
        quantity::Tolerance,
        samples::{Side, World, asset, chain, name, units},
    };

    /// `escrow` of the books of a chain is at least five.
    fn escrow(of: Side) -> Equation {
        let off = |detail, consequence| Off { detail, tolerance: Tolerance::ZERO, consequence };
        let term = |name: &str, source| Term { name: name.parse().unwrap(), source, coefficient: 1 };
        Equation {
            name: name("escrow_holds"),
            asset: asset(),
            left: vec![term("escrow", Source::Books(chain(of)))],
            relation: Relation::AtLeast,
            right: vec![term("nothing", Source::Adjustment), term("five", Source::Adjustment)],
            above: off(Detail::Surplus, Consequence::alert()),
            below: off(Detail::Unbacked, Consequence::halt(causeway_primitives::Scope::All)),
            explanation: String::new(),
        }
    }

    #[test]
    fn grd_15_a_further_figure_of_the_books_counts_at_the_watermark_of_its_own_chain_and_nowhere_else() {
        let mut world = World::busy();
        world.rules.equations.push(escrow(Side::Home));
        let judged = |world: &World, told: Option<i128>| {
            let mut evidence = world.evidence();
            // The rules were changed for this test, and are approved as such.
            evidence.approved.rules.insert(world.rules.hash());
            evidence.adjustments.insert((asset(), name("five")), units(5).into());
            if let (Seen::Known(books), Some(told)) = (&mut evidence.books, told) {
                let figures = BTreeMap::from([((asset(), name("escrow")), units(told))]);
                books.terms.insert(chain(Side::Home), figures);
            }
            evaluate(&world.rules, &evidence).verdict
        };
        assert_eq!(judged(&world, Some(5)), Verdict::Pass);
        assert!(matches!(judged(&world, Some(4)), Verdict::Violation { detail: Detail::Unbacked, .. }));
        assert_eq!(judged(&world, None), Verdict::Indeterminate { reason: Reason::TermMissing });
        world.rules.equations.pop();
        world.rules.equations.push(escrow(Side::Remote));
        let elsewhere = judged(&world, Some(5));
        assert_eq!(
            elsewhere,
            Verdict::Indeterminate { reason: Reason::TermMissing },
            "a number of another chain's cut"
        );
    }
}
