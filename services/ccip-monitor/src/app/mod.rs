//! Gather → decide → record: what runs, over the ports.

pub mod advice;
pub mod alerts;
pub mod collect;
pub mod count;
pub mod diagnose;
mod finality;
pub mod follow;
mod gaps;
pub mod judge;
pub mod lanes;
pub mod mend;
pub mod page;
pub mod probe;
pub mod reason;
pub mod reports;
pub mod settle;
pub mod sites;
mod sources;
mod traces;
pub mod tries;
pub mod verify;
pub mod view;
pub mod watch;
