//! Events for others, by NATS JetStream: whoever wants to know reads a stream and asks no service.
//!
//! The list of events is the outbox: rows that were written with what caused them, in the order of commits. The leader
//! offers them in that order and remembers how far it came when they were acknowledged. What was lost on the way is offered
//! again under the same name, by which the stream knows it. A broker that is away is waited for; nothing else waits.

mod config;
mod connection;
mod error;
mod metrics;
mod offering;

pub use self::{
    config::{Broker, RawBroker},
    error::Error,
    metrics::Metrics,
    offering::{Source, offer},
};
