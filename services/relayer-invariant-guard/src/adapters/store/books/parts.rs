//! A snapshot that is being read: one statement for each part, all in its one transaction. Watermarks, sums and constraints
//! are here; what is counted by numbers is in `numbers`, batches and proofs are in `batches`.

use std::collections::{BTreeMap, BTreeSet};

use causeway_primitives::{Address, AssetId, ChainName, U256};
use causeway_store::{Named as _, Transaction};

use super::{
    Asset, Count, Error, Scope, Since,
    row::{amount, get, hash, number},
    statements::Statements,
};
use crate::domain::{
    evidence::{Books, Watermark},
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

pub(super) type Watermarks = BTreeMap<ChainName, Watermark>;
type Sums = BTreeMap<(AssetId, Name), U256>;

/// A query on the snapshot. The text is made of checked identifiers only: see `statements`.
macro_rules! rows {
    ($self:ident, $name:literal, $statement:expr $(, $bind:expr)*) => {{
        let queries = $self.tx.queries();
        sqlx::query(sqlx::AssertSqlSafe(std::sync::Arc::clone(&$statement)))
            $(.bind($bind))*
            .fetch_all(&mut *$self.tx)
            .named($name, &queries)
            .await
            .map_err(Error::Database)?
    }};
}
pub(super) use rows;

impl Reading<'_> {
    pub(super) async fn books(&mut self, count: Count) -> Result<Books, Error> {
        let watermarks = self.watermarks().await?;
        let counted_on = self.sums(&watermarks, Count::On).await?;
        let (sums, carried) = match count {
            Count::On => (counted_on, None),
            Count::Anew => (self.sums(&watermarks, Count::Anew).await?, Some(counted_on)),
        };
        Ok(Books {
            sums,
            terms: self.terms(&watermarks).await?,
            carried,
            last_batch: self.last_batch().await?,
            last_proof: self.last_proof(&watermarks).await?,
            batches: self.batches().await?,
            shared_deposits: self.shared(count).await?,
            proofs: self.proofs(count).await?,
            accounts: self.accounts().await?,
            messages: self.messages(&watermarks, count).await?,
            constraints: self.constraints().await?,
            outflows: self.outflows(&watermarks).await?,
            watermarks,
        })
    }

    /// Chains that the scope does not name are none of ours.
    async fn watermarks(&mut self) -> Result<Watermarks, Error> {
        let mut found = BTreeMap::new();
        for row in rows!(self, "read_watermarks", self.statements.watermarks) {
            if let Some(chain) = self.chain(number(&row, "chain_id")?) {
                let mark = Watermark { height: number(&row, "height")?, hash: hash(&row, "hash")? };
                found.insert(chain, mark);
            }
        }
        Ok(found)
    }

    async fn sums(&mut self, watermarks: &Watermarks, count: Count) -> Result<Sums, Error> {
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
                let known = self.since.sums.get(&key).copied();
                let (above, base) = self.from(chain, mark.height, known, count).unwrap_or((NOTHING, U256::ZERO));
                let fresh = self.moved(statement, chain, (above, mark.height), *token).await?;
                sums.insert(key, base.checked_add(fresh).ok_or(Error::Garbage { column: "amount" })?);
            }
        }
        Ok(sums)
    }

    /// Where to count on from, with what is known there; `None` for the beginning. Books that went back are counted from
    /// the beginning: that they did is for the domain to say.
    pub(super) fn from<T>(&self, chain: &ChainName, height: u64, known: Option<T>, count: Count) -> Option<(i64, T)> {
        match count {
            Count::On => {
                let from = self.since.heights.get(chain).filter(|from| **from <= height)?;
                Some((stored(*from), known?))
            }
            Count::Anew => None,
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

    /// Constraints whose names no rule can name are none that a rule asks for.
    async fn constraints(&mut self) -> Result<BTreeSet<Name>, Error> {
        let rows = rows!(self, "read_constraints", self.statements.constraints);
        let names: Result<Vec<String>, Error> = rows.iter().map(|row| get(row, "name")).collect();
        Ok(names?.iter().filter_map(|name| name.parse().ok()).collect())
    }

    async fn outflows(&mut self, watermarks: &Watermarks) -> Result<Sums, Error> {
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
    pub(super) fn chain_id(&self, chain: &ChainName) -> u64 {
        self.scope.chains.get(chain).copied().unwrap_or_default()
    }

    /// The chain of a row, if it is one of ours.
    pub(super) fn chain(&self, id: u64) -> Option<ChainName> {
        let known = self.scope.chains.iter().find(|(_, known)| **known == id);
        known.map(|(chain, _)| chain.clone())
    }

    /// As the two arrays that a statement takes: ids of chains, and a height for each.
    pub(super) fn heights<'h>(&self, heights: impl Iterator<Item = (&'h ChainName, u64)>) -> (Vec<i64>, Vec<i64>) {
        heights.map(|(chain, height)| (stored(self.chain_id(chain)), stored(height))).unzip()
    }
}

/// Below the first block.
pub(super) const NOTHING: i64 = -1;

/// Heights, ids and nonces of a relayer that works fit BIGINT; larger ones find no row.
pub(super) fn stored(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
