//! What every service of the house does alike, once: the settings that all have, the database at the program's schema,
//! the lease, the three ports, the operators' calls, the watch over store and leader, and the verbs of the command line.
//!
//! It joins the libraries below it, which stay blind to each other, and knows nothing of any service: what differs comes
//! in as a value, a router or a small trait. A service that needs something else does not use that part.

pub mod broker;
mod certificates;
pub mod cli;
pub mod config;
pub mod database;
pub mod leader;
pub mod ops;
pub mod ports;
pub mod upkeep;
pub mod vitals;
pub mod wire;
