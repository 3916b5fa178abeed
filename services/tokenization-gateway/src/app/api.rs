//! What both faces work with, REST and gRPC: the same orders, decisions, keys and callers behind either.

use std::sync::Arc;

use tokio::sync::watch;

use super::{Calls, Catalogue, Comparisons, Desk, Door, Orders};
use crate::adapters::store::Store;

/// See the module. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Api {
    /// Takes orders.
    pub orders: Orders,
    /// Where people decide.
    pub desk: Desk,
    /// What is stored.
    pub store: Store,
    /// What is tokenized.
    pub catalogue: Arc<Catalogue>,
    /// How books and chain agree.
    pub comparisons: watch::Receiver<Comparisons>,
    /// What was answered before.
    pub calls: Calls,
    /// Who may call.
    pub door: Door,
}
