//! The server, its sessions, and what it is told to do wrong.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use alloy::primitives::{Address, U256};
use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::AbortHandle};
use uuid::Uuid;

use super::ledger::End;

/// What its paths begin with.
const BASE: &str = "/api/v1/@hyperledger-cacti/cactus-plugin-satp-hermes";

/// What happens to the next transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Misdeed {
    /// The connection breaks before anything is begun.
    NeverTaken,
    /// Everything is done, and the connection breaks.
    LostAnswer,
    /// Everything is done, the connection breaks, and the session is forgotten.
    LostSession,
    /// It fails before it takes anything.
    FailsEarly,
    /// It fails behind the burn, and says that it is rolled back, which it is not.
    FailsInTheMiddle,
}

#[derive(Debug, Default)]
struct Book {
    sessions: BTreeMap<String, &'static str>,
    script: VecDeque<Misdeed>,
    asked: Vec<String>,
}

#[derive(Debug)]
struct Shared {
    home: End,
    away: End,
    book: Mutex<Book>,
}

impl Shared {
    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A Cacti gateway; it ends with the value.
#[derive(Debug)]
pub struct Cacti {
    address: SocketAddr,
    shared: Arc<Shared>,
    server: AbortHandle,
}

impl Cacti {
    /// One on a free port of loopback, between these two.
    ///
    /// # Errors
    /// When there is no port.
    #[allow(clippy::disallowed_methods, reason = "the server ends with the value that owns it")]
    pub async fn start(home: End, away: End) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared { home, away, book: Mutex::default() });
        let routes = Router::new()
            .route("/transact", post(transact))
            .route("/status", get(status))
            .route("/get-sessions-ids", get(sessions));
        let router = Router::new().nest(BASE, routes).with_state(Arc::clone(&shared));
        let server = tokio::spawn(async move { axum::serve(listener, router).await }).abort_handle();
        Ok(Self { address, shared, server })
    }

    /// Where it is, without its path.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The next transfers go wrong in these ways, one each.
    pub fn next(&self, misdeeds: &[Misdeed]) {
        self.shared.book().script.extend(misdeeds);
    }

    /// The contexts of all transfers that it was asked for.
    pub fn asked(&self) -> Vec<String> {
        self.shared.book().asked.clone()
    }
}

impl Drop for Cacti {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// What is to be moved.
struct Transfer {
    context: String,
    from: Address,
    to: Address,
    amount: U256,
}

fn read(body: &Value) -> Option<Transfer> {
    let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str);
    Some(Transfer {
        context: text("/contextID")?.to_owned(),
        from: text("/sourceAsset/owner")?.parse().ok()?,
        to: text("/receiverAsset/owner")?.parse().ok()?,
        amount: U256::from_str_radix(text("/sourceAsset/amount")?, 10).ok()?,
    })
}

async fn transact(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    let transfer = serde_json::from_slice(&body).ok().as_ref().and_then(read);
    let Some(transfer) = transfer else { return (StatusCode::BAD_REQUEST, Json(error("no transfer"))).into_response() };
    let (misdeed, session) = {
        let mut book = shared.book();
        book.asked.push(transfer.context.clone());
        let misdeed = book.script.pop_front();
        let session = format!("{}-{}", Uuid::new_v4(), transfer.context);
        if misdeed != Some(Misdeed::NeverTaken) {
            book.sessions.insert(session.clone(), "PENDING");
        }
        (misdeed, session)
    };
    if misdeed == Some(Misdeed::NeverTaken) {
        return broken();
    }
    let took = misdeed != Some(Misdeed::FailsEarly) && shared.home.burn(transfer.from, transfer.amount).await;
    let gave =
        took && misdeed != Some(Misdeed::FailsInTheMiddle) && shared.away.mint(transfer.to, transfer.amount).await;
    let status = if gave { "DONE" } else { "FAILED" };
    let mut book = shared.book();
    match misdeed {
        Some(Misdeed::LostSession) => {
            book.sessions.remove(&session);
            return broken();
        }
        Some(Misdeed::LostAnswer) => {
            book.sessions.insert(session, status);
            return broken();
        }
        Some(Misdeed::NeverTaken | Misdeed::FailsEarly | Misdeed::FailsInTheMiddle) | None => {}
    }
    book.sessions.insert(session.clone(), status);
    Json(json!({ "sessionID": session, "statusResponse": told(status) })).into_response()
}

async fn status(State(shared): State<Arc<Shared>>, Query(query): Query<HashMap<String, String>>) -> Response {
    let book = shared.book();
    let status = query.get("SessionID").and_then(|session| book.sessions.get(session)).copied();
    Json(told(status.unwrap_or("NOT_FOUND"))).into_response()
}

async fn sessions(State(shared): State<Arc<Shared>>) -> Response {
    Json(shared.book().sessions.keys().cloned().collect::<Vec<_>>()).into_response()
}

/// As its status service tells it: the step is a constant, whatever the step is.
fn told(status: &str) -> Value {
    let network = |id: &str| json!({ "id": id, "dltProtocol": "HyperledgerBesu", "dltSubnetworkID": id });
    let substatus = match status {
        "DONE" => "COMPLETED",
        "FAILED" => "RECOVERED",
        _ => "UNKNOWN_ERROR",
    };
    json!({
        "status": status,
        "substatus": substatus,
        "stage": "STAGE_3",
        "step": "transfer-complete-message",
        "startTime": "0",
        "originNetwork": network("home"),
        "destinationNetwork": network("home"),
    })
}

fn error(message: &str) -> Value {
    json!({ "type": "BadRequest", "code": 400, "status": 400, "message": message, "timestamp": "0" })
}

fn broken() -> Response {
    let part = futures_util::stream::iter([Ok(Bytes::from_static(b"{")), Err(io::Error::other("broken"))]);
    Response::new(Body::from_stream(part))
}
