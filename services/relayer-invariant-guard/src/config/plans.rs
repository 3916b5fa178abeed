//! From checked chains and assets to what the parts work with: rules, what is read of the books, what is asked of a chain.

use std::collections::{BTreeMap, BTreeSet};

use causeway_primitives::{Address, ChainName};

use super::{
    AssetSettings, ChainSettings, Sweeping,
    terms::{TermCall, TermSettings},
};
use crate::{
    adapters::{
        chain::{Ask, Emitter, Plan},
        store::books::{Asset, Counter, Scope, Side},
    },
    domain::{
        evidence::EventKind,
        finding::{Code, Consequence, Mode},
        name::Name,
        preset::{Preset, terms},
        rules::{NonceRule, Route, Rules, SlotRule},
    },
};

/// What the rules are made of, besides chains and assets.
pub(super) struct Declared {
    pub(super) matching_bound: u64,
    pub(super) nonces: NonceRule,
    pub(super) constraints: BTreeSet<Name>,
    pub(super) consequences: BTreeMap<Code, Consequence>,
    pub(super) mode: Mode,
}

pub(super) fn rules(chains: &[ChainSettings], assets: &[AssetSettings], declared: Declared) -> Rules {
    let Declared { matching_bound, nonces, constraints, consequences, mode } = declared;
    let route = |asset: &AssetSettings| {
        let route = Route { home: asset.bridge.home.clone(), remote: asset.bridge.remote.clone() };
        (asset.bridge.asset.clone(), route)
    };
    let slots = chains.iter().flat_map(|chain| {
        let rule = |value| SlotRule { chain: chain.name.clone(), value };
        chain.slots.iter().map(move |slot| (slot.name.clone(), rule(slot.value)))
    });
    let mut rules = Rules {
        equations: assets.iter().flat_map(|asset| asset.equations.clone()).collect(),
        routes: assets.iter().map(route).collect(),
        chains: chains.iter().map(|chain| (chain.name.clone(), chain.rule)).collect(),
        matching_bound,
        nonces,
        constraints,
        slots: slots.collect(),
        velocity: assets.iter().flat_map(|asset| asset.windows.iter().map(|(_, cap)| cap.clone())).collect(),
        consequences,
    };
    if mode == Mode::Shadow {
        in_shadow(&mut rules);
    }
    rules
}

/// Nothing halts: it is only said what would have.
fn in_shadow(rules: &mut Rules) {
    for side in rules.equations.iter_mut().flat_map(|equation| [&mut equation.above, &mut equation.below]) {
        side.consequence.mode = Mode::Shadow;
    }
    for code in Code::EVERY {
        let consequence = Consequence { mode: Mode::Shadow, ..rules.consequence(*code) };
        rules.consequences.insert(*code, consequence);
    }
}

/// What is read of the relayer's database.
pub(super) fn scope(chains: &[ChainSettings], assets: &[AssetSettings]) -> Scope {
    let asset = |asset: &AssetSettings| Asset {
        id: asset.bridge.asset.clone(),
        home: asset.bridge.home.clone(),
        remote: asset.bridge.remote.clone(),
        home_token: asset.home_asset,
        remote_token: asset.remote_asset,
    };
    let mut counters: Vec<Counter> = Vec::new();
    let mut windows: BTreeMap<Name, u64> = BTreeMap::new();
    for asset in assets {
        let ends =
            [(&asset.bridge.home, asset.lockbox, Side::Home), (&asset.bridge.remote, asset.remote_token, Side::Remote)];
        for ((chain, contract, side), first) in ends.into_iter().zip(asset.first_message.into_iter().cycle()) {
            let counter = Counter { chain: chain.clone(), contract, first, side };
            if !counters.contains(&counter) {
                counters.push(counter);
            }
        }
        windows.extend(asset.windows.iter().map(|(blocks, cap)| (cap.window.clone(), *blocks)));
    }
    Scope {
        chains: chains.iter().map(|chain| (chain.name.clone(), chain.id.get())).collect(),
        assets: assets.iter().map(asset).collect(),
        counters,
        windows: windows.into_iter().collect(),
        terms: assets.iter().flat_map(|asset| asset.further.statements.iter().cloned()).collect(),
    }
}

/// What is asked of a chain.
pub(super) fn plan(chain: &ChainSettings, assets: &[AssetSettings], sweeping: Sweeping, log_blocks: u64) -> Plan {
    let mut plan = Plan {
        endpoints: chain.endpoints.clone(),
        finality: chain.finality,
        asks: Vec::new(),
        emitters: Vec::new(),
        assets: BTreeMap::new(),
        settlement: chain.settlement,
        first_block: chain.rule.first_block,
        log_blocks,
        within: sweeping.gather_within,
    };
    for asset in assets {
        home(&mut plan, &chain.name, asset);
        remote(&mut plan, &chain.name, asset);
        let here = asset.further.calls.iter().filter(|term| term.chain == chain.name);
        plan.asks.extend(here.map(|term| further(asset, term)));
    }
    plan.asks.extend(chain.accounts.iter().map(|account| Ask::Nonce(*account)));
    plan.asks.extend(chain.slots.iter().map(|slot| Ask::Slot { name: slot.name.clone(), of: slot.of.clone() }));
    plan
}

fn home(plan: &mut Plan, chain: &ChainName, asset: &AssetSettings) {
    if asset.bridge.home != *chain {
        return;
    }
    // Where nothing is in custody, nobody asks for it.
    if asset.preset != Some(Preset::BurnMint) {
        let name = Name::literal(terms::CUSTODY);
        plan.asks.push(Ask::balance(asset.bridge.asset.clone(), name, asset.home_token, asset.lockbox));
    }
    emits(plan, asset, asset.lockbox, [EventKind::Deposit, EventKind::Release]);
    plan.assets.insert(asset.home_asset, asset.bridge.asset.clone());
}

fn remote(plan: &mut Plan, chain: &ChainName, asset: &AssetSettings) {
    if asset.bridge.remote != *chain {
        return;
    }
    plan.asks.push(Ask::supply(asset.bridge.asset.clone(), Name::literal(terms::SUPPLY), asset.remote_token));
    emits(plan, asset, asset.remote_token, [EventKind::Mint, EventKind::Burn]);
    plan.assets.insert(asset.remote_asset, asset.bridge.asset.clone());
}

/// One contract may serve several assets: it is asked once.
fn emits(plan: &mut Plan, asset: &AssetSettings, contract: Address, kinds: [EventKind; 2]) {
    for emitter in kinds.map(|kind| Emitter { contract, kind }) {
        if !plan.emitters.contains(&emitter) {
            plan.emitters.push(emitter);
        }
    }
    if asset.first_message.is_some() && !plan.asks.contains(&Ask::Counter(contract)) {
        plan.asks.push(Ask::Counter(contract));
    }
}

fn further(asset: &AssetSettings, term: &TermSettings) -> Ask {
    let (id, name) = (asset.bridge.asset.clone(), term.name.clone());
    match &term.call {
        TermCall::BalanceOf(account) => Ask::balance(id, name, term.contract, *account),
        TermCall::Data(data) => Ask::Amount { asset: id, term: name, to: term.contract, data: data.clone() },
    }
}
