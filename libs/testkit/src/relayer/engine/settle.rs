//! Anchoring batches and claiming what is in them, oldest first.

use alloy::{
    primitives::{B256, U256, keccak256},
    sol_types::SolCall as _,
};
use sqlx::PgConnection;

use super::{
    Cycle, Direction, Engine, Standing,
    operate::{Kind, Outcome, Work},
    recover::small,
    rows::{self, Batch, Message, bigint},
};
use crate::{
    bridge::{Bridge, End, Leaf, Receipt, Settlement, Tree},
    relayer::{Error, time},
};

/// A claim that failed so often is left to an operator.
const ATTEMPTS: i64 = 3;

/// Claims of one cycle: a cycle is not to take seconds.
const CLAIMS: usize = 20;

const BATCHES: &str = "SELECT id, batch_number, direction, merkle_root FROM settlement_batch WHERE status = $1
     ORDER BY batch_number, id";

/// Members with what they move; without it those that no confirmed event stands behind.
const DEPOSITS: &str = "SELECT m.message_id, d.recipient, d.amount::text AS amount FROM settlement_batch_message m
     LEFT JOIN deposit_confirmed d ON d.deposit_id = m.message_id WHERE m.batch_id = $1 ORDER BY m.position";
const BURNS: &str = "SELECT m.message_id, b.recipient, b.amount::text AS amount FROM settlement_batch_message m
     LEFT JOIN burn_confirmed b ON b.burn_id = m.message_id WHERE m.batch_id = $1 ORDER BY m.position";

/// Members that wait for their claim.
const UNCLAIMED: &str = "SELECT m.message_id FROM settlement_batch_message m
     WHERE m.batch_id = $1
       AND NOT EXISTS (SELECT 1 FROM proof_executions p
                       WHERE p.message_id = m.message_id AND p.batch_number = $2 AND p.outcome = 'accepted')
       AND (SELECT COUNT(*) FROM relayer_operations o
            WHERE o.message_id = m.message_id AND o.batch_number = $2 AND o.kind = 'claim'
              AND o.status IN ('reverted', 'refused')) < $3
     ORDER BY m.position";

impl Engine {
    pub(super) async fn anchor_batches(&self, cycle: &mut Cycle) -> Result<(), Error> {
        for batch in self.batches("created").await? {
            if self.stands_paused(batch.direction.exit(), cycle).await? {
                return Ok(());
            }
            let outcome = self.operate(&self.anchor(&batch)).await?;
            if !cycle.goes_on("anchor", &outcome) {
                return Ok(());
            }
            cycle.anchored = cycle.anchored.saturating_add(1);
        }
        Ok(())
    }

    pub(super) fn anchor(&self, batch: &Batch) -> Work {
        let end = batch.direction.exit();
        let call = Settlement::anchorBatchCall { number: U256::from(batch.number), root: batch.root };
        Work {
            kind: Kind::Anchor,
            end,
            to: self.bridge.settlement(end),
            data: call.abi_encode().into(),
            batch: Some(batch.number),
            message: None,
            amount: None,
            rogue: false,
        }
    }

    pub(super) async fn claim_messages(&self, cycle: &mut Cycle) -> Result<(), Error> {
        let mut left = CLAIMS;
        for batch in self.batches("anchored").await? {
            if left == 0 || self.stands_paused(batch.direction.exit(), cycle).await? {
                return Ok(());
            }
            let waiting = self.unclaimed(&batch).await?;
            let members = self.members(&batch).await?;
            let hashes: Vec<_> =
                members.iter().map(|member| self.leaf(batch.direction, batch.number, member).hash()).collect();
            let tree = Tree::new(&hashes).ok_or(Error::Row("a batch without messages"))?;
            for member in members.iter().filter(|member| waiting.contains(&member.id)).take(left) {
                left = left.saturating_sub(1);
                let work = self.claim(&batch, member, &tree)?;
                let outcome = self.operate(&work).await?;
                if !cycle.goes_on("claim", &outcome) {
                    return Ok(());
                }
                cycle.claimed = cycle.claimed.saturating_add(1);
            }
        }
        Ok(())
    }

