//! The world: dialects of contracts, chains, the database.

pub mod chain;
pub mod dialects;
pub mod store;
