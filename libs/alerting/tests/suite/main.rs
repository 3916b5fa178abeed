//! The carriers against servers that speak the receivers' protocols, over real sockets.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test says what it expects; clippy's own exception does not reach a test's helpers"
)]

mod channels;
mod dispatcher;
mod settings;
mod support;
