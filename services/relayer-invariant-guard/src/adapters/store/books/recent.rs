//! The newest rows of the relayer's tables, for people who look into an incident (GRD-9). Not evidence: each question is a
//! snapshot of its own.

use std::sync::Arc;

use causeway_store::Named as _;
use serde_json::Value;
use sqlx::AssertSqlSafe;

use super::{BooksReader, Error, SNAPSHOT_LIMIT, mapping::Mapping, row::get};

/// What can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// Batches whose root stands on the chain.
    AnchoredBatches,
    /// Executed and refused proofs.
    Proofs,
    /// What the relayer signed.
    Operations,
}

/// The statements, once the names are known. Each gives one JSON object for a row.
#[derive(Debug, Clone)]
pub(super) struct Statements {
    batches: Arc<str>,
    proofs: Arc<str>,
    operations: Arc<str>,
}

impl Statements {
    pub(super) fn new(m: &Mapping) -> Self {
        let batches = format!(
            "SELECT jsonb_build_object('row', {id}, 'number', {number}, 'root', '0x' || ENCODE({root}, 'hex'), \
                 'anchored_at', {anchored}) AS row \
             FROM {batches} WHERE {anchored} IS NOT NULL ORDER BY {number} DESC, {id} DESC LIMIT $1",
            id = m.row_id,
            number = m.batch_number,
            root = m.merkle_root,
            anchored = m.anchor_block,
            batches = m.batches,
        );
        let proofs = format!(
            "SELECT jsonb_build_object('row', {id}, 'message', '0x' || ENCODE({message}, 'hex'), 'batch', {batch}, \
                 'root', '0x' || ENCODE({root}, 'hex'), 'leaf', '0x' || ENCODE({leaf}, 'hex'), 'outcome', {outcome}) AS row \
             FROM {proofs} ORDER BY {id} DESC LIMIT $1",
            id = m.row_id,
            message = m.message_id,
            batch = m.batch_number,
            root = m.root,
            leaf = m.leaf,
            outcome = m.outcome,
            proofs = m.proofs,
        );
        let operations = format!(
            "SELECT jsonb_build_object('chain_id', {chain}, 'account', '0x' || ENCODE({account}, 'hex'), 'nonce', {nonce}, \
                 'status', {status}, 'at', {at}) AS row \
             FROM {operations} ORDER BY {at} DESC LIMIT $1",
            chain = m.chain_id,
            account = m.account,
            nonce = m.account_nonce,
            status = m.status,
            at = m.created_at,
            operations = m.operations,
        );
        Self { batches: batches.into(), proofs: proofs.into(), operations: operations.into() }
    }
}

impl BooksReader {
    /// The newest rows, newest first, each as JSON.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn recent(&self, what: What, limit: u32) -> Result<Vec<Value>, Error> {
        let (statement, name) = match what {
            What::AnchoredBatches => (&self.recent.batches, "list_anchored_batches"),
            What::Proofs => (&self.recent.proofs, "list_recent_proofs"),
            What::Operations => (&self.recent.operations, "list_recent_transactions"),
        };
        let asked = sqlx::query(AssertSqlSafe(Arc::clone(statement)))
            .bind(i64::from(limit))
            .fetch_all(self.pool.executor())
            .named(name, self.pool.queries());
        let rows = tokio::time::timeout(SNAPSHOT_LIMIT, asked).await.map_err(|_| Error::Late)?;
        rows.map_err(Error::Database)?.iter().map(|row| get::<Value>(row, "row")).collect()
    }
}
