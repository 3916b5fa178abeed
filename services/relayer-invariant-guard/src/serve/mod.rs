//! Wiring: from a checked configuration to a running guard. Connects, checks what only the world can tell (chain ids, what
//! the relayer's database lets this role do), builds the parts, starts their tasks, and supervises them. No decision on
//! business data.

mod books;
mod chains;
mod logbook;
mod meter;
mod metrics;
mod parts;
mod pause;
mod ports;
mod run;
mod watch;

pub(crate) use self::{parts::examiner, run::serve};
