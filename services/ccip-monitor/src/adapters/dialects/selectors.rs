//! The official selectors of chains, from the table in `data/chain_selectors.csv`.
//!
//! Chains without an official selector, 138 among them, are in the configuration only.

use std::sync::LazyLock;

use causeway_primitives::{ChainId, ChainSelector};

/// A chain with an official selector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Official {
    /// The selector.
    pub selector: ChainSelector,
    /// The chain's id.
    pub chain: ChainId,
    /// Its name, for example `ethereum-mainnet`.
    pub name: &'static str,
    /// True for a chain whose coins are worth nothing.
    pub is_testnet: bool,
}

/// By selector.
static BY_SELECTOR: LazyLock<Vec<Official>> = LazyLock::new(|| {
    let mut all: Vec<_> = TABLE.lines().filter_map(parse).collect();
    all.sort_unstable_by_key(|official| official.selector);
    all
});

const TABLE: &str = include_str!("../../../data/chain_selectors.csv");

/// The chain of a selector.
pub fn find_by_selector(selector: ChainSelector) -> Option<Official> {
    let index = BY_SELECTOR.binary_search_by_key(&selector, |official| official.selector).ok()?;
    BY_SELECTOR.get(index).copied()
}

/// The selector of a chain.
pub fn find_by_chain(chain: ChainId) -> Option<Official> {
    BY_SELECTOR.iter().find(|official| official.chain == chain).copied()
}

/// A row: chain id, selector, name, family, network type. The heading is none.
fn parse(line: &'static str) -> Option<Official> {
    let mut fields = line.split(',');
    let chain = ChainId::new(fields.next()?.parse().ok()?).ok()?;
    let selector = fields.next()?.parse().ok()?;
    let name = fields.next()?;
    let (_family, network) = (fields.next()?, fields.next()?);
    Some(Official { selector, chain, name, is_testnet: network == "TESTNET" })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ccip_3_every_row_of_the_table_is_a_chain() {
        assert_eq!(BY_SELECTOR.len(), TABLE.lines().count() - 1);
        let selectors: BTreeSet<_> = BY_SELECTOR.iter().map(|official| official.selector).collect();
        assert_eq!(selectors.len(), BY_SELECTOR.len(), "a selector is of one chain");
        let wide = BY_SELECTOR.iter().filter(|official| i64::try_from(official.selector.get()).is_err());
        assert_eq!(wide.count(), 70, "a quarter exceeds 63 bits");
    }

    #[test]
    fn ccip_3_chains_are_found_both_ways_and_138_is_none_of_them() {
        let sepolia = find_by_selector("16015286601757825753".parse().unwrap()).unwrap();
        assert_eq!(
            (sepolia.chain.get(), sepolia.name, sepolia.is_testnet),
            (11_155_111, "ethereum-testnet-sepolia", true)
        );
        let mainnet = find_by_chain(ChainId::new(1).unwrap()).unwrap();
        assert_eq!((mainnet.selector.get(), mainnet.is_testnet), (5_009_297_550_715_157_269, false));
        assert_eq!(find_by_chain(ChainId::new(138).unwrap()), None);
        assert_eq!(find_by_selector(ChainSelector::new(138).unwrap()), None);
    }
}
