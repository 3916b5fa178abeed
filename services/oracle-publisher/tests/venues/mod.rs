//! The venue adapters against the simulated venues, over real HTTP and real WebSockets.

mod fallback;
mod rest;
mod rounds;
mod socket;
mod stage;
