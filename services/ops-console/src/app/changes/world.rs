//! What a change looks at and acts on, as one narrow door.

use std::fmt;

use async_trait::async_trait;
use uuid::Uuid;

use crate::domain::change::{
    Answer,
    expect::{Fact, Seen},
    plan::{Plan, Values},
};

/// Something that a service is asked to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Where.
    pub service: String,
    /// Its action.
    pub action: String,
    /// With what.
    pub parameters: Values,
    /// Why, and who wants it: at most 500 characters.
    pub reason: String,
    /// Who said yes to it last, or else whose wish it is.
    pub person: String,
}

/// The services. Every look and every call is bounded in time; every text that comes through is inert and short.
#[async_trait]
pub trait World: fmt::Debug + Send + Sync {
    /// A fact about what a plan names, as a word; `Err`: why it could not be seen. `id` names the change.
    async fn see(&self, id: Uuid, plan: &Plan, fact: Fact) -> Seen;

    /// Calls once. It may have had its effect whatever comes back, unless it says that it was refused.
    async fn call(&self, id: Uuid, call: Call) -> Answer;
}
