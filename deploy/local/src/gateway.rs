//! What the demo asks the running tokenization-gateway: over REST like a bank's system, as one of two people; and its answers,
//! from the folder into which it drops them.

use std::{path::Path, time::Duration};

use anyhow::{Context as _, ensure};
use causeway_testkit::{
    gateway::{ANNA, BERT, Neighbours, World},
    service::{Listening, Service},
};
use serde_json::Value;

use crate::screen::Screen;

/// How often something is looked at.
const EVERY: Duration = Duration::from_millis(100);

/// Who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Person {
    /// Orders, and may decide.
    Anna,
    /// May decide.
    Bert,
}

impl Person {
    const fn token(self) -> &'static str {
        match self {
            Self::Anna => ANNA,
            Self::Bert => BERT,
        }
    }
}

/// The gateway's process, and what it stands on.
#[derive(Debug)]
pub(crate) struct Gateway {
    pub(crate) world: World,
    service: Service,
    http: reqwest::Client,
}

impl Gateway {
    pub(crate) async fn start(world: World, binary: &Path, neighbours: &Neighbours) -> anyhow::Result<Self> {
        let service = world.serve(binary, "tokenization-gateway", neighbours).await?;
        Ok(Self { world, service, http: reqwest::Client::builder().no_proxy().build()? })
    }

    /// Where the console asks it.
    pub(crate) const fn listening(&self) -> Listening {
        self.service.listening()
    }

    /// Where it can be looked at, and as whom.
    pub(crate) fn addresses(&self) -> Vec<String> {
        let at = self.service.listening();
        let name = "tokenization";
        vec![
            format!("{name:<17} http://{}/api/v1/requests   health http://{}/health", at.http, at.http),
            format!("{:<17} http://{}/metrics   grpcurl -plaintext {} list", "", at.metrics, at.grpc),
            format!("{:<17} curl -H 'authorization: Bearer {ANNA}' http://{}/api/v1/assets", "", at.http),
        ]
    }

    /// What its process said last.
    pub(crate) fn said(&self, lines: usize) -> String {
        self.service.log().tail(lines)
    }

    /// Posts something under a key; status and body of the answer.
    pub(crate) async fn post(
        &self,
        who: Person,
        path: &str,
        key: &str,
        body: impl Into<reqwest::Body>,
    ) -> anyhow::Result<(u16, Value)> {
        let url = format!("http://{}{path}", self.service.listening().http);
        let call = self.http.post(url).bearer_auth(who.token()).header("idempotency-key", key).body(body);
        let answer = call.send().await?;
        let status = answer.status().as_u16();
        Ok((status, serde_json::from_slice(&answer.bytes().await?).context("an answer that is no JSON")?))
    }

    /// Hands a message of one transaction in, as Anna; what is told of the transaction.
    pub(crate) async fn hand_in(&self, key: &str, message: &str) -> anyhow::Result<Value> {
        let (status, told) = self.post(Person::Anna, "/api/v1/messages", key, message.to_owned()).await?;
        ensure!(status == 202, "the message was not taken: {status} {told}");
        told.pointer("/messages/0/transactions/0").cloned().with_context(|| format!("no transaction in {told}"))
    }

    /// As [`Self::hand_in`], for one that must be new; the request's id.
    pub(crate) async fn order(&self, key: &str, message: &str) -> anyhow::Result<String> {
        let told = self.hand_in(key, message).await?;
        ensure!(told.get("known") == Some(&Value::Bool(false)), "the message is not new: {told}");
        Ok(text(&told, "/request_id").to_owned())
    }

    /// Waits until a request is in a state for a reason (empty: for none), and shows the way that it has come.
    pub(crate) async fn until(
        &self,
        screen: &Screen,
        id: &str,
        (state, reason): (&str, &str),
        limit: Duration,
    ) -> anyhow::Result<Value> {
        let mut last = Value::Null;
        let found = async {
            loop {
                let request = self.request(id).await?;
                if text(&request, "/state") == state && text(&request, "/reason") == reason {
                    return anyhow::Ok(request);
                }
                last = request;
                tokio::time::sleep(EVERY).await;
            }
        };
        let in_time = tokio::time::timeout(limit, found).await;
        let request = in_time.with_context(|| format!("{id} is not {state} {reason} in time: {last}"))??;
        screen.line(&way(&request));
        screen.line(&self.place(&request));
        Ok(request)
    }

    /// Where a request is looked up, and its trace.
    fn place(&self, request: &Value) -> String {
        let (id, trace) = (text(request, "/request_id"), text(request, "/trace_id"));
        format!("→ http://{}/api/v1/requests/{id}   trace {trace}", self.service.listening().http)
    }

    async fn request(&self, id: &str) -> anyhow::Result<Value> {
        let url = format!("http://{}/api/v1/requests/{id}", self.service.listening().http);
        let answer = self.http.get(url).bearer_auth(ANNA).send().await?.error_for_status()?;
        Ok(serde_json::from_slice(&answer.bytes().await?)?)
    }

    /// Waits for a dropped answer of this kind that holds all of this; its file's name and its content.
    pub(crate) async fn answer(&self, kind: &str, holds: &[&str], limit: Duration) -> anyhow::Result<(String, String)> {
        let folder = self.world.answers();
        let found = async {
            loop {
                for entry in std::fs::read_dir(&folder)? {
                    let entry = entry?;
                    let name = entry.file_name().to_string_lossy().into_owned();
                    // What is still being written has a name that begins with a point.
                    if !name.starts_with(kind) {
                        continue;
                    }
                    let content = std::fs::read_to_string(entry.path())?;
                    if holds.iter().all(|part| content.contains(part)) {
                        return anyhow::Ok((name, content));
                    }
                }
                tokio::time::sleep(EVERY).await;
            }
        };
        tokio::time::timeout(limit, found).await.with_context(|| format!("no {kind} with {holds:?} in the folder"))?
    }

    pub(crate) async fn stop(self, within: Duration) -> anyhow::Result<()> {
        self.service.terminate(within).await?;
        Ok(())
    }
}

/// A field by its pointer; empty when it is not there or no text.
pub(crate) fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The states that a request went through, each once in a row.
fn way(request: &Value) -> String {
    let mut states: Vec<String> = Vec::new();
    for step in request.get("timeline").and_then(Value::as_array).into_iter().flatten() {
        let (state, reason) = (text(step, "/state"), text(step, "/reason"));
        let shown = match (state, reason) {
            ("held", reason) => format!("\x1b[33mheld: {reason}\x1b[0m"),
            ("reported", _) => "\x1b[32mreported\x1b[0m".to_owned(),
            (state, _) => state.to_owned(),
        };
        if states.last() != Some(&shown) {
            states.push(shown);
        }
    }
    format!("\x1b[36m{}\x1b[0m {}", text(request, "/amount"), states.join(" → "))
}
