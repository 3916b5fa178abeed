//! A plain JSON-RPC client: what the testkit itself says to a node.
//!
//! Kept apart from the product's own chain access on purpose: a test that looks at the chain through the
//! code under test would believe its mistakes.

use std::time::Duration;

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::Error;

/// Loading a state is the longest call.
const CALL_LIMIT: Duration = Duration::from_secs(20);

/// A JSON-RPC client for one URL.
#[derive(Debug, Clone)]
pub struct Rpc {
    client: reqwest::Client,
    url: String,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    result: Value,
    error: Option<Refusal>,
}

#[derive(Deserialize)]
struct Refusal {
    code: i64,
    message: String,
}

impl Rpc {
    /// A client for `url`. Installs the process's TLS provider if nobody has: the HTTP client insists on
    /// one even where it speaks plain HTTP.
    pub fn new(url: &str) -> Self {
        // An error means that somebody installed one before, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self { client: reqwest::Client::new(), url: url.to_owned() }
    }

    /// The node's URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The port in the URL; 0 when it names none.
    pub(super) fn port(&self) -> u16 {
        url::Url::parse(&self.url).ok().and_then(|url| url.port()).unwrap_or_default()
    }

    /// Calls `method`; `params` is a tuple, or `&()` for none.
    ///
    /// # Errors
    /// [`Error::Transport`], [`Error::Rpc`] or [`Error::Shape`].
    pub async fn call<P, R>(&self, method: &'static str, params: &P) -> Result<R, Error>
    where
        P: Serialize + Sync,
        R: DeserializeOwned,
    {
        let shape = |source| Error::Shape { method, source };
        let given = serde_json::to_value(params).map_err(shape)?;
        let params = if given.is_null() { Value::Array(Vec::new()) } else { given };
        let body = serde_json::json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let transport = |source| Error::Transport { method, source };
        let response = self.client.post(&self.url).timeout(CALL_LIMIT).json(&body).send().await.map_err(transport)?;
        let answer: Answer = response.json().await.map_err(transport)?;
        match answer.error {
            Some(Refusal { code, message }) => Err(Error::Rpc { method, code, message }),
            None => serde_json::from_value(answer.result).map_err(shape),
        }
    }
}
