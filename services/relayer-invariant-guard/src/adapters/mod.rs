//! The outside: the guard's own database, the relayer's, and the chains.

pub mod chain;
pub mod store;
