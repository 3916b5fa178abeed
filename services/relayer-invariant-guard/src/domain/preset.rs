//! The three kinds of bridge, as sets of equations, and the test that a bridge is of the kind that its operators say.
//!
//! On a lock/mint bridge the locked and the bridged units are the same value twice: with deposits 1000 and withdrawals
//! 234.50, custody is 765.50, supply is 765.50, and their sum 1531 is the value of nothing. The sum is an invariant only
//! where bridging moves units from one inventory to another. So the literal `deposits − withdrawals = lockbox + supply` is
//! the preset `split_inventory`, and a bridge of another kind is told so at the start instead of being halted for it.

use causeway_primitives::{AssetId, ChainName, Scope};

use super::{
    equation::{Equation, Relation, Side, Source, Term},
    finding::{Consequence, Detail},
    name::Name,
    quantity::{Quantity, Tolerance},
};

/// A kind of bridge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Preset {
    /// Units are locked on one chain and minted on the other.
    LockMint,
    /// Units are burned on one chain and minted on the other; nothing is in custody.
    BurnMint,
    /// Units move between two inventories whose sum is constant.
    SplitInventory,
}

impl Preset {
    /// Every one of them.
    pub const EVERY: [Self; 3] = [Self::LockMint, Self::BurnMint, Self::SplitInventory];

    /// Setting, label and row.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LockMint => "lock_mint",
            Self::BurnMint => "burn_mint",
            Self::SplitInventory => "split_inventory",
        }
    }
}

/// The bridge of one asset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bridge {
    /// The asset.
    pub asset: AssetId,
    /// Where it is deposited and released.
    pub home: ChainName,
    /// Where it is minted and burned.
    pub remote: ChainName,
    /// How far off its balances may be.
    pub tolerance: Tolerance,
}

/// Names of the terms that the presets use; configurations may add others.
pub mod terms {
    /// Books: everything ever deposited.
    pub const DEPOSITS: &str = "deposits";
    /// Books: everything ever released.
    pub const WITHDRAWALS: &str = "withdrawals";
    /// Books: everything ever minted.
    pub const MINTS: &str = "mints";
    /// Books: everything ever burned on the remote side.
    pub const BURNS: &str = "burns";
    /// What the books add up by themselves.
    pub const SUMS: [&str; 4] = [DEPOSITS, WITHDRAWALS, MINTS, BURNS];
    /// Home chain: `balanceOf(lockbox)`.
    pub const CUSTODY: &str = "custody";
    /// Remote chain: `totalSupply()`.
    pub const SUPPLY: &str = "supply";
    /// In flight: deposited and not minted.
    pub const INBOUND: &str = "inbound";
    /// In flight: burned and not released.
    pub const OUTBOUND: &str = "outbound";
    /// Adjustments of custody.
    pub const CUSTODY_ADJUSTMENT: &str = "custody_adjustment";
    /// Adjustments of supply.
    pub const SUPPLY_ADJUSTMENT: &str = "supply_adjustment";
}

/// The equations of a bridge of this kind.
pub fn equations(preset: Preset, bridge: &Bridge) -> Vec<Equation> {
    match preset {
        Preset::LockMint => vec![custody(bridge), supply(bridge), backing(bridge)],
        Preset::BurnMint => vec![supply(bridge), minted_within_burned(bridge)],
        Preset::SplitInventory => vec![total(bridge)],
    }
}

/// `D − W + A = C` at the home watermark.
fn custody(bridge: &Bridge) -> Equation {
    let books = |name, coefficient| term(name, Source::Books(bridge.home.clone()), coefficient);
    Equation {
        name: Name::literal("custody"),
        asset: bridge.asset.clone(),
        left: vec![
            books(terms::DEPOSITS, 1),
            books(terms::WITHDRAWALS, -1),
            term(terms::CUSTODY_ADJUSTMENT, Source::Adjustment, 1),
        ],
        relation: Relation::Equal,
        right: vec![term(terms::CUSTODY, Source::Chain(bridge.home.clone()), 1)],
        above: halts(Detail::Lost, bridge),
        below: alerts(Detail::Surplus, bridge),
        explanation: "what was deposited and not released is in the lockbox".to_owned(),
    }
}

