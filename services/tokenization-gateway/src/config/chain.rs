//! Chain, key, sender, guard and oracle: raw text → checked values.

use std::{str::FromStr as _, time::Duration};

use causeway_chain::{
    finality::Finality,
    rpc::EndpointUrl,
    sender::{FeePolicy, SendPolicy},
    signer::Signer,
};
use causeway_primitives::ChainId;
use causeway_runtime::config::{SecretString, Validator};

use super::{
    raw,
    settings::{Backend, Chain, FireflySettings, GuardSettings, OracleSettings},
};
use crate::{adapters::firefly::Pace as FireflyPace, app::Pace};

/// Of our own chain at `chain`, or of another one below a bridge.
pub(super) fn chain(at: &str, raw: &raw::Chain, validator: &mut Validator<'_>) -> Option<Chain> {
    let setting = |name: &str| format!("{at}.{name}");
    let id = validator.accept(&setting("chain_id"), "an EIP-155 chain id above 0", ChainId::new(raw.chain_id));
    let urls = raw.rpc_urls.iter().map(|url| EndpointUrl::parse(&SecretString::from(url.expose().to_owned())));
    let urls = urls.collect::<Result<Vec<_>, _>>();
    let urls = validator.accept(&setting("rpc_urls"), "http or https URLs; set RPC_URL", urls);
    if raw.rpc_urls.is_empty() {
        validator.refuse(&setting("rpc_urls"), "at least one endpoint: set RPC_URL");
    }
    let read_quorum = validator.within(&setting("read_quorum"), raw.read_quorum, 1..=raw.rpc_urls.len().max(1));
    let expected = "`instant`, `finalized` or `depth(n)`";
    let finality = validator.accept(&setting("finality"), expected, Finality::from_str(&raw.finality));
    let call_timeout = validator.positive_ms(&setting("call_timeout_ms"), raw.call_timeout_ms);
    let asset_registry = match raw.asset_registry.as_str() {
        "" => None,
        text => {
            let expected = "an address: 0x and 40 hexadecimal digits";
            validator.accept(&setting("asset_registry"), expected, text.parse())
        }
    };
    // Ours has it by default; of another chain nothing is pinned that could be compared.
    let contracts_every =
        raw.contracts_ms.map_or(Duration::MAX, |every| validator.positive_ms(&setting("contracts_ms"), every));
    Some(Chain {
        id: id?,
        endpoints: urls?,
        read_quorum,
        finality: finality?,
        call_timeout,
        asset_registry,
        contracts_every,
    })
}

/// Who brings calls to the chain. Of a backend that is not chosen nothing is asked.
pub(super) fn backend(raw: &raw::Raw, chain: Option<&Chain>, validator: &mut Validator<'_>) -> Option<Backend> {
    match raw.backend.kind.as_str() {
        "direct" => {
            let (key, send) = (key(&raw.signer, validator), send(&raw.sender, chain, validator));
            Some(Backend::Direct { key: key?, send: send? })
        }
        "firefly" => firefly(&raw.firefly, validator).map(Backend::Firefly),
        _ => {
            validator.refuse("backend.kind", "`direct` or `firefly`");
            None
        }
    }
}

fn firefly(raw: &raw::Firefly, validator: &mut Validator<'_>) -> Option<FireflySettings> {
    let url = raw.url.parse::<url::Url>().ok().filter(|url| ["http", "https"].contains(&url.scheme()));
    let url = validator.accept("firefly.url", "an http or https URL, without /api/v1: set FIREFLY_URL", url.ok_or(()));
    let expected = "the account that FireFly signs with: 0x and 40 hexadecimal digits";
    let signing_key = validator.accept("firefly.signing_key", expected, raw.signing_key.parse());
    // FireFly's own rule for names (`FF00140`).
    let is_name = |text: &str| {
        let ends = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
        let inside = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-".contains(byte);
        let bytes = text.as_bytes();
        bytes.len() <= 64 && ends(bytes.first()) && ends(bytes.last()) && bytes.iter().all(inside)
    };
    let mut names = vec![("firefly.namespace", &raw.namespace), ("firefly.subscription", &raw.subscription)];
    let tokens_connector = Some(&raw.tokens_connector).filter(|name| !name.is_empty());
    names.extend(tokens_connector.map(|name| ("firefly.tokens_connector", name)));
    for (setting, name) in names {
        if !is_name(name) {
            validator.refuse(setting, "a name as FireFly has them: 1 to 64 letters, digits, '.', '_' and '-'");
        }
    }
    Some(FireflySettings {
        url: url?,
        namespace: raw.namespace.clone(),
        signing_key: signing_key?,
        authorization: raw.authorization.clone(),
        subscription: raw.subscription.clone(),
        pools: raw.pools,
        tokens_connector: tokens_connector.cloned(),
        call_timeout: validator.positive_ms("firefly.call_timeout_ms", raw.call_timeout_ms),
        pace: FireflyPace {
            poll: validator.positive_ms("firefly.poll_ms", raw.poll_ms),
            max_in_flight: validator.within("firefly.max_in_flight", raw.max_in_flight, 1..=256),
            stuck_after: validator.positive_ms("firefly.stuck_after_ms", raw.stuck_after_ms),
        },
    })
}

