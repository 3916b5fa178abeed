//! The guard of a bridge: what evidence says about it, who may act because of it, and how a halt ends.
//!
//! Start reading at [`domain`], which decides everything and does nothing. [`app`] gathers, asks the domain, acts and records;
//! [`adapters`] are the outside: the guard's own database, the relayer's, and the chains; [`grpc`] is the relayer's door.

pub mod adapters;
pub mod app;
pub mod domain;
pub mod grpc;