/// `Min − Bout + A = S` at the remote watermark.
fn supply(bridge: &Bridge) -> Equation {
    let books = |name, coefficient| term(name, Source::Books(bridge.remote.clone()), coefficient);
    Equation {
        name: Name::literal("supply"),
        asset: bridge.asset.clone(),
        left: vec![
            books(terms::MINTS, 1),
            books(terms::BURNS, -1),
            term(terms::SUPPLY_ADJUSTMENT, Source::Adjustment, 1),
        ],
        relation: Relation::Equal,
        right: vec![term(terms::SUPPLY, Source::Chain(bridge.remote.clone()), 1)],
        above: alerts(Detail::Burned, bridge),
        below: halts(Detail::Created, bridge),
        explanation: "what was minted and not burned is the bridged supply".to_owned(),
    }
}

/// `C + A_s ≥ S + IFin + IFout + A_c`: what is owed is held. The one-sided form, because a donation harms nobody.
fn backing(bridge: &Bridge) -> Equation {
    Equation {
        name: Name::literal("backing"),
        asset: bridge.asset.clone(),
        left: vec![
            term(terms::CUSTODY, Source::Chain(bridge.home.clone()), 1),
            term(terms::SUPPLY_ADJUSTMENT, Source::Adjustment, 1),
        ],
        relation: Relation::AtLeast,
        right: vec![
            term(terms::SUPPLY, Source::Chain(bridge.remote.clone()), 1),
            term(terms::INBOUND, Source::InFlight, 1),
            term(terms::OUTBOUND, Source::InFlight, 1),
            term(terms::CUSTODY_ADJUSTMENT, Source::Adjustment, 1),
        ],
        above: alerts(Detail::Surplus, bridge),
        below: halts(Detail::Unbacked, bridge),
        explanation: "the lockbox holds what is bridged and what is on its way".to_owned(),
    }
}

/// `D ≥ Min`: nothing is minted that was not burned before.
fn minted_within_burned(bridge: &Bridge) -> Equation {
    Equation {
        name: Name::literal("minted_within_burned"),
        asset: bridge.asset.clone(),
        left: vec![term(terms::DEPOSITS, Source::Books(bridge.home.clone()), 1)],
        relation: Relation::AtLeast,
        right: vec![term(terms::MINTS, Source::Books(bridge.remote.clone()), 1)],
        above: alerts(Detail::Surplus, bridge),
        below: halts(Detail::Created, bridge),
        explanation: "what is minted was burned on the other side".to_owned(),
    }
}

/// `D − W = C + S`: the operators' literal sum.
fn total(bridge: &Bridge) -> Equation {
    let books = |name, coefficient| term(name, Source::Books(bridge.home.clone()), coefficient);
    Equation {
        name: Name::literal("total"),
        asset: bridge.asset.clone(),
        left: vec![books(terms::DEPOSITS, 1), books(terms::WITHDRAWALS, -1)],
        relation: Relation::Equal,
        right: vec![
            term(terms::CUSTODY, Source::Chain(bridge.home.clone()), 1),
            term(terms::SUPPLY, Source::Chain(bridge.remote.clone()), 1),
        ],
        above: halts(Detail::Lost, bridge),
        below: halts(Detail::Created, bridge),
        explanation: "what was deposited and not withdrawn is in one of the two inventories".to_owned(),
    }
}

fn term(name: &'static str, source: Source, coefficient: i32) -> Term {
    Term { name: Name::literal(name), source, coefficient }
}

const fn halts(detail: Detail, bridge: &Bridge) -> Side {
    Side { detail, tolerance: bridge.tolerance, consequence: Consequence::halt(Scope::All) }
}

const fn alerts(detail: Detail, bridge: &Bridge) -> Side {
    Side { detail, tolerance: bridge.tolerance, consequence: Consequence::alert() }
}

/// The figures of a bridge at rest, as they were read when the guard was set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Genesis {
    /// Deposits − withdrawals of the books.
    pub locked: Quantity,
    /// What the lockbox holds.
    pub custody: Quantity,
    /// The bridged supply.
    pub supply: Quantity,
}

