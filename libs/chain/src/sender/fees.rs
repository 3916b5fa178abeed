//! What is offered for gas: the first time, and when a stuck transaction is replaced. Pure, in wei.
//!
//! Where gas is free nothing is ever offered, whatever the node suggests: nodes suggest a default (1 gwei)
//! on chains that charge nothing, and the account may not own a wei. A replacement then differs in its gas
//! limit alone, because a pool takes the same price but not the same bytes.

use alloy::primitives::U256;

use super::SendPolicy;
use crate::transaction::Fees;

/// How a chain charges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeePolicy {
    /// Gas is free; legacy transactions with price 0.
    Free,
    /// One price, as the node suggests it.
    Legacy {
        /// No price above this is offered.
        cap: u128,
    },
    /// A base fee and a tip.
    Eip1559 {
        /// The tip.
        tip: u128,
        /// No ceiling above this is offered.
        cap: u128,
    },
}

/// What the chain charges now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Market {
    /// The node's suggestion.
    pub(super) gas_price: u128,
    /// The base fee of the last block.
    pub(super) base_fee: Option<u128>,
}

/// Wei of a gwei.
const GWEI: u128 = 1_000_000_000;

impl FeePolicy {
    /// Every kind, as settings name them.
    pub const KINDS: &str = "free, legacy or eip1559";

    /// As settings say it: a kind by its name, and prices in gwei; `None` for a kind that is none of [`Self::KINDS`].
    pub fn named(kind: &str, tip_gwei: u64, max_fee_gwei: u64) -> Option<Self> {
        let [tip, cap] = [tip_gwei, max_fee_gwei].map(|gwei| u128::from(gwei).saturating_mul(GWEI));
        match kind {
            "free" => Some(Self::Free),
            "legacy" => Some(Self::Legacy { cap }),
            "eip1559" => Some(Self::Eip1559 { tip, cap }),
            _ => None,
        }
    }

    /// The fees of a first attempt; `None` when the market is above the cap.
    pub(super) fn first(self, market: Market) -> Option<Fees> {
        match self {
            Self::Free => Some(Fees::FREE),
            Self::Legacy { cap } => {
                let gas_price = market.gas_price.max(market.base_fee.unwrap_or_default());
                (gas_price <= cap).then_some(Fees::Legacy { gas_price })
            }
            Self::Eip1559 { tip, cap } => {
                let base = market.base_fee.unwrap_or(market.gas_price);
                let needed = base.checked_add(tip)?;
                // Room for the base fee to double, six full blocks' worth, as far as the cap allows.
                let roomy = base.saturating_mul(2).saturating_add(tip).min(cap);
                (needed <= cap).then_some(Fees::Eip1559 { max_fee: roomy, max_priority_fee: tip })
            }
        }
    }

    /// What a unit of gas costs now.
    pub(super) fn current(self, market: Market) -> u128 {
        match self {
            Self::Free => 0,
            Self::Legacy { .. } => market.gas_price.max(market.base_fee.unwrap_or_default()),
            Self::Eip1559 { tip, .. } => market.base_fee.unwrap_or(market.gas_price).saturating_add(tip),
        }
    }

    /// True when the market has risen above what an attempt offers, so that no pool takes it.
    pub(super) fn outprices(self, offered: Fees, market: Market) -> bool {
        self.current(market) > offered.ceiling()
    }
}

impl SendPolicy {
    /// The fees of a replacement: each raised by the percentage, and to the market; `None` when that is
    /// above the cap.
    pub(super) fn bumped(&self, previous: Fees, market: Market) -> Option<Fees> {
        let raise = |wei: u128| -> Option<u128> {
            let more = wei.checked_mul(u128::from(self.bump_percent))?.div_ceil(100).max(1);
            wei.checked_add(more)
        };
        match self.fees {
            FeePolicy::Free => Some(Fees::FREE),
            FeePolicy::Legacy { cap } => {
                let fresh = market.gas_price.max(market.base_fee.unwrap_or_default());
                let gas_price = raise(previous.ceiling())?.max(fresh);
                (gas_price <= cap).then_some(Fees::Legacy { gas_price })
            }
            FeePolicy::Eip1559 { tip, cap } => {
                let (old_max, old_tip) = match previous {
                    Fees::Eip1559 { max_fee, max_priority_fee } => (max_fee, max_priority_fee),
                    Fees::Legacy { gas_price } => (gas_price, gas_price),
                };
                let max_priority_fee = raise(old_tip)?.max(tip);
                let base = market.base_fee.unwrap_or(market.gas_price);
                let max_fee = raise(old_max)?.max(base.checked_add(max_priority_fee)?);
                (max_fee <= cap).then_some(Fees::Eip1559 { max_fee, max_priority_fee })
            }
        }
    }
}

