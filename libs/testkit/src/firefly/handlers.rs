//! The REST calls, with FireFly's answers and error codes.

use std::{collections::HashMap, sync::Arc, time::Duration};

use axum::{
    Json,
    body::{Body, Bytes},
    extract::{Path, Query, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    book::{Book, NAMESPACE, Operation, Status, Transaction},
    connector::{self, Call, Refusal},
    misdeeds::Misdeed,
    server::{Shared, now},
};

/// So often a lie is told.
const LIES: u32 = 2;

/// How long a slow answer takes: longer than the tests' callers wait.
const SLOW: Duration = Duration::from_secs(3);

type Server = State<Arc<Shared>>;
type Named = Path<HashMap<String, String>>;

/// What is to be done for an invocation, decided while the book is open.
enum Plan {
    /// Answered from the book.
    Answer(Box<Response>),
    /// Sent for this operation, and answered so.
    Send { operation: Uuid, shown: Uuid, misdeed: Option<Misdeed> },
}

pub(super) async fn invoke(State(shared): Server, body: Bytes) -> Response {
    let Ok(body) = serde_json::from_slice::<Value>(&body) else {
        return refuse(StatusCode::BAD_REQUEST, "FF00127: the body is no JSON");
    };
    let plan = plan(&mut shared.book(), &body);
    let (operation, shown, misdeed) = match plan {
        Plan::Answer(answer) => return *answer,
        Plan::Send { operation, shown, misdeed } => (operation, shown, misdeed),
    };
    let done = detached(&shared, operation, misdeed).await;
    if misdeed == Some(Misdeed::Slow) {
        tokio::time::sleep(SLOW).await;
    }
    match done {
        Ok(()) => answer(&shared, operation, shown, misdeed),
        Err(refused) => *refused,
    }
}

/// Goes on when the caller goes away, as the real one does: an operation is never left between two states.
#[allow(clippy::disallowed_methods, reason = "it ends by itself, with the connector's answer")]
async fn detached(shared: &Arc<Shared>, id: Uuid, misdeed: Option<Misdeed>) -> Result<(), Box<Response>> {
    let shared = Arc::clone(shared);
    let done = tokio::spawn(async move { carry_out(&shared, id, misdeed).await }).await;
    done.unwrap_or_else(|_| Err(Box::new(not_found())))
}

/// As `resubmitOperations` and `submitNewTransaction` go, with one misdeed for a key that is new.
fn plan(book: &mut Book, body: &Value) -> Plan {
    let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    if let Err(Refusal::Request(what)) = Call::read(body) {
        return Plan::Answer(Box::new(refuse(StatusCode::BAD_REQUEST, &format!("FF00127: {what}"))));
    }
    let key = text("/idempotencyKey");
    book.asked.extend(key.clone());
    if let Some(known) = key.as_ref().and_then(|key| book.by_key(key)).cloned() {
        return again(book, &known, body);
    }
    let misdeed = book.misdeed();
    match misdeed {
        Some(Misdeed::NeverTaken) => return Plan::Answer(Box::new(broken())),
        Some(Misdeed::Race) => {
            return Plan::Answer(Box::new(refuse(StatusCode::CONFLICT, "FF10432: another transaction was inserted")));
        }
        Some(_) | None => {}
    }
    let tx = Transaction { id: Uuid::new_v4(), key, at: now() };
    book.transactions.push(tx.clone());
    if misdeed == Some(Misdeed::OnlyTransaction) {
        return Plan::Answer(Box::new(refuse(StatusCode::INTERNAL_SERVER_ERROR, "FF10116: the database broke")));
    }
    let mut input = stored(body);
    if misdeed == Some(Misdeed::OtherInput)
        && let Some(amount) = input.pointer_mut("/input/amount")
    {
        *amount = json!("999999");
    }
    let mut operation = Operation::new(tx.id, input, now());
    let id = operation.id;
    let nothing_sent = matches!(misdeed, Some(Misdeed::ConnectorAway | Misdeed::OtherInput));
    if misdeed == Some(Misdeed::OtherInput) {
        operation.status = Status::Pending;
    }
    book.operations.push(operation);
    if nothing_sent {
        return Plan::Answer(Box::new(refuse(StatusCode::INTERNAL_SERVER_ERROR, "FF10274: the connector is away")));
    }
    Plan::Send { operation: id, shown: id, misdeed }
}

/// A key that is known: refused once something is on its way, otherwise gone on with. Bodies are not compared.
fn again(book: &mut Book, known: &Transaction, body: &Value) -> Plan {
    let stored_operation = book.of_transaction(known.id).next().map(|operation| (operation.id, operation.status));
    match stored_operation {
        Some((id, Status::Initialized)) => Plan::Send { operation: id, shown: Uuid::new_v4(), misdeed: None },
        Some(_) => {
            let key = known.key.as_deref().unwrap_or_default();
            let told = format!("FF10431: Idempotency key '{key}' already used for transaction '{}'", known.id);
            Plan::Answer(Box::new(refuse(StatusCode::CONFLICT, &told)))
        }
        None => {
            let operation = Operation::new(known.id, stored(body), now());
            let id = operation.id;
            book.operations.push(operation);
            Plan::Send { operation: id, shown: id, misdeed: None }
        }
    }
}

/// What an operation keeps of a request.
fn stored(body: &Value) -> Value {
    let part = |name: &str| body.get(name).cloned().unwrap_or_default();
    json!({
        "type": "invoke",
        "interface": null,
        "location": part("location"),
        "key": part("key"),
        "method": part("method"),
        "methodPath": part("method").get("name").cloned().unwrap_or_default(),
        "input": part("input"),
        "options": null,
    })
}

/// Has the connector send an operation's call.
async fn carry_out(shared: &Shared, id: Uuid, misdeed: Option<Misdeed>) -> Result<(), Box<Response>> {
    let (tx, input) = {
        let mut book = shared.book();
        let operation = book.operation(id).ok_or_else(|| Box::new(not_found()))?;
        operation.status = Status::Pending;
        (operation.tx, operation.input.clone())
    };
    shared.book().event("transaction_submitted", id, tx, now());
    let sent = match (misdeed, Call::read(&input)) {
        (Some(Misdeed::Dead), _) => Err(Refusal::Reverts("the connector broke".to_owned())),
        (_, Ok(call)) => connector::send(&shared.rpc, &call).await,
        (_, Err(refusal)) => Err(refusal),
    };
    let mut book = shared.book();
    let operation = book.operation(id).ok_or_else(|| Box::new(not_found()))?;
    let answered = match sent {
        Ok(sent) => {
            operation.sent = Some(sent);
            operation.is_stuck = misdeed == Some(Misdeed::Stuck);
            if misdeed == Some(Misdeed::FailedThenSucceeded) {
                operation.lies = LIES;
                operation.status = Status::Failed;
                book.event("blockchain_invoke_op_failed", id, tx, now());
            }
            Ok(())
        }
        Err(refusal) => {
            operation.status = Status::Failed;
            operation.error = Some(format!("FF10111: Error from ethereum connector: {refusal}"));
            book.event("blockchain_invoke_op_failed", id, tx, now());
            Err(Box::new(refuse(StatusCode::INTERNAL_SERVER_ERROR, "FF10111: Error from ethereum connector")))
        }
    };
    drop(book);
    shared.told.notify_waiters();
    answered
}

fn answer(shared: &Shared, id: Uuid, shown: Uuid, misdeed: Option<Misdeed>) -> Response {
    match misdeed {
        Some(Misdeed::LostAnswer) => return broken(),
        Some(Misdeed::TimedOut) => {
            return refuse(StatusCode::REQUEST_TIMEOUT, "FF10260: The request with id timed out");
        }
        Some(Misdeed::BadGateway) => return StatusCode::BAD_GATEWAY.into_response(),
        Some(_) | None => {}
    }
    let mut book = shared.book();
    let Some(operation) = book.operation(id) else { return not_found() };
    let told = Operation { id: shown, ..operation.clone() }.to_json();
    (StatusCode::ACCEPTED, Json(told)).into_response()
}

pub(super) async fn list_transactions(State(shared): Server, Query(query): Query<HashMap<String, String>>) -> Response {
    let book = shared.book();
    let fits = |transaction: &&Transaction| {
        let key = query.get("idempotencykey");
        key.is_none() || transaction.key.as_ref() == key
    };
    let found: Vec<_> = book.transactions.iter().filter(fits).map(|one| book.transaction_json(one)).collect();
    Json(found).into_response()
}

pub(super) async fn get_transaction(State(shared): Server, Path(path): Named) -> Response {
    let book = shared.book();
    let found = book.transactions.iter().find(|transaction| Some(transaction.id) == id(&path));
    found.map_or_else(not_found, |transaction| Json(book.transaction_json(transaction)).into_response())
}

pub(super) async fn list_operations(State(shared): Server, Path(path): Named) -> Response {
    let Some(tx) = id(&path) else { return not_found() };
    let mut book = shared.book();
    book.operations.iter_mut().filter(|operation| operation.tx == tx).for_each(lie_less);
    let found: Vec<_> = book.of_transaction(tx).map(Operation::to_json).collect();
    Json(found).into_response()
}

pub(super) async fn get_operation(
    State(shared): Server,
    Path(path): Named,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let mut book = shared.book();
    let Some(operation) = id(&path).and_then(|id| book.operation(id)) else { return not_found() };
    lie_less(operation);
    let mut told = operation.to_json();
    let known = operation.sent.filter(|_| query.get("fetchstatus").is_some_and(|fetch| fetch == "true"));
    if let (Some((hash, nonce)), Some(fields)) = (known, told.as_object_mut()) {
        let from = operation.input.get("key").cloned().unwrap_or_default();
        let mut detail =
            json!({ "id": format!("{NAMESPACE}:{}", operation.id), "from": from, "nonce": nonce.to_string() });
        if let (Some(detail), true) = (detail.as_object_mut(), operation.is_told) {
            detail.insert("transactionHash".to_owned(), json!(hash));
        }
        fields.insert("detail".to_owned(), detail);
    }
    Json(told).into_response()
}

fn lie_less(operation: &mut Operation) {
    operation.lies = operation.lies.saturating_sub(1);
}

/// Counted and not done: a second operation would be a second transaction, and nobody here may want that.
pub(super) async fn retry(State(shared): Server) -> Response {
    let mut book = shared.book();
    book.retried = book.retried.saturating_add(1);
    refuse(StatusCode::BAD_REQUEST, "FF00127: nothing is retried here")
}

pub(super) async fn subscribe(State(shared): Server, Json(body): Json<Value>) -> Response {
    let Some(name) = body.get("name").and_then(Value::as_str).map(str::to_owned) else {
        return refuse(StatusCode::BAD_REQUEST, "FF00140: a subscription has a name");
    };
    let mut book = shared.book();
    if book.subscriptions.contains_key(&name) {
        return refuse(StatusCode::CONFLICT, "FF10193: a subscription of that name exists");
    }
    let pointer = "/options/firstEvent";
    // FireFly's own default is the newest.
    let oldest = body.pointer(pointer).and_then(Value::as_str) == Some("oldest");
    let offset = if oldest { 0 } else { book.deliveries().len() };
    let mut told = body.clone();
    if let Some(fields) = told.as_object_mut() {
        fields.insert("id".to_owned(), json!(Uuid::new_v4()));
        fields.insert("namespace".to_owned(), json!(NAMESPACE));
        fields.insert("ephemeral".to_owned(), json!(false));
        fields.insert("created".to_owned(), json!(now()));
    }
    book.subscriptions.insert(name, (body, offset));
    (StatusCode::CREATED, Json(told)).into_response()
}

pub(super) async fn create_pool(State(shared): Server, Json(body): Json<Value>) -> Response {
    let mut book = shared.book();
    if book.without_tokens {
        return refuse(StatusCode::BAD_REQUEST, "FF10273: no token plugin is configured");
    }
    let name = |pool: &Value| pool.get("name").cloned();
    if book.pools.iter().any(|pool| name(pool) == name(&body)) {
        return refuse(StatusCode::CONFLICT, "FF10275: a pool of that name exists");
    }
    if let Some(key) = body.get("idempotencyKey").and_then(Value::as_str)
        && !book.pool_keys.insert(key.to_owned())
    {
        return refuse(StatusCode::CONFLICT, "FF10431: the idempotency key was used");
    }
    if book.loses_pools {
        return (StatusCode::ACCEPTED, Json(body)).into_response();
    }
    let mut pool = body;
    let address = pool.pointer("/config/address").and_then(Value::as_str).unwrap_or_default().to_lowercase();
    if let Some(fields) = pool.as_object_mut() {
        fields.insert("id".to_owned(), json!(Uuid::new_v4()));
        fields.insert("namespace".to_owned(), json!(NAMESPACE));
        fields.insert("connector".to_owned(), json!("erc20_erc721"));
        fields.insert("locator".to_owned(), json!(format!("address={address}&schema=ERC20NoData&type=fungible")));
        fields.insert("active".to_owned(), json!(false));
        fields.insert("created".to_owned(), json!(now()));
        fields.remove("idempotencyKey");
        fields.remove("config");
    }
    book.pools.push(pool.clone());
    (StatusCode::ACCEPTED, Json(pool)).into_response()
}

/// A pool is confirmed between one look at it and the next.
pub(super) async fn list_pools(State(shared): Server, Query(query): Query<HashMap<String, String>>) -> Response {
    let mut book = shared.book();
    let is_asked = |pool: &&mut Value| {
        let asked = query.get("name");
        asked.is_none() || pool.get("name").and_then(Value::as_str) == asked.map(String::as_str)
    };
    let told: Vec<Value> = book.pools.iter_mut().filter(is_asked).map(confirm).collect();
    Json(told).into_response()
}

/// As it was until now; from now on it is active.
fn confirm(pool: &mut Value) -> Value {
    let told = pool.clone();
    if let Some(fields) = pool.as_object_mut() {
        fields.insert("active".to_owned(), json!(true));
    }
    told
}

pub(super) async fn status() -> Response {
    let plugin = |name: &str, kind: &str| json!([{ "name": name, "pluginType": kind }]);
    let plugins = json!({
        "blockchain": plugin("ethereum", "ethereum"),
        "database": plugin("postgres", "postgres"),
        "tokens": plugin("erc20_erc721", "fftokens"),
    });
    Json(json!({
        "namespace": { "name": NAMESPACE, "networkName": NAMESPACE },
        "multiparty": { "enabled": false },
        "node": { "name": "simulated" },
        "plugins": plugins,
    }))
    .into_response()
}

pub(super) async fn nothing() -> Response {
    not_found()
}

fn id(path: &HashMap<String, String>) -> Option<Uuid> {
    path.get("id")?.parse().ok()
}

fn not_found() -> Response {
    refuse(StatusCode::NOT_FOUND, "FF10109: Not found")
}

fn refuse(status: StatusCode, told: &str) -> Response {
    (status, Json(json!({ "error": told }))).into_response()
}

/// An answer whose connection breaks in the middle.
fn broken() -> Response {
    let part = futures_util::stream::iter([Ok(Bytes::from_static(b"{")), Err(std::io::Error::other("broken"))]);
    let mut response = Response::new(Body::from_stream(part));
    *response.status_mut() = StatusCode::ACCEPTED;
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    response
}
