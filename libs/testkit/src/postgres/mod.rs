//! Private PostgreSQL servers: a real one for each test binary and for the demo, gone when its owner is.
//!
//! No Docker, no fixed port, no shared folder, no password on a command line. Not for production: a
//! server here does not wait for the disk.

mod account;
mod binaries;
mod cluster;
mod error;
mod process;
mod shared;
#[cfg(test)]
mod tests;

pub use self::{
    cluster::{Cluster, Database},
    error::Error,
    shared::shared,
};
