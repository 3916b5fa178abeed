//! `causeway.ops.v1.OpsService`, which every service implements alike: its state, what fires, what happens, and the named
//! actions. `alert.acknowledge` is everybody's; the other actions are the service's own. What is worked on is told to every
//! service alike, and its alerts are quiet meanwhile.

mod actions;
mod error;
mod events;
mod maintenance;
mod service;

pub(crate) use self::service::on_the_wire;
pub use self::{
    actions::{Actions, Offered, Order, Parameter, reason},
    error::Error,
    events::{EventLog, EventRow, Events},
    service::Ops,
};
