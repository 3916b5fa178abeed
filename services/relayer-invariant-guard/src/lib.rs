//! The guard of a bridge: what evidence says about it, who may act because of it, and how a halt ends.
//!
//! Start reading at [`domain`], which decides everything and does nothing. [`app`] gathers, asks the domain, acts and records;
//! [`adapters`] are the outside: the guard's own database, the relayer's, and the chains; [`grpc`] is the relayer's door and
//! the operators', and `http` what browsers read. [`config`] and `serve` make a running guard of them, and [`cli`] is what a person types.

pub mod adapters;
pub mod app;
pub mod cli;
pub mod config;
pub mod domain;
pub mod grpc;
mod http;
pub mod metrics;
mod serve;
