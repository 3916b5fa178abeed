//! The steps, each a function of the evidence.

mod arrival;
mod execution;
mod ground;
mod lane;
mod order;
mod sender;

pub(super) use self::{
    arrival::{commit, finality},
    execution::{execution, gas},
    ground::{monitor, send},
    lane::{curse, lane, router},
    order::{order, relay},
    sender::funds,
};
