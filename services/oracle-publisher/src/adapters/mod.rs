//! Adapters.
pub mod venues;
