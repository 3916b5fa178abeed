//! From files and environment to [`Config`]: all complaints at once, one line each.

use std::{path::Path, time::Duration};

use causeway_runtime::config::{self, Effective, Environment, Error};
use causeway_service::config::Store;
use causeway_telemetry::LogFormat;

use super::{Config, SERVICE, chain, feeds, names::SCHEMA, one_feed::one_feed, raw, signers, venues};

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
    loaded.raw.store.alone(&loaded.effective)
}

fn validate(mut raw: raw::Raw, effective: &Effective, log_format: Option<LogFormat>) -> Result<Config, Error> {
    let mut validator = effective.validator();
    one_feed(&mut raw, &mut validator);
    let service = (SERVICE, env!("CARGO_PKG_VERSION"));
    let base = raw.base().validate(service, log_format, effective, &mut validator);
    let days = validator.within("records.retention_days", raw.records.retention_days, 1..=3_660);
    let chain = chain::chain(&raw.chain, &mut validator);
    let signers = signers::read(&raw, &mut validator);
    let publisher = chain::publisher(&raw.publisher, chain.as_ref(), &mut validator);
    let feeds = feeds::read(&raw, &raw.feeds, &mut validator);
    let venues = match (&feeds, &chain) {
        (Some(feeds), Some(chain)) => venues::read(&raw, &raw.feeds, feeds, chain.id, &mut validator),
        _ => None,
    };
    // Each `None` left its complaint with the validator, so that `finish` refuses before the tuple is used.
    let built = validator.finish((base, chain, signers, publisher, feeds, venues))?;
    let (Some(base), Some(chain), Some(signers), Some(publisher), Some(feeds), Some(venues)) = built else {
        return Err(Error::from(effective.refuse("feeds", "settings that fit together")));
    };
    Ok(Config {
        base,
        chain,
        signers,
        publisher,
        keep_holds: raw.records.keep_holds,
        retention: Duration::from_secs(u64::from(days).saturating_mul(86_400)),
        feeds,
        venues,
    })
}
