//! The chains: who is asked, how many must agree, what is final, who signs and who may do what.

use std::{collections::BTreeSet, str::FromStr as _};

use causeway_chain::{finality::Finality, rpc::EndpointUrl};
use causeway_primitives::{Address, B256, Bytes, ChainId, ChainName, keccak256};
use causeway_runtime::config::Validator;

use super::{
    amounts::{ADDRESS, NAME, address, find_address, word},
    raw,
};
use crate::{
    adapters::chain::{Endpoint, Slot},
    domain::{name::Name, rules::ChainRule},
};

/// A chain.
#[derive(Debug, Clone)]
pub struct ChainSettings {
    /// Its place in the configuration, for errors that only the world reveals: `chains.0`.
    pub setting: String,
    /// The operators' word for it.
    pub name: ChainName,
    /// Pinned.
    pub id: ChainId,
    /// Where each endpoint is, in the order of `endpoints`.
    pub urls: Vec<EndpointUrl>,
    /// What each endpoint is called, and who runs it.
    pub endpoints: Vec<Endpoint>,
    /// When a block is final.
    pub finality: Finality,
    /// What evidence takes.
    pub rule: ChainRule,
    /// Where roots are anchored.
    pub settlement: Option<Address>,
    /// Who signs.
    pub accounts: Vec<Address>,
    /// Who may do what.
    pub slots: Vec<SlotSettings>,
}

/// An authority.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotSettings {
    /// Its name.
    pub name: Name,
    /// Where it is written.
    pub of: Slot,
    /// What it must be.
    pub value: B256,
}

/// All chains; names, ids and the names of slots are different.
pub(super) fn chains(raw: &[raw::Chain], validator: &mut Validator<'_>) -> Option<Vec<ChainSettings>> {
    if raw.len() < 2 {
        validator.refuse("chains", "two chains or more: a bridge has two ends");
    }
    let read: Vec<_> = raw.iter().enumerate().map(|(index, one)| chain(index, one, validator)).collect();
    let chains = read.into_iter().collect::<Option<Vec<_>>>()?;
    let (mut names, mut ids, mut slots) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for chain in &chains {
        if !names.insert(&chain.name) {
            validator.refuse(&format!("{}.name", chain.setting), "a name that no other chain has");
        }
        if !ids.insert(chain.id.get()) {
            validator.refuse(&format!("{}.chain_id", chain.setting), "an id that no other chain has");
        }
        for (index, slot) in chain.slots.iter().enumerate() {
            if !slots.insert(&slot.name) {
                validator.refuse(&format!("{}.slots.{index}.name", chain.setting), "a name that no other slot has");
            }
        }
    }
    Some(chains)
}

fn chain(index: usize, raw: &raw::Chain, validator: &mut Validator<'_>) -> Option<ChainSettings> {
    let setting = format!("chains.{index}");
    let at = |field: &str| format!("{setting}.{field}");
    let expected = "1 to 64 characters of a-z, 0-9, '-', '_', '.' and ':'";
    let name = validator.accept(&at("name"), expected, raw.name.parse::<ChainName>());
    let id = validator.accept(&at("chain_id"), "a chain id above 0", ChainId::new(raw.chain_id));
    let expected = "`instant`, `finalized` or `depth(n)`";
    let finality = validator.accept(&at("finality"), expected, Finality::from_str(&raw.finality));
    let max_lag = validator.within(&at("max_lag_blocks"), raw.max_lag_blocks, 1..=1_000_000);
    let settlement = find_address(&at("settlement"), raw.settlement.as_ref(), validator);
    let accounts: Option<Vec<Address>> = raw.accounts.iter().map(|text| text.parse().ok()).collect();
    let accounts = validator.accept(&at("accounts"), ADDRESS, accounts.ok_or(()));
    let endpoints = endpoints(&setting, &raw.endpoints, validator);
    if let Some(endpoints) = &endpoints {
        independent(&at("quorum"), raw.quorum, endpoints, validator);
    }
    let read: Vec<_> =
        raw.slots.iter().enumerate().map(|(n, one)| slot(&at(&format!("slots.{n}")), one, validator)).collect();
    let slots = read.into_iter().collect::<Option<Vec<_>>>();
    let (endpoints, urls) = endpoints?.into_iter().unzip();
    Some(ChainSettings {
        name: name?,
        id: id?,
        urls,
        endpoints,
        finality: finality?,
        rule: ChainRule { quorum: raw.quorum, max_lag, first_block: raw.first_block },
        settlement: settlement?,
        accounts: accounts?,
        slots: slots?,
        setting,
    })
}

