//! The chains: raw text → checked values.

use std::{collections::BTreeSet, str::FromStr, time::Duration};

use causeway_chain::{finality::Finality, rpc::EndpointUrl};
use causeway_primitives::{Address, ChainId, ChainName, ChainSelector};
use causeway_runtime::config::{SecretString, SecretUrl, Validator};

use super::raw;

/// What an address looks like, for complaints.
pub(super) const ADDRESS: &str = "an address: 0x and 40 hexadecimal digits";

/// What a selector looks like, for complaints.
const SELECTOR: &str = "a CCIP chain selector in quotes: a whole number between 1 and 18446744073709551615";

/// A chain.
#[derive(Debug, Clone)]
pub struct ChainSettings {
    /// Its place in the configuration, for errors that only the world reveals: `chains.0` or `one_chain`.
    pub setting: String,
    /// The operators' word for it.
    pub name: ChainName,
    /// Pinned.
    pub id: ChainId,
    /// CCIP's number of it.
    pub selector: ChainSelector,
    /// One or more.
    pub endpoints: Vec<EndpointUrl>,
    /// When a block is final.
    pub finality: Finality,
    /// The first block that is read.
    pub start_block: u64,
    /// Where applications send.
    pub router: Option<Address>,
    /// The contract that curses.
    pub rmn: Option<Address>,
    /// LINK.
    pub link_token: Option<Address>,
    /// Whose LINK is watched.
    pub link_accounts: Vec<Address>,
    /// Blocks of one request at most.
    pub log_blocks: u64,
    /// Requests at once.
    pub windows_in_flight: usize,
    /// How often the head is asked for.
    pub poll: Duration,
}

/// Where the one chain stands that is set by environment.
const ONE_CHAIN: &str = "one_chain";

/// All chains; names, ids and selectors are different. `open`: there is one, made of `[one_chain]`, and complaints name
/// the settings there.
pub(super) fn chains(raw: &raw::Raw, open: bool, validator: &mut Validator<'_>) -> Option<Vec<ChainSettings>> {
    let at = |index: usize| if open { ONE_CHAIN.to_owned() } else { format!("chains.{index}") };
    let read: Vec<_> = raw
        .chains
        .iter()
        .enumerate()
        .map(|(index, chain)| Reader { at: at(index), raw }.chain(chain, validator))
        .collect();
    let chains = read.into_iter().collect::<Option<Vec<_>>>()?;
    distinct(&chains, |chain| chain.name.to_string(), "name", validator);
    distinct(&chains, |chain| chain.id.to_string(), "chain_id", validator);
    distinct(&chains, |chain| chain.selector.to_string(), "selector", validator);
    Some(chains)
}

fn distinct(
    chains: &[ChainSettings],
    key: impl Fn(&ChainSettings) -> String,
    field: &str,
    validator: &mut Validator<'_>,
) {
    let mut seen = BTreeSet::new();
    for chain in chains {
        if !seen.insert(key(chain)) {
            validator.refuse(&format!("{}.{field}", chain.setting), "a value that no other chain has");
        }
    }
}

/// Reads one chain and says where it stands when something is wrong.
pub(super) struct Reader<'a> {
    pub(super) at: String,
    pub(super) raw: &'a raw::Raw,
}

impl Reader<'_> {
    fn setting(&self, field: &str) -> String {
        format!("{}.{field}", self.at)
    }

    pub(super) fn chain(&self, chain: &raw::Chain, validator: &mut Validator<'_>) -> Option<ChainSettings> {
        let expected = "1 to 64 characters of a-z, 0-9, '-', '_', '.' and ':'";
        let name = validator.accept(&self.setting("name"), expected, chain.name.parse());
        let id = validator.accept(&self.setting("chain_id"), "a chain id above 0", ChainId::new(chain.chain_id));
        let selector = validator.accept(&self.setting("selector"), SELECTOR, chain.selector.parse());
        let endpoints = self.endpoints(&chain.rpc_urls, validator);
        let expected = "`instant`, `finalized` or `depth(n)`";
        let finality = validator.accept(&self.setting("finality"), expected, Finality::from_str(&chain.finality));
        let router = if self.at == ONE_CHAIN { "router_address" } else { "router" };
        let router = self.address(router, chain.router.as_deref(), validator);
        let rmn = self.address("rmn", chain.rmn.as_deref(), validator);
        let link_token = self.address("link_token", chain.link_token.as_deref(), validator);
        let accounts: Option<Vec<Address>> = chain.link_accounts.iter().map(|text| text.parse().ok()).collect();
        let link_accounts = validator.accept(&self.setting("link_accounts"), ADDRESS, accounts.ok_or(()));
        if link_token == Some(None) && !chain.link_accounts.is_empty() {
            validator.refuse(&self.setting("link_token"), "the LINK token, because there are link_accounts");
        }
        let monitor = &self.raw.monitor;
        let log_blocks = chain.log_blocks.unwrap_or(monitor.log_blocks);
        let windows = chain.windows_in_flight.unwrap_or(monitor.windows_in_flight);
        let poll = chain.poll_interval_ms.unwrap_or(monitor.poll_interval_ms);
        Some(ChainSettings {
            setting: self.at.clone(),
            name: name?,
            id: id?,
            selector: selector?,
            endpoints: endpoints?,
            finality: finality?,
            start_block: chain.start_block,
            router: router?,
            rmn: rmn?,
            link_token: link_token?,
            link_accounts: link_accounts?,
            log_blocks: validator.within(&self.setting("log_blocks"), log_blocks, 1..=1_000_000),
            windows_in_flight: validator.within(&self.setting("windows_in_flight"), windows, 1..=64),
            poll: validator.positive_ms(&self.setting("poll_interval_ms"), poll),
        })
    }

    fn endpoints(&self, urls: &[SecretUrl], validator: &mut Validator<'_>) -> Option<Vec<EndpointUrl>> {
        let setting = self.setting("rpc_urls");
        if urls.is_empty() {
            validator.refuse(&setting, "at least one http or https URL");
            return None;
        }
        let parsed = urls.iter().map(|url| EndpointUrl::parse(&SecretString::from(url.expose().to_owned())));
        validator.accept(&setting, "http or https URLs", parsed.collect::<Result<Vec<_>, _>>())
    }

    /// `Some(None)`: not set. Empty text is not set, as an environment variable may be.
    fn address(&self, field: &str, text: Option<&str>, validator: &mut Validator<'_>) -> Option<Option<Address>> {
        match text.filter(|text| !text.is_empty()) {
            None => Some(None),
            Some(text) => validator.accept(&self.setting(field), ADDRESS, text.parse().map(Some)),
        }
    }
}
