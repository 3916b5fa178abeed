//! Further figures of the books, each by a statement that the operators wrote.
//!
//! It reads in the snapshot of everything else, and it is told the height up to which the books know its chain: so its number
//! is of the same cut as the sums beside it. What it does is up to them, within what the role and a READ ONLY transaction
//! allow; what it must give is one row with one whole number that is not negative. Anything else is garbage, and no number.

use std::{collections::BTreeMap, sync::Arc};

use causeway_primitives::{AssetId, ChainName, U256};
use causeway_store::{Error as StoreError, Named as _};

use super::{
    BooksReader, Error,
    parts::{Reading, Watermarks, rows, stored},
    row::amount,
};
use crate::domain::name::Name;

/// Where a statement is told the height.
const HEIGHT: &str = "$1";

/// A figure by a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlTerm {
    /// The asset.
    pub asset: AssetId,
    /// What equations call it.
    pub name: Name,
    /// The chain whose height it is told.
    pub chain: ChainName,
    statement: Arc<str>,
}

/// A statement that cannot give a term.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TermError {
    /// Its number would be of no cut.
    #[error("a statement says with $1 up to which block it counts")]
    NoHeight,
    /// It is more than one.
    #[error("a term is one statement")]
    Several,
}

impl SqlTerm {
    /// A term by a SELECT of one number, in which `$1` is the height (BIGINT).
    ///
    /// # Errors
    /// [`TermError`].
    pub fn new(asset: AssetId, name: Name, chain: ChainName, select: &str) -> Result<Self, TermError> {
        if !select.contains(HEIGHT) {
            return Err(TermError::NoHeight);
        }
        if select.contains(';') {
            return Err(TermError::Several);
        }
        // As text, because it has up to 78 digits; through NUMERIC, so that every type of number will do.
        let statement = format!("SELECT told::NUMERIC::TEXT AS term FROM ({select}) AS said (told)").into();
        Ok(Self { asset, name, chain, statement })
    }
}

impl Reading<'_> {
    /// Each term at the watermark of its chain; without a watermark it is a number of nothing in particular.
    pub(super) async fn terms(
        &mut self,
        watermarks: &Watermarks,
    ) -> Result<BTreeMap<ChainName, BTreeMap<(AssetId, Name), U256>>, Error> {
        let mut found: BTreeMap<ChainName, BTreeMap<_, _>> = BTreeMap::new();
        for term in &self.scope.terms {
            let Some(mark) = watermarks.get(&term.chain) else { continue };
            let rows = rows!(self, "read_term", term.statement, stored(mark.height));
            let [row] = rows.as_slice() else { return Err(Error::Garbage { column: "term" }) };
            let key = (term.asset.clone(), term.name.clone());
            found.entry(term.chain.clone()).or_default().insert(key, amount(row, "term")?);
        }
        Ok(found)
    }
}

impl BooksReader {
    /// Has the database plan every statement without running it; the first one that it refuses comes back with its words.
    ///
    /// # Errors
    /// [`StoreError`]: the database does not answer.
    pub async fn find_refused_term(&self) -> Result<Option<(&SqlTerm, String)>, StoreError> {
        for term in &self.scope.terms {
            let planned = sqlx::query(sqlx::AssertSqlSafe(format!("EXPLAIN {}", term.statement)))
                .bind(0_i64)
                .execute(self.pool.executor())
                .named("explain_term", self.pool.queries())
                .await;
            match planned {
                Ok(_) => {}
                Err(error) => match refusal(&error) {
                    Some(words) => return Ok(Some((term, words))),
                    None => return Err(error),
                },
            }
        }
        Ok(None)
    }
}

/// What the database has against a statement; `None` when it is something else that went wrong. Class 42 of its codes is
/// syntax, names, types and rights.
fn refusal(error: &StoreError) -> Option<String> {
    let StoreError::Query { source: sqlx::Error::Database(told), .. } = error else { return None };
    told.code().filter(|code| code.starts_with("42")).map(|_| told.message().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn term(select: &str) -> Result<SqlTerm, TermError> {
        SqlTerm::new("sigil".parse().unwrap(), "escrow".parse().unwrap(), "home".parse().unwrap(), select)
    }

    #[test]
    fn grd_15_a_statement_that_knows_no_height_or_is_two_is_no_term() {
        assert!(term("SELECT SUM(amount) FROM escrow WHERE block_number <= $1").is_ok());
        assert_eq!(term("SELECT SUM(amount) FROM escrow"), Err(TermError::NoHeight));
        assert_eq!(term("SELECT $1; DROP TABLE escrow"), Err(TermError::Several));
    }
}
