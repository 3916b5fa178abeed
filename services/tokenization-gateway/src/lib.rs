//! A financial message becomes a token, exactly once, and the answer goes back.
//!
//! Start reading at [`domain`], which decides everything and does nothing; [`intake`] tells what a message orders; [`app`]
//! takes orders, carries requests on and answers; [`adapters`] are the outside behind [`ports`]; [`explain`] tells everything
//! that is known of a message without asking anybody.

pub mod adapters;
pub mod app;
pub mod cli;
pub mod config;
pub mod domain;
pub mod explain;
mod grpc;
mod http;
pub mod intake;
pub mod metrics;
pub mod ports;
mod serve;
