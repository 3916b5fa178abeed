//! From files and environment to [`Config`]: all complaints at once, one line each.

use std::{collections::BTreeSet, path::Path};

use causeway_runtime::config::{self, Effective, Environment, Error, Validator};
use causeway_service::config::Store;
use causeway_telemetry::LogFormat;

use super::{Config, Monitor, SERVICE, alerts, chains, dialects, lanes, names::SCHEMA, one_chain::one_chain, raw};

/// Loads and checks the configuration.
///
/// # Errors
/// One line a setting: its path, its value unless secret, what is expected, and who set it.
pub fn load(file: Option<&Path>, environment: &Environment, log_format: Option<LogFormat>) -> Result<Config, Error> {
    let loaded = config::load::<raw::Raw>(&SCHEMA, file, environment)?;
    validate(loaded.raw, &loaded.effective, log_format)
}

/// Loads the same, and checks only what migrating needs: a migration runs where no endpoint is.
///
/// # Errors
/// As [`load`], of the settings of the store.
pub fn load_store(file: Option<&Path>, environment: &Environment) -> Result<Store, Error> {
    let loaded = config::load::<raw::Raw>(&SCHEMA, file, environment)?;
    loaded.raw.store.alone(&loaded.effective)
}

fn validate(mut raw: raw::Raw, effective: &Effective, log_format: Option<LogFormat>) -> Result<Config, Error> {
    let mut validator = effective.validator();
    let open = raw.chains.is_empty();
    one_chain(&mut raw, &mut validator);
    let service = (SERVICE, env!("CARGO_PKG_VERSION"));
    let base = raw.base().validate(service, log_format, effective, &mut validator);
    let monitor = monitor(&raw.monitor, &mut validator);
    let alerts = alerts::alerts(&raw.alerts, &mut validator);
    let dialects = dialects::dialects(&raw, &mut validator);
    let names = dialects.iter().flatten().map(|dialect| dialect.name().to_owned());
    let names: BTreeSet<String> = names.chain(dialects::CHAINLINK.map(str::to_owned)).collect();
    let chains = chains::chains(&raw, open, &mut validator);
    let lanes = chains.as_ref().and_then(|chains| lanes::lanes(&raw, chains, &names, &mut validator));
    if !open && raw.lanes.is_empty() {
        validator.refuse("lanes", "at least one lane between the chains");
    }
    if open && !names.contains(&raw.one_chain.dialect) {
        validator.refuse("one_chain.dialect", "a private dialect: `operators`, or one of [[dialects]]");
    }
    // Each `None` left its complaint with the validator, so that `finish` refuses before the tuple is used.
    let built = validator.finish((base, alerts, dialects, chains, lanes))?;
    let (Some(base), Some(alerts), Some(dialects), Some(chains), Some(lanes)) = built else {
        return Err(Error::from(effective.refuse("chains", "settings that fit together")));
    };
    Ok(Config { base, monitor, alerts, chains, lanes, open, dialects, open_dialect: raw.one_chain.dialect })
}

fn monitor(raw: &raw::Monitor, validator: &mut Validator<'_>) -> Monitor {
    Monitor {
        interval: validator.positive_seconds("monitor.interval_seconds", raw.interval_seconds),
        call_timeout: validator.positive_ms("monitor.call_timeout_ms", raw.call_timeout_ms),
        expire_after: validator.positive_seconds("monitor.expire_after_seconds", raw.expire_after_seconds),
    }
}
