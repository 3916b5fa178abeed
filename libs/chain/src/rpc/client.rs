//! One bounded JSON-RPC call over HTTP.

use std::time::Duration;

use alloy::primitives::Bytes;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::{EndpointUrl, Error, Refusal};

/// The longest answer that is read. A full range of logs is a few megabytes; more is a fault or an attack.
const LONGEST_ANSWER: usize = 32 * 1024 * 1024;

/// A JSON-RPC client for one endpoint.
#[derive(Debug, Clone)]
pub struct RpcClient {
    http: reqwest::Client,
    url: EndpointUrl,
    timeout: Duration,
}

#[derive(Deserialize)]
struct Envelope {
    #[serde(default)]
    result: Value,
    error: Option<ErrorObject>,
}

/// The `error` member. `data` is hex for a revert, a sentence elsewhere, or an object that holds the hex.
#[derive(Deserialize)]
struct ErrorObject {
    code: i64,
    #[serde(default)]
    message: String,
    #[serde(default)]
    data: Value,
}

impl RpcClient {
    /// A client that waits at most `timeout` for the whole answer.
    pub const fn new(http: reqwest::Client, url: EndpointUrl, timeout: Duration) -> Self {
        Self { http, url, timeout }
    }

    /// Where it calls; prints without secrets.
    pub const fn url(&self) -> &EndpointUrl {
        &self.url
    }

    /// Calls `method` with a JSON array of parameters. A `null` result is [`Error::Empty`] unless `R` takes
    /// it (an `Option`).
    ///
    /// # Errors
    /// [`Error`], which says whether the endpoint is to blame.
    pub async fn call<R: DeserializeOwned>(&self, method: &'static str, params: &Value) -> Result<R, Error> {
        let answered = tokio::time::timeout(self.timeout, self.exchange(method, params)).await;
        let result = answered.unwrap_or(Err(Error::Timeout(self.timeout)))?;
        let was_null = result.is_null();
        serde_json::from_value(result).map_err(|source| if was_null { Error::Empty } else { Error::Shape(source) })
    }

    async fn exchange(&self, method: &'static str, params: &Value) -> Result<Value, Error> {
        let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        // Without its URL the error can be printed.
        let unreachable = |error: reqwest::Error| Error::Unreachable(error.without_url());
        let mut response =
            self.http.post(self.url.expose().clone()).json(&request).send().await.map_err(unreachable)?;
        let status = response.status();
        let retry_after = retry_after(response.headers());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
            if body.len().saturating_add(chunk.len()) > LONGEST_ANSWER {
                return Err(Error::TooLong(LONGEST_ANSWER));
            }
            body.extend_from_slice(&chunk);
        }
        // Some nodes send a JSON-RPC error with an HTTP error status; what they say in it counts.
        let envelope: Envelope = match serde_json::from_slice(&body) {
            Ok(envelope) => envelope,
            Err(_) if !status.is_success() => return Err(Error::Status { status: status.as_u16(), retry_after }),
            Err(source) => return Err(Error::Shape(source)),
        };
        match envelope.error {
            Some(error) => Err(Error::Refused(Refusal::new(error.code, &error.message, revert_data(&error.data)))),
            None if !status.is_success() => Err(Error::Status { status: status.as_u16(), retry_after }),
            None => Ok(envelope.result),
        }
    }
}

/// The seconds form of `Retry-After`; the date form is not used by endpoints.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

/// The bytes of a revert, wherever the node puts them: geth and anvil as a string, others in an object, and
/// older ones behind the words `Reverted `.
fn revert_data(data: &Value) -> Option<Bytes> {
    let text = match data {
        Value::String(text) => text,
        Value::Object(fields) => match fields.get("data") {
            Some(Value::String(text)) => text,
            Some(_) | None => return None,
        },
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => return None,
    };
    let hex = text.strip_prefix("Reverted ").unwrap_or(text);
    if hex.starts_with("0x") { hex.parse().ok() } else { None }
}
