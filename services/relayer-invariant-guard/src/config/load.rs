//! From files and environment to [`Config`]: all complaints at once, one line each.

use std::{collections::BTreeSet, path::Path, time::Duration};

use causeway_alerting::channel::Endpoint;
use causeway_primitives::{B256, I512, U256};
use causeway_runtime::config::{self, Effective, Environment, Error, Validator};
use causeway_service::config::{Base, Store};
use causeway_telemetry::{FileLog, LogFormat, Tap};
use secrecy::ExposeSecret as _;

use super::{
    Callers, Config, DeadMan, Rpc, SERVICE, Sweeping,
    amounts::NAME,
    assets::assets,
    books::books,
    chains::chains,
    equations, issued,
    names::SCHEMA,
    pause::pause,
    plans::{self, Declared},
    raw,
};
use crate::{
    adapters::store::Kept,
    app::{CapSetting, Probation},
    domain::{
        evidence::{Approved, Correction},
        lease,
        name::Name,
        preset::terms,
        quantity::Quantity,
        resume,
        rules::NonceRule,
    },
};

/// Loads and checks the configuration.
///
/// # Errors
/// One line a setting: its path, its value unless secret, what is expected, and who set it.
pub fn load(file: Option<&Path>, environment: &Environment, log_format: Option<LogFormat>) -> Result<Config, Error> {
    let loaded = config::load::<raw::Raw>(&SCHEMA, file, environment)?;
    validate(&loaded.raw, &loaded.effective, log_format)
}

/// Loads the same, and checks only what migrating needs: a migration runs where no endpoint is.
///
/// # Errors
/// As [`load`], of the settings of the store.
pub fn load_store(file: Option<&Path>, environment: &Environment) -> Result<Store, Error> {
    let loaded = config::load::<raw::Raw>(&SCHEMA, file, environment)?;
    loaded.raw.store.alone(&loaded.effective)
}

fn validate(raw: &raw::Raw, effective: &Effective, log_format: Option<LogFormat>) -> Result<Config, Error> {
    let mut validator = effective.validator();
    let service = (SERVICE, env!("CARGO_PKG_VERSION"));
    let base = raw.base().validate(service, log_format, effective, &mut validator);
    let base = base.map(|base| with_logs(base, &raw.logs, &mut validator));
    let sweeping = sweeping(&raw.guard, &mut validator);
    let rpc = Rpc {
        call_timeout: validator.positive_ms("rpc.call_timeout_ms", raw.rpc.call_timeout_ms),
        log_blocks: validator.within("rpc.log_blocks", raw.rpc.log_blocks, 1..=1_000_000),
    };
    let lease = lease(raw, &mut validator);
    let resume = resume(&raw.resume, &mut validator);
    let declared = declared(raw, &mut validator);
    let approved = approved(&raw.approved, &mut validator);
    let kept = kept(&raw.retention, &mut validator);
    let dead_man = dead_man(&raw.dead_man, &mut validator);
    let books = books(&raw.books, &mut validator);
    let chains = chains(&raw.chains, &mut validator);
    let assets = chains.as_deref().and_then(|chains| assets(&raw.assets, chains, &mut validator));
    let pause = chains.as_deref().and_then(|chains| pause(&raw.pause, chains, &mut validator));
    let caps = assets.as_deref().and_then(|assets| issued::caps(&raw.issued, assets, &mut validator));
    let probation = caps.as_deref().map(|caps| probation(&raw.probation, caps, &mut validator));
    // Each `None` left its complaint with the validator, so that `finish` refuses before the tuple is used.
    let built =
        validator.finish((base, declared, approved, books, (chains, assets), (pause, caps, probation, dead_man)))?;
    let (Some(base), Some(declared), Some(approved), Some(books), (Some(chains), Some(assets)), rest) = built else {
        return Err(Error::from(effective.refuse("assets", "settings that fit together")));
    };
    let (Some(pause), Some(caps), Some(probation), Some(dead_man)) = rest else {
        return Err(Error::from(effective.refuse("assets", "settings that fit together")));
    };
    Ok(Config {
        base,
        callers: Callers { relayers: raw.callers.relayers.clone(), approvers: raw.callers.approvers.clone() },
        sweeping,
        rpc,
        lease,
        caps,
        resume,
        probation,
        pause,
        kept,
        dead_man,
        books,
        scope: plans::scope(&chains, &assets),
        rules: plans::rules(&chains, &assets, declared),
        approved,
        chains,
        assets,
    })
}

