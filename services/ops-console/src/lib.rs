//! The operators' pages over all services: is it healthy, what is wrong, what do I do.
//!
//! Start reading at [`domain`], which decides how things are; [`app`] looks, keeps and listens; [`adapters`] are the services
//! and the console's own database. The console holds no secret and no key of the services, and nothing depends on it.

pub mod adapters;
pub mod app;
pub mod cli;
pub mod config;
pub mod ctl;
pub mod domain;
mod grpc;
mod http;
pub mod metrics;
pub mod ports;
mod serve;
