//! The outside: the guard's own database, and the relayer's.

pub mod store;
