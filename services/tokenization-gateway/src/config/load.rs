//! From files and environment to [`Config`]: all complaints at once, one line each.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use causeway_runtime::config::{self, Effective, Environment, Error, ExposeSecret as _, Validator};
use causeway_service::config::Store;
use causeway_telemetry::LogFormat;
use time::{UtcOffset, macros::format_description};

use super::{
    SERVICE, assets, bridges, chain,
    names::SCHEMA,
    raw,
    settings::{Caller, Config, Delivery, InboxSettings, Right},
    watch,
};
use crate::adapters::{delivery::Secret, issuer::Tokens};

/// Loads and checks the configuration.
///
/// # Errors
/// One line a setting: its path, its value unless secret, what is expected, and who set it.
pub fn load(file: Option<&Path>, environment: &Environment, log_format: Option<LogFormat>) -> Result<Config, Error> {
    let loaded = config::load::<raw::Raw>(&SCHEMA, file, environment)?;
    validate(&loaded.raw, &loaded.effective, log_format)
}

/// Loads the same, and checks only what migrating needs: a migration runs where no key is.
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
    let chain = chain::chain("chain", &raw.chain, &mut validator);
    let backend = chain::backend(raw, chain.as_ref(), &mut validator);
    let guard = chain::guard(&raw.guard, &mut validator);
    let priced = raw.assets.iter().find(|asset| asset.price_feed.is_some()).map(|asset| asset.id.as_str());
    let oracle = chain::oracle(&raw.oracle, priced, &mut validator);
    let pace = chain::pace(&raw.runner, &mut validator);
    let reconcile_every = validator.positive_ms("reconciliation.every_ms", raw.reconciliation.every_ms);
    let alerts = watch::alerts(&raw.alerts, &mut validator);
    let keeping = watch::keeping(&raw.keeping, &mut validator);
    let max_body_bytes = validator.within("intake.max_body_bytes", raw.intake.max_body_bytes, 1..=8 << 20);
    let days = days(&raw.intake.utc_offset, &mut validator);
    let delivery = delivery(&raw.delivery, &mut validator);
    let callers = assets::callers(&raw.callers, &mut validator);
    let inbox = inbox(&raw.intake, &callers, &mut validator);
    let bic = match raw.answers.bic.as_str() {
        "" => None,
        text => validator.accept("answers.bic", "a BIC of 8 or 11 characters", text.parse()),
    };
    let mut catalogue = assets::catalogue(raw, &mut validator);
    let mut none = Tokens::new();
    let tokens = catalogue.as_mut().map_or(&mut none, |(_, tokens)| tokens);
    let bridges = bridges::bridges(&raw.bridges, tokens, &mut validator);
    let monitor = bridges::monitor(raw, &mut validator);
    let cacti = bridges::cacti(raw, &mut validator);
    // Each `None` left its complaint with the validator, so that `finish` refuses before the tuple is used.
    let built = validator.finish((base, chain, backend, guard, delivery, catalogue))?;
    let (Some(base), Some(chain), Some(backend), Some(guard), Some(delivery), Some((catalogue, tokens))) = built else {
        return Err(Error::from(effective.refuse("assets", "settings that fit together")));
    };
    Ok(Config {
        base,
        chain,
        backend,
        bridges,
        cacti,
        monitor,
        guard,
        oracle,
        pace,
        reconcile_every,
        alerts,
        keeping,
        schemas_dir: path(&raw.intake.schemas_dir),
        max_body_bytes,
        days,
        inbox,
        delivery,
        bic,
        callers,
        catalogue: Arc::new(catalogue),
        tokens,
    })
}

/// A folder needs somebody in whose name its messages are handed in, and who may order.
fn inbox(raw: &raw::Intake, callers: &[Caller], validator: &mut Validator<'_>) -> Option<InboxSettings> {
    let every = validator.positive_ms("intake.folder_ms", raw.folder_ms);
    let folder = path(&raw.folder)?;
    let may_order =
        |caller: &&Caller| caller.name.as_str() == raw.folder_caller && caller.rights.contains(&Right::Order);
    let caller = callers.iter().find(may_order).ok_or(());
    let caller = validator.accept("intake.folder_caller", "a caller with the right to order", caller)?;
    Some(InboxSettings { folder, maker: caller.name.clone(), every })
}

/// An offset and not a zone: what a day is does not change with the summer.
fn days(text: &str, validator: &mut Validator<'_>) -> UtcOffset {
    let told = UtcOffset::parse(text, format_description!("[offset_hour sign:mandatory]:[offset_minute]"));
    let told = told.ok().filter(|offset| offset.whole_minutes().unsigned_abs() <= 14 * 60).ok_or(());
    validator.accept("intake.utc_offset", "hours and minutes from -14:00 to +14:00", told).unwrap_or(UtcOffset::UTC)
}

fn delivery(raw: &raw::Delivery, validator: &mut Validator<'_>) -> Option<Delivery> {
    let timeout = validator.positive_ms("delivery.timeout_ms", raw.timeout_ms);
    let url = raw.webhook_url.expose_secret();
    let webhook = if url.is_empty() {
        None
    } else {
        let url = validator.accept("delivery.webhook_url", "an http or https URL", url.parse::<url::Url>());
        let secret = raw.webhook_secret.clone().ok_or(()).and_then(|secret| Secret::new(secret).map_err(drop));
        let secret = validator.accept("delivery.webhook_secret", "at least 32 characters", secret);
        Some((url?, secret?))
    };
    Some(Delivery { webhook, folder: path(&raw.drop_folder), timeout })
}

fn path(text: &str) -> Option<PathBuf> {
    (!text.is_empty()).then(|| PathBuf::from(text))
}
