//! Where the contracts of each lane are, for those who ask them. Made once from the configuration; a lane that the
//! operators did not list, in the deployment of one chain, is asked at that chain's router.

use std::collections::BTreeMap;

use causeway_primitives::{Address, ChainId, ChainSelector};

use crate::domain::lane::{Dialect, LaneKey};

/// A chain's own contracts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainSite {
    /// The chain.
    pub id: ChainId,
    /// CCIP's number of it.
    pub selector: ChainSelector,
    /// The first block that is read.
    pub start_block: u64,
    /// Where applications send.
    pub router: Option<Address>,
    /// The contract that curses.
    pub rmn: Option<Address>,
}

/// An on-ramp, and the blocks in which it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RampSite {
    /// Where it is.
    pub address: Address,
    /// The first block.
    pub from_block: u64,
    /// The last one; `None`: in service.
    pub until_block: Option<u64>,
}

/// A lane's contracts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LaneSite {
    /// On the source chain.
    pub on_ramps: Vec<RampSite>,
    /// On the destination chain.
    pub off_ramps: Vec<RampSite>,
}

/// All of it. Immutable.
#[derive(Debug, Clone, Default)]
pub struct Sites {
    /// The chains.
    pub chains: BTreeMap<ChainSelector, ChainSite>,
    /// The listed lanes.
    pub lanes: BTreeMap<LaneKey, LaneSite>,
}

impl Sites {
    /// The chain of this selector.
    pub fn chain(&self, selector: ChainSelector) -> Option<&ChainSite> {
        self.chains.get(&selector)
    }

    /// The off-ramp of a lane that is in service, or the last that was. An unlisted private lane arrives at the
    /// destination's router.
    pub fn off_ramp(&self, lane: &LaneKey) -> Option<Address> {
        let listed = self.lanes.get(lane).and_then(|site| newest(&site.off_ramps));
        listed.or_else(|| self.own_router(lane, lane.destination))
    }

    /// The on-ramp of a lane that is in service, or the last that was.
    pub fn on_ramp(&self, lane: &LaneKey) -> Option<Address> {
        let listed = self.lanes.get(lane).and_then(|site| newest(&site.on_ramps));
        listed.or_else(|| self.own_router(lane, lane.source))
    }

    fn own_router(&self, lane: &LaneKey, chain: ChainSelector) -> Option<Address> {
        match lane.dialect {
            Dialect::Private(_) => self.chain(chain)?.router,
            Dialect::V1_5 | Dialect::V1_6 | Dialect::V2_0 => None,
        }
    }
}

/// In service before retired, then by the block that it began in.
fn newest(ramps: &[RampSite]) -> Option<Address> {
    ramps.iter().max_by_key(|ramp| (ramp.until_block.is_none(), ramp.from_block)).map(|ramp| ramp.address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ccip_15_a_retired_ramp_is_asked_only_where_there_is_no_other() {
        let ramp =
            |byte, from_block, until_block| RampSite { address: Address::repeat_byte(byte), from_block, until_block };
        let old = ramp(1, 0, Some(99));
        assert_eq!(newest(&[old, ramp(2, 100, None)]), Some(Address::repeat_byte(2)));
        assert_eq!(newest(&[ramp(3, 500, Some(600)), ramp(2, 100, None)]), Some(Address::repeat_byte(2)));
        assert_eq!(newest(&[old]), Some(old.address));
    }
}
