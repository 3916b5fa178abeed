//! Corrections of balances that people approve: two of them, because the books balance with a correction whatever it says.

use causeway_primitives::AssetId;

use super::{equation::Source, name::Name, quantity::Quantity, resume::Operator, rules::Rules};

/// A correction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adjustment {
    /// The asset.
    pub asset: AssetId,
    /// The term that it adds to.
    pub term: Name,
    /// How much, in base units.
    pub amount: Quantity,
    /// Why.
    pub reason: String,
    /// Who proposes it.
    pub proposer: Operator,
}

/// It cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// No equation of the asset has such a term: it would never be seen.
    #[error("no equation of the asset has an adjustment of that name")]
    NoSuchTerm,
    /// Nothing is corrected by nothing.
    #[error("an adjustment of zero adjusts nothing")]
    Zero,
    /// Four eyes are two people's.
    #[error("the proposer cannot approve")]
    ProposerCannotApprove,
}

/// Whether it can be proposed under these rules.
///
/// # Errors
/// [`Refused`].
pub fn check(adjustment: &Adjustment, rules: &Rules) -> Result<(), Refused> {
    if adjustment.amount == Quantity::ZERO {
        return Err(Refused::Zero);
    }
    let own = rules.equations.iter().filter(|equation| equation.asset == adjustment.asset);
    let mut terms = own.flat_map(|equation| equation.left.iter().chain(&equation.right));
    let known = terms.any(|term| term.source == Source::Adjustment && term.name == adjustment.term);
    if known { Ok(()) } else { Err(Refused::NoSuchTerm) }
}

/// Whether this person may approve it.
///
/// # Errors
/// [`Refused::ProposerCannotApprove`].
pub fn approve(adjustment: &Adjustment, operator: &Operator) -> Result<(), Refused> {
    if adjustment.proposer == *operator { Err(Refused::ProposerCannotApprove) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use causeway_primitives::I512;

    use super::*;
    use crate::domain::{
        preset::{self, Bridge, Preset, terms},
        quantity::Tolerance,
    };

    fn adjustment(term: &str, amount: i32) -> Adjustment {
        Adjustment {
            asset: "sigil".parse().unwrap(),
            term: term.parse().unwrap(),
            amount: Quantity::new(I512::try_from(amount).unwrap()),
            reason: "a donation was swept".to_owned(),
            proposer: "alice".parse().unwrap(),
        }
    }

    #[test]
    fn grd_15_a_correction_adds_to_a_term_that_an_equation_has_and_takes_two_people() {
        let (home, remote) = ("home".parse().unwrap(), "remote".parse().unwrap());
        let bridge = Bridge { asset: "sigil".parse().unwrap(), home, remote, tolerance: Tolerance::ZERO };
        let rules = Rules { equations: preset::equations(Preset::LockMint, &bridge), ..Rules::default() };
        assert_eq!(check(&adjustment(terms::CUSTODY_ADJUSTMENT, -3), &rules), Ok(()));
        assert_eq!(check(&adjustment(terms::CUSTODY_ADJUSTMENT, 0), &rules), Err(Refused::Zero));
        assert_eq!(check(&adjustment(terms::DEPOSITS, 3), &rules), Err(Refused::NoSuchTerm));
        let other = Adjustment { asset: "gold".parse().unwrap(), ..adjustment(terms::CUSTODY_ADJUSTMENT, 3) };
        assert_eq!(check(&other, &rules), Err(Refused::NoSuchTerm));
        let proposed = adjustment(terms::CUSTODY_ADJUSTMENT, 3);
        assert_eq!(approve(&proposed, &"ALICE".parse().unwrap()), Err(Refused::ProposerCannotApprove));
        assert_eq!(approve(&proposed, &"bob".parse().unwrap()), Ok(()));
    }
}
