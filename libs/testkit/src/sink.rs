//! Where alerts arrive: one HTTP server that stands for Slack's hooks, PagerDuty and every other receiver of JSON.

use std::{io, net::SocketAddr};

use axum::{
    Json, Router,
    extract::State,
    http::{StatusCode, Uri},
};
use serde_json::Value;
use tokio::{net::TcpListener, sync::watch, task::AbortHandle};

use crate::wait::{self, Look};

/// What came so far.
#[derive(Debug, Default)]
pub struct Book {
    taken: Vec<(String, Value)>,
    refused: u32,
    is_broken: bool,
}

impl Book {
    /// How many requests were answered with 503.
    pub const fn refused(&self) -> u32 {
        self.refused
    }

    /// The bodies that were taken on paths with this start, first to last.
    pub fn taken(&self, start: &str) -> impl Iterator<Item = &Value> {
        self.taken.iter().filter(move |(path, _)| path.starts_with(start)).map(|(_, body)| body)
    }
}

/// The server; it ends with the value.
#[derive(Debug)]
pub struct Sink {
    address: SocketAddr,
    book: watch::Sender<Book>,
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
        let book = watch::Sender::default();
        let router = Router::new().fallback(take).with_state(book.clone());
        let server = tokio::spawn(async move { axum::serve(listener, router).await }).abort_handle();
        Ok(Self { address, book, server })
    }

    /// The address of a path on it.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// From now on every request is answered with 503.
    pub fn break_down(&self) {
        self.book.send_modify(|book| book.is_broken = true);
    }

    /// From now on every request is taken.
    pub fn recover(&self) {
        self.book.send_modify(|book| book.is_broken = false);
    }

    /// The bodies that were taken so far on paths with this start, first to last.
    pub fn taken(&self, start: &str) -> Vec<Value> {
        self.book.borrow().taken(start).cloned().collect()
    }

    /// Waits until the book shows something.
    ///
    /// # Panics
    /// As [`wait::eventually`].
    #[track_caller]
    pub fn shows<S: Look>(&self, what: &str, look: impl FnMut(&Book) -> S) -> impl Future<Output = S::Found> {
        wait::told(what, self.book.subscribe(), look)
    }

    /// Waits for a body that fits on a path with this start.
    ///
    /// # Panics
    /// As [`wait::eventually`], with what was taken instead.
    #[track_caller]
    pub fn gets(&self, what: &str, start: &str, fits: impl Fn(&Value) -> bool) -> impl Future<Output = Value> {
        self.shows(what, move |book| {
            let found = book.taken(start).find(|body| fits(body));
            found.cloned().ok_or_else(|| format!("{:#?}", book.taken(start).collect::<Vec<_>>()))
        })
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn take(State(book): State<watch::Sender<Book>>, uri: Uri, Json(body): Json<Value>) -> StatusCode {
    let mut is_taken = false;
    book.send_modify(|book| {
        is_taken = !book.is_broken;
        if is_taken {
            book.taken.push((uri.path().to_owned(), body));
        } else {
            book.refused = book.refused.saturating_add(1);
        }
    });
    if is_taken { StatusCode::ACCEPTED } else { StatusCode::SERVICE_UNAVAILABLE }
}
