//! The parts of a snapshot, one statement each, all in its one transaction.

use std::collections::{BTreeMap, BTreeSet};

use causeway_primitives::{Address, AssetId, B256, ChainName, U256};
use causeway_store::{Named as _, Transaction};
use sqlx::{AssertSqlSafe, postgres::PgRow};

use super::{
    Asset, Counter, Error, Scope, Side, Since,
    row::{address, amount, get, hash, hashes, maybe_hashes, maybe_number, number},
    statements::Statements,
};
use crate::domain::{
    evidence::{AccountRow, BatchRow, Books, MessageRow, ProofOutcome, ProofRow, Watermark},
    name::Name,
    preset::terms,
};

/// A snapshot that is being read.
pub(super) struct Reading<'a> {
    pub(super) tx: Transaction,
    pub(super) scope: &'a Scope,
    pub(super) statements: &'a Statements,
    pub(super) since: &'a Since,
}

/// A query on the snapshot. The text is made of checked identifiers only: see `statements`.
macro_rules! rows {
    ($self:ident, $name:literal, $statement:expr $(, $bind:expr)*) => {{
        let queries = $self.tx.queries();
        sqlx::query(AssertSqlSafe(std::sync::Arc::clone(&$statement)))
            $(.bind($bind))*
            .fetch_all(&mut *$self.tx)
            .named($name, &queries)
            .await
            .map_err(Error::Database)?
    }};
}

