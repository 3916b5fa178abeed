//! Declared balances: `Σ cᵢ·termᵢ {=, ≤, ≥} Σ dⱼ·termⱼ ± tolerance`, per asset, as data (GRD-15).
//!
//! By habit the books stand on the left and the chain on the right, so that a positive delta is value that the books have
//! and the chain has not: `LOST`.

use std::collections::BTreeSet;

use causeway_primitives::{AssetId, ChainName};

use super::{
    figures::Figures,
    finding::{Consequence, Detail, Gap, Reason},
    name::Name,
    quantity::{Quantity, Tolerance},
};

/// Where a term's figure comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// A cumulative sum of the relayer's database, up to its watermark of this chain.
    Books(ChainName),
    /// A reading of this chain at that watermark.
    Chain(ChainName),
    /// Value that left one chain and has not arrived on the other, by id.
    InFlight,
    /// Signed corrections that people approved: genesis, fees, swept donations, second minters.
    Adjustment,
}

/// A part of a sum.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Term {
    /// Its name.
    pub name: Name,
    /// Where its figure comes from.
    pub source: Source,
    /// What it is multiplied with.
    pub coefficient: i32,
}

/// How the two sums must stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Relation {
    /// Left is right.
    Equal,
    /// Left is at most right.
    AtMost,
    /// Left is at least right.
    AtLeast,
}

impl Relation {
    /// As it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::AtMost => "<=",
            Self::AtLeast => ">=",
        }
    }
}

/// One way in which a balance can be off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Side {
    /// What it is called.
    pub detail: Detail,
    /// How far off it may be.
    pub tolerance: Tolerance,
    /// What follows when it is further off.
    pub consequence: Consequence,
}

/// A declared balance.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Equation {
    /// Its name.
    pub name: Name,
    /// The asset that it is about.
    pub asset: AssetId,
    /// What is summed on the left.
    pub left: Vec<Term>,
    /// How the sums stand to each other.
    pub relation: Relation,
    /// What is summed on the right.
    pub right: Vec<Term>,
    /// When left is larger; unused where it may be.
    pub above: Side,
    /// When left is smaller; unused where it may be.
    pub below: Side,
    /// What it means, for people.
    pub explanation: String,
}

/// How a balance stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It holds.
    Holds {
        /// left − right.
        delta: Quantity,
    },
    /// It does not.
    Broken {
        /// left − right.
        delta: Quantity,
        /// In which way.
        side: Side,
    },
    /// It cannot be said.
    Unknown(Gap),
}

impl Equation {
    /// Whether its terms are from more than one cut, so that it can be off while a message is between two chains.
    pub fn spans_chains(&self) -> bool {
        let mut chains = BTreeSet::new();
        for term in self.left.iter().chain(&self.right) {
            match &term.source {
                Source::Books(chain) | Source::Chain(chain) => drop(chains.insert(chain)),
                Source::InFlight => return true,
                Source::Adjustment => {}
            }
        }
        chains.len() > 1
    }

    /// Whether being off in some way would halt: then not knowing is no Pass either.
    pub fn is_required(&self) -> bool {
        let (above, below) = (self.above.consequence.halts(), self.below.consequence.halts());
        match self.relation {
            Relation::Equal => above || below,
            Relation::AtMost => above,
            Relation::AtLeast => below,
        }
    }

    /// How it stands by these figures.
    pub fn solve(&self, figures: &Figures<'_>) -> Standing {
        let delta = self.sum(&self.left, figures).and_then(|left| {
            let right = self.sum(&self.right, figures)?;
            left.minus(right).ok_or_else(|| self.overflow())
        });
        match delta {
            Ok(delta) => self.judge(delta),
            Err(gap) => Standing::Unknown(gap),
        }
    }

    fn judge(&self, delta: Quantity) -> Standing {
        let above = self.relation != Relation::AtLeast && delta.exceeds(self.above.tolerance);
        let below = self.relation != Relation::AtMost && delta.falls_below(self.below.tolerance);
        match (above, below) {
            (true, _) => Standing::Broken { delta, side: self.above },
            (false, true) => Standing::Broken { delta, side: self.below },
            (false, false) => Standing::Holds { delta },
        }
    }

    fn sum(&self, terms: &[Term], figures: &Figures<'_>) -> Result<Quantity, Gap> {
        terms.iter().try_fold(Quantity::ZERO, |sum, term| {
            let value = figures.value(&self.asset, term)?;
            value.times(term.coefficient).and_then(|value| sum.plus(value)).ok_or_else(|| self.overflow())
        })
    }

    fn overflow(&self) -> Gap {
        Gap::new(Reason::Arithmetic, self.name.as_str(), "a sum does not fit 512 bits")
    }
}
