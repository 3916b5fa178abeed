//! A financial message becomes a token, exactly once, and the answer goes back.
//!
//! Start reading at [`domain`], which decides everything and does nothing; [`intake`] tells what a message orders.

pub mod domain;
pub mod intake;
