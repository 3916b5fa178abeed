//! Bounded JSON-RPC calls over HTTP, one by one or several in a request.

use std::time::Duration;

use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde::de::{DeserializeOwned, Error as _};
use serde_json::{Value, json};

use super::{
    EndpointUrl, Error,
    batch::{Answers, Call},
    body::Body,
};

/// The longest answer that is read. A full range of logs is a few megabytes; more is a fault or an attack.
const LONGEST_ANSWER: usize = 32 * 1024 * 1024;

/// A JSON-RPC client for one endpoint.
#[derive(Debug, Clone)]
pub struct RpcClient {
    http: reqwest::Client,
    url: EndpointUrl,
    timeout: Duration,
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
        let body = self.post(&request(1, method, params)).await?;
        match body.result()? {
            Some(result) => serde_json::from_str(result.get()).map_err(Error::Shape),
            None => serde_json::from_str("null").map_err(|_| Error::Empty),
        }
    }

    /// Several calls in one request.
    ///
    /// # Errors
    /// As [`RpcClient::call`]; see [`is_refused`](super::batch::is_refused) for an endpoint that takes none.
    pub(crate) async fn batch(&self, calls: &[Call]) -> Result<Answers, Error> {
        if let [_] = calls {
            return self.one_by_one(calls).await;
        }
        let requests = calls.iter().enumerate().map(|(id, call)| request(id, call.method, &call.params));
        let body = self.post(&Value::Array(requests.collect())).await?;
        if body.is_batch() {
            return Ok(Answers::together(body, calls.len()));
        }
        body.result()?;
        Err(Error::Shape(serde_json::Error::custom("one answer to several calls")))
    }

    /// The same calls as a request each, one after the other.
    ///
    /// # Errors
    /// As [`RpcClient::call`].
    pub(crate) async fn one_by_one(&self, calls: &[Call]) -> Result<Answers, Error> {
        let mut bodies = Vec::with_capacity(calls.len());
        for call in calls {
            bodies.push(self.post(&request(1, call.method, &call.params)).await?);
        }
        Ok(Answers::single(bodies))
    }

    async fn post(&self, request: &Value) -> Result<Body, Error> {
        let answered = tokio::time::timeout(self.timeout, self.exchange(request)).await;
        answered.unwrap_or(Err(Error::Timeout(self.timeout)))
    }

    async fn exchange(&self, request: &Value) -> Result<Body, Error> {
        // Without its URL the error can be printed.
        let unreachable = |error: reqwest::Error| Error::Unreachable(error.without_url());
        let mut response = self.http.post(self.url.expose().clone()).json(request).send().await.map_err(unreachable)?;
        let (status, retry_after) = (response.status(), retry_after(response.headers()));
        let told = response.content_length().and_then(|length| usize::try_from(length).ok());
        let mut bytes = Vec::with_capacity(told.unwrap_or_default().min(LONGEST_ANSWER));
        while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
            if bytes.len().saturating_add(chunk.len()) > LONGEST_ANSWER {
                return Err(Error::TooLong(LONGEST_ANSWER));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(Body { bytes, status, retry_after })
    }
}

fn request(id: usize, method: &'static str, params: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })
}

/// The seconds form of `Retry-After`; the date form is not used by endpoints.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}
