//! PostgreSQL: all SQL of the service, one query a method, each with a name for metrics.
//!
//! Writing: [`Store`] takes a batch in one transaction. It locks the one row of `ledger`, copies the evidence, moves the
//! messages on that it concerns, checks what must never be, and moves the cursor. Logic that decides is in
//! [`domain`](crate::domain); here it is fed from rows. Values wider than 64 bits travel as text, or in the binary form
//! of COPY.

mod accept;
mod adapter;
mod arrivals;
mod asides;
mod attempts;
mod audit;
mod balances;
mod board;
mod checks;
mod copy;
mod cursor;
mod dossier;
mod events;
mod fill;
mod findings;
mod history;
mod holes;
mod ingest;
mod judge;
mod lanes;
mod ledger;
mod links;
mod listing;
mod missing;
mod numbers;
mod open_findings;
mod records;
mod refold;
mod reported;
mod reports;
mod sends;
mod standings;
mod statistics;
mod stats;
mod unwind;
mod upkeep;
mod values;
mod views;
mod walked;
mod watch;
mod watch_changes;
mod work;
mod young;

pub use self::adapter::{KEPT, MIGRATIONS, Store};
