//! Values of the tables: into columns, and out of them.

use alloy::primitives::{Address, B256, Bytes, U256};
use serde::{Deserialize, Serialize};
use sqlx::{Row as _, postgres::PgRow};

use super::super::Error;
use crate::bridge::End;

/// Which way value goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From the source: locked there, minted at the destination.
    Deposit,
    /// From the destination: burned there, released at the source.
    Withdrawal,
}

impl Direction {
    /// Both.
    pub const BOTH: [Self; 2] = [Self::Deposit, Self::Withdrawal];

    /// As `settlement_batch.direction`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Deposit => "deposit",
            Self::Withdrawal => "withdrawal",
        }
    }

    /// Where it is settled.
    pub const fn exit(self) -> End {
        match self {
            Self::Deposit => End::Destination,
            Self::Withdrawal => End::Source,
        }
    }

    pub(super) fn from_row(text: &str) -> Result<Self, Error> {
        Self::BOTH.into_iter().find(|direction| direction.as_str() == text).ok_or(Error::Row("direction"))
    }
}

/// What is to be settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) id: B256,
    pub(super) recipient: Address,
    pub(super) amount: U256,
}

/// A batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Batch {
    /// The row, not the number: a spoiled table holds a number twice.
    pub(super) id: i64,
    pub(super) number: u64,
    pub(super) direction: Direction,
    pub(super) root: B256,
}

/// How a mined transaction ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Mined, and it took effect.
    Confirmed,
    /// Mined, and it did not.
    Reverted,
}

impl Standing {
    /// As `relayer_operations.status`.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Reverted => "reverted",
        }
    }
}

/// A number of ours as a BIGINT.
pub(super) fn bigint(number: u64) -> Result<i64, Error> {
    i64::try_from(number).map_err(|_| Error::Range("a number"))
}

/// Somebody's words as TEXT, which takes no NUL; a node's words may hold the bytes of an error.
pub(super) fn storable(words: &str) -> String {
    words.chars().filter(|letter| !letter.is_control()).collect()
}

/// A BIGINT as a number of ours.
pub(super) fn number(row: &PgRow, column: &'static str) -> Result<u64, Error> {
    let value: i64 = row.try_get(column).map_err(|_| Error::Row(column))?;
    u64::try_from(value).map_err(|_| Error::Row(column))
}

/// A BYTEA of 32.
pub(super) fn hash(row: &PgRow, column: &'static str) -> Result<B256, Error> {
    let bytes: &[u8] = row.try_get(column).map_err(|_| Error::Row(column))?;
    B256::try_from(bytes).map_err(|_| Error::Row(column))
}

/// A BYTEA of 32, or NULL.
pub(super) fn maybe_hash(row: &PgRow, column: &'static str) -> Result<Option<B256>, Error> {
    let bytes: Option<&[u8]> = row.try_get(column).map_err(|_| Error::Row(column))?;
    bytes.map(|bytes| B256::try_from(bytes).map_err(|_| Error::Row(column))).transpose()
}

/// A BYTEA of any length.
pub(super) fn raw(row: &PgRow, column: &'static str) -> Result<Bytes, Error> {
    let bytes: Vec<u8> = row.try_get(column).map_err(|_| Error::Row(column))?;
    Ok(bytes.into())
}

/// A NUMERIC that was selected as text, or NULL.
pub(super) fn maybe_amount(row: &PgRow, column: &'static str) -> Result<Option<U256>, Error> {
    let text: Option<&str> = row.try_get(column).map_err(|_| Error::Row(column))?;
    text.map(|text| U256::from_str_radix(text, 10).map_err(|_| Error::Row(column))).transpose()
}

/// TEXT.
pub(super) fn text<'r>(row: &'r PgRow, column: &'static str) -> Result<&'r str, Error> {
    row.try_get(column).map_err(|_| Error::Row(column))
}

pub(super) fn message(row: &PgRow) -> Result<Message, Error> {
    let recipient: &[u8] = row.try_get("recipient").map_err(|_| Error::Row("recipient"))?;
    Ok(Message {
        id: hash(row, "message_id")?,
        recipient: Address::try_from(recipient).map_err(|_| Error::Row("recipient"))?,
        amount: maybe_amount(row, "amount")?.ok_or(Error::Row("amount"))?,
    })
}

pub(super) fn batch(row: &PgRow) -> Result<Batch, Error> {
    Ok(Batch {
        id: row.try_get("id").map_err(|_| Error::Row("id"))?,
        number: number(row, "batch_number")?,
        direction: Direction::from_row(text(row, "direction")?)?,
        root: hash(row, "merkle_root")?,
    })
}
