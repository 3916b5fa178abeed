//! From files and environment to [`Config`]: all complaints at once, one line each.

use std::{path::Path, time::Duration};

use causeway_runtime::config::{self, Effective, Environment, Error, Validator};
use causeway_telemetry::LogFormat;

use super::{Config, Grpc, SERVICE, Store, TlsFiles, chain, feeds, names::SCHEMA, one_feed::one_feed, raw, venues};

/// Loads and checks the configuration.
///
/// # Errors
/// One line a setting: its path, its value unless secret, what is expected, and who set it.
pub fn load(file: Option<&Path>, environment: &Environment, log_format: Option<LogFormat>) -> Result<Config, Error> {
    let loaded = config::load::<raw::Raw>(&SCHEMA, file, environment)?;
    validate(loaded.raw, &loaded.effective, log_format)
}

/// Loads the same, and checks only what migrating needs: a migration runs where no key is.
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
    one_feed(&mut raw, &mut validator);
    let telemetry = raw.telemetry.validate((SERVICE, env!("CARGO_PKG_VERSION")), log_format, &mut validator);
    let shutdown = raw.shutdown.validate(&mut validator);
    let alerting = raw.alerting.validate(SERVICE, &mut validator);
    let lease = validator.positive_seconds("leadership.lease_seconds", raw.leadership.lease_seconds);
    let days = validator.within("records.retention_days", raw.records.retention_days, 1..=3_660);
    let store = store(&raw.store, &mut validator);
    let chain = chain::chain(&raw.chain, &mut validator);
    let signer = chain::signer(&raw.signer, raw.publisher.dry_run, &mut validator);
    let publisher = chain::publisher(&raw.publisher, chain.as_ref(), &mut validator);
    let grpc = grpc(&raw.grpc, &mut validator);
    let feeds = feeds::read(&raw, &raw.feeds, &mut validator);
    let venues = match (&feeds, &chain) {
        (Some(feeds), Some(chain)) => venues::read(&raw, &raw.feeds, feeds, chain.id, &mut validator),
        _ => None,
    };
    // Each `None` left its complaint with the validator, so that `finish` refuses before the tuple is used.
    let built = validator.finish((alerting, store, chain, signer, publisher, grpc, feeds, venues))?;
    let (
        Some(alerting),
        Some(store),
        Some(chain),
        Some(signer),
        Some(publisher),
        Some(grpc),
        Some(feeds),
        Some(venues),
    ) = built
    else {
        return Err(Error::from(effective.refuse("feeds", "settings that fit together")));
    };
    Ok(Config {
        listen: raw.listen,
        grpc,
        telemetry,
        alerting,
        shutdown,
        store,
        chain,
        signer,
        publisher,
        lease,
        keep_holds: raw.records.keep_holds,
        retention: Duration::from_secs(u64::from(days).saturating_mul(86_400)),
        feeds,
        venues,
        hash: effective.hash(),
        effective: effective.clone(),
    })
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
