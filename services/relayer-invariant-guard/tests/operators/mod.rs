//! What operators do: halt, look, decide, propose and approve, over a real wire with real certificates, on real databases.

mod alerting;
mod approvals;
mod certificates;
mod door;
mod endpoints;
mod follow_up;
mod probation;
mod stand;

pub(crate) use self::certificates::Authority;