impl Reading<'_> {
    pub(super) async fn books(&mut self) -> Result<Books, Error> {
        let watermarks = self.watermarks().await?;
        Ok(Books {
            sums: self.sums(&watermarks).await?,
            last_batch: self.last_batch().await?,
            last_proof: self.last_proof().await?,
            batches: self.batches().await?,
            shared_deposits: self.shared().await?,
            proofs: self.proofs().await?,
            accounts: self.accounts().await?,
            messages: self.messages(&watermarks).await?,
            constraints: self.constraints().await?,
            outflows: self.outflows(&watermarks).await?,
            watermarks,
        })
    }

    /// Chains that the scope does not name are none of ours.
    async fn watermarks(&mut self) -> Result<BTreeMap<ChainName, Watermark>, Error> {
        let mut found = BTreeMap::new();
        for row in rows!(self, "read_watermarks", self.statements.watermarks) {
            let id = number(&row, "chain_id")?;
            if let Some((chain, _)) = self.scope.chains.iter().find(|(_, known)| **known == id) {
                let mark = Watermark { height: number(&row, "height")?, hash: hash(&row, "hash")? };
                found.insert(chain.clone(), mark);
            }
        }
        Ok(found)
    }

    async fn sums(
        &mut self,
        watermarks: &BTreeMap<ChainName, Watermark>,
    ) -> Result<BTreeMap<(AssetId, Name), U256>, Error> {
        let mut sums = BTreeMap::new();
        for asset in &self.scope.assets {
            let Asset { id, home, remote, home_token, remote_token } = asset;
            let Statements { deposits, withdrawals, mints, burns, .. } = self.statements;
            for (term, statement, chain, token) in [
                (terms::DEPOSITS, deposits, home, home_token),
                (terms::WITHDRAWALS, withdrawals, home, home_token),
                (terms::MINTS, mints, remote, remote_token),
                (terms::BURNS, burns, remote, remote_token),
            ] {
                // Without a watermark the sum is of nothing in particular.
                let Some(mark) = watermarks.get(chain) else { continue };
                let key = (id.clone(), term.parse().map_err(|_| Error::Garbage { column: "term" })?);
                let (from, base) = self.base(chain, &key, mark.height);
                let fresh = self.moved(statement, chain, (from, mark.height), *token).await?;
                sums.insert(key, base.checked_add(fresh).ok_or(Error::Garbage { column: "amount" })?);
            }
        }
        Ok(sums)
    }

    /// Where to count on from. Books that went back are counted from the beginning: that they did is for the domain to say.
    fn base(&self, chain: &ChainName, key: &(AssetId, Name), height: u64) -> (i64, U256) {
        let known = self.since.heights.get(chain).filter(|known| **known <= height);
        match (known, self.since.sums.get(key)) {
            (Some(known), Some(sum)) => (stored(*known), *sum),
            (Some(_) | None, Some(_) | None) => (-1, U256::ZERO),
        }
    }

    async fn moved(
        &mut self,
        statement: &std::sync::Arc<str>,
        chain: &ChainName,
        (above, up_to): (i64, u64),
        token: Address,
    ) -> Result<U256, Error> {
        let id = stored(self.chain_id(chain));
        let rows = rows!(self, "sum_amounts", statement, id, above, stored(up_to), token.to_vec());
        rows.first().map_or(Err(Error::Garbage { column: "total" }), |row| amount(row, "total"))
    }

    async fn last_batch(&mut self) -> Result<Option<(u64, B256)>, Error> {
        let rows = rows!(self, "read_last_batch", self.statements.last_batch);
        rows.first().map(|row| Ok((number(row, "number")?, hash(row, "root")?))).transpose()
    }

    async fn last_proof(&mut self) -> Result<u64, Error> {
        let rows = rows!(self, "read_last_proof", self.statements.last_proof);
        let row = rows.first().map(|row| maybe_number(row, "row")).transpose()?;
        Ok(row.flatten().unwrap_or_default())
    }

    async fn batches(&mut self) -> Result<Vec<BatchRow>, Error> {
        let (batch, proof) = (stored(self.since.batch), stored(self.since.proof_row));
        let rows = rows!(self, "read_batches", self.statements.batches, batch, proof);
        let batch = |row: &PgRow| {
            Ok(BatchRow {
                row: number(row, "row")?,
                number: number(row, "number")?,
                root: hash(row, "root")?,
                anchored_at: maybe_number(row, "anchored_at")?,
                leaves: maybe_hashes(row, "leaves")?,
            })
        };
        rows.iter().map(batch).collect()
    }

    async fn shared(&mut self) -> Result<BTreeMap<B256, BTreeSet<u64>>, Error> {
        let rows = rows!(self, "read_shared_messages", self.statements.shared, stored(self.since.batch));
        let shared = |row: &PgRow| {
            let numbers = get::<Vec<i64>>(row, "numbers")?.into_iter().map(u64::try_from).collect();
            let numbers: Result<BTreeSet<u64>, _> = numbers;
            Ok((hash(row, "message")?, numbers.map_err(|_| Error::Garbage { column: "numbers" })?))
        };
        rows.iter().map(shared).collect()
    }

    async fn proofs(&mut self) -> Result<Vec<ProofRow>, Error> {
        let rows = rows!(self, "read_proofs", self.statements.proofs, stored(self.since.proof_row));
        let proof = |row: &PgRow| {
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
                leaf: hash(row, "leaf")?,
                path: Some(hashes(row, "path")?),
                outcome,
            })
        };
        rows.iter().map(proof).collect()
    }

    async fn accounts(&mut self) -> Result<Vec<AccountRow>, Error> {
        let mut accounts = Vec::new();
        for row in rows!(self, "read_accounts", self.statements.accounts) {
            let id = number(&row, "chain_id")?;
            let Some((chain, _)) = self.scope.chains.iter().find(|(_, known)| **known == id) else { continue };
            let (address, next) = (address(&row, "account")?, number(&row, "next")?);
            let gaps = rows!(self, "read_gaps", self.statements.gaps, stored(id), address.to_vec(), stored(next));
            let gap = |row: &PgRow| Ok((number(row, "slot")?, number(row, "age")?));
            let gaps: Result<_, Error> = gaps.iter().map(gap).collect();
            accounts.push(AccountRow { chain: chain.clone(), address, next, gaps: gaps? });
        }
        Ok(accounts)
    }

    async fn messages(&mut self, watermarks: &BTreeMap<ChainName, Watermark>) -> Result<Vec<MessageRow>, Error> {
        let mut messages = Vec::new();
        for Counter { chain, contract, first, side } in &self.scope.counters {
            let Some(mark) = watermarks.get(chain) else { continue };
            let statement = match side {
                Side::Home => &self.statements.home_numbers,
                Side::Remote => &self.statements.remote_numbers,
            };
            let id = stored(self.chain_id(chain));
            let rows = rows!(self, "count_messages", statement, id, stored(mark.height));
            let row = rows.first().ok_or(Error::Garbage { column: "highest" })?;
            messages.push(MessageRow {
                chain: chain.clone(),
                contract: *contract,
                first: *first,
                highest: maybe_number(row, "highest")?,
                distinct: number(row, "different")?,
                rows: number(row, "total")?,
            });
        }
        Ok(messages)
    }

    /// Constraints whose names no rule can name are none that a rule asks for.
    async fn constraints(&mut self) -> Result<BTreeSet<Name>, Error> {
        let rows = rows!(self, "read_constraints", self.statements.constraints);
        let names: Result<Vec<String>, Error> = rows.iter().map(|row| get(row, "name")).collect();
        Ok(names?.iter().filter_map(|name| name.parse().ok()).collect())
    }

    async fn outflows(
        &mut self,
        watermarks: &BTreeMap<ChainName, Watermark>,
    ) -> Result<BTreeMap<(AssetId, Name), U256>, Error> {
        let mut outflows = BTreeMap::new();
        for asset in &self.scope.assets {
            let Some(mark) = watermarks.get(&asset.home) else { continue };
            for (window, blocks) in &self.scope.windows {
                let span = (stored(mark.height).saturating_sub(stored(*blocks)), mark.height);
                let statement = &self.statements.withdrawals;
                let left = self.moved(statement, &asset.home, span, asset.home_token).await?;
                outflows.insert((asset.id.clone(), window.clone()), left);
            }
        }
        Ok(outflows)
    }

    /// Chain 0 is nobody's, so an unnamed chain has no rows.
    fn chain_id(&self, chain: &ChainName) -> u64 {
        self.scope.chains.get(chain).copied().unwrap_or_default()
    }
}

/// Heights, ids and nonces of a relayer that works fit BIGINT; larger ones find no row.
fn stored(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