fn sweeping(raw: &raw::Guard, validator: &mut Validator<'_>) -> Sweeping {
    Sweeping {
        every: validator.positive_seconds("guard.sweep_interval_seconds", raw.sweep_interval_seconds),
        retry_every: validator.positive_seconds("guard.retry_interval_seconds", raw.retry_interval_seconds),
        recount_every: validator.positive_seconds("guard.recount_interval_seconds", raw.recount_interval_seconds),
        gather_within: validator.positive_ms("guard.gather_timeout_ms", raw.gather_timeout_ms),
    }
}

/// A lease that ends before the next evaluation is granted again only after it; evidence that takes longer than a verdict
/// may be old never renews anything.
fn lease(raw: &raw::Raw, validator: &mut Validator<'_>) -> lease::Policy {
    let ttl = validator.within("lease.ttl_ms", raw.lease.ttl_ms, 100..=600_000);
    let age = validator.positive_ms("lease.max_verdict_age_ms", raw.lease.max_verdict_age_ms);
    if raw.guard.gather_timeout_ms >= raw.lease.max_verdict_age_ms {
        validator.refuse("guard.gather_timeout_ms", "less than lease.max_verdict_age_ms");
    }
    lease::Policy { ttl: Duration::from_millis(ttl), max_verdict_age: age }
}

/// Lines go into files where a folder is named, and errors into the database in any case (GRD-12).
fn with_logs(mut base: Base, raw: &raw::Logs, validator: &mut Validator<'_>) -> Base {
    let days = validator.within("logs.days", raw.days, 1..=3_660);
    let megabytes = validator.within("logs.max_megabytes", raw.max_megabytes, 1..=1_000_000);
    if !raw.folder.is_empty() {
        let max_bytes = megabytes.saturating_mul(1_000_000);
        base.telemetry.file = Some(FileLog { folder: raw.folder.clone().into(), days, max_bytes });
    }
    base.telemetry.tap = Some(Tap::default());
    base
}

fn kept(raw: &raw::Retention, validator: &mut Validator<'_>) -> Kept {
    let mut days = |setting: &str, days: u64| {
        let days = validator.within(&format!("retention.{setting}"), days, 1..=36_500);
        Duration::from_secs(days.saturating_mul(86_400))
    };
    Kept {
        passes: days("passes_days", raw.passes_days),
        others: days("others_days", raw.others_days),
        operations: days("operations_days", raw.operations_days),
        log_lines: days("log_lines_days", raw.log_lines_days),
    }
}

/// `Some(None)`: nobody.
fn dead_man(raw: &raw::DeadMan, validator: &mut Validator<'_>) -> Option<Option<DeadMan>> {
    let every = validator.positive_seconds("dead_man.interval_seconds", raw.interval_seconds);
    let Some(url) = &raw.url else { return Some(None) };
    let to = validator.accept("dead_man.url", "an http or https URL", Endpoint::parse(url.expose_secret()))?;
    Some(Some(DeadMan { to, every }))
}

