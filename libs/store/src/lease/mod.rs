//! Leadership: one row per lease, with an epoch that grows whenever the leader changes.
//!
//! The time in the row is the database's alone, so the holders' clocks need not agree. Believing to lead
//! is not enough to write: a holder may have been paused since it last looked. So every write transaction
//! calls [`assert_current`], which locks the epoch until the transaction ends, and a takeover waits for it.
//!
//! A service has one lease or several, and its replicas share them: [`divide()`] says who should hold what, and a
//! [`Keeper`] takes what is its own and gives back what is not. With one lease that is one leader and its standbys.

mod blockers;
mod divide;
mod keeper;
mod post;
mod roster;
mod row;

pub use self::{
    divide::{Candidate, Holders, divide},
    keeper::{Keeper, Settings},
    roster::list_holders,
    row::{Leadership, assert_current, release, renew, try_acquire},
};
