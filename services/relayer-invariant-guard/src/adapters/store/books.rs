//! The relayer's database, read as one snapshot: what the domain calls books.
//!
//! One REPEATABLE READ, READ ONLY transaction gives watermarks and everything up to them; its snapshot is fixed by the
//! first query. The role that reads has no right to write, which is the operators' to grant and a test's to prove. Names of
//! tables and columns are the operators' too: identifiers are checked and quoted, values are bound, nothing else is put
//! into a statement.

mod batches;
mod mapping;
mod numbers;
mod parts;
mod pending;
mod recent;
mod rights;
mod row;
mod statements;
mod terms;

use std::{collections::BTreeMap, time::Duration};

use causeway_primitives::{Address, AssetId, ChainName, U256};
use causeway_store::{Error as StoreError, Named as _, Pool};

use self::statements::Statements;
pub use self::{
    mapping::{Identifier, IdentifierError, Mapping},
    recent::What,
    rights::Rights,
    terms::{SqlTerm, TermError},
};
use crate::domain::{evidence::Books, name::Name};

/// A snapshot holds back the database's clean-up: it may not last longer than this.
const SNAPSHOT_LIMIT: Duration = Duration::from_secs(10);

/// The books could not be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database did not answer, or refused.
    #[error("the relayer's database could not be read")]
    Database(#[source] StoreError),
    /// It took longer than a snapshot may.
    #[error("the relayer's database took longer than {SNAPSHOT_LIMIT:?}")]
    Late,
    /// A row is not what it must be.
    #[error("column {column} of the relayer's database holds what it must not")]
    Garbage {
        /// Which, by our word for it.
        column: &'static str,
    },
}

/// What is to be read: the same on every sweep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// Chains by the operators' word, with their ids.
    pub chains: BTreeMap<ChainName, u64>,
    /// Assets with their tokens.
    pub assets: Vec<Asset>,
    /// Contracts that count the messages of one of the two tables of causes.
    pub counters: Vec<Counter>,
    /// Windows for outflows, in blocks of the home chain.
    pub windows: Vec<(Name, u64)>,
    /// Further figures, each by a statement of the operators.
    pub terms: Vec<SqlTerm>,
}

/// An asset in the relayer's tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// The operators' word for it.
    pub id: AssetId,
    /// Where it is deposited and released.
    pub home: ChainName,
    /// Where it is minted and burned.
    pub remote: ChainName,
    /// How rows of deposits and releases name it.
    pub home_token: Address,
    /// How rows of mints and burns name it.
    pub remote_token: Address,
}

/// A contract whose message numbers the tables hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counter {
    /// Its chain.
    pub chain: ChainName,
    /// The contract.
    pub contract: Address,
    /// The number of its first message.
    pub first: u64,
    /// Which table.
    pub side: Side,
}

/// The two tables of causes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Deposits.
    Home,
    /// Burns.
    Remote,
}

/// What was counted before, so that only what is new has to be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Since {
    /// Heights up to which the sums go.
    pub heights: BTreeMap<ChainName, u64>,
    /// The sums at those heights.
    pub sums: BTreeMap<(AssetId, Name), U256>,
    /// The newest batch at that time.
    pub batch: u64,
    /// The newest row of proofs that was over at that time.
    pub proof_row: u64,
    /// The contracts' next message numbers at those heights.
    pub counters: BTreeMap<(ChainName, Address), u64>,
}

/// How much is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Count {
    /// What is new.
    On,
    /// Everything, beside what counting on gives.
    Anew,
}

/// Reads the books.
#[derive(Debug, Clone)]
pub struct BooksReader {
    pool: Pool,
    scope: Scope,
    statements: Statements,
    recent: recent::Statements,
}

impl BooksReader {
    /// On connections of a role that may only read.
    pub fn new(pool: Pool, mapping: &Mapping, scope: Scope) -> Self {
        Self { pool, scope, statements: Statements::new(mapping), recent: recent::Statements::new(mapping) }
    }

    /// One snapshot, counted on from what is known: as long as what is new.
    ///
    /// # Errors
    /// [`Error`]: nothing is known then.
    pub async fn read(&self, since: &Since) -> Result<Books, Error> {
        tokio::time::timeout(SNAPSHOT_LIMIT, self.snapshot(since, Count::On)).await.map_err(|_| Error::Late)?
    }

    /// One snapshot with everything that adds up counted anew, from the first row, and beside it what counting on gives:
    /// for the domain to compare. Takes as long as there are rows.
    ///
    /// # Errors
    /// [`Error`]: nothing is known then.
    pub async fn recount(&self, since: &Since) -> Result<Books, Error> {
        tokio::time::timeout(SNAPSHOT_LIMIT, self.snapshot(since, Count::Anew)).await.map_err(|_| Error::Late)?
    }

    async fn snapshot(&self, since: &Since, count: Count) -> Result<Books, Error> {
        let mut tx = self.pool.begin().await.map_err(Error::Database)?;
        let queries = tx.queries();
        // None of these takes the snapshot: the first SELECT does. No statement here is worth compiling, which costs more
        // than it takes; and to find what is there twice among all rows, memory is worth a lot.
        let begin = match count {
            Count::On => "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET LOCAL jit = off",
            Count::Anew => {
                "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET LOCAL jit = off; \
                 SET LOCAL work_mem = '64MB'"
            }
        };
        sqlx::raw_sql(begin).execute(&mut *tx).named("begin_snapshot", &queries).await.map_err(Error::Database)?;
        let mut reading = parts::Reading { tx, scope: &self.scope, statements: &self.statements, since };
        let books = reading.books(count).await?;
        reading.tx.rollback().await.map_err(Error::Database)?;
        Ok(books)
    }
}
