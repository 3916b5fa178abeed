//! What is looked at from time to time: everything at one block, everything at once.

use causeway_primitives::Address;
use futures_util::future::join_all;

use super::{
    abi::common,
    curse,
    off_ramp::{OffRamp, expected_next},
    reader::At,
    source::{is_chainlink, ramp_router, router_state, serving_router, supported},
};
use crate::{
    domain::{
        diagnose::{Read, evidence::Curses},
        lane::Dialect,
    },
    ports::{IncomingAsk, OutgoingAsk, OutgoingReads, ProbeAsk, ProbeReads, RampAsk},
};

pub(super) async fn probe(at: At<'_>, ask: &ProbeAsk) -> ProbeReads {
    let peer = ask.outgoing.first().map_or(ask.own, |outgoing| outgoing.lane.destination);
    let cursed = async {
        let no_ramp = async { Read::not_configured("a router or the contract that curses") };
        let rmn = curse::find_rmn(at, ask.router, ask.rmn, no_ramp).await;
        curse::global(at, &rmn).await
    };
    let incoming = ask.incoming.iter().map(|lane| async move { (lane.lane.clone(), arriving(at, ask, lane).await) });
    let balances = ask.link_accounts.iter().map(|account| async move {
        let read = match ask.link_token {
            None => Read::not_configured("the LINK token"),
            Some(token) => {
                at.ask(token, &format!("balanceOf({account})"), common::balanceOfCall { account: *account }).await
            }
        };
        (*account, read)
    });
    let (router, cursed, outgoing, incoming, balances) = futures_util::join!(
        router_state(at, ask.router, peer),
        cursed,
        join_all(ask.outgoing.iter().map(|lane| leaving(at, ask, lane))),
        join_all(incoming),
        join_all(balances),
    );
    ProbeReads { router, cursed, outgoing, incoming, balances }
}

async fn leaving(at: At<'_>, ask: &ProbeAsk, outgoing: &OutgoingAsk) -> OutgoingReads {
    let lane = outgoing.lane.clone();
    let destination = lane.destination;
    let ramp = RampAsk { dialect: lane.dialect.clone(), on_ramp: outgoing.on_ramp, destination };
    let router = serving_router(&ramp, &ramp_router(at, &ramp).await, ask.router);
    let curses = async {
        let by_ramp = curse::of_on_ramp(at, &lane.dialect, ramp.on_ramp);
        let rmn = curse::find_rmn(at, router.filter(|_| is_chainlink(&ramp)), ask.rmn, by_ramp).await;
        curse::curses(at, &rmn, destination).await
    };
    let (supported, expected_next, curses) =
        futures_util::join!(supported(at, router, destination), expected_next(at, &ramp), curses);
    OutgoingReads { lane, supported, expected_next, curses }
}

async fn arriving(at: At<'_>, ask: &ProbeAsk, incoming: &IncomingAsk) -> Read<Curses> {
    let lane = &incoming.lane;
    let ramp = OffRamp { at, address: incoming.off_ramp, dialect: lane.dialect.clone(), source: lane.source };
    let router = match lane.dialect {
        Dialect::Private(_) => None,
        Dialect::V1_5 | Dialect::V1_6 | Dialect::V2_0 => ramp.router().await.find().copied().or(ask.router),
    };
    let by_ramp = curse::of_off_ramp(at, &lane.dialect, incoming.off_ramp);
    let rmn = curse::find_rmn(at, router.filter(|router| *router != Address::ZERO), ask.rmn, by_ramp).await;
    curse::curses(at, &rmn, lane.source).await
}
