//! Where alerts arrive: one HTTP server that stands for Slack's hooks, PagerDuty and every other receiver of JSON.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Json, Router,
    extract::State,
    http::{StatusCode, Uri},
};
use serde_json::Value;
use tokio::{net::TcpListener, task::AbortHandle};

#[derive(Debug, Default)]
struct Book {
    taken: Vec<(String, Value)>,
    refused: u32,
    is_broken: bool,
}

/// The server; it ends with the value.
#[derive(Debug)]
pub struct Sink {
    address: SocketAddr,
    book: Arc<Mutex<Book>>,
    server: AbortHandle,
}

impl Sink {
    /// A server on a free port of loopback that takes everything.
    ///
    /// # Errors
    /// When there is no port.
    #[allow(clippy::disallowed_methods, reason = "the server ends with the value that owns it")]
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let book = Arc::<Mutex<Book>>::default();
        let router = Router::new().fallback(take).with_state(Arc::clone(&book));
        let server = tokio::spawn(async move { axum::serve(listener, router).await }).abort_handle();
        Ok(Self { address, book, server })
    }

    /// The address of a path on it.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// From now on every request is answered with 503.
    pub fn break_down(&self) {
        lock(&self.book).is_broken = true;
    }

    /// From now on every request is taken.
    pub fn recover(&self) {
        lock(&self.book).is_broken = false;
    }

    /// How many requests were answered with 503.
    pub fn refused(&self) -> u32 {
        lock(&self.book).refused
    }

    /// The bodies that were taken on paths with this start, first to last.
    pub fn taken(&self, start: &str) -> Vec<Value> {
        let book = lock(&self.book);
        book.taken.iter().filter(|(path, _)| path.starts_with(start)).map(|(_, body)| body.clone()).collect()
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn take(State(book): State<Arc<Mutex<Book>>>, uri: Uri, Json(body): Json<Value>) -> StatusCode {
    let mut book = lock(&book);
    if book.is_broken {
        book.refused = book.refused.saturating_add(1);
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    book.taken.push((uri.path().to_owned(), body));
    StatusCode::ACCEPTED
}

fn lock(book: &Mutex<Book>) -> MutexGuard<'_, Book> {
    book.lock().unwrap_or_else(PoisonError::into_inner)
}
