//! A receiver that records what it gets and answers what it is told, and alerts to send.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, Response, StatusCode, Uri},
};
use causeway_alerting::{
    Alert, ChannelId, Kind, Labels, Name, Notification, Severity, Text, Tier,
    channel::{Endpoint, Outgoing, Wording},
};
use causeway_primitives::Timestamp;
use serde_json::Value;
use tokio::{net::TcpListener, task::AbortHandle};

/// One request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Request {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }
}

#[derive(Debug, Default)]
struct Book {
    requests: Vec<Request>,
    answers: VecDeque<(StatusCode, HeaderMap)>,
}

/// An HTTP server on a free port of loopback.
#[derive(Debug)]
pub(crate) struct Receiver {
    url: String,
    book: Arc<Mutex<Book>>,
    task: AbortHandle,
}

impl Receiver {
    /// Answers 200 unless told otherwise.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let book = Arc::<Mutex<Book>>::default();
        let router = Router::new().fallback(record).with_state(Arc::clone(&book));
        let task = spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, book, task }
    }

    /// The next answers, in order.
    pub(crate) fn answer(&self, statuses: &[u16]) {
        let answers = statuses.iter().map(|status| (StatusCode::from_u16(*status).unwrap(), HeaderMap::new()));
        self.book.lock().unwrap().answers.extend(answers);
    }

    pub(crate) fn answer_with_header(&self, status: u16, name: &'static str, value: &str) {
        let headers = HeaderMap::from_iter([(name.parse().unwrap(), value.parse().unwrap())]);
        self.book.lock().unwrap().answers.push_back((StatusCode::from_u16(status).unwrap(), headers));
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.book.lock().unwrap().requests.clone()
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn endpoint(&self, path: &str) -> Endpoint {
        Endpoint::parse(&format!("{}{path}", self.url)).unwrap()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn record(State(book): State<Arc<Mutex<Book>>>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response<Body> {
    let mut book = book.lock().unwrap();
    book.requests.push(Request { path: uri.to_string(), headers, body });
    let (status, headers) = book.answers.pop_front().unwrap_or((StatusCode::OK, HeaderMap::new()));
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

#[allow(clippy::disallowed_methods, reason = "a test's server ends with the test; there is no group to own it")]
pub(crate) fn spawn(work: impl Future<Output = ()> + Send + 'static) -> AbortHandle {
    tokio::spawn(work).abort_handle()
}

pub(crate) fn outgoing(timeout: Duration) -> Outgoing {
    // Another test of this binary may have installed it already.
    let _installed = rustls::crypto::ring::default_provider().install_default();
    Outgoing::new(timeout).unwrap()
}

pub(crate) fn patient() -> Outgoing {
    outgoing(Duration::from_secs(20))
}

pub(crate) fn id(text: &str) -> ChannelId {
    text.parse().unwrap()
}

pub(crate) fn wording() -> Wording {
    Wording { source: "oracle-publisher".to_owned(), runbooks: Some("https://docs.example.com/".parse().unwrap()) }
}

pub(crate) fn alert(subject: &str) -> Alert {
    Alert {
        name: Name::literal("OracleQuorumLost"),
        severity: Severity::Critical,
        tier: Tier::Alert,
        subject: Text::clean(subject),
        labels: Labels::default().with("chain", "138").unwrap(),
        summary: Text::clean("2 of 3 venues count"),
        next_step: Text::clean("see which sources are quarantined & why"),
        fired_at: Timestamp::from_rfc3339("2026-11-20T10:00:00Z").unwrap(),
    }
}

pub(crate) fn about(kind: Kind, alerts: Vec<Alert>) -> Notification {
    Notification {
        key: alerts[0].fingerprint(),
        channel: id("any"),
        kind,
        rule: "page".into(),
        alerts: alerts.into_iter().map(Arc::new).collect(),
        at: Timestamp::from_rfc3339("2026-11-20T10:05:00Z").unwrap(),
    }
}

pub(crate) fn fired() -> Notification {
    about(Kind::Fired, vec![alert("eur-usd")])
}
