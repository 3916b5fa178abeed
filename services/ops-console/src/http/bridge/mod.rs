//! The bridge as `relayer-invariant-guard` tells it: whether it runs, the balances with their terms, how fast and how well,
//! what happened, and each incident with what was found out.

mod act;
mod board;
mod incident;
mod overview;
mod way;

pub(super) use self::{act::act, incident::incident, overview::overview};
