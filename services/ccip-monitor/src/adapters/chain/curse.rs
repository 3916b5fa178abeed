//! Curses: found through the router where no contract is configured.

use alloy::primitives::FixedBytes;
use causeway_primitives::{Address, ChainSelector};

use super::{
    abi::{common, router},
    reader::At,
};
use crate::domain::diagnose::{Gap, Read, evidence::Curses};

/// The contract that curses: what the lane's router calls its "ARM proxy", or the configured one where there is no such
/// router. The router knows better: ramps of several versions may stand on one chain, each with its own.
pub(super) async fn find_rmn(at: At<'_>, router: Option<Address>, configured: Option<Address>) -> Read<Address> {
    let known = configured.map(|rmn| Read::known(rmn, String::new()));
    let Some(router) = router else {
        return known.unwrap_or_else(|| Read::not_configured("a router or the contract that curses"));
    };
    let read = at.ask(router, "getArmProxy()", router::getArmProxyCall {}).await;
    match (&read.value, known) {
        (Ok(Address::ZERO), None) => Read::gap(Gap::NotConfigured { missing: "the contract that curses" }, read.proof),
        (Ok(Address::ZERO) | Err(_), Some(known)) => known,
        (Ok(_), _) | (Err(_), None) => read,
    }
}

/// Whether everything is cursed.
pub(super) async fn global(at: At<'_>, rmn: &Read<Address>) -> Read<bool> {
    match &rmn.value {
        Ok(rmn) => at.ask(*rmn, "isCursed()", common::isCursedCall {}).await,
        Err(gap) => Read::gap(gap.clone(), rmn.proof.clone()),
    }
}

/// Whether everything, or the chain at the other end, is cursed. The older contracts know only the whole.
pub(super) async fn curses(at: At<'_>, rmn: &Read<Address>, peer: ChainSelector) -> Read<Curses> {
    let Ok(contract) = rmn.value else {
        return Read {
            value: rmn.value.clone().map(|_| Curses { global: false, lane: false }),
            proof: rmn.proof.clone(),
        };
    };
    let what = format!("isCursed({peer})");
    let call = common::subject::isCursedCall { subject: subject(peer) };
    let (global, lane) = futures_util::join!(global(at, rmn), at.ask(contract, &what, call));
    let value = match (global.value, lane.value) {
        (Ok(global), Ok(lane)) => Ok(Curses { global, lane }),
        (Ok(global), Err(Gap::Refused { .. })) => Ok(Curses { global, lane: false }),
        (Err(gap), _) | (_, Err(gap)) => Err(gap),
    };
    Read { value, proof: format!("{}\n{}", global.proof, lane.proof) }
}

/// A chain as a curse's subject: its selector as a number of 128 bits.
fn subject(peer: ChainSelector) -> FixedBytes<16> {
    FixedBytes(u128::from(peer.get()).to_be_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ccip_11_a_lane_is_cursed_by_its_selector_in_128_bits() {
        let selector = ChainSelector::new(0x0102_0304_0506_0708).unwrap();
        assert_eq!(subject(selector).to_string(), "0x00000000000000000102030405060708");
    }
}
