//! Simulated price venues: loopback servers that speak the venues' own REST and WebSocket formats.
//!
//! They play a price path in compressed time and can be made to lie, freeze, fall silent, refuse, crawl or
//! talk nonsense. Every answer carries the header `x-simulated: causeway-testkit`. Their payloads are
//! written down independently of any client's parser, traps included, so that a test against them tests
//! the client. They check no signatures and know no order books: only what a price reader asks.

mod behaviour;
mod crowd;
mod path;
mod server;
mod session;
mod wire;

pub use self::{
    behaviour::{Handle, RetryAfter},
    crowd::Crowd,
    path::{Path, PathError},
    server::{Error, Market, Venues},
    wire::Venue,
};

#[cfg(test)]
mod tests;
