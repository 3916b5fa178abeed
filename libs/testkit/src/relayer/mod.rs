//! A simulated relayer of the bridge of [`crate::bridge`]: a real process with real tables that moves real messages
//! between real chains, under a guard's leases, and that misbehaves by order.
//!
//! It reads both chains into its own PostgreSQL, makes batches with real merkle roots, anchors them and claims what is in
//! them. It acts only under permits of `causeway-relayer-client`, checked before signing and before broadcasting, and
//! notes each broadcast in a journal. What it is not: a relayer for value. It believes one node per chain, does one thing
//! at a time, and its control interface orders it to steal.

mod binary;
mod control;
mod engine;
mod error;
mod generate;
mod journal;
mod process;
mod running;
mod settings;
mod status;
mod tables;
mod time;
mod traffic;

use self::error::chain_of;
pub use self::{
    binary::binary,
    engine::{Constraint, Cycle, Direction, Faults, Misdeed, Spoil},
    error::Error,
    generate::{Mark, Totals, Volume, generate},
    journal::{Entry, Lease, read_journal},
    process::main,
    running::Running,
    settings::{ChainSettings, ClearanceSettings, Settings},
    status::{Pace, ScopeStanding, Status, Traffic},
    tables::{open, prepare, reader},
};
