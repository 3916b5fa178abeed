//! What the source says of a message: its transaction, the router and on-ramp, the sender's funds, curses.

use causeway_primitives::{Address, B256, ChainSelector};

use super::{
    abi::{common, router, v1_5, v1_6, v2_0},
    balances::{funds, has_code},
    curse,
    off_ramp::expected_next,
    reader::At,
};
use crate::{
    domain::{
        diagnose::{
            Gap, Read,
            evidence::{Mined, RouterState, SourceReads},
        },
        lane::Dialect,
    },
    ports::{RampAsk, SourceAsk},
};

pub(super) async fn source(at: At<'_>, ask: &SourceAsk) -> SourceReads {
    let destination = ask.parcel.lane.destination;
    let ramp = RampAsk { dialect: ask.parcel.lane.dialect.clone(), on_ramp: ask.on_ramp, destination };
    let ramp_router = ramp_router(at, &ramp).await;
    let serving = serving_router(&ramp, &ramp_router, ask.router);
    let curses = async {
        let by_ramp = curse::of_on_ramp(at, &ramp.dialect, ramp.on_ramp);
        let rmn = curse::find_rmn(at, serving.filter(|_| is_chainlink(&ramp)), ask.rmn, by_ramp).await;
        curse::curses(at, &rmn, destination).await
    };
    let (mined, router, supported, current_on_ramp, expected_next, funds, curses) = futures_util::join!(
        mined(at, ask.tx),
        router_state(at, serving, destination),
        supported(at, serving, destination),
        current_on_ramp(at, serving, destination),
        expected_next(at, &ramp),
        funds(at, ask, serving),
        curses,
    );
    SourceReads { mined, router, supported, current_on_ramp, ramp_router, expected_next, funds, curses }
}

/// The router in front of an on-ramp: the one that it takes messages from, the configured one while it is paused, and in a
/// private dialect the contract itself.
pub(super) fn serving_router(ramp: &RampAsk, own: &Read<Address>, configured: Option<Address>) -> Option<Address> {
    if is_chainlink(ramp) {
        own.find().copied().filter(|router| *router != Address::ZERO).or(configured)
    } else {
        Some(ramp.on_ramp)
    }
}

pub(super) const fn is_chainlink(ramp: &RampAsk) -> bool {
    match ramp.dialect {
        Dialect::V1_5 | Dialect::V1_6 | Dialect::V2_0 => true,
        Dialect::Private(_) => false,
    }
}

/// Where the send's transaction stands. Asked of the chain as it is, not at the pinned block: receipts have no block.
async fn mined(at: At<'_>, tx: B256) -> Read<Option<Mined>> {
    let found = at.reader.run(|session| async move { session.find_receipt(tx).await }).await;
    let value = found.map(|receipt| {
        let receipt = receipt?;
        Some(Mined { block_hash: receipt.block_hash?, succeeded: receipt.status() })
    });
    let words = match &value {
        Ok(Some(mined)) => {
            format!("in block {}, {}", mined.block_hash, if mined.succeeded { "status 1" } else { "status 0" })
        }
        Ok(None) => "unknown to the endpoint".to_owned(),
        Err(gap) => format!("not known ({gap})"),
    };
    Read { value, proof: format!("eth_getTransactionReceipt({tx}): {words}") }
}

/// Whether there is a router at the router's address. One that says neither its version nor what it supports is none.
pub(super) async fn router_state(at: At<'_>, router: Option<Address>, peer: ChainSelector) -> Read<RouterState> {
    let Some(address) = router else { return Read::not_configured("the router") };
    let code = has_code(at, address).await;
    match code.value {
        Err(gap) => return Read::gap(gap, code.proof),
        Ok(false) => return Read::known(RouterState::NoCode, code.proof),
        Ok(true) => {}
    }
    let (version, supported) = futures_util::join!(
        at.ask(address, "typeAndVersion()", common::typeAndVersionCall {}),
        supported(at, router, peer)
    );
    let value = match (version.value, supported.value) {
        (Ok(version), _) => Ok(RouterState::Serves { version: shortened(&version) }),
        (Err(Gap::Refused { .. }), Ok(_)) => Ok(RouterState::Serves { version: String::new() }),
        (Err(Gap::Refused { .. }), Err(Gap::Refused { reason })) => Ok(RouterState::Refuses { reason }),
        (Err(gap), _) => Err(gap),
    };
    Read { value, proof: version.proof }
}

/// A version is a few words; a contract may answer with a novel.
fn shortened(version: &str) -> String {
    const LONGEST: usize = 64;
    version.chars().filter(|letter| !letter.is_control()).take(LONGEST).collect()
}

pub(super) async fn supported(at: At<'_>, router: Option<Address>, peer: ChainSelector) -> Read<bool> {
    let Some(router) = router else { return Read::not_configured("the router") };
    let call = router::isChainSupportedCall { selector: peer.get() };
    at.ask(router, &format!("isChainSupported({peer})"), call).await
}

async fn current_on_ramp(at: At<'_>, router: Option<Address>, destination: ChainSelector) -> Read<Address> {
    let Some(router) = router else { return Read::not_configured("the source's router") };
    let destination = destination.get();
    at.ask(router, &format!("getOnRamp({destination})"), router::getOnRampCall { destination }).await
}

/// The router that an on-ramp takes messages from; zero: paused.
pub(super) async fn ramp_router(at: At<'_>, ask: &RampAsk) -> Read<Address> {
    let destination = ask.destination.get();
    let what = format!("getDestChainConfig({destination})");
    let words = |router: &Address| format!("router {router}");
    match ask.dialect {
        Dialect::V1_5 => at.ask(ask.on_ramp, "getDynamicConfig()", v1_5::on_ramp::getDynamicConfigCall {}).await,
        Dialect::V1_6 => {
            let call = v1_6::getDestChainConfigCall { destination };
            at.ask_as(ask.on_ramp, &what, call, |config| config.router, words).await
        }
        Dialect::V2_0 => {
            let call = v2_0::getDestChainConfigCall { destination };
            at.ask_as(ask.on_ramp, &what, call, |config| config.router, words).await
        }
        Dialect::Private(_) => Read::needs("an on-ramp, which a private dialect does not have"),
    }
}