/// What the figures say about the kind, in words, when they contradict it. `None`: they do not.
pub fn contradiction(preset: Preset, bridge: &Bridge, genesis: &Genesis) -> Option<String> {
    let both = genesis.custody.plus(genesis.supply)?;
    let near = |a: Quantity, b: Quantity| {
        a.minus(b).is_some_and(|delta| !delta.exceeds(bridge.tolerance) && !delta.falls_below(bridge.tolerance))
    };
    let as_lock_mint = near(genesis.locked, genesis.custody) && near(genesis.locked, genesis.supply);
    let as_split = near(genesis.locked, both);
    let Genesis { locked, custody, supply } = genesis;
    match preset {
        Preset::SplitInventory if !as_split && as_lock_mint => Some(format!(
            "{}: the books have {locked}, the lockbox holds {custody} and the supply is {supply}: lockbox and supply are \
             the same value twice, as on a bridge that locks and mints; their sum {both} counts it double. Set the \
             preset to lock_mint",
            bridge.asset
        )),
        Preset::LockMint if as_split && !as_lock_mint => Some(format!(
            "{}: the books have {locked}, which is the lockbox ({custody}) and the supply ({supply}) together: units \
             move between two inventories. Set the preset to split_inventory",
            bridge.asset
        )),
        Preset::BurnMint if near(genesis.locked, genesis.custody) && genesis.custody != Quantity::ZERO => {
            Some(format!(
                "{}: the lockbox holds {custody}, which is what the books have: deposits are locked and not burned. Set the \
             preset to lock_mint",
                bridge.asset
            ))
        }
        Preset::LockMint | Preset::BurnMint | Preset::SplitInventory => None,
    }
}

#[cfg(test)]
mod tests {
    use causeway_primitives::U256;

    use super::*;

    fn bridge() -> Bridge {
        Bridge {
            asset: "sigil".parse().unwrap(),
            home: "home".parse().unwrap(),
            remote: "remote".parse().unwrap(),
            tolerance: Tolerance::of_units(U256::from(1)),
        }
    }

    fn genesis(locked: u64, custody: u64, supply: u64) -> Genesis {
        let of = |units| Quantity::from(U256::from(units));
        Genesis { locked: of(locked), custody: of(custody), supply: of(supply) }
    }

    /// The figures of the operators' own documents, in thousandths: 1000 − 234.50 = 765.50.
    #[test]
    fn grd_15_the_operators_own_figures_are_explained_and_not_alarmed_for() {
        let figures = genesis(765_500, 765_500, 765_500);
        let told = contradiction(Preset::SplitInventory, &bridge(), &figures).unwrap();
        assert!(told.contains("1531000") && told.contains("lock_mint"), "{told}");
        assert_eq!(contradiction(Preset::LockMint, &bridge(), &figures), None);
        assert!(contradiction(Preset::BurnMint, &bridge(), &figures).unwrap().contains("lock_mint"));
    }

    #[test]
    fn grd_15_a_bridge_of_two_inventories_is_told_apart() {
        let figures = genesis(1_000, 600, 400);
        assert!(contradiction(Preset::LockMint, &bridge(), &figures).unwrap().contains("split_inventory"));
        assert_eq!(contradiction(Preset::SplitInventory, &bridge(), &figures), None);
    }

    #[test]
    fn grd_15_figures_that_fit_no_kind_contradict_none() {
        for preset in Preset::EVERY {
            assert_eq!(contradiction(preset, &bridge(), &genesis(1_000, 10, 3)), None, "theft is for the equations");
        }
    }

    #[test]
    fn grd_15_only_equations_over_two_cuts_can_be_off_while_a_message_travels() {
        let spanning = |preset| {
            let equations = equations(preset, &bridge());
            equations.iter().map(|one| (one.name.to_string(), one.spans_chains())).collect::<Vec<_>>()
        };
        let expected = [("custody", false), ("supply", false), ("backing", true)].map(|(n, s)| (n.to_owned(), s));
        assert_eq!(spanning(Preset::LockMint), expected);
        assert_eq!(spanning(Preset::SplitInventory), [("total".to_owned(), true)]);
        assert!(Preset::EVERY.iter().all(|p| equations(*p, &bridge()).iter().all(Equation::is_required)));
    }
}
