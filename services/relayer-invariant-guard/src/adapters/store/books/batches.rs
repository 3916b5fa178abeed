//! Batches, what is in them, and the proofs that were shown for it.

use std::collections::{BTreeMap, BTreeSet};

use causeway_primitives::B256;
use causeway_store::Named as _;
use sqlx::postgres::PgRow;

use super::{
    Count, Error,
    parts::{Reading, Watermarks, rows, stored},
    row::{get, hash, hashes, maybe_hashes, maybe_number, number},
};
use crate::domain::evidence::{BatchRow, ProofOutcome, ProofRow};

impl Reading<'_> {
    pub(super) async fn last_batch(&mut self) -> Result<Option<(u64, B256)>, Error> {
        let rows = rows!(self, "read_last_batch", self.statements.last_batch);
        rows.first().map(|row| Ok((number(row, "number")?, hash(row, "root")?))).transpose()
    }

    pub(super) async fn last_proof(&mut self, watermarks: &Watermarks) -> Result<u64, Error> {
        let (chains, heights) = self.heights(watermarks.iter().map(|(chain, mark)| (chain, mark.height)));
        let known = stored(self.since.proof_row);
        let rows = rows!(self, "read_last_proof", self.statements.last_proof, known, chains, heights);
        rows.first().map_or(Err(Error::Garbage { column: "row" }), |row| number(row, "row"))
    }

    pub(super) async fn batches(&mut self) -> Result<Vec<BatchRow>, Error> {
        let (batch, proof) = (stored(self.since.batch), stored(self.since.proof_row));
        let (chains, heights) = self.heights(self.since.heights.iter().map(|(chain, height)| (chain, *height)));
        let rows = rows!(self, "read_batches", self.statements.batches, batch, proof, chains, heights);
        let batch = |row: &PgRow| {
            Ok(BatchRow {
                row: number(row, "row")?,
                number: number(row, "number")?,
                root: hash(row, "root")?,
                chain: self.chain(number(row, "chain_id")?),
                anchored_at: maybe_number(row, "anchored_at")?,
                leaves: maybe_hashes(row, "leaves")?,
            })
        };
        rows.iter().map(batch).collect()
    }

    pub(super) async fn shared(&mut self, count: Count) -> Result<BTreeMap<B256, BTreeSet<u64>>, Error> {
        let rows = match count {
            Count::On => rows!(self, "read_shared_messages", self.statements.shared, stored(self.since.batch)),
            Count::Anew => rows!(self, "read_all_shared_messages", self.statements.all_shared),
        };
        let shared = |row: &PgRow| {
            let numbers = get::<Vec<i64>>(row, "numbers")?.into_iter().map(u64::try_from).collect();
            let numbers: Result<BTreeSet<u64>, _> = numbers;
            Ok((hash(row, "message")?, numbers.map_err(|_| Error::Garbage { column: "numbers" })?))
        };
        rows.iter().map(shared).collect()
    }

    /// A row that is read twice is one row.
    pub(super) async fn proofs(&mut self, count: Count) -> Result<Vec<ProofRow>, Error> {
        let mut rows = rows!(self, "read_proofs", self.statements.proofs, stored(self.since.proof_row));
        match count {
            Count::On => {}
            Count::Anew => rows.extend(rows!(self, "read_reused_proofs", self.statements.reused_proofs)),
        }
        let proofs: Result<BTreeSet<ProofRow>, Error> = rows.iter().map(|row| self.proof(row)).collect();
        Ok(proofs?.into_iter().collect())
    }

    fn proof(&self, row: &PgRow) -> Result<ProofRow, Error> {
        let outcome = match get::<&str>(row, "outcome")? {
            "accepted" => ProofOutcome::Accepted,
            "rejected" => ProofOutcome::Rejected,
            _ => return Err(Error::Garbage { column: "outcome" }),
        };
        Ok(ProofRow {
            row: number(row, "row")?,
            message: hash(row, "message")?,
            batch: number(row, "batch")?,
            root: hash(row, "root")?,
            chain: self.chain(number(row, "chain_id")?),
            height: number(row, "height")?,
            leaf: hash(row, "leaf")?,
            path: Some(hashes(row, "path")?),
            outcome,
        })
    }
}
