//! The server, and what a test tells it.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use alloy::primitives::Address;
use axum::{
    Router,
    routing::{get, post},
};
use rand::{SeedableRng as _, rngs::StdRng};
use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tokio::{
    net::TcpListener,
    sync::Notify,
    task::{AbortHandle, JoinSet},
};
use uuid::Uuid;

use super::{
    book::{Book, Status},
    connector, events, handlers,
    misdeeds::{EventWays, Misdeed},
};
use crate::anvil::Rpc;

/// How often it looks whether its transactions were mined.
const LOOK: Duration = Duration::from_millis(10);

/// What its parts share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) rpc: Rpc,
    pub(super) book: Mutex<Book>,
    pub(super) told: Notify,
}

impl Shared {
    pub(super) fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A FireFly; it ends with the value.
#[derive(Debug)]
pub struct Firefly {
    address: SocketAddr,
    shared: Arc<Shared>,
    tasks: AbortHandle,
}

impl Firefly {
    /// One on a free port of loopback, before the node at this address.
    ///
    /// # Errors
    /// When there is no port.
    #[allow(clippy::disallowed_methods, reason = "the server ends with the value that owns it")]
    pub async fn start(node: &str) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared { rpc: Rpc::new(node), book: Mutex::default(), told: Notify::new() });
        let (router, watched) = (router(&shared), Arc::clone(&shared));
        let tasks = tokio::spawn(async move {
            let mut tasks = JoinSet::new();
            tasks.spawn(async move { drop(axum::serve(listener, router).await) });
            tasks.spawn(async move { watch(&watched).await });
            while tasks.join_next().await.is_some() {}
        });
        Ok(Self { address, shared, tasks: tasks.abort_handle() })
    }

    /// Where it is, without `/api/v1`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The next new invocations go wrong in these ways, one each.
    pub fn next(&self, misdeeds: &[Misdeed]) {
        self.shared.book().script.extend(misdeeds);
    }

    /// From now on a third of the new invocations goes wrong in one of the ways that are survived.
    pub fn at_random(&self, seed: u64) {
        self.shared.book().random = Some(StdRng::seed_from_u64(seed));
    }

    /// From now on events are told so.
    pub fn tell_events(&self, ways: EventWays) {
        self.shared.book().ways = ways;
        self.shared.told.notify_waiters();
    }

    /// The keys of all invocations that came in, repetitions too.
    pub fn asked(&self) -> Vec<String> {
        self.shared.book().asked.clone()
    }

    /// How often somebody asked for an operation to be retried, which makes a second one.
    pub fn retried(&self) -> usize {
        self.shared.book().retried
    }

    /// From now on it has no connector of tokens.
    pub fn without_tokens(&self) {
        self.shared.book().without_tokens = true;
    }

    /// Whether it takes requests for token pools, keeps their keys and makes none.
    pub fn loses_pools(&self, loses: bool) {
        self.shared.book().loses_pools = loses;
    }

    /// How many requests for token pools had a key of their own.
    pub fn pool_requests(&self) -> usize {
        self.shared.book().pool_keys.len()
    }

    /// Somebody has made a token pool of this name, over this contract.
    pub fn show(&self, name: &str, contract: Address) {
        let locator = format!("address={}&schema=ERC20NoData&type=fungible", contract.to_string().to_lowercase());
        self.shared.book().pools.push(json!({ "name": name, "active": true, "locator": locator }));
    }

    /// Its token pools, as its API tells them.
    pub fn pools(&self) -> Vec<Value> {
        self.shared.book().pools.clone()
    }

    /// How many events were acknowledged.
    pub fn acknowledged(&self) -> usize {
        self.shared.book().acknowledged
    }
}

impl Drop for Firefly {
    fn drop(&mut self) {
        self.tasks.abort();
    }
}

fn router(shared: &Arc<Shared>) -> Router {
    let namespace = Router::new()
        .route("/contracts/invoke", post(handlers::invoke))
        .route("/transactions", get(handlers::list_transactions))
        .route("/transactions/{id}", get(handlers::get_transaction))
        .route("/transactions/{id}/operations", get(handlers::list_operations))
        .route("/operations/{id}", get(handlers::get_operation))
        .route("/operations/{id}/retry", post(handlers::retry))
        .route("/subscriptions", post(handlers::subscribe))
        .route("/tokens/pools", post(handlers::create_pool).get(handlers::list_pools))
        .route("/status", get(handlers::status));
    Router::new()
        .nest("/api/v1/namespaces/{ns}", namespace)
        .route("/ws", get(events::connect))
        .fallback(handlers::nothing)
        .with_state(Arc::clone(shared))
}

/// Sees what was mined, and tells of it.
async fn watch(shared: &Shared) {
    loop {
        let pending: Vec<_> = shared
            .book()
            .operations
            .iter()
            .filter(|operation| !operation.is_told && !operation.is_stuck)
            .filter_map(|operation| Some((operation.id, operation.sent?.0)))
            .collect();
        for (id, hash) in pending {
            if let Ok(Some(took_effect)) = connector::outcome(&shared.rpc, hash).await {
                conclude(shared, id, took_effect);
            }
        }
        tokio::time::sleep(LOOK).await;
    }
}

fn conclude(shared: &Shared, id: Uuid, took_effect: bool) {
    let mut book = shared.book();
    let Some(operation) = book.operation(id) else { return };
    if operation.lies > 0 {
        return;
    }
    operation.is_told = true;
    operation.status = if took_effect { Status::Succeeded } else { Status::Failed };
    operation.error = (!took_effect).then(|| "FF23021: EVM reverted".to_owned());
    let (tx, at) = (operation.tx, now());
    let kind = if took_effect { "blockchain_invoke_op_succeeded" } else { "blockchain_invoke_op_failed" };
    book.event(kind, id, tx, at);
    drop(book);
    shared.told.notify_waiters();
}

/// As FireFly writes times.
#[allow(clippy::disallowed_methods, reason = "what it writes nobody decides by")]
pub(super) fn now() -> String {
    OffsetDateTime::now_utc().format(&Rfc3339).unwrap_or_default()
}
