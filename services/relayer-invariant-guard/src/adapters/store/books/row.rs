//! Columns of tables that others write: whatever is in them is checked, and what does not fit is garbage, not a default.

use causeway_primitives::{Address, B256, U256};
use sqlx::{Decode, Row as _, Type, postgres::PgRow};

use super::Error;

pub(super) fn get<'r, T>(row: &'r PgRow, column: &'static str) -> Result<T, Error>
where
    T: Decode<'r, sqlx::Postgres> + Type<sqlx::Postgres>,
{
    row.try_get(column).map_err(|_| Error::Garbage { column })
}

/// A number that is never negative; the column may be of any integer type or NUMERIC, which the statement leaves as BIGINT.
pub(super) fn number(row: &PgRow, column: &'static str) -> Result<u64, Error> {
    u64::try_from(get::<i64>(row, column)?).map_err(|_| Error::Garbage { column })
}

pub(super) fn maybe_number(row: &PgRow, column: &'static str) -> Result<Option<u64>, Error> {
    let number = get::<Option<i64>>(row, column)?.map(u64::try_from).transpose();
    number.map_err(|_| Error::Garbage { column })
}

pub(super) fn hash(row: &PgRow, column: &'static str) -> Result<B256, Error> {
    B256::try_from(get::<&[u8]>(row, column)?).map_err(|_| Error::Garbage { column })
}

pub(super) fn hashes(row: &PgRow, column: &'static str) -> Result<Vec<B256>, Error> {
    maybe_hashes(row, column)?.ok_or(Error::Garbage { column })
}

pub(super) fn maybe_hashes(row: &PgRow, column: &'static str) -> Result<Option<Vec<B256>>, Error> {
    let bytes = get::<Option<Vec<Vec<u8>>>>(row, column)?;
    bytes.map(|bytes| all(&bytes, column)).transpose()
}

fn all(bytes: &[Vec<u8>], column: &'static str) -> Result<Vec<B256>, Error> {
    bytes.iter().map(|bytes| B256::try_from(bytes.as_slice()).map_err(|_| Error::Garbage { column })).collect()
}

pub(super) fn address(row: &PgRow, column: &'static str) -> Result<Address, Error> {
    Address::try_from(get::<&[u8]>(row, column)?).map_err(|_| Error::Garbage { column })
}

/// Whole and not negative: amounts of a token are nothing else.
pub(super) fn amount(row: &PgRow, column: &'static str) -> Result<U256, Error> {
    U256::from_str_radix(get::<&str>(row, column)?, 10).map_err(|_| Error::Garbage { column })
}
