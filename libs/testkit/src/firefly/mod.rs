//! A simulated Hyperledger FireFly in gateway mode: its REST API and its events over WebSocket, before a real chain.
//!
//! What it is asked to call, it calls, with an account of the node's own and its own idea of a nonce; transactions,
//! operations and events are then told as FireFly tells them, and as its published OpenAPI file says. It misbehaves by order,
//! in each way that FireFly is known to ([`Misdeed`], [`EventWays`]). Served are contract invocations, token pools as entries,
//! transactions, operations, subscriptions and the status; there are no messages, no blobs and no multiparty, as in gateway
//! mode.

mod book;
mod connector;
mod events;
mod handlers;
mod misdeeds;
mod server;
#[cfg(test)]
mod tests;

pub use self::{
    misdeeds::{EventWays, Misdeed},
    server::Firefly,
};
