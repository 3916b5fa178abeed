//! Leadership: one row per lease, with an epoch that grows whenever the leader changes.
//!
//! The time in the row is the database's alone, so the holders' clocks need not agree. Believing to lead
//! is not enough to write: a holder may have been paused since it last looked. So every write transaction
//! calls [`assert_current`], which locks the epoch until the transaction ends, and a takeover waits for it.

mod keeper;
mod row;

pub use self::{
    keeper::{Keeper, Settings},
    row::{Leadership, assert_current, is_held, release, renew, try_acquire},
};
