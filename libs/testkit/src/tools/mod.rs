//! Programs that the tests and the demo need and that a fresh machine may lack: found where they usually
//! are, else installed once into the build folder.
//!
//! Never a folder that two checkouts share, and never a system-wide installation.

mod error;
mod log;
mod npm;
mod place;
mod unpacked;

pub(crate) use self::log::log_tail;
#[cfg(test)]
pub(crate) use self::place::variable;
pub use self::{
    error::Error,
    npm::npm,
    place::{lacking, storm_rounds, target_dir, which},
    unpacked::npm_unpacked,
};
