//! The sender's journal in PostgreSQL, for every service that sends transactions.
//!
//! [`rows`] writes and reads the two tables inside whatever transaction the caller has, so that a service can change rows
//! of its own in the same one; [`FencedJournal`] is the whole journal for a service that has none. The tables are in the
//! service's own migrations, after the pattern of `migrations/` here. [`drive`] runs the sender while this replica leads.
//!
//! It does not decide anything about a transaction: that is the sender's, in `causeway-chain`.

mod drive;
mod fenced;
pub mod rows;

pub use self::{
    drive::drive,
    fenced::{FencedJournal, unavailable},
};
