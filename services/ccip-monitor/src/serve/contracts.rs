//! The configuration's lanes as what the parts work with: contracts to watch, names, the empty read model.

use std::collections::BTreeMap;

use causeway_primitives::{Address, ChainId, ChainSelector};
use causeway_runtime::process::Failure;

use crate::{
    adapters::dialects::Registry,
    app::{
        lanes::{LaneBook, Listed},
        view::{Balance, ChainView, Known, LaneView, Views},
    },
    config::{ChainSettings, Config, LaneSettings, Ramp},
    domain::lane::{Dialect, LaneKey},
    ports::{Contract, Role},
};

/// What the operators said about lanes.
pub(crate) fn lane_book(config: &Config) -> LaneBook {
    let listed = |lane: &LaneSettings| Listed {
        name: lane.name.clone(),
        expire_after: lane.expire_after,
        senders: lane.allowed_senders.iter().copied().collect(),
        receivers: lane.allowed_receivers.iter().cloned().collect(),
    };
    LaneBook {
        chains: config.chains.iter().map(|chain| (chain.selector, (chain.id, chain.name.clone()))).collect(),
        lanes: config.lanes.iter().map(|lane| (lane.key.clone(), listed(lane))).collect(),
        open: config.open,
        expire_after: config.monitor.expire_after,
    }
}

/// The read model before anything was looked at.
pub(crate) fn views(config: &Config) -> Views {
    let chain = |chain: &ChainSettings| ChainView {
        name: chain.name.clone(),
        id: chain.id,
        selector: chain.selector,
        position: None,
        position_time: None,
        head: None,
        head_time: None,
        final_head: None,
        router: Known::NotAsked,
        cursed: Known::NotAsked,
        balances: chain.link_accounts.iter().map(|account| balance(*account)).collect(),
        looked_at: None,
    };
    let name = |selector: ChainSelector| config.chains.iter().find(|chain| chain.selector == selector);
    let lane = |lane: &LaneSettings| {
        Some(LaneView {
            name: lane.name.clone(),
            key: lane.key.clone(),
            source: name(lane.key.source)?.name.clone(),
            destination: name(lane.key.destination)?.name.clone(),
            supported: Known::NotAsked,
            cursed: Known::NotAsked,
            expected_next: Known::NotAsked,
            last_seen: None,
        })
    };
    Views::new(config.chains.iter().map(chain), config.lanes.iter().filter_map(lane))
}

const fn balance(account: Address) -> Balance {
    Balance { account, juels: Known::NotAsked, days_left: None }
}

/// Every contract that is watched, with the decoder of its dialect.
///
/// # Errors
/// [`Failure`] when two dialects claim the same logs.
pub(crate) fn registry(config: &Config) -> Result<Registry, Failure> {
    let mut contracts = Vec::new();
    if config.open {
        let dialect = Dialect::from_name(&config.open_dialect);
        for chain in &config.chains {
            let Some(router) = chain.router else { continue };
            let ramp = Ramp { address: router, from_block: 0, until_block: None };
            let both = [Role::OnRamp, Role::OffRamp];
            contracts.extend(both.map(|role| (chain.id, contract(chain.selector, &dialect, role, ramp))));
        }
    }
    config.lanes.iter().for_each(|lane| watch_lane(&config.chains, lane, &mut contracts));
    watch_shared(config, &mut contracts);
    Registry::new(contracts, &config.dialects).map_err(|error| {
        config.base.effective.refuse("lanes", format_args!("contracts that fit together, but {error}")).into()
    })
}

fn watch_lane(chains: &[ChainSettings], lane: &LaneSettings, contracts: &mut Vec<(ChainId, Contract)>) {
    let LaneKey { dialect, source, destination } = &lane.key;
    let sides = [
        (Role::OnRamp, *source, *destination, &lane.on_ramps),
        (Role::OffRamp, *destination, *source, &lane.off_ramps),
        (Role::CommitStore, *destination, *source, &lane.commit_stores),
        (Role::NonceManager, *destination, *source, &lane.nonce_managers),
    ];
    for (role, home, peer, ramps) in sides {
        let Some(chain) = chains.iter().find(|chain| chain.selector == home) else { continue };
        for (index, ramp) in ramps.iter().enumerate() {
            let mut contract = contract(home, dialect, role, *ramp);
            // Only 1.2 and 1.5 have contracts of one lane; the others serve many and say in their events which.
            if *dialect == Dialect::V1_5 {
                contract.peer = Some(peer);
            }
            // The configuration has as many of them as on-ramps, in their order.
            if *dialect == Dialect::V1_5 && role == Role::CommitStore {
                contract.peer_on_ramp = lane.on_ramps.get(index).map(|ramp| ramp.address);
            }
            contracts.push((chain.id, contract));
        }
    }
}

