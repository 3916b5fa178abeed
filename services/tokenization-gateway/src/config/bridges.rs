//! Ways to other chains: raw text → checked values.

use causeway_primitives::{Address, AssetId};
use causeway_runtime::config::Validator;

use super::{
    chain, raw,
    settings::{BridgeSettings, CactiSettings, MonitorSettings, Network, Way},
};
use crate::adapters::issuer::{Route, Tokens};

const ADDRESS: &str = "an address: 0x and 40 hexadecimal digits";

/// The ways, each of which is told to its asset's token as well.
pub(super) fn bridges(raw: &[raw::Bridge], tokens: &mut Tokens, validator: &mut Validator<'_>) -> Vec<BridgeSettings> {
    let mut bridges = Vec::with_capacity(raw.len());
    for (index, one) in raw.iter().enumerate() {
        let at = format!("bridges.{index}");
        let Some(bridge) = bridge(&at, one, validator) else { continue };
        let Some(token) = tokens.get_mut(&bridge.asset) else {
            validator.refuse(&format!("{at}.asset"), "an asset of this configuration");
            continue;
        };
        let route = match &bridge.way {
            Way::Ccip { contract, .. } => Route::Ccip { bridge: *contract },
            Way::Cacti { escrow, .. } => {
                let mut others = token.routes.values();
                if others.any(|other| matches!(other, Route::Cacti { escrow: other } if other == escrow)) {
                    validator.refuse(&format!("{at}.escrow"), "an account of this way alone");
                }
                Route::Cacti { escrow: *escrow }
            }
        };
        if token.routes.insert(bridge.destination, route).is_some() {
            validator.refuse(&format!("{at}.destination"), "one way of an asset to a chain");
        }
        bridges.push(bridge);
    }
    bridges
}

fn bridge(at: &str, raw: &raw::Bridge, validator: &mut Validator<'_>) -> Option<BridgeSettings> {
    let setting = |name: &str| format!("{at}.{name}");
    let asset = validator.accept(&setting("asset"), "an asset", raw.asset.parse::<AssetId>());
    let destination = validator.accept(&setting("destination"), "CCIP's selector of a chain", raw.destination.parse());
    let chain = chain::chain(&setting("chain"), &raw.chain, validator);
    let token = validator.accept(&setting("token"), ADDRESS, raw.token.parse());
    let way = match raw.kind.as_str() {
        "ccip" => {
            let contract = address(&setting("contract"), raw.contract.as_ref(), validator);
            let peer = address(&setting("peer"), raw.peer.as_ref(), validator);
            Way::Ccip { contract: contract?, peer: peer? }
        }
        "cacti" => {
            let escrow = address(&setting("escrow"), raw.escrow.as_ref(), validator);
            let [home, far] = [("home", &raw.home), ("far", &raw.far)].map(|(name, raw)| {
                let expected = "network, ledger and contract_name, as Cacti has them";
                validator.accept(&setting(name), expected, raw.as_ref().map(network).ok_or(()))
            });
            Way::Cacti { escrow: escrow?, home: home?, far: far? }
        }
        _ => {
            validator.refuse(&setting("kind"), "`ccip` or `cacti`");
            return None;
        }
    };
    Some(BridgeSettings { asset: asset?, destination: destination?, chain: chain?, token: token?, way })
}

fn address(setting: &str, raw: Option<&String>, validator: &mut Validator<'_>) -> Option<Address> {
    validator.accept(setting, ADDRESS, raw.and_then(|text| text.parse().ok()).ok_or(()))
}

fn network(raw: &raw::Network) -> Network {
    let raw::Network { network, ledger, contract_name } = raw;
    Network { network: network.clone(), ledger: ledger.clone(), contract_name: contract_name.clone() }
}

/// Cacti; needed where there is a way by it.
pub(super) fn cacti(raw: &raw::Raw, validator: &mut Validator<'_>) -> Option<CactiSettings> {
    let seconds = raw.cacti.transfer_timeout_seconds;
    let transfer_timeout = validator.positive_seconds("cacti.transfer_timeout_seconds", seconds);
    let poll = validator.positive_ms("cacti.poll_ms", raw.cacti.poll_ms);
    raw.bridges.iter().find(|bridge| bridge.kind == "cacti")?;
    let url = raw.cacti.url.parse::<url::Url>().ok().filter(|url| ["http", "https"].contains(&url.scheme()));
    let url = validator.accept("cacti.url", "an http or https URL, without /api/v1: set CACTI_URL", url.ok_or(()))?;
    Some(CactiSettings { url, transfer_timeout, poll })
}

/// The monitor; needed where there is a way over CCIP.
pub(super) fn monitor(raw: &raw::Raw, validator: &mut Validator<'_>) -> Option<MonitorSettings> {
    let call_timeout = validator.positive_ms("ccip.call_timeout_ms", raw.ccip.call_timeout_ms);
    if raw.ccip.monitor_url.is_empty() {
        if let Some(bridge) = raw.bridges.iter().find(|bridge| bridge.kind == "ccip") {
            let expected =
                format_args!("a ccip-monitor, because {} goes over CCIP: set CCIP_MONITOR_URL", bridge.asset);
            validator.refuse("ccip.monitor_url", expected);
        }
        return None;
    }
    Some(MonitorSettings { url: raw.ccip.monitor_url.clone(), call_timeout })
}
