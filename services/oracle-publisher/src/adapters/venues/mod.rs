//! Price venues over REST and WebSocket, JSON documents over HTTP, and aggregator contracts.
//!
//! [`settings`] says what to connect to, [`spawn_all`] keeps it connected, and everything heard goes into
//! a [`SignalSink`](crate::ports::SignalSink). Text becomes values in `dialects` (pure); what is missing in
//! a session is judged in `watch` (pure); the rest waits on networks. Nothing here decides about a source:
//! whether a fault matters is the domain's business.

mod dialects;
mod exact;
mod http;
mod line;
mod listener;
mod pointer;
mod poller;
mod presence;
mod quota;
mod rounds;
pub mod settings;
mod spawn;
mod usage;
mod watch;

pub use self::{
    exact::TimeFormat,
    http::client,
    pointer::{Pointer, PointerError},
    rounds::{Round, RoundError, RoundReader},
    spawn::{VenueDeps, spawn_all},
};
