//! Mutual TLS from PEM files that may be replaced while the process runs. Both ends show a certificate of the same
//! private authority.
//!
//! A server looks at its files every second, a client before each connection that it makes. Files that are unusable are
//! told and not taken: what was read before them stays in force. A connection keeps what it was made with to its end,
//! which is why servers close connections at an age.

mod acceptor;
mod connector;
mod current;
mod error;
mod material;

use std::path::PathBuf;

pub(crate) use self::{acceptor::secured, connector::Connector, current::Current};
pub use self::{current::Standing, error::Error};

/// Where the PEM files are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    /// Our certificate, followed by what it takes to reach the authority.
    pub certificate: PathBuf,
    /// Our private key.
    pub key: PathBuf,
    /// The certificates of the authorities that sign everybody's: one, or two while one takes over from the other.
    pub authority: PathBuf,
}
