//! Where the desk's memory and its messages are kept: a snapshot and outbox rows, in one transaction of the leader.

use std::time::Duration;

use causeway_store::{
    Error, Pool,
    lease::{Leadership, assert_current, list_holders},
    outbox,
    snapshot::{self, Snapshot},
};
use serde_json::Value;
use tokio::time::timeout;

use crate::{
    notification::{ChannelId, Notification},
    wire,
};

/// For one question or one transaction; a database that takes longer is down for us.
const ANSWER_WITHIN: Duration = Duration::from_secs(3);

/// Delivered messages are kept for so long, to be looked up after an incident.
const KEEP_DELIVERED: Duration = Duration::from_secs(7 * 86_400);

/// Delivered messages that one clearing removes at most.
const PRUNE: u32 = 1_000;

/// Why the ledger did not take or give something.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// Somebody else leads.
    #[error("another replica speaks for the service")]
    Fenced,
    /// The database did not answer in time, or not at all, or not as it should.
    #[error("the database did not do what the alerting desk asked for")]
    Store(#[source] Option<Error>),
    /// What is to be written has no JSON.
    #[error("the alerting desk's memory cannot be written")]
    Form(#[from] wire::Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        if matches!(error, Error::Fenced { .. }) { Self::Fenced } else { Self::Store(Some(error)) }
    }
}

/// The topic of a channel's messages: each channel has its own, so that a dead one delays nobody else's.
pub(crate) fn topic(channel: &ChannelId) -> String {
    format!("alert/{channel}")
}

/// The database, as the desk uses it.
#[derive(Debug, Clone)]
pub(crate) struct Ledger {
    pool: Pool,
    /// Of the service's leader.
    lease: &'static str,
    name: String,
}

impl Ledger {
    pub(crate) fn new(pool: Pool, lease: &'static str) -> Self {
        Self { pool, lease, name: format!("alerts of {lease}") }
    }

    /// What the last leader left.
    pub(super) async fn find(&self) -> Result<Option<Snapshot>, Failure> {
        within(snapshot::find(&self.pool, &self.name)).await
    }

    /// Whether somebody leads.
    pub(super) async fn somebody_leads(&self) -> Result<bool, Failure> {
        within(list_holders(&self.pool, &[self.lease.into()])).await.map(|holders| !holders.is_empty())
    }

    /// Writes the memory and the messages that follow from it, and gives the memory's version.
    ///
    /// After an outcome that is unknown, the same messages may be written again: their keys are known by then.
    pub(super) async fn save(
        &self,
        leadership: &Leadership,
        memory: &Value,
        messages: &[Notification],
    ) -> Result<u64, Failure> {
        let payloads = messages.iter().map(payload).collect::<Result<Vec<_>, _>>()?;
        let work = async {
            let mut tx = self.pool.begin().await?;
            assert_current(&mut tx, leadership).await?;
            let version = snapshot::put(&mut tx, &self.name, memory).await?;
            for (message, payload) in messages.iter().zip(&payloads) {
                outbox::enqueue(&mut tx, &topic(&message.channel), &message.key.to_string(), payload).await?;
            }
            tx.commit().await?;
            Ok(version)
        };
        within(work).await
    }

    /// Removes messages that were delivered long ago.
    pub(super) async fn prune(&self) -> Result<(), Failure> {
        within(outbox::prune(&self.pool, KEEP_DELIVERED, PRUNE)).await.map(drop)
    }
}

fn payload(message: &Notification) -> Result<Value, wire::Error> {
    serde_json::from_slice(&wire::encode(message)?).map_err(wire::Error::Json)
}

async fn within<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Failure> {
    match timeout(ANSWER_WITHIN, work).await {
        Ok(done) => done.map_err(Failure::from),
        Err(_) => Err(Failure::Store(None)),
    }
}
