//! The guard of a bridge: what evidence says about it, who may act because of it, and how a halt ends.
//!
//! Start reading at [`domain`], which decides everything and does nothing. [`adapters`] are the outside; so far that is the
//! guard's own database.

pub mod adapters;
pub mod domain;
