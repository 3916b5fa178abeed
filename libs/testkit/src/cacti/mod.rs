//! A simulated Cacti gateway (SATP-Hermes): its `transact`, `status` and `get-sessions-ids`, before two real chains.
//!
//! As the real one does, it carries a transfer out while the caller waits, makes a new session for every call whatever its
//! context was, forgets its sessions when it starts again, and may say "failed" without having undone anything. It burns on
//! one chain and mints on the other with an account of its own, under references that it makes up: nothing but its caller
//! keeps it from doing a thing twice. What it answers follows the published OpenAPI file.

mod ledger;
mod server;
#[cfg(test)]
mod tests;

pub use self::{
    ledger::End,
    server::{Cacti, Misdeed},
};
