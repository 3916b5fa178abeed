//! The bridge as `relayer-invariant-guard` tells it: whether it runs, the balances with their terms, how fast and how well,
//! what happened, and each incident with what was found out.

mod act;
mod board;
mod current;
mod incident;
mod overview;
mod way;

pub(super) use self::{
    act::act,
    current::{Current, current},
    incident::incident,
    overview::overview,
};
