//! The guard of a bridge: what evidence says about it, who may act because of it, and how a halt ends.
//!
//! Start reading at [`domain`], which decides everything and does nothing. [`adapters`] are the outside: the guard's own
//! database, the relayer's, and the chains.

pub mod adapters;
pub mod domain;