/// A share of what a lease may move otherwise; what has no cap has none here.
fn probation(raw: &raw::Probation, caps: &[CapSetting], validator: &mut Validator<'_>) -> Probation {
    let ttl = validator.within("probation.ttl_ms", raw.ttl_ms, 100..=600_000);
    let percent = U256::from(validator.within("probation.cap_percent", raw.cap_percent, 1..=100));
    let share = |units: U256| if units == U256::MAX { units } else { units.saturating_mul(percent) / U256::from(100) };
    let cap = |cap: &CapSetting| CapSetting {
        asset: cap.asset.clone(),
        per_operation: share(cap.per_operation),
        total: share(cap.total),
    };
    Probation { ttl: Duration::from_millis(ttl), caps: caps.iter().map(cap).collect() }
}

fn resume(raw: &raw::Resume, validator: &mut Validator<'_>) -> resume::Policy {
    resume::Policy {
        approvals: validator.within("resume.approvals", raw.approvals, 1..=20),
        window: validator.positive_seconds("resume.window_seconds", raw.window_seconds),
        validations: validator.within("resume.validations", raw.validations, 1..=1_000),
        probation: validator.within("resume.probation", raw.probation, 0..=10_000),
    }
}

fn approved(raw: &raw::Approved, validator: &mut Validator<'_>) -> Option<Approved> {
    let rules: Option<BTreeSet<B256>> = raw.rules.iter().map(|text| text.parse().ok()).collect();
    let expected = "hashes of rules as `config check` prints them: 0x and 64 hexadecimal digits";
    let rules = validator.accept("approved.rules", expected, rules.ok_or(()))?;
    let read = raw.corrections.iter().enumerate().map(|(index, one)| correction(index, one, validator));
    // All of them are read, so that all complaints are heard.
    let corrections: Vec<_> = read.collect();
    let corrections = corrections.into_iter().collect::<Option<BTreeSet<_>>>()?;
    Some(Approved { rules, corrections, ..Approved::default() })
}

/// A change of the books' past that a recount found, approved by its very figures.
fn correction(index: usize, raw: &raw::Correction, validator: &mut Validator<'_>) -> Option<Correction> {
    let at = |field: &str| format!("approved.corrections.{index}.{field}");
    let expected = "the hash of a checkpoint as the finding names it: 0x and 64 hexadecimal digits";
    let checkpoint = validator.accept(&at("checkpoint"), expected, raw.checkpoint.parse::<B256>());
    let asset = validator.accept(&at("asset"), "an asset's id", raw.asset.parse());
    let expected = "`deposits`, `withdrawals`, `mints` or `burns`";
    let known = terms::SUMS.contains(&raw.term.as_str());
    let term = validator.accept(&at("term"), expected, raw.term.parse().ok().filter(|_| known).ok_or(()));
    let expected = "the difference that the finding names, in base units, other than 0";
    let difference = I512::from_dec_str(&raw.difference_units).ok().filter(|units| !units.is_zero());
    let difference = validator.accept(&at("difference_units"), expected, difference.ok_or(()));
    Some(Correction { checkpoint: checkpoint?, asset: asset?, term: term?, difference: Quantity::new(difference?) })
}

fn declared(raw: &raw::Raw, validator: &mut Validator<'_>) -> Option<Declared> {
    let guard = &raw.guard;
    let matching_bound = validator.within("guard.matching_bound_blocks", guard.matching_bound_blocks, 1..=1_000_000);
    let settle_ms = validator.within("guard.nonce_settle_ms", guard.nonce_settle_ms, 0..=guard.nonce_limit_ms);
    let constraints: Option<BTreeSet<Name>> = raw.books.constraints.iter().map(|text| text.parse().ok()).collect();
    let constraints = validator.accept("books.constraints", format!("names: {NAME}"), constraints.ok_or(()));
    let mode = equations::mode("guard.mode", &guard.mode, validator);
    let consequences: Vec<_> =
        raw.consequences.iter().map(|(word, one)| equations::consequence_of(word, one, validator)).collect();
    Some(Declared {
        matching_bound,
        nonces: NonceRule { settle_ms, limit_ms: guard.nonce_limit_ms },
        constraints: constraints?,
        consequences: consequences.into_iter().collect::<Option<_>>()?,
        mode: mode?,
    })
}