    fn claim(&self, batch: &Batch, member: &Message, tree: &Tree) -> Result<Work, Error> {
        let leaf = self.leaf(batch.direction, batch.number, member).hash();
        let mut proof = tree.prove(leaf).ok_or(Error::Row("a message outside its batch"))?;
        if self.faults.corrupt_proofs {
            match proof.first_mut() {
                Some(first) => *first ^= B256::with_last_byte(1),
                None => proof.push(B256::with_last_byte(1)),
            }
        }
        Ok(self.claim_work(batch, member, proof))
    }

    /// A claim with any proof.
    pub(super) fn claim_work(&self, batch: &Batch, member: &Message, proof: Vec<B256>) -> Work {
        let end = batch.direction.exit();
        let leaf = Settlement::Message { messageId: member.id, recipient: member.recipient, amount: member.amount };
        let call = Settlement::claimCall { batch: U256::from(batch.number), leaf, proof };
        Work {
            kind: Kind::Claim,
            end,
            to: self.bridge.settlement(end),
            data: call.abi_encode().into(),
            batch: Some(batch.number),
            message: Some(member.id),
            amount: Some(member.amount),
            rogue: false,
        }
    }

    pub(super) async fn batches(&self, status: &str) -> Result<Vec<Batch>, Error> {
        let rows = sqlx::query(BATCHES).bind(status).fetch_all(&self.pool).await.map_err(Error::sql("read batches"))?;
        rows.iter().map(rows::batch).collect()
    }

    /// What is in a batch. What was batched before it was confirmed is looked up on the chain.
    pub(super) async fn members(&self, batch: &Batch) -> Result<Vec<Message>, Error> {
        let sql = match batch.direction {
            Direction::Deposit => DEPOSITS,
            Direction::Withdrawal => BURNS,
        };
        let rows = sqlx::query(sql).bind(batch.id).fetch_all(&self.pool).await.map_err(Error::sql("read a batch"))?;
        let mut early: Option<Vec<Message>> = None;
        let mut members = Vec::with_capacity(rows.len());
        for row in &rows {
            if rows::maybe_amount(row, "amount")?.is_some() {
                members.push(rows::message(row)?);
                continue;
            }
            if early.is_none() {
                early = Some(self.unconfirmed_deposits().await?);
            }
            let id = rows::hash(row, "message_id")?;
            let found = early.iter().flatten().find(|message| message.id == id);
            members.push(*found.ok_or(Error::Row("a message that nobody sent"))?);
        }
        Ok(members)
    }

    async fn unclaimed(&self, batch: &Batch) -> Result<Vec<B256>, Error> {
        let rows = sqlx::query(UNCLAIMED)
            .bind(batch.id)
            .bind(bigint(batch.number)?)
            .bind(ATTEMPTS)
            .fetch_all(&self.pool)
            .await
            .map_err(Error::sql("read what is unclaimed"))?;
        rows.iter().map(|row| rows::hash(row, "message_id")).collect()
    }

    /// A contract that was paused would only revert.
    async fn stands_paused(&self, end: End, cycle: &mut Cycle) -> Result<bool, Error> {
        let paused = self.bridge.is_paused(end).await?;
        if paused {
            cycle.held_up = Some("the contract is paused".to_owned());
        }
        Ok(paused)
    }
}

impl Cycle {
    /// False when something stands in the way, which is noted.
    fn goes_on(&mut self, what: &str, outcome: &Outcome) -> bool {
        let words = match outcome {
            Outcome::Mined(Standing::Confirmed, _) => return true,
            Outcome::Mined(Standing::Reverted, receipt) => format!("{what} reverted in {}", receipt.hash),
            Outcome::NoLeave(refused) => refused.to_string(),
            Outcome::Refused(words) | Outcome::Unknown(words) => words.clone(),
        };
        self.held_up = Some(words);
        false
    }
}

/// What we think of a proof ourselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verified {
    /// It leads to the batch's root.
    Valid { nanos: u64 },
    /// It leads elsewhere, or the batch has no root.
    Invalid { nanos: u64 },
}

impl Verified {
    /// What it took to see that.
    pub(super) const fn nanos(self) -> u64 {
        match self {
            Self::Valid { nanos } | Self::Invalid { nanos } => nanos,
        }
    }
}