/// Endpoints of one operator are one voice.
fn independent(setting: &str, quorum: u32, endpoints: &[(Endpoint, EndpointUrl)], validator: &mut Validator<'_>) {
    let operators: BTreeSet<_> = endpoints.iter().map(|(endpoint, _)| &endpoint.operator).collect();
    let most = u32::try_from(operators.len()).unwrap_or(u32::MAX);
    if !(1..=most).contains(&quorum) {
        let expected = format!("1 to {most}, which is how many different operators run the endpoints");
        validator.refuse(setting, expected);
    }
}

fn endpoints(
    setting: &str,
    raw: &[raw::Endpoint],
    validator: &mut Validator<'_>,
) -> Option<Vec<(Endpoint, EndpointUrl)>> {
    if raw.is_empty() {
        validator.refuse(&format!("{setting}.endpoints"), "at least one [[chains.endpoints]]");
        return None;
    }
    let mut seen = BTreeSet::new();
    let mut read = Vec::new();
    for (index, one) in raw.iter().enumerate() {
        let at = |field: &str| format!("{setting}.endpoints.{index}.{field}");
        let name = validator.accept(&at("name"), NAME, one.name.parse::<Name>());
        let operator = validator.accept(&at("operator"), NAME, one.operator.parse::<Name>());
        let url = validator.accept(&at("url"), "an http or https URL", EndpointUrl::parse(&one.url));
        if !seen.insert(&one.name) {
            validator.refuse(&at("name"), "a name that no other endpoint of the chain has");
        }
        read.push(name.zip(operator).zip(url).map(|((name, operator), url)| (Endpoint { name, operator }, url)));
    }
    read.into_iter().collect()
}

fn slot(setting: &str, raw: &raw::Slot, validator: &mut Validator<'_>) -> Option<SlotSettings> {
    let at = |field: &str| format!("{setting}.{field}");
    let name = validator.accept(&at("name"), NAME, raw.name.parse());
    let contract = address(&at("contract"), &raw.contract, validator);
    let value = word(&at("value"), &raw.value, validator);
    let of = match (&raw.getter, &raw.storage_slot) {
        (Some(getter), None) => {
            let data =
                validator.accept(&at("getter"), "a function without arguments such as `keeper()`", selector(getter));
            contract.zip(data).map(|(contract, data)| Slot::Getter(contract, data))
        }
        (None, Some(slot)) => {
            let slot = validator.accept(&at("storage_slot"), "32 bytes: 0x and 64 hexadecimal digits", slot.parse());
            contract.zip(slot).map(|(contract, slot)| Slot::Storage(contract, slot))
        }
        (Some(_), Some(_)) | (None, None) => {
            validator.refuse(setting, "either a getter or a storage_slot");
            None
        }
    };
    Some(SlotSettings { name: name?, of: of?, value: value? })
}

/// The selector of a function without arguments.
fn selector(signature: &str) -> Result<Bytes, ()> {
    let name = signature.strip_suffix("()").filter(|name| !name.is_empty()).ok_or(())?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$';
    if !name.bytes().all(plain) {
        return Err(());
    }
    keccak256(signature.as_bytes()).get(..4).map(Bytes::copy_from_slice).ok_or(())
}
