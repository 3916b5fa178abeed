//! `audit verify`: does the record hold? A cut at its end shows only against a link that was kept elsewhere.

use causeway_primitives::B256;
use causeway_runtime::process::Failure;
use causeway_service::{cli::print, database::open_pool};

use crate::{
    adapters::store::Store,
    config::{Config, SERVICE},
};

/// Against what.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// A link that was kept elsewhere, as pages and reports carry it: 0x and 64 hexadecimal digits
    #[arg(long, value_name = "HASH")]
    anchor: Option<B256>,
}

/// It does not.
#[derive(Debug, thiserror::Error)]
#[error("the record does not hold at index {0}")]
struct Broken(u64);

pub(super) async fn run(config: &Config, arguments: &Arguments) -> Result<(), Failure> {
    let pool = open_pool(&config.base.store, SERVICE, causeway_store::Metrics::default())?;
    let store = Store::new(pool);
    let checked = store.verify_audit(arguments.anchor).await.map_err(Failure::new)?;
    let rows = checked.map_err(|index| Failure::new(Broken(index)))?;
    let head = store.audit_head().await.map_err(Failure::new)?;
    let link = head.link.map(|link| link.to_string()).unwrap_or_default();
    let against = if arguments.anchor.is_some() { "and the anchor is in it" } else { "no anchor was given" };
    print(&format!("the record holds: {rows} entries, {against}\nhead {link}\n"));
    Ok(())
}
