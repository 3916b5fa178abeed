//! Wiring: from a checked configuration to a running service. Connects, checks what only the world can tell (chain ids),
//! builds the parts, starts their tasks, and supervises them. No decision on business data.

mod chains;
mod contracts;
mod metrics;
mod parts;
mod ports;
mod run;
mod watch;

pub(crate) use self::{contracts::lane_book, parts::commands, run::serve};
