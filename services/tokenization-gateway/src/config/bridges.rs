//! Ways to other chains: raw text → checked values.

use causeway_primitives::AssetId;
use causeway_runtime::config::Validator;

use super::{
    chain, raw,
    settings::{BridgeSettings, MonitorSettings, Way},
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
        let Way::Ccip { contract, .. } = bridge.way;
        if token.routes.insert(bridge.destination, Route::Ccip { bridge: contract }).is_some() {
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
    let [contract, peer, token] = [("contract", &raw.contract), ("peer", &raw.peer), ("token", &raw.token)]
        .map(|(name, text)| validator.accept(&setting(name), ADDRESS, text.parse()));
    if raw.kind != "ccip" {
        validator.refuse(&setting("kind"), "`ccip`");
    }
    let way = Way::Ccip { contract: contract?, peer: peer? };
    Some(BridgeSettings { asset: asset?, destination: destination?, chain: chain?, token: token?, way })
}

/// The monitor; needed where there is a way over CCIP.
pub(super) fn monitor(raw: &raw::Raw, validator: &mut Validator<'_>) -> Option<MonitorSettings> {
    let call_timeout = validator.positive_ms("ccip.call_timeout_ms", raw.ccip.call_timeout_ms);
    if raw.ccip.monitor_url.is_empty() {
        if let Some(bridge) = raw.bridges.first() {
            let expected =
                format_args!("a ccip-monitor, because {} goes over CCIP: set CCIP_MONITOR_URL", bridge.asset);
            validator.refuse("ccip.monitor_url", expected);
        }
        return None;
    }
    Some(MonitorSettings { url: raw.ccip.monitor_url.clone(), call_timeout })
}
