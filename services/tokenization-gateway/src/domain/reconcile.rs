//! Whether the books agree with the chain.

use super::{ledger::Totals, units::Units};

/// What the chain says of a token, at one block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Supply {
    /// `totalSupply`.
    pub total: Units,
    /// The sum of the balances of all holders that the books know.
    pub balances: Units,
}

/// How they agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Books, balances and total supply are one number.
    Balanced,
    /// They differ by no more than what is on its way.
    InFlight,
    /// They differ.
    Broken(Break),
}

/// How they differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Break {
    /// The chain has more than the books can account for: something was minted that nobody ordered, or twice.
    Surplus {
        /// By so much.
        units: Units,
    },
    /// The chain has less than the books say.
    Shortage {
        /// By so much.
        units: Units,
    },
    /// Tokens are with somebody whom the books do not know.
    UnknownHolder {
        /// So many.
        units: Units,
    },
    /// The books themselves have no sum.
    Books,
}

impl Outcome {
    /// Label, row and wire value.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Balanced => "balanced",
            Self::InFlight => "in_flight",
            Self::Broken(Break::Surplus { .. }) => "surplus",
            Self::Broken(Break::Shortage { .. }) => "shortage",
            Self::Broken(Break::UnknownHolder { .. }) => "unknown_holder",
            Self::Broken(Break::Books) => "books",
        }
    }
}

/// Compares them. What is being minted, burned or bridged may exist or not: it is the only tolerance there is.
pub fn reconcile(totals: &Totals, supply: &Supply) -> Outcome {
    let Some(least) = totals.held.checked_add(totals.in_transfer) else { return Outcome::Broken(Break::Books) };
    let Some(most) = least.checked_add(totals.uncertain) else { return Outcome::Broken(Break::Books) };
    if let Some(units) = supply.total.checked_sub(most).filter(|units| !units.is_zero()) {
        return Outcome::Broken(Break::Surplus { units });
    }
    if let Some(units) = least.checked_sub(supply.total).filter(|units| !units.is_zero()) {
        return Outcome::Broken(Break::Shortage { units });
    }
    match supply.total.checked_sub(supply.balances) {
        // More in known hands than exists: two reads that are not of one block, or a token that lies.
        None => Outcome::Broken(Break::Books),
        Some(units) if !units.is_zero() => Outcome::Broken(Break::UnknownHolder { units }),
        Some(_) if totals.in_transfer.is_zero() && totals.uncertain.is_zero() => Outcome::Balanced,
        Some(_) => Outcome::InFlight,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(value: u64) -> Units {
        value.to_string().parse().unwrap()
    }

    fn judge(held: u64, in_transfer: u64, uncertain: u64, supply: (u64, u64)) -> Outcome {
        let totals = Totals {
            held: units(held),
            in_transfer: units(in_transfer),
            uncertain: units(uncertain),
            ..Totals::default()
        };
        reconcile(&totals, &Supply { total: units(supply.0), balances: units(supply.1) })
    }

    #[test]
    fn tok_7_books_balances_and_supply_are_one_number() {
        assert_eq!(judge(100, 0, 0, (100, 100)), Outcome::Balanced);
        assert_eq!(judge(90, 10, 0, (100, 100)), Outcome::InFlight);
        assert_eq!(judge(90, 0, 10, (90, 90)), Outcome::InFlight);
        assert_eq!(judge(90, 0, 10, (100, 100)), Outcome::InFlight);
        assert_eq!(judge(0, 0, 0, (0, 0)), Outcome::Balanced);
    }

    #[test]
    fn tok_7_one_unit_too_many_or_too_few_is_a_break() {
        let broken = Outcome::Broken;
        assert_eq!(judge(100, 0, 0, (101, 101)), broken(Break::Surplus { units: units(1) }));
        assert_eq!(judge(100, 0, 0, (99, 99)), broken(Break::Shortage { units: units(1) }));
        assert_eq!(judge(90, 0, 10, (101, 101)), broken(Break::Surplus { units: units(1) }));
        assert_eq!(judge(90, 10, 0, (99, 99)), broken(Break::Shortage { units: units(1) }), "a transfer burns nothing");
        assert_eq!(judge(100, 0, 0, (100, 99)), broken(Break::UnknownHolder { units: units(1) }));
        assert_eq!(judge(100, 0, 0, (100, 101)), broken(Break::Books));
    }
}
