//! The outside: the guard's own database, the relayer's, the chains, and the account that pauses.

pub mod chain;
pub mod pause;
pub mod store;
