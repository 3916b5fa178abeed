//! The process: what is started in which order, and what stands behind the ports.

mod backend;
mod chain;
mod contracts;
mod ports;
mod run;
mod schemas;
mod survey;
mod watch;

pub(crate) use self::{run::serve, schemas::read_schemas};
