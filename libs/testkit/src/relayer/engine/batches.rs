//! Making batches: which messages, their tree, and the rows, under leave to create batches.

use alloy::primitives::B256;
use causeway_primitives::Scope;
use causeway_relayer_client::Spend;
use sqlx::Row as _;

use super::{
    Cycle, Direction, Engine, reports,
    rows::{Message, bigint, message},
};
use crate::{
    bridge::{Leaf, Tree},
    relayer::{Error, time},
};

/// Confirmed messages that are in no batch yet, oldest first.
const WAITING_DEPOSITS: &str =
    "SELECT deposit_id AS message_id, recipient, amount::text AS amount FROM deposit_confirmed d
     WHERE NOT EXISTS (SELECT 1 FROM settlement_batch_message m WHERE m.message_id = d.deposit_id)
     ORDER BY block_number, log_index LIMIT $1";
const WAITING_BURNS: &str = "SELECT burn_id AS message_id, recipient, amount::text AS amount FROM burn_confirmed b
     WHERE NOT EXISTS (SELECT 1 FROM settlement_batch_message m WHERE m.message_id = b.burn_id)
     ORDER BY block_number, log_index LIMIT $1";

/// A batch that is to be written.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub(super) number: u64,
    pub(super) direction: Direction,
    pub(super) root: B256,
    /// Each message with the hash of its leaf.
    pub(super) members: Vec<(B256, B256)>,
}

impl Engine {
    /// One batch for each direction that has messages waiting.
    pub(super) async fn make_batches(&self, cycle: &mut Cycle) -> Result<(), Error> {
        for direction in Direction::BOTH {
            let waiting = self.waiting(direction).await?;
            if waiting.is_empty() {
                continue;
            }
            let started = time::monotonic_nanos();
            let draft = self.draft(direction, &waiting).await?;
            let leave = match self.clearance.leave(Scope::BatchCreation, Spend::Nothing, self.faults.ignore_lease) {
                Ok(leave) => leave,
                Err(refused) => {
                    cycle.held_up = Some(refused.to_string());
                    return Ok(());
                }
            };
            match leave.perform(|| self.write_batch(&draft)).await {
                Ok(written) => written?,
                Err(ended) => {
                    cycle.held_up = Some(ended.to_string());
                    return Ok(());
                }
            }
            let took = time::monotonic_nanos().saturating_sub(started);
            self.clearance.report(reports::batch_created(draft.number, waiting.len(), took));
            cycle.batches = cycle.batches.saturating_add(1);
        }
        Ok(())
    }

    async fn waiting(&self, direction: Direction) -> Result<Vec<Message>, Error> {
        let sql = match direction {
            Direction::Deposit => WAITING_DEPOSITS,
            Direction::Withdrawal => WAITING_BURNS,
        };
        let rows = sqlx::query(sql)
            .bind(i64::from(self.settings.batch_size))
            .fetch_all(&self.pool)
            .await
            .map_err(Error::sql("read what waits"))?;
        let mut waiting = rows.iter().map(message).collect::<Result<Vec<_>, _>>()?;
        if self.faults.run_ahead && direction == Direction::Deposit {
            for early in self.unconfirmed_deposits().await? {
                if !self.is_batched(early.id).await? {
                    waiting.push(early);
                }
            }
        }
        Ok(waiting)
    }

    async fn is_batched(&self, id: B256) -> Result<bool, Error> {
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM settlement_batch_message WHERE message_id = $1)")
            .bind(id.as_slice())
            .fetch_one(&self.pool)
            .await
            .map_err(Error::sql("look for a message"))
    }

    /// The next batch over these messages, which are at least one.
    pub(super) async fn draft(&self, direction: Direction, messages: &[Message]) -> Result<Draft, Error> {
        let number = self.next_batch_number().await?;
        let leaves: Vec<_> = messages.iter().map(|message| self.leaf(direction, number, message).hash()).collect();
        let root = Tree::new(&leaves).ok_or(Error::Range("a batch of nothing"))?.root();
        let members = messages.iter().map(|message| message.id).zip(leaves).collect();
        Ok(Draft { number, direction, root, members })
    }

    pub(super) async fn next_batch_number(&self) -> Result<u64, Error> {
        let row = sqlx::query("SELECT COALESCE(MAX(batch_number), 0) + 1 AS next FROM settlement_batch")
            .fetch_one(&self.pool)
            .await
            .map_err(Error::sql("number a batch"))?;
        super::rows::number(&row, "next")
    }

    pub(super) fn leaf(&self, direction: Direction, batch: u64, message: &Message) -> Leaf {
        let exit = direction.exit();
        Leaf {
            chain_id: self.bridge.endpoint(exit).chain_id(),
            settlement: self.bridge.settlement(exit),
            batch,
            message_id: message.id,
            asset: self.bridge.contracts.source.token,
            recipient: message.recipient,
            amount: message.amount,
        }
    }

    /// The batch and its members, or neither. A broken uniqueness goes to the guard at once.
    pub(super) async fn write_batch(&self, draft: &Draft) -> Result<(), Error> {
        let written = self.insert_batch(draft).await;
        if let Err(Error::Sql { source, .. }) = &written
            && let Some(constraint) = broken_uniqueness(source)
        {
            self.clearance.report_violation(reports::broken_uniqueness(draft.number, draft.root, constraint));
        }
        written
    }

    async fn insert_batch(&self, draft: &Draft) -> Result<(), Error> {
        let mut transaction = self.pool.begin().await.map_err(Error::sql("begin"))?;
        let row = sqlx::query(
            "INSERT INTO settlement_batch (batch_number, merkle_root, direction, chain_id, size)
             VALUES ($1, $2, $3, $4, $5) RETURNING id",
        )
        .bind(bigint(draft.number)?)
        .bind(draft.root.as_slice())
        .bind(draft.direction.as_str())
        .bind(bigint(self.bridge.endpoint(draft.direction.exit()).chain_id())?)
        .bind(i32::try_from(draft.members.len()).map_err(|_| Error::Range("a batch"))?)
        .fetch_one(&mut *transaction)
        .await
        .map_err(Error::sql("write a batch"))?;
        let id: i64 = row.try_get("id").map_err(|_| Error::Row("id"))?;
        for (position, (message, leaf)) in draft.members.iter().enumerate() {
            sqlx::query(
                "INSERT INTO settlement_batch_message (batch_id, position, message_id, leaf) VALUES ($1, $2, $3, $4)",
            )
            .bind(id)
            .bind(i32::try_from(position).map_err(|_| Error::Range("a batch"))?)
            .bind(message.as_slice())
            .bind(leaf.as_slice())
            .execute(&mut *transaction)
            .await
            .map_err(Error::sql("write a batch's messages"))?;
        }
        transaction.commit().await.map_err(Error::sql("write a batch"))
    }
}

/// The constraint, when SQLSTATE is 23505.
fn broken_uniqueness(error: &sqlx::Error) -> Option<&str> {
    let error = error.as_database_error().filter(|error| error.is_unique_violation())?;
    Some(error.constraint().unwrap_or("an unnamed constraint"))
}
