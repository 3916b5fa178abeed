//! A JSON-RPC proxy in front of an HTTP endpoint that tells the truth about everything except what a test
//! tells it to lie about.

use std::{
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{DefaultBodyLimit, State},
    http::{Response, StatusCode, header},
    response::IntoResponse as _,
    routing::post,
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinSet, time::sleep};

use super::script::{Lie, Rewrite, Script, lowered, quantity};

/// Blocks with all their transactions fit.
const MOST_BYTES: usize = 16 * 1024 * 1024;
const UPSTREAM_LIMIT: Duration = Duration::from_secs(30);
/// Longer than any client waits.
const STALL: Duration = Duration::from_secs(120);

/// Stands between a client and an endpoint. Stops when it is dropped.
#[derive(Debug)]
pub struct RpcProxy {
    url: String,
    script: Arc<Mutex<Script>>,
    /// Aborted on drop.
    _server: JoinSet<()>,
}

#[derive(Debug, Clone)]
struct Proxy {
    upstream: String,
    client: reqwest::Client,
    script: Arc<Mutex<Script>>,
}

/// What is to be sent for one call.
enum Reply {
    Answer(Value),
    /// The connection breaks.
    Nothing,
}

impl RpcProxy {
    /// Listens on a free port of 127.0.0.1 and is honest.
    ///
    /// # Errors
    /// When loopback cannot be listened on.
    pub async fn start(upstream: &str) -> io::Result<Self> {
        // Whoever installed one before has chosen the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().timeout(UPSTREAM_LIMIT).build().map_err(io::Error::other)?;
        let script = Arc::<Mutex<Script>>::default();
        let proxy = Proxy { upstream: upstream.to_owned(), client, script: Arc::clone(&script) };
        let router = Router::new().route("/", post(serve)).layer(DefaultBodyLimit::max(MOST_BYTES)).with_state(proxy);
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let mut server = JoinSet::new();
        server.spawn(async move {
            // Ends only with the runtime, or when the proxy is dropped.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { url, script, _server: server })
    }

    /// Where clients connect to.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// How often a method was called, lied about or not.
    pub fn calls(&self, method: &str) -> u64 {
        self.script().calls(method)
    }

    /// Claims to be another chain.
    pub fn chain_id(&self, id: u64) {
        self.answer("eth_chainId", quantity(id));
        self.answer("net_version", json!(id.to_string()));
    }

    /// Stands still at this height, which may be lower than it was.
    pub fn block_number(&self, height: u64) {
        self.answer("eth_blockNumber", quantity(height));
    }

    /// Lags so many blocks behind the endpoint.
    pub fn blocks_behind(&self, blocks: u64) {
        self.lie("eth_blockNumber", Lie::Rewrite(lowered(blocks)));
    }

    /// Gives this result without asking the endpoint.
    pub fn answer(&self, method: &str, result: Value) {
        self.lie(method, Lie::Answer(result));
    }

    /// Gives this error without asking the endpoint.
    pub fn fail(&self, method: &str, code: i64, message: &str) {
        self.lie(method, Lie::Fail { code, message: message.to_owned() });
    }

    /// Gives this error for calls whose `params` are meant, and is honest about the others.
    pub fn fail_for(
        &self,
        method: &str,
        choice: impl Fn(&Value) -> bool + Send + Sync + 'static,
        (code, message): (i64, &str),
    ) {
        self.lie(method, Lie::FailFor { choice: Arc::new(choice), code, message: message.to_owned() });
    }

    /// Changes the endpoint's result; the closure gets the call's `params` and the honest result.
    pub fn rewrite(&self, method: &str, rewrite: impl Fn(&Value, Value) -> Value + Send + Sync + 'static) {
        let rewrite: Rewrite = Arc::new(rewrite);
        self.lie(method, Lie::Rewrite(rewrite));
    }

    /// Lets the endpoint do its work and breaks the connection before the answer: what a client sees when it
    /// cannot know whether its transaction was taken.
    pub fn drop_answers(&self, method: &str) {
        self.lie(method, Lie::DropAnswer);
    }

    /// Neither forwards nor answers.
    pub fn stall(&self, method: &str) {
        self.lie(method, Lie::Stall);
    }

    /// Answers every request with this HTTP status and no body.
    pub fn http_status(&self, status: u16) {
        self.script().http_status = Some(status);
    }

    /// Tells the truth about this method again.
    pub fn honest_about(&self, method: &str) {
        self.script().clear(method);
    }

    /// Tells the truth about everything again.
    pub fn honest(&self) {
        self.script().clear_all();
    }

    fn lie(&self, method: &str, lie: Lie) {
        self.script().lie(method, lie);
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        lock(&self.script)
    }
}

fn lock(script: &Mutex<Script>) -> MutexGuard<'_, Script> {
    script.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn serve(State(proxy): State<Proxy>, body: Bytes) -> Response<Body> {
    let refused = lock(&proxy.script).http_status;
    if let Some(status) = refused {
        return StatusCode::from_u16(status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE).into_response();
    }
    let reply = match serde_json::from_slice(&body) {
        Ok(Value::Array(calls)) => proxy.batch(calls).await,
        Ok(call @ Value::Object(_)) => proxy.call(call).await,
        Ok(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) | Err(_) => {
            return StatusCode::BAD_REQUEST.into_response();
        }
    };
    match reply {
        Reply::Answer(answer) => ([(header::CONTENT_TYPE, "application/json")], answer.to_string()).into_response(),
        Reply::Nothing => {
            let broken = futures_util::stream::iter([Err::<Bytes, _>(io::Error::from(io::ErrorKind::ConnectionReset))]);
            Body::from_stream(broken).into_response()
        }
    }
}

impl Proxy {
    /// One after the other: an endpoint may answer a batch in any order, so this one is as good.
    async fn batch(&self, calls: Vec<Value>) -> Reply {
        let mut answers = Vec::with_capacity(calls.len());
        for call in calls {
            match self.call(call).await {
                Reply::Answer(answer) => answers.push(answer),
                Reply::Nothing => return Reply::Nothing,
            }
        }
        Reply::Answer(Value::Array(answers))
    }

    async fn call(&self, call: Value) -> Reply {
        let method = call.get("method").and_then(Value::as_str).unwrap_or_default();
        let lie = lock(&self.script).called(method);
        match lie {
            None => self.forward(&call).await,
            Some(Lie::Answer(result)) => Reply::Answer(reply(&call, "result", result)),
            Some(Lie::Fail { code, message }) => {
                Reply::Answer(reply(&call, "error", json!({ "code": code, "message": message })))
            }
            Some(Lie::FailFor { choice, code, message }) => {
                if choice(call.get("params").unwrap_or(&Value::Null)) {
                    return Reply::Answer(reply(&call, "error", json!({ "code": code, "message": message })));
                }
                self.forward(&call).await
            }
            Some(Lie::Rewrite(rewrite)) => match self.forward(&call).await {
                Reply::Answer(honest) => Reply::Answer(rewritten(&call, honest, &rewrite)),
                Reply::Nothing => Reply::Nothing,
            },
            Some(Lie::DropAnswer) => {
                self.forward(&call).await;
                Reply::Nothing
            }
            Some(Lie::Stall) => {
                sleep(STALL).await;
                Reply::Nothing
            }
        }
    }

    async fn forward(&self, call: &Value) -> Reply {
        let request = self.client.post(&self.upstream).json(call);
        let answer = async { request.send().await?.json().await };
        answer.await.map_or_else(|_: reqwest::Error| Reply::Nothing, Reply::Answer)
    }
}

fn reply(call: &Value, field: &str, value: Value) -> Value {
    let mut answer = json!({ "jsonrpc": "2.0", "id": call.get("id").cloned().unwrap_or_default() });
    if let Some(object) = answer.as_object_mut() {
        object.insert(field.to_owned(), value);
    }
    answer
}

/// Errors stay as they are: there is no result to change.
fn rewritten(call: &Value, mut honest: Value, rewrite: &Rewrite) -> Value {
    if let Some(result) = honest.get_mut("result") {
        let params = call.get("params").unwrap_or(&Value::Null);
        *result = rewrite(params, result.take());
    }
    honest
}