/// How many updates a balance pays for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UpdatesLeft {
    /// Gas is free: the balance does not matter, and an empty one is no alarm.
    Unlimited,
    /// So many.
    Count(u64),
}

/// How many updates of `gas` each a balance pays for at a price per unit.
pub fn updates_left(balance: U256, gas: u64, price: u128) -> UpdatesLeft {
    let cost = U256::from(gas).saturating_mul(U256::from(price));
    match balance.checked_div(cost) {
        None => UpdatesLeft::Unlimited,
        Some(count) => UpdatesLeft::Count(u64::try_from(count).unwrap_or(u64::MAX)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const QUIET: Market = Market { gas_price: 1_000_000_000, base_fee: Some(7) };

    fn with(fees: FeePolicy) -> SendPolicy {
        SendPolicy { fees, ..SendPolicy::FREE_GAS }
    }

    #[test]
    fn ora_11_settings_name_a_kind_of_fees_and_its_prices_in_gwei() {
        assert_eq!(FeePolicy::named("free", 2, 500), Some(FeePolicy::Free));
        assert_eq!(FeePolicy::named("legacy", 2, 500), Some(FeePolicy::Legacy { cap: 500_000_000_000 }));
        let both = FeePolicy::Eip1559 { tip: 2_000_000_000, cap: 500_000_000_000 };
        assert_eq!(FeePolicy::named("eip1559", 2, 500), Some(both));
        assert!(["", "Free", "1559"].iter().all(|kind| FeePolicy::named(kind, 2, 500).is_none()));
    }

    #[test]
    fn ora_11_not_a_wei_is_offered_where_gas_is_free() {
        assert_eq!(FeePolicy::Free.first(QUIET), Some(Fees::FREE));
        assert_eq!(with(FeePolicy::Free).bumped(Fees::FREE, QUIET), Some(Fees::FREE));
    }

    #[test]
    fn a_market_above_the_cap_is_waited_out() {
        assert_eq!(FeePolicy::Legacy { cap: 999_999_999 }.first(QUIET), None);
        assert_eq!(FeePolicy::Eip1559 { tip: 1, cap: 7 }.first(QUIET), None);
        let tight = FeePolicy::Eip1559 { tip: 1, cap: 8 }.first(QUIET);
        assert_eq!(tight, Some(Fees::Eip1559 { max_fee: 8, max_priority_fee: 1 }));
    }

    #[test]
    fn a_replacement_raises_both_fees_even_from_zero() {
        let policy = with(FeePolicy::Eip1559 { tip: 0, cap: 1_000 });
        let first = Fees::Eip1559 { max_fee: 14, max_priority_fee: 0 };
        assert_eq!(policy.bumped(first, QUIET), Some(Fees::Eip1559 { max_fee: 16, max_priority_fee: 1 }));
    }

    #[test]
    fn ora_11_the_balance_is_counted_in_updates() {
        let wei = U256::from(1_000_000);
        assert_eq!(updates_left(wei, 100, 1_000), UpdatesLeft::Count(10));
        assert_eq!(updates_left(U256::ZERO, 100, 1), UpdatesLeft::Count(0));
        assert_eq!(updates_left(U256::ZERO, 100, 0), UpdatesLeft::Unlimited);
        assert_eq!(updates_left(U256::MAX, 1, 1), UpdatesLeft::Count(u64::MAX));
    }

    proptest! {
        #[test]
        fn a_replacement_is_at_least_a_tenth_dearer_and_never_above_the_cap(
            price in 0_u128..1 << 100,
            market in 0_u128..1 << 100,
            bump_percent in 10_u32..=1_000,
            cap in 0_u128..1 << 110,
        ) {
            let policy = SendPolicy { bump_percent, ..with(FeePolicy::Legacy { cap }) };
            let now = Market { gas_price: market, base_fee: None };
            if let Some(bumped) = policy.bumped(Fees::Legacy { gas_price: price }, now) {
                prop_assert!(bumped.ceiling() <= cap);
                prop_assert!(bumped.ceiling() > price);
                prop_assert!(bumped.ceiling() * 10 >= price * 11);
                prop_assert!(bumped.ceiling() >= market);
            }
        }
    }
}
