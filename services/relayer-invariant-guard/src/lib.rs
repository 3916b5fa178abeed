//! The guard's pure core: what evidence says about a bridge, who may act because of it, and how a halt ends.
//!
//! The process around it gathers the evidence, keeps what is decided and talks to people; it decides nothing.

pub mod domain;
