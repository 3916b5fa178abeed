//! The few calls of FireFly's REST API that we make, each bounded.
//!
//! Errors are told apart by HTTP status and by the code in `FFnnnnn: …`, never by the words behind it.

use std::time::Duration;

use reqwest::{Client, Method, StatusCode, header};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use url::Url;

use super::pools::Pool;

/// More of an answer than this is not read: a transaction with its operations takes some kilobytes.
const LONGEST_ANSWER: usize = 1 << 20;

/// Why there is no answer that could be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Whether the call had an effect cannot be said.
    #[error("FireFly did not answer")]
    Unanswered(#[source] reqwest::Error),
    /// FireFly says no, or that it broke.
    #[error("FireFly answered {status} {}", code.as_deref().unwrap_or("without a code"))]
    Status {
        /// The HTTP status.
        status: StatusCode,
        /// `FF10431` and the like.
        code: Option<String>,
    },
    /// The answer is longer than any of its kind.
    #[error("FireFly's answer is too long")]
    Long,
    /// The answer has another form.
    #[error("FireFly's answer has another form")]
    Shape(#[source] serde_json::Error),
    /// The address does not take a path.
    #[error("the address does not take a path")]
    Address,
}

impl Error {
    /// Whether FireFly has our key already (`FF10431`), or somebody was writing it at the same moment (`FF10432`).
    pub(super) fn is_known_key(&self) -> bool {
        match self {
            Self::Status { status, code } => {
                *status == StatusCode::CONFLICT && matches!(code.as_deref(), Some("FF10431" | "FF10432"))
            }
            Self::Unanswered(_) | Self::Long | Self::Shape(_) | Self::Address => false,
        }
    }

    /// Whether the request itself is what FireFly does not take: the same one is refused again.
    pub(super) fn is_refusal(&self) -> bool {
        match self {
            Self::Status { status, .. } => {
                let later = [StatusCode::REQUEST_TIMEOUT, StatusCode::CONFLICT, StatusCode::TOO_MANY_REQUESTS];
                // Who we are is the operator's matter, and may be put right.
                let ours = [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN];
                status.is_client_error() && !later.contains(status) && !ours.contains(status)
            }
            Self::Unanswered(_) | Self::Long | Self::Shape(_) | Self::Address => false,
        }
    }

    /// Whether there is nothing under that name.
    pub(super) fn is_absent(&self) -> bool {
        matches!(self, Self::Status { status: StatusCode::NOT_FOUND, .. })
    }
}

/// A transaction of FireFly's, which is none of the chain's.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Transaction {
    pub(super) id: String,
    #[serde(rename = "blockchainIds", default)]
    pub(super) hashes: Vec<String>,
}

/// What FireFly does for a transaction.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Operation {
    pub(super) id: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) status: String,
    #[serde(default)]
    pub(super) input: Value,
    #[serde(default)]
    pub(super) output: Value,
    /// The connector's own record, where it was asked for.
    #[serde(default)]
    pub(super) detail: Value,
}

/// FireFly's API, of one namespace.
#[derive(Debug, Clone)]
pub struct Api {
    http: Client,
    base: Url,
    namespace: String,
    authorization: Option<SecretString>,
    timeout: Duration,
}

impl Api {
    /// At this address, which ends before `/api/v1`.
    pub fn new(
        http: Client,
        (base, namespace): (Url, String),
        authorization: Option<SecretString>,
        timeout: Duration,
    ) -> Self {
        Self { http, base, namespace, authorization, timeout }
    }

    pub(super) fn namespace(&self) -> &str {
        &self.namespace
    }

    pub(super) const fn authorization(&self) -> Option<&SecretString> {
        self.authorization.as_ref()
    }

    /// Where events are told.
    pub(super) fn events(&self, subscription: &str) -> Option<Url> {
        let scheme = if self.base.scheme() == "https" { "wss" } else { "ws" };
        let mut url = self.base.clone();
        url.set_scheme(scheme).ok()?;
        url.path_segments_mut().ok()?.pop_if_empty().push("ws");
        url.query_pairs_mut().append_pair("namespace", &self.namespace).append_pair("name", subscription);
        Some(url)
    }

    /// Asks for a call. That it is answered says little: see [`super`].
    pub(super) async fn invoke(&self, body: &Value) -> Result<(), Error> {
        self.call::<Value>(Method::POST, &["contracts", "invoke"], &[], Some(body)).await.map(drop)
    }

