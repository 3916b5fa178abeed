//! The read model of chains and lanes → wire. What is not known stays empty: it is never "no".

use causeway_proto::{
    ccip::v1::{Balance, ChainView as WireChain, LaneView as WireLane},
    types::v1::ChainPosition,
};

use super::convert::{bytes, integer};
use crate::app::view::{Balance as BalanceView, ChainView, Known, LaneView, Router};
use causeway_service::wire::timestamp;

fn flag(known: &Known<bool>) -> String {
    let word = known.value().map(|yes| if *yes { "yes" } else { "no" });
    word.unwrap_or_default().to_owned()
}

/// "ok", "unavailable" when it could not be asked, or why it does not serve; empty before the first look.
fn router(known: &Known<Router>) -> String {
    match known {
        Known::NotAsked => String::new(),
        Known::Unknown(_) => "unavailable".to_owned(),
        Known::Is(Router::Serves { .. }) => "ok".to_owned(),
        Known::Is(Router::NoCode) => "there is no code at its address".to_owned(),
        Known::Is(Router::Refuses(why)) => why.clone(),
    }
}

fn balance(view: &BalanceView) -> Balance {
    Balance { account: bytes(view.account), juels: view.juels.value().and_then(integer), days_left: view.days_left }
}

pub(super) fn chain(view: &ChainView) -> WireChain {
    let position = view.position.as_ref().map(|position| ChainPosition {
        chain_id: view.id.get(),
        block_number: position.number,
        block_hash: position.hash.to_string(),
    });
    WireChain {
        name: view.name.to_string(),
        position,
        position_time: view.position_time.and_then(timestamp),
        head: view.head.unwrap_or_default(),
        final_head: view.final_head.unwrap_or_default(),
        router: router(&view.router),
        cursed: flag(&view.cursed),
        balances: view.balances.iter().map(balance).collect(),
    }
}

pub(super) fn lane(view: &LaneView) -> WireLane {
    WireLane {
        name: view.name.to_string(),
        dialect: view.key.dialect.to_string(),
        source: view.source.to_string(),
        destination: view.destination.to_string(),
        supported: flag(&view.supported),
        cursed: flag(&view.cursed),
        expected_next_sequence: view.expected_next.value().copied(),
        last_seen_sequence: view.last_seen,
    }
}
