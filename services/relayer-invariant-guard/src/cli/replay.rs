//! `replay`: stored evidence judged again, by the rules that were in force or by others.
//!
//! By the same rules each verdict must come out byte for byte, and one that does not means that the program judges otherwise
//! than it did. By other rules the differences are the point: what would have halted, and what would not.

use std::path::PathBuf;

use causeway_primitives::Timestamp;
use causeway_runtime::process::Failure;
use causeway_service::{cli::print, database::open_pool};

use crate::{
    adapters::store::Store,
    app::replay::{Difference, replay},
    config::{Config, SERVICE},
    domain::rules::Rules,
};

/// What to judge again.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Verdicts at or after this time, for example 2026-03-01T00:00:00Z; absent: from the first
    #[arg(long, value_parser = time)]
    from: Option<Timestamp>,
    /// Verdicts before this time; absent: to the last
    #[arg(long, value_parser = time)]
    until: Option<Timestamp>,
    /// A configuration whose rules are to judge instead
    #[arg(long, value_name = "PATH")]
    pub(super) rules: Option<PathBuf>,
}

/// The lines above say which.
#[derive(Debug, thiserror::Error)]
#[error("{0} verdicts come out otherwise")]
struct Differ(u64);

fn time(text: &str) -> Result<Timestamp, causeway_primitives::TimeError> {
    Timestamp::from_rfc3339(text)
}

pub(super) async fn run(config: &Config, arguments: &Arguments, other: Option<Rules>) -> Result<(), Failure> {
    let pool = open_pool(&config.base.store, SERVICE, causeway_store::Metrics::default())?;
    let span = (arguments.from, arguments.until);
    let outcome = replay(&Store::new(pool), span, other.as_ref(), |difference| print(&line(difference))).await;
    let outcome = outcome.map_err(Failure::new)?;
    print(&format!("{} verdicts judged again, {} come out otherwise\n", outcome.judged, outcome.different));
    if outcome.different == 0 { Ok(()) } else { Err(Failure::new(Differ(outcome.different))) }
}

fn line(difference: &Difference) -> String {
    let Difference { verdict, at, stored, now } = difference;
    format!("{verdict} at {at}: stored {stored}, now {now}\n")
}
