//! The gRPC face: so far the operators' calls.

mod actions;
mod steps;

pub(crate) use self::{actions::Actions, steps::Steps};
