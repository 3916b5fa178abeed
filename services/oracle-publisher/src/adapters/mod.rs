//! The outside: venues, the chain, the store.

pub mod chain;
pub mod store;
pub mod venues;
