//! What holds after every test, whatever it did: every message on chain is told exactly once and with the right status,
//! its history ends with that status, `verify` finds nothing missing, and no secret was told.

use std::collections::BTreeMap;

use causeway_testkit::{ccip::Family, wait::eventually};
use serde_json::Value;

use super::{
    replica::Replica,
    stage::{RPC_SECRET, Stage},
    told::{self, Chains, Told},
};

/// Waits until a replica tells what the chains tell, and checks each message's own story.
pub(super) async fn everything_is_told(stage: &Stage, replica: &Replica) {
    let chains = told::ask(stage).await;
    eventually(&format!("{} tells what the chains tell", replica.name), async || {
        let difference = difference_to(&chains, &replica.messages().await);
        if difference.is_empty() { Ok(()) } else { Err(difference) }
    })
    .await;
    for message in replica.messages().await {
        history_is_folded(replica, &message).await;
    }
}

/// Where the two differ first; empty when they do not.
fn difference_to(chains: &Chains, listed: &[Value]) -> String {
    let mut found = BTreeMap::new();
    for message in listed.iter().filter(|message| message["orphaned"] == false) {
        let id = message["message_id"].as_str().unwrap_or_default().to_owned();
        if found.insert(id.clone(), message).is_some() {
            return format!("{id} is listed twice");
        }
    }
    for (id, told) in &chains.messages {
        let Some(message) = found.get(id) else { return format!("{id} of {} is not listed", told.lane) };
        let status = message["status"].as_str().unwrap_or_default();
        if message["lane"] != told.lane.as_str() || !is_right(told, status, message) {
            return format!("the chains have {id} as {told:?}, listed is {message:#}");
        }
    }
    if let Some(id) = found.keys().find(|id| !chains.messages.contains_key(*id)) {
        return format!("{id} is listed and on no chain");
    }
    executions_are_told(chains, listed)
}

fn is_right(told: &Told, status: &str, message: &Value) -> bool {
    match (told.succeeded, told.is_delivered) {
        (Some(true), _) => status == "executed",
        (Some(false), _) => matches!(status, "failed" | "executing"),
        // The relayer gave it another id; how many there are is checked for the whole lane.
        (None, None) if told.family == Family::Private && message["link"] == "content_in_order" => status == "executed",
        (None, Some(true)) => matches!(status, "delivered" | "executing" | "expired"),
        (None, Some(false) | None) => matches!(status, "sent" | "executing" | "expired"),
    }
}

/// As many messages of a private lane are executed as ids were.
fn executions_are_told(chains: &Chains, listed: &[Value]) -> String {
    for (lane, executed) in &chains.private_executions {
        let of_lane = |message: &&Value| message["lane"] == lane.as_str() && message["status"] == "executed";
        let count = listed.iter().filter(of_lane).filter(|message| message["orphaned"] == false).count();
        if count != executed.len() {
            return format!("{} executions on {lane}, told are {count}", executed.len());
        }
    }
    String::new()
}

async fn history_is_folded(replica: &Replica, listed: &Value) {
    let id = listed["message_id"].as_str().unwrap_or_default();
    let message = replica.json(&format!("/api/v1/ccip/messages/{id}")).await;
    let history = message["history"].as_array().expect("a history");
    let last = history.last().unwrap_or_else(|| panic!("{id} has no history"));
    assert_eq!(last["status"], message["status"], "{id}: {history:#?}");
    let attempts = message["attempts"].as_array().expect("attempts");
    let count = attempts.iter().filter(|attempt| attempt["orphaned"] == false).count();
    let retries = message["retry_count"].as_u64().expect("a count");
    assert_eq!(retries, u64::try_from(count.saturating_sub(1)).unwrap(), "{id}: {attempts:#?}");
}

/// Everything that can be checked once the processes have ended.
pub(super) async fn check(stage: &Stage) {
    let (code, output) = stage.command(&["verify"]).await;
    let counts = stage.world.plan.families.iter().any(|family| *family != Family::Private);
    assert_eq!(code, Some(if counts { 0 } else { 4 }), "verify:\n{output}");
    logs_are_clean(stage);
}

/// No password, no query of an endpoint in any line of any replica; and none of them panicked.
fn logs_are_clean(stage: &Stage) {
    let password = stage.world.database.url().split([':', '@']).nth(2).expect("a password").to_owned();
    for (name, log) in stage.logs.all() {
        for line in log.lines() {
            for secret in [password.as_str(), RPC_SECRET] {
                assert!(!line.contains(secret), "{name} told a secret");
            }
            assert!(!line.contains("\"panicked\""), "{name}: {line}");
        }
    }
}
