//! Curses: the contract that curses is found through the router, or named by the ramp, where none is configured.

use std::future::Future;

use alloy::primitives::FixedBytes;
use causeway_primitives::{Address, ChainSelector};

use super::{
    abi::{common, registry, router, v1_5},
    reader::At,
};
use crate::domain::{
    diagnose::{Gap, Read, evidence::Curses},
    lane::Dialect,
};

/// The contract that curses: what the lane's router calls its "ARM proxy". The router knows best: ramps of several
/// versions may stand on one chain, each with its own. Where there is no such router, the configured one; and without
/// that the one that the ramp was deployed with, as of a ramp that is paused and has no router.
pub(super) async fn find_rmn(
    at: At<'_>,
    router: Option<Address>,
    configured: Option<Address>,
    ramp: impl Future<Output = Read<Address>>,
) -> Read<Address> {
    let by_router = match router {
        Some(router) => at.ask(router, "getArmProxy()", router::getArmProxyCall {}).await,
        None => Read::not_configured("a router or the contract that curses"),
    };
    if is_named(&by_router) {
        return by_router;
    }
    if let Some(configured) = configured {
        return Read::known(configured, String::new());
    }
    let by_ramp = ramp.await;
    if is_named(&by_ramp) || by_router.value.is_err() {
        return if is_named(&by_ramp) { by_ramp } else { by_router };
    }
    Read::gap(Gap::NotConfigured { missing: "the contract that curses" }, by_router.proof)
}

fn is_named(read: &Read<Address>) -> bool {
    read.find().is_some_and(|address| *address != Address::ZERO)
}

/// The one that an on-ramp was deployed with.
pub(super) async fn of_on_ramp(at: At<'_>, dialect: &Dialect, on_ramp: Address) -> Read<Address> {
    const WHAT: &str = "getStaticConfig()";
    let words = |rmn: &Address| format!("RMN {rmn}");
    match dialect {
        Dialect::V1_5 => {
            let call = v1_5::on_ramp_deployment::getStaticConfigCall {};
            at.ask_as(on_ramp, WHAT, call, |config| config.rmnProxy, words).await
        }
        Dialect::V1_6 | Dialect::V2_0 => {
            let call = registry::on_ramp::getStaticConfigCall {};
            at.ask_as(on_ramp, WHAT, call, |config| config.rmnRemote, words).await
        }
        Dialect::Private(_) => none(),
    }
}

/// The one that an off-ramp was deployed with.
pub(super) async fn of_off_ramp(at: At<'_>, dialect: &Dialect, off_ramp: Address) -> Read<Address> {
    const WHAT: &str = "getStaticConfig()";
    let words = |rmn: &Address| format!("RMN {rmn}");
    match dialect {
        Dialect::V1_5 => {
            let call = v1_5::off_ramp_deployment::getStaticConfigCall {};
            at.ask_as(off_ramp, WHAT, call, |config| config.rmnProxy, words).await
        }
        Dialect::V1_6 | Dialect::V2_0 => {
            let call = registry::getStaticConfigCall {};
            at.ask_as(off_ramp, WHAT, call, |config| config.rmnRemote, words).await
        }
        Dialect::Private(_) => none(),
    }
}

fn none() -> Read<Address> {
    Read::needs("a ramp, which a private dialect does not have")
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
