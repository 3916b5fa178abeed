//! `causectl`: what the pages show and do, for a terminal and for scripts. It speaks to a console and to nothing else.

mod changes;
mod command;
mod error;
mod output;
mod settings;
mod system;

pub use self::command::{Causectl, run};
