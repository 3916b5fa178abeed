//! The endpoint: HTTP, batches, latency, and what turns requests away.

use std::{
    collections::BTreeMap,
    fmt, io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use alloy::primitives::Bytes;
use axum::{
    Router,
    body::Bytes as Body,
    extract::{DefaultBodyLimit, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::post,
};
use serde_json::json;
use tokio::{net::TcpListener, task::JoinSet, time::sleep};

use super::{
    behaviour::{Behaviour, Busy},
    call::{EthCall, Request},
    chain::Chain,
    json,
    methods::{Contract, View},
};

/// A batch of a thousand calls, each with a long list of addresses.
const MOST_BYTES: usize = 16 * 1024 * 1024;

/// More methods than any client of ours calls; further ones are not counted.
const MOST_METHODS: usize = 64;

/// An endpoint of a generated chain, on a port of its own. Stops when it is dropped.
#[derive(Debug)]
pub struct BlockServer {
    url: String,
    shared: Arc<Shared>,
    /// Aborted on drop.
    _server: JoinSet<()>,
}

struct Shared {
    chain: Chain,
    state: Mutex<Served>,
}

struct Served {
    behaviour: Behaviour,
    contract: Arc<Contract>,
    requests: u64,
    at_once: u64,
    most_at_once: u64,
    calls: BTreeMap<String, u64>,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("chain", &self.chain).finish_non_exhaustive()
    }
}

impl BlockServer {
    /// Serves a chain on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// When loopback cannot be listened on.
    pub async fn start(chain: &Chain, behaviour: Behaviour) -> io::Result<Self> {
        let no_code: Arc<Contract> = Arc::new(|_: &EthCall| Some(Bytes::new()));
        let calls = BTreeMap::new();
        let state = Served { behaviour, contract: no_code, requests: 0, at_once: 0, most_at_once: 0, calls };
        let shared = Arc::new(Shared { chain: chain.clone(), state: Mutex::new(state) });
        let router = Router::new()
            .route("/", post(serve))
            .layer(DefaultBodyLimit::max(MOST_BYTES))
            .with_state(Arc::clone(&shared));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let mut server = JoinSet::new();
        server.spawn(async move {
            // Ends only with the runtime, or when the server is dropped.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { url, shared, _server: server })
    }

    /// Where clients connect to.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Changes what it does, from the next request on.
    pub fn change(&self, change: impl FnOnce(&mut Behaviour)) {
        change(&mut self.shared.state().behaviour);
    }

    /// Who answers `eth_call`; `None` is a revert. Until somebody does, every account is without code, and the
    /// result is empty.
    pub fn answer_calls(&self, contract: impl Fn(&EthCall) -> Option<Bytes> + Send + Sync + 'static) {
        self.shared.state().contract = Arc::new(contract);
    }

    /// How many HTTP requests came, answered or not.
    pub fn requests(&self) -> u64 {
        self.shared.state().requests
    }

    /// How many requests were open at the same time, at the most.
    pub fn most_at_once(&self) -> u64 {
        self.shared.state().most_at_once
    }

    /// How often a method was called, in a batch or by itself.
    pub fn calls(&self, method: &str) -> u64 {
        self.shared.state().calls.get(method).copied().unwrap_or_default()
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, Served> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes note of a request, and says how to answer it.
    fn admit(&self) -> (Behaviour, Arc<Contract>, Option<Busy>) {
        let mut state = self.state();
        state.requests = state.requests.saturating_add(1);
        state.most_at_once = state.most_at_once.max(state.at_once);
        let busy = state.behaviour.busy;
        state.behaviour.busy = busy.and_then(|busy| {
            let requests = busy.requests.checked_sub(1)?;
            (requests > 0).then_some(Busy { requests, ..busy })
        });
        (state.behaviour.clone(), Arc::clone(&state.contract), busy)
    }

    fn count(&self, calls: &[Request<'_>]) {
        let mut state = self.state();
        for call in calls {
            if state.calls.len() < MOST_METHODS || state.calls.contains_key(&call.method) {
                let count = state.calls.entry(call.method.clone()).or_default();
                *count = count.saturating_add(1);
            }
        }
    }
}

/// A request that is open for as long as this lives: a client that goes away closes it too.
struct Open(Arc<Shared>);

impl Open {
    fn new(shared: &Arc<Shared>) -> Self {
        let mut state = shared.state();
        state.at_once = state.at_once.saturating_add(1);
        Self(Arc::clone(shared))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.at_once = state.at_once.saturating_sub(1);
    }
}

async fn serve(State(shared): State<Arc<Shared>>, body: Body) -> Response {
    let _open = Open::new(&shared);
    let (behaviour, contract, busy) = shared.admit();
    if !behaviour.latency.is_zero() {
        sleep(behaviour.latency).await;
    }
    if let Some(busy) = busy {
        return turned_away(busy);
    }
    let is_batch = body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[');
    let parsed =
        if is_batch { serde_json::from_slice(&body) } else { serde_json::from_slice(&body).map(|one| vec![one]) };
    let Ok(calls) = parsed else { return StatusCode::BAD_REQUEST.into_response() };
    shared.count(&calls);
    if is_batch && !behaviour.takes_batches {
        let refused =
            json!({ "jsonrpc": "2.0", "id": null, "error": { "code": -32_600, "message": "batches are off" } });
        return document(refused.to_string());
    }
    let view = View { chain: &shared.chain, behaviour: &behaviour, contract: &*contract };
    let mut out = String::with_capacity(4_096);
    if is_batch {
        out.push('[');
    }
    for (nth, call) in calls.iter().enumerate() {
        json::comma(&mut out, nth);
        view.answer(&mut out, call);
    }
    if is_batch {
        out.push(']');
    }
    document(out)
}

fn document(text: String) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], text).into_response()
}

fn turned_away(busy: Busy) -> Response {
    let body = r#"{"jsonrpc":"2.0","id":null,"error":{"code":429,"message":"Too Many Requests"}}"#;
    let mut response = (StatusCode::TOO_MANY_REQUESTS, document(body.to_owned())).into_response();
    if let Some(seconds) = busy.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}