/// A proof as it was shown to a settlement.
#[derive(Debug)]
pub(super) struct Shown {
    leaf: Leaf,
    proof: Vec<B256>,
    /// What the proof leads to.
    root: B256,
    /// What it took to see that.
    nanos: u64,
}

impl Shown {
    pub(super) fn of(bridge: &Bridge, end: End, call: &Settlement::claimCall) -> Result<Self, Error> {
        let started = time::monotonic_nanos();
        let leaf = Leaf {
            chain_id: bridge.endpoint(end).chain_id(),
            settlement: bridge.settlement(end),
            batch: small(call.batch)?,
            message_id: call.leaf.messageId,
            asset: bridge.contracts.source.token,
            recipient: call.leaf.recipient,
            amount: call.leaf.amount,
        };
        let root = call.proof.iter().fold(leaf.hash(), |node, sibling| {
            let (smaller, larger) = if node < *sibling { (node, *sibling) } else { (*sibling, node) };
            keccak256([smaller.as_slice(), larger.as_slice()].concat())
        });
        let nanos = time::monotonic_nanos().saturating_sub(started);
        Ok(Self { leaf, proof: call.proof.clone(), root, nanos })
    }

    /// Writes the row and says whether the proof leads to the root that the batch has in our table; zero stands for the
    /// root of a batch that has none.
    pub(super) async fn store(
        &self,
        to: &mut PgConnection,
        hash: B256,
        standing: Standing,
        receipt: &Receipt,
    ) -> Result<Verified, Error> {
        let known: Option<Vec<u8>> =
            sqlx::query_scalar("SELECT merkle_root FROM settlement_batch WHERE batch_number = $1 ORDER BY id LIMIT 1")
                .bind(bigint(self.leaf.batch)?)
                .fetch_optional(&mut *to)
                .await
                .map_err(Error::sql("read a root"))?;
        let root = known.map_or(B256::ZERO, |root| B256::try_from(root.as_slice()).unwrap_or_default());
        let Leaf { chain_id, settlement, batch, message_id, recipient, amount, .. } = self.leaf;
        let proof: Vec<&[u8]> = self.proof.iter().map(|node| node.as_slice()).collect();
        let outcome = if standing == Standing::Confirmed { "accepted" } else { "rejected" };
        sqlx::query(
            "INSERT INTO proof_executions (batch_number, message_id, chain_id, settlement, recipient, amount, leaf,
                 proof, root, outcome, tx_hash, block_number, block_hash, verification_micros)
             VALUES ($1, $2, $3, $4, $5, $6::text::numeric, $7, $8, $9, $10, $11, $12, $13, $14)
             ON CONFLICT (tx_hash) DO NOTHING",
        )
        .bind(bigint(batch)?)
        .bind(message_id.as_slice())
        .bind(bigint(chain_id)?)
        .bind(settlement.as_slice())
        .bind(recipient.as_slice())
        .bind(amount.to_string())
        .bind(self.leaf.hash().0)
        .bind(proof)
        .bind(root.as_slice())
        .bind(outcome)
        .bind(hash.as_slice())
        .bind(bigint(receipt.block_number)?)
        .bind(receipt.block_hash.as_slice())
        .bind(bigint(self.nanos / 1_000)?)
        .execute(to)
        .await
        .map_err(Error::sql("store a proof"))?;
        let nanos = self.nanos;
        let is_valid = root == self.root && !root.is_zero();
        Ok(if is_valid { Verified::Valid { nanos } } else { Verified::Invalid { nanos } })
    }

    /// The batch is settled when each of its messages is.
    pub(super) async fn settle_batch(&self, to: &mut PgConnection) -> Result<(), Error> {
        sqlx::query(
            "UPDATE settlement_batch b SET status = 'settled', settled_at = now()
             WHERE batch_number = $1 AND status = 'anchored' AND NOT EXISTS (
                 SELECT 1 FROM settlement_batch_message m WHERE m.batch_id = b.id AND NOT EXISTS (
                     SELECT 1 FROM proof_executions p WHERE p.message_id = m.message_id
                         AND p.batch_number = b.batch_number AND p.outcome = 'accepted'))",
        )
        .bind(bigint(self.leaf.batch)?)
        .execute(to)
        .await
        .map_err(Error::sql("settle a batch"))
        .map(drop)
    }
}
