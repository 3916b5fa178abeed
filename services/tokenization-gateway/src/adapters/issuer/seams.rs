//! Where the backend meets whoever carries its calls to the chain, and whoever watches a way to another one.

use std::fmt::Debug;

use async_trait::async_trait;
use causeway_primitives::Timestamp;

use super::Operation;
use crate::{
    domain::{reference::Reference, request::Request},
    ports::{Arrival, Effect, NoEffect, Progress, Unread},
};

/// Whoever brings calls to the chain.
#[async_trait]
pub trait Carrier: Send + Sync + Debug {
    /// What is to be journaled for this attempt at an operation: begun by nobody after `expires_at`.
    ///
    /// # Errors
    /// [`NoEffect`].
    fn effect(&self, operation: Operation, name: (Reference, u32), expires_at: Timestamp) -> Result<Effect, NoEffect>;

    /// Makes it look at the journal now.
    fn wake(&self);

    /// How far these attempts have come, in their order.
    ///
    /// # Errors
    /// [`Unread`].
    async fn progress(&self, names: &[(Reference, u32)]) -> Result<Vec<Progress>, Unread>;
}

/// A way to another chain.
#[async_trait]
pub trait Bridge: Send + Sync + Debug {
    /// How far a request has come whose effect on this chain is proven.
    async fn arrival(&self, request: &Request) -> Arrival;

    /// The second half of what leaves in two: see [`Backend::onward`](crate::ports::Backend::onward).
    ///
    /// # Errors
    /// [`NoEffect`].
    async fn onward(&self, request: &Request, expires_at: Timestamp) -> Result<Effect, NoEffect>;
}
