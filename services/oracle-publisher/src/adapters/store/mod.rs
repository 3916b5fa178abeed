//! PostgreSQL: all SQL of the service, one query a method, each with a name for metrics.
//!
//! `get_` errs when there is nothing, `find_` returns an option, `list_` pages, `insert_` and `advance_` write, and
//! every write asserts the leader's epoch inside its transaction. Values wider than 64 bits travel as text.

mod adapter;
mod journal;
mod ledger;
mod publications;
mod records;
mod retention;
mod rounds;
mod values;

pub use self::{
    adapter::{MIGRATIONS, Store},
    journal::SenderJournal,
    retention::{KEPT, Retention},
};
