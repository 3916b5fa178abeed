//! The deployment by environment: one chain, the operators' own router, and every lane that it uses.
//!
//! `RPC_URL` and `CCIP_ROUTER_ADDRESS` are enough. What the other chains show stays unknown, and is said to be.

use causeway_runtime::config::Validator;

use super::raw;

/// Makes a chain of `[one_chain]` when no chain is listed.
pub(super) fn one_chain(raw: &mut raw::Raw, validator: &mut Validator<'_>) {
    if !raw.chains.is_empty() {
        if !raw.one_chain.rpc_urls.is_empty() || !raw.one_chain.router_address.is_empty() {
            validator.refuse("one_chain", "nothing, because [[chains]] are listed: name each chain once");
        }
        return;
    }
    let one = &raw.one_chain;
    let (endpoints, router) = (!one.rpc_urls.is_empty(), !one.router_address.is_empty());
    if !endpoints {
        validator.refuse("one_chain.rpc_urls", "at least one endpoint: set RPC_URL, or list [[chains]] in a file");
    }
    if !router {
        let expected = "the operators' router: set CCIP_ROUTER_ADDRESS, or list [[chains]] in a file";
        validator.refuse("one_chain.router_address", expected);
    }
    // Each has its complaint; a chain without them would only be complained about again.
    if !endpoints || !router {
        return;
    }
    raw.chains.push(raw::Chain {
        name: one.name.clone(),
        chain_id: one.chain_id,
        selector: one.selector.clone(),
        rpc_urls: one.rpc_urls.clone(),
        finality: one.finality.clone(),
        start_block: one.start_block,
        router: Some(one.router_address.clone()),
        rmn: None,
        link_token: Some(one.link_token.clone()),
        link_accounts: one.link_accounts.clone(),
        log_blocks: None,
        windows_in_flight: None,
        poll_interval_ms: None,
    });
}