    /// The transaction of an idempotency key.
    pub(super) async fn find(&self, key: &str) -> Result<Option<Transaction>, Error> {
        let found: Vec<Transaction> =
            self.call(Method::GET, &["transactions"], &[("idempotencykey", key), ("limit", "1")], None).await?;
        Ok(found.into_iter().next())
    }

    /// A transaction.
    pub(super) async fn transaction(&self, id: &str) -> Result<Transaction, Error> {
        self.call(Method::GET, &["transactions", id], &[], None).await
    }

    /// What is done for a transaction.
    pub(super) async fn operations(&self, transaction: &str) -> Result<Vec<Operation>, Error> {
        self.call(Method::GET, &["transactions", transaction, "operations"], &[], None).await
    }

    /// An operation with what the connector knows of it.
    pub(super) async fn operation(&self, id: &str) -> Result<Operation, Error> {
        self.call(Method::GET, &["operations", id], &[("fetchstatus", "true")], None).await
    }

    /// Makes the subscription to what is told of our calls. From the oldest event on: FireFly's own default would lose what
    /// happens before the first connection.
    pub(super) async fn subscribe(&self, name: &str) -> Result<(), Error> {
        let body = json!({
            "name": name,
            "transport": "websockets",
            "filter": { "events": "blockchain_invoke_op_.*|transaction_submitted" },
            "options": { "firstEvent": "oldest", "readAhead": 50 },
        });
        match self.call::<Value>(Method::POST, &["subscriptions"], &[], Some(&body)).await {
            Err(Error::Status { status: StatusCode::CONFLICT, .. }) | Ok(_) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// The token pool of a name.
    pub(super) async fn pool(&self, name: &str) -> Result<Option<Pool>, Error> {
        let found: Vec<Pool> =
            self.call(Method::GET, &["tokens", "pools"], &[("name", name), ("limit", "1")], None).await?;
        Ok(found.into_iter().next())
    }

    /// Asks for a token pool.
    pub(super) async fn create_pool(&self, body: &Value) -> Result<(), Error> {
        self.call::<Value>(Method::POST, &["tokens", "pools"], &[], Some(body)).await.map(drop)
    }

    async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<T, Error> {
        let mut url = self.base.clone();
        url.path_segments_mut()
            .map_err(|()| Error::Address)?
            .pop_if_empty()
            .extend(["api", "v1", "namespaces", self.namespace.as_str()])
            .extend(path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let mut request = self.http.request(method, url).timeout(self.timeout);
        if let Some(secret) = &self.authorization {
            request = request.header(header::AUTHORIZATION, secret.expose_secret());
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let mut answer = request.send().await.map_err(Error::Unanswered)?;
        let status = answer.status();
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(Error::Unanswered)? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > LONGEST_ANSWER {
                return Err(Error::Long);
            }
        }
        if status.is_success() {
            serde_json::from_slice(&bytes).map_err(Error::Shape)
        } else {
            Err(Error::Status { status, code: code(&bytes) })
        }
    }
}

/// The code of `{"error":"FFnnnnn: …"}`.
fn code(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Told {
        error: String,
    }
    let told: Told = serde_json::from_slice(body).ok()?;
    let code = told.error.get(..7)?;
    let is_code = code.starts_with("FF") && code.bytes().skip(2).all(|byte| byte.is_ascii_digit());
    is_code.then(|| code.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(status: u16, code: Option<&str>) -> Error {
        Error::Status { status: StatusCode::from_u16(status).unwrap(), code: code.map(str::to_owned) }
    }

    #[test]
    fn tok_2_errors_are_told_apart_by_status_and_code_and_never_by_words() {
        assert_eq!(code(br#"{"error":"FF10431: Idempotency key already used"}"#).as_deref(), Some("FF10431"));
        for other in [&br#"{"error":"no code"}"#[..], b"", b"{}", br#"{"error":"FF1043x: no"}"#, b"FF10431"] {
            assert_eq!(code(other), None);
        }
        assert!(status(409, Some("FF10431")).is_known_key() && status(409, Some("FF10432")).is_known_key());
        assert!(!status(409, Some("FF10293")).is_known_key() && !status(500, Some("FF10431")).is_known_key());
        for refused in [400, 404, 422] {
            assert!(status(refused, None).is_refusal(), "{refused}");
        }
        for unclear in [401, 403, 408, 409, 429, 500, 502, 503] {
            assert!(!status(unclear, None).is_refusal(), "{unclear}");
        }
    }
}