/// Routers and the contracts that curse: of Chainlink's newest dialect on the chain, whose events they have.
fn watch_shared(config: &Config, contracts: &mut Vec<(ChainId, Contract)>) {
    let mut newest: BTreeMap<ChainSelector, &Dialect> = BTreeMap::new();
    for lane in &config.lanes {
        let dialect = &lane.key.dialect;
        if matches!(dialect, Dialect::V1_5 | Dialect::V1_6 | Dialect::V2_0) {
            for selector in [lane.key.source, lane.key.destination] {
                let known = newest.entry(selector).or_insert(dialect);
                *known = dialect.max(known);
            }
        }
    }
    for chain in &config.chains {
        let Some(dialect) = newest.get(&chain.selector) else { continue };
        for (role, address) in [(Role::Router, chain.router), (Role::Rmn, chain.rmn)] {
            let Some(address) = address else { continue };
            let ramp = Ramp { address, from_block: 0, until_block: None };
            contracts.push((chain.id, contract(chain.selector, dialect, role, ramp)));
        }
    }
}

fn contract(home: ChainSelector, dialect: &Dialect, role: Role, ramp: Ramp) -> Contract {
    Contract {
        address: ramp.address,
        role,
        dialect: dialect.clone(),
        home,
        peer: None,
        from_block: ramp.from_block,
        until_block: ramp.until_block,
        peer_on_ramp: None,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use causeway_chain::finality::Finality;

    use super::*;

    fn selector(number: u64) -> ChainSelector {
        ChainSelector::new(number).unwrap()
    }

    fn chain(number: u64) -> ChainSettings {
        ChainSettings {
            setting: "chains.0".to_owned(),
            name: format!("chain-{number}").parse().unwrap(),
            id: ChainId::new(number).unwrap(),
            selector: selector(number),
            endpoints: Vec::new(),
            finality: Finality::Instant,
            start_block: 0,
            router: None,
            rmn: None,
            link_token: None,
            link_accounts: Vec::new(),
            log_blocks: 1_000,
            windows_in_flight: 1,
            poll: Duration::from_secs(1),
        }
    }

    fn ramps(bytes: &[u8]) -> Vec<Ramp> {
        let ramp = |byte: &u8| Ramp { address: Address::repeat_byte(*byte), from_block: 0, until_block: None };
        bytes.iter().map(ramp).collect()
    }

    #[test]
    fn ccip_3_a_commit_store_speaks_of_the_on_ramp_in_its_place() {
        let lane = LaneSettings {
            setting: "lanes.0".to_owned(),
            name: "there".parse().unwrap(),
            key: LaneKey { dialect: Dialect::V1_5, source: selector(1), destination: selector(2) },
            on_ramps: ramps(&[0x11, 0x12]),
            off_ramps: ramps(&[0x21, 0x22]),
            commit_stores: ramps(&[0x31, 0x32]),
            nonce_managers: Vec::new(),
            expire_after: Duration::from_secs(1),
            allowed_senders: Vec::new(),
            allowed_receivers: Vec::new(),
        };
        let mut contracts = Vec::new();
        watch_lane(&[chain(1), chain(2)], &lane, &mut contracts);
        let stores = contracts.iter().filter(|(_, contract)| contract.role == Role::CommitStore);
        let pairs: Vec<_> = stores.map(|(_, store)| (store.address, store.peer_on_ramp)).collect();
        let byte = Address::repeat_byte;
        assert_eq!(pairs, [(byte(0x31), Some(byte(0x11))), (byte(0x32), Some(byte(0x12)))]);
    }
}
