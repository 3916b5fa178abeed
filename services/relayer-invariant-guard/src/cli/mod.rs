//! The command line: what a person types. Parses, calls, prints; decides nothing.
//!
//! What acts on the relayer goes through a running guard, so that it is authorised and recorded: `status`, `halt`,
//! `resume`, `drill`. What only reads works while no guard runs and needs its databases and chains: `validate-invariant`
//! all of them, `replay` and `audit` the guard's own database.

mod audit;
mod command;
mod drill;
mod halt;
mod replay;
mod resume;
mod running;
mod status;
mod validate;

pub use self::command::{Cli, run};
