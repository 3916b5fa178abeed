//! The optional pause of contracts: whose key, which contracts, what readiness takes.

use std::{collections::BTreeSet, time::Duration};

use causeway_chain::{
    sender::{FeePolicy, SendPolicy},
    signer::Signer,
};
use causeway_primitives::ChainName;
use causeway_runtime::config::{SecretString, Validator};

use super::{
    ChainSettings,
    amounts::{NAME, address, bytes},
    raw,
};
use crate::{
    adapters::pause::{Contract, PAUSE, PAUSED},
    domain::pause::{Policy, Target},
};

/// Wei of a gwei.
const GWEI: u128 = 1_000_000_000;

/// The pause of contracts.
#[derive(Debug, Clone)]
pub struct PauseSettings {
    /// Whose key signs, on every chain. It was read as one.
    pub key: SecretString,
    /// What may be paused, and how.
    pub targets: Vec<(Target, Contract)>,
    /// How the account's transactions are sent, by chain.
    pub sending: Vec<(ChainName, SendPolicy)>,
    /// How often readiness is judged.
    pub check_every: Duration,
    /// What readiness takes.
    pub policy: Policy,
}

/// `Some(None)`: nothing is to be paused.
pub(super) fn pause(
    raw: &raw::Pause,
    chains: &[ChainSettings],
    validator: &mut Validator<'_>,
) -> Option<Option<PauseSettings>> {
    let check_every = validator.positive_seconds("pause.check_interval_seconds", raw.check_interval_seconds);
    let stuck_after = validator.positive_seconds("pause.stuck_after_seconds", raw.stuck_after_seconds);
    let least_affordable = validator.within("pause.least_affordable", raw.least_affordable, 1..=1_000);
    if raw.contracts.is_empty() {
        return Some(None);
    }
    let key = raw.private_key.as_ref().filter(|key| Signer::from_hex(key).is_ok()).cloned().ok_or(());
    let expected = "the key of an account that may pause and nothing else: set PAUSE_PRIVATE_KEY or \
                    PAUSE_PRIVATE_KEY_FILE to 0x and 64 hexadecimal digits";
    let key = validator.accept("pause.private_key", expected, key);
    let read: Vec<_> =
        raw.contracts.iter().enumerate().map(|(index, one)| contract(index, one, chains, validator)).collect();
    let targets = read.into_iter().collect::<Option<Vec<_>>>()?;
    let mut names = BTreeSet::new();
    for (index, (target, _)) in targets.iter().enumerate() {
        if !names.insert(&target.name) {
            validator.refuse(&format!("pause.contracts.{index}.name"), "a name that no other contract has");
        }
    }
    let used: BTreeSet<&ChainName> = targets.iter().map(|(target, _)| &target.chain).collect();
    let sending = chains.iter().filter(|chain| used.contains(&chain.name)).map(|chain| {
        let policy = SendPolicy { fees: fees(raw, chain), finality: chain.finality, ..SendPolicy::FREE_GAS };
        (chain.name.clone(), policy)
    });
    let policy = Policy { least_affordable, stuck_after };
    let sending = sending.collect();
    Some(Some(PauseSettings { key: key?, targets, sending, check_every, policy }))
}

fn fees(raw: &raw::Pause, chain: &ChainSettings) -> FeePolicy {
    if raw.free_gas_chains.iter().any(|name| name == chain.name.as_str()) {
        return FeePolicy::Free;
    }
    let gwei = |amount: u64| u128::from(amount).saturating_mul(GWEI);
    FeePolicy::Eip1559 { tip: gwei(raw.tip_gwei), cap: gwei(raw.max_fee_gwei) }
}

fn contract(
    index: usize,
    raw: &raw::PauseContract,
    chains: &[ChainSettings],
    validator: &mut Validator<'_>,
) -> Option<(Target, Contract)> {
    let at = |field: &str| format!("pause.contracts.{index}.{field}");
    let name = validator.accept(&at("name"), NAME, raw.name.parse());
    let chain = chains.iter().find(|chain| chain.name.as_str() == raw.chain).map(|chain| chain.name.clone());
    let chain = validator.accept(&at("chain"), "the name of one of the [[chains]]", chain.ok_or(()));
    let scope =
        validator.accept(&at("scope"), "`batch_creation`, `settlement`, `tokenization` or `all`", raw.scope.parse());
    let address = address(&at("contract"), &raw.contract, validator);
    let call =
        raw.call.as_ref().map_or_else(|| Some(PAUSE.to_vec().into()), |data| bytes(&at("call"), data, validator));
    let getter =
        raw.getter.as_ref().map_or_else(|| Some(PAUSED.to_vec().into()), |data| bytes(&at("getter"), data, validator));
    let target = Target { name: name?, chain: chain?, scope: scope? };
    Some((target, Contract { address: address?, call: call?, getter: getter? }))
}
