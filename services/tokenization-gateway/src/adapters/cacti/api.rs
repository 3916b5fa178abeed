//! The three calls of SATP-Hermes that are needed. Of those in its OpenAPI file, `cancel`, `continue`, `pause` and `routes`
//! are served by no gateway.

use std::time::Duration;

use reqwest::{Client, Method};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

/// What its paths begin with.
const BASE: [&str; 4] = ["api", "v1", "@hyperledger-cacti", "cactus-plugin-satp-hermes"];

/// More of an answer than this is not read.
const LONGEST_ANSWER: usize = 1 << 20;

/// Short calls are answered from memory.
const SHORT: Duration = Duration::from_secs(10);

/// Why there is no answer that could be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Whether the call had an effect cannot be said.
    #[error("Cacti did not answer")]
    Unanswered(#[source] reqwest::Error),
    /// It says no, or that it broke.
    #[error("Cacti answered {0}")]
    Status(reqwest::StatusCode),
    /// The answer is longer than any of its kind.
    #[error("Cacti's answer is too long")]
    Long,
    /// The answer has another form.
    #[error("Cacti's answer has another form")]
    Shape(#[source] serde_json::Error),
    /// The address does not take a path.
    #[error("the address does not take a path")]
    Address,
}

/// What a session says of itself. Of everything that it says, only this much can be relied upon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Session {
    /// It goes on, or nobody knows.
    Open,
    /// It says that it is done.
    Done,
    /// It says that it has failed.
    Failed,
}

/// A Cacti gateway.
#[derive(Debug, Clone)]
pub struct Api {
    http: Client,
    base: Url,
    /// For a whole transfer.
    patience: Duration,
}

impl Api {
    /// At this address, which ends before `/api/v1`, with so much patience for a whole transfer.
    pub const fn new(http: Client, base: Url, patience: Duration) -> Self {
        Self { http, base, patience }
    }

    /// Has a transfer carried out. Whatever comes back, the chains are asked.
    pub(super) async fn transact(&self, body: &Value) -> Result<(), Error> {
        self.call(Method::POST, "transact", &[], Some(body), self.patience).await.map(drop)
    }

    /// The sessions of a context: `<uuid>-<context>`, one for every time that it was asked for.
    pub(super) async fn sessions(&self, context: &str) -> Result<Vec<String>, Error> {
        let bytes = self.call(Method::GET, "get-sessions-ids", &[], None, SHORT).await?;
        let all: Vec<String> = serde_json::from_slice(&bytes).map_err(Error::Shape)?;
        let suffix = format!("-{context}");
        Ok(all.into_iter().filter(|session| session.ends_with(&suffix)).collect())
    }

    /// What a session says.
    pub(super) async fn session(&self, id: &str) -> Result<Session, Error> {
        #[derive(Deserialize)]
        struct Told {
            status: String,
        }
        let bytes = self.call(Method::GET, "status", &[("SessionID", id)], None, SHORT).await?;
        let told: Told = serde_json::from_slice(&bytes).map_err(Error::Shape)?;
        Ok(match told.status.as_str() {
            "DONE" => Session::Done,
            "FAILED" => Session::Failed,
            _ => Session::Open,
        })
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, &str)],
        body: Option<&Value>,
        within: Duration,
    ) -> Result<Vec<u8>, Error> {
        let mut url = self.base.clone();
        url.path_segments_mut().map_err(|()| Error::Address)?.pop_if_empty().extend(BASE).push(path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let mut request = self.http.request(method, url).timeout(within);
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
        if status.is_success() { Ok(bytes) } else { Err(Error::Status(status)) }
    }
}
