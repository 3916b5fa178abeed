//! The guard's parts, out of its configuration: for the service, and for a command that only looks.

use std::{collections::BTreeMap, sync::Arc};

use causeway_primitives::ChainName;
use causeway_runtime::{
    clock::{Clock, SystemClock},
    process::Failure,
};
use causeway_service::database::open_pool;
use causeway_store::{Metrics, Pool, lease::Leadership};
use causeway_telemetry::metrics::Registry;
use tokio::sync::watch;

use super::{books, chains};
use crate::{
    adapters::{
        chain::ChainReader,
        store::{Store, books::BooksReader},
    },
    app::{Guard, Parts, Settings},
    config::{Config, SERVICE},
};

/// What a guard is connected to.
pub(super) struct Connected {
    pub(super) pool: Pool,
    pub(super) books: BooksReader,
    pub(super) chains: BTreeMap<ChainName, ChainReader>,
}

/// A guard that has not looked yet.
pub(super) fn guard(
    config: &Config,
    connected: Connected,
    leadership: watch::Receiver<Option<Leadership>>,
    clock: Arc<dyn Clock>,
) -> Guard {
    let Connected { pool, books, chains } = connected;
    Guard::new(Parts {
        store: Store::new(pool),
        books,
        chains,
        rules: config.rules.clone(),
        approved: config.approved.clone(),
        settings: Settings {
            sweep_every: config.sweeping.every,
            retry_every: config.sweeping.retry_every,
            recount_every: config.sweeping.recount_every,
            gather_within: config.sweeping.gather_within,
            lease: config.lease,
            caps: config.caps.clone(),
            resume: config.resume,
            probation: config.probation.clone(),
        },
        leadership,
        clock,
    })
}

/// A guard that can look and never leads: for commands.
///
/// # Errors
/// [`Failure`]: what the world refuses.
pub(crate) async fn examiner(config: &Config) -> Result<Guard, Failure> {
    let sets = chains::connect(config, &mut Registry::default())?;
    chains::check(config, &sets).await?;
    let (_, reader) = books::open(config, Metrics::default())?;
    books::check(config, &reader).await?;
    let pool = open_pool(&config.base.store, SERVICE, Metrics::default())?;
    let connected = Connected { pool, books: reader, chains: chains::readers(config, &sets) };
    let (_, nobody) = watch::channel(None);
    Ok(guard(config, connected, nobody, Arc::new(SystemClock::new())))
}
