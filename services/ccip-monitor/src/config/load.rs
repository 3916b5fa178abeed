//! From files and environment to [`Config`]: all complaints at once, one line each.

use std::{collections::BTreeSet, path::Path};

use causeway_runtime::config::{self, Effective, Environment, Error, Validator};
use causeway_telemetry::LogFormat;

use super::{
    Config, Grpc, Monitor, SERVICE, Store, TlsFiles, alerts, chains, dialects, lanes, names::SCHEMA,
    one_chain::one_chain, raw,
};

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
    let mut validator = loaded.effective.validator();
    let store = store(&loaded.raw.store, &mut validator);
    // `None` left its complaint with the validator.
    validator.finish(store)?.ok_or_else(|| Error::from(loaded.effective.refuse("store", "a database")))
}

fn validate(mut raw: raw::Raw, effective: &Effective, log_format: Option<LogFormat>) -> Result<Config, Error> {
    let mut validator = effective.validator();
    let open = raw.chains.is_empty();
    one_chain(&mut raw, &mut validator);
    let telemetry = raw.telemetry.validate((SERVICE, env!("CARGO_PKG_VERSION")), log_format, &mut validator);
    let shutdown = raw.shutdown.validate(&mut validator);
    let lease = validator.positive_seconds("leadership.lease_seconds", raw.leadership.lease_seconds);
    let monitor = monitor(&raw.monitor, &mut validator);
    let store = store(&raw.store, &mut validator);
    let grpc = grpc(&raw.grpc, &mut validator);
    let alerting = raw.alerting.validate(SERVICE, &mut validator);
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
    let built = validator.finish((alerting, store, grpc, alerts, dialects, chains, lanes))?;
    let (Some(alerting), Some(store), Some(grpc), Some(alerts), Some(dialects), Some(chains), Some(lanes)) = built
    else {
        return Err(Error::from(effective.refuse("chains", "settings that fit together")));
    };
    Ok(Config {
        listen: raw.listen,
        grpc,
        telemetry,
        shutdown,
        store,
        lease,
        monitor,
        alerting,
        alerts,
        chains,
        lanes,
        open,
        dialects,
        open_dialect: raw.one_chain.dialect,
        hash: effective.hash(),
        effective: effective.clone(),
    })
}

fn monitor(raw: &raw::Monitor, validator: &mut Validator<'_>) -> Monitor {
    Monitor {
        interval: validator.positive_seconds("monitor.interval_seconds", raw.interval_seconds),
        call_timeout: validator.positive_ms("monitor.call_timeout_ms", raw.call_timeout_ms),
        expire_after: validator.positive_seconds("monitor.expire_after_seconds", raw.expire_after_seconds),
    }
}

fn store(raw: &raw::Store, validator: &mut Validator<'_>) -> Option<Store> {
    let max_connections = validator.within("store.max_connections", raw.max_connections, 2..=100);
    let statement_timeout = validator.positive_ms("store.statement_timeout_ms", raw.statement_timeout_ms);
    let expected = "a database: set DATABASE_URL or DATABASE_URL_FILE to postgres://user:password@host/database";
    let url = validator.accept("store.url", expected, raw.url.clone().ok_or(()))?;
    Some(Store { url, max_connections, statement_timeout, migrate_on_start: raw.migrate_on_start })
}

fn grpc(raw: &raw::Grpc, validator: &mut Validator<'_>) -> Option<Grpc> {
    let files = (&raw.tls_certificate_file, &raw.tls_key_file, &raw.tls_client_ca_file);
    let tls = match files {
        (None, None, None) => None,
        (Some(certificate), Some(key), Some(client_ca)) => {
            Some(TlsFiles { certificate: certificate.clone(), key: key.clone(), client_ca: client_ca.clone() })
        }
        _ => {
            let expected = "all of tls_certificate_file, tls_key_file and tls_client_ca_file, or none";
            validator.refuse("grpc", expected);
            return None;
        }
    };
    Some(Grpc { tls, operators: raw.operators.clone() })
}
