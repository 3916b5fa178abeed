//! Hyperledger Cacti (SATP-Hermes) as a way to another chain.
//!
//! Its `transact` carries a whole transfer out while we wait, does it again when it is asked again, and says "rolled back"
//! where nothing was. So the tokens first move, once and by their reference, into an account from which Cacti takes them; one
//! transfer at a time is on its way from an asset to a chain; what both chains have is written down before Cacti is asked; and
//! a transfer is over when both chains show it at final blocks: so much less here, so much more there, or nothing on either
//! side. Everything between waits for a person.

mod api;
mod courier;
mod path;
mod stage;

pub use self::{
    api::{Api, Error},
    courier::{Courier, Pace, Parts},
    path::{Ends, Path, Side},
};