fn key(raw: &raw::Signer, validator: &mut Validator<'_>) -> Option<SecretString> {
    let expected = "the issuer's key: set PRIVATE_KEY or PRIVATE_KEY_FILE";
    let key = validator.accept("signer.private_key", expected, raw.private_key.clone().ok_or(()))?;
    if let Err(error) = Signer::from_hex(&key) {
        validator.refuse("signer.private_key", format_args!("a usable key, but {error}"));
    }
    Some(key)
}

fn send(raw: &raw::Sender, chain: Option<&Chain>, validator: &mut Validator<'_>) -> Option<SendPolicy> {
    let fees = FeePolicy::named(&raw.fees, raw.tip_gwei, raw.max_fee_gwei);
    let fees = validator.accept("sender.fees", FeePolicy::KINDS, fees.ok_or(()));
    let policy = SendPolicy {
        fees: fees?,
        bump_percent: validator.within("sender.fee_bump_percent", raw.fee_bump_percent, 10..=1_000),
        max_gas: validator.within("sender.max_gas", raw.max_gas, 21_000..=u64::MAX),
        stuck_after: validator.positive_ms("sender.stuck_after_ms", raw.stuck_after_ms),
        resend_after: validator.positive_ms("sender.resend_after_ms", raw.resend_after_ms),
        max_in_flight: validator.within("sender.max_in_flight", raw.max_in_flight, 1..=1_000),
        poll: validator.positive_ms("sender.poll_interval_ms", raw.poll_interval_ms),
        finality: chain?.finality,
        ..SendPolicy::FREE_GAS
    };
    validator.accept("sender", "rules of sending that fit together", policy.validated())
}

pub(super) fn guard(raw: &raw::Guard, validator: &mut Validator<'_>) -> Option<GuardSettings> {
    if raw.urls.is_empty() {
        validator.refuse("guard.urls", "at least one guard, because nothing moves without its leave: set GUARD_URL");
    }
    let expected = "1 to 64 characters of a-z, 0-9, '-', '_', '.' and ':'";
    let holder = validator.accept("guard.holder", expected, raw.holder.parse());
    Some(GuardSettings {
        urls: raw.urls.clone(),
        holder: holder?,
        latch: raw.latch_file.clone(),
        renew_every: validator.positive_ms("guard.renew_every_ms", raw.renew_every_ms),
        call_timeout: validator.positive_ms("guard.call_timeout_ms", raw.call_timeout_ms),
    })
}

pub(super) fn oracle(
    raw: &raw::Oracle,
    is_needed: Option<&str>,
    validator: &mut Validator<'_>,
) -> Option<OracleSettings> {
    let call_timeout = validator.positive_ms("oracle.call_timeout_ms", raw.call_timeout_ms);
    if raw.url.is_empty() {
        if let Some(asset) = is_needed {
            validator.refuse("oracle.url", format_args!("an oracle, because {asset} has a price feed: set ORACLE_URL"));
        }
        return None;
    }
    Some(OracleSettings { url: raw.url.clone(), call_timeout })
}

pub(super) fn pace(raw: &raw::Runner, validator: &mut Validator<'_>) -> Pace {
    Pace {
        batch: validator.within("runner.batch", raw.batch, 1..=1_000),
        poll: validator.positive_ms("runner.poll_ms", raw.poll_ms),
        watch: validator.positive_ms("runner.watch_ms", raw.watch_ms),
        retry: validator.positive_ms("runner.retry_ms", raw.retry_ms),
        sign_within: validator.positive_ms("runner.sign_within_ms", raw.sign_within_ms),
    }
}
