//! Wiring: from a checked configuration to a running service. Connects, checks what only the world can tell (chain id,
//! decimals, roles), builds the parts, starts their tasks, and supervises them. No decision on business data.

mod chain;
mod feeds;
mod metrics;
mod ports;
mod run;
mod signers;
mod watch;

pub(crate) use self::run::serve;
