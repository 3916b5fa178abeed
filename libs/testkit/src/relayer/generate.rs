//! Years of business in seconds: rows by the million, straight into the tables, whose numbers agree with each other.
//!
//! Every deposit is in one batch; a batch's root is that of its real leaves; all but the last batches are settled, and
//! what they settled is minted or released. No chain stands behind the rows: hashes of blocks and transactions are made
//! up, except those of the two marks, which a caller takes from real chains if it reads them there.

use alloy::primitives::{Address, B256, U256};
use sqlx::{PgPool, postgres::PgPoolCopyExt as _};

use super::Error;

mod rows;

use self::rows::Rows;

/// The block up to which a chain was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// The chain.
    pub chain_id: u64,
    /// The block's number, at least 1.
    pub number: u64,
    /// Its hash.
    pub hash: B256,
    /// Its time, in seconds since the epoch.
    pub seconds: u64,
}

/// How much there shall be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Volume {
    /// Deposits, in batches of `per_batch`.
    pub deposits: u64,
    /// Burns of what was minted, in further batches; at most as many as deposits are settled.
    pub burns: u64,
    /// Messages of a batch; the last batch of a direction may have fewer.
    pub per_batch: u64,
    /// So many batches at the end of each direction are anchored and not settled: their messages are in flight.
    pub open_batches: u64,
    /// For so many of each direction's settled batches, the last ones, the proofs are kept too. They are the longest
    /// rows; a relayer archives old ones.
    pub proven_batches: u64,
    /// The locked token, which stands in every row.
    pub asset: Address,
    /// The settlement at the source, which stands in the leaves of withdrawals.
    pub source_settlement: Address,
    /// The settlement at the destination, which stands in the leaves of deposits.
    pub destination_settlement: Address,
    /// How far the source was read.
    pub source: Mark,
    /// How far the destination was read.
    pub destination: Mark,
}

impl Volume {
    /// So many deposits, a hundred a batch, with burns of a tenth of them, on chains that nobody can ask. A million takes
    /// minutes in a debug build, because every leaf is hashed: that many belong into benchmarks.
    pub fn of(deposits: u64) -> Self {
        let mark =
            |chain_id| Mark { chain_id, number: 1_000_000, hash: digest("mark", chain_id), seconds: 1_780_000_000 };
        Self {
            deposits,
            burns: deposits / 10,
            per_batch: 100,
            open_batches: 2,
            proven_batches: 20,
            asset: Address::repeat_byte(0xaa),
            source_settlement: Address::repeat_byte(0x5a),
            destination_settlement: Address::repeat_byte(0xda),
            source: mark(138),
            destination: mark(1_337),
        }
    }
}

/// What the rows add up to, in base units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// Locked at the source.
    pub deposited: U256,
    /// Minted at the destination.
    pub minted: U256,
    /// Burned at the destination.
    pub burned: U256,
    /// Released at the source.
    pub released: U256,
    /// Batches of both directions.
    pub batches: u64,
}

impl Totals {
    /// What the lockbox would hold: what was locked and not released.
    pub fn custody(&self) -> U256 {
        self.deposited.saturating_sub(self.released)
    }

    /// What would exist of the bridged token.
    pub fn supply(&self) -> U256 {
        self.minted.saturating_sub(self.burned)
    }
}

/// Fills empty tables and brings the planner's figures up to date.
///
/// # Errors
/// [`Error::Sql`]; [`Error::Range`] when burns exceed settled deposits or a number exceeds its column.
pub async fn generate(pool: &PgPool, volume: &Volume) -> Result<Totals, Error> {
    let deposits = Rows::deposits(volume);
    let burns = Rows::burns(volume);
    if burns.count > deposits.settled() || volume.per_batch == 0 {
        return Err(Error::Range("the number of burns or of messages per batch"));
    }
    copy(pool, deposits.cause_table(), deposits.causes()).await?;
    copy(pool, deposits.effect_table(), deposits.effects()).await?;
    copy(pool, burns.cause_table(), burns.causes()).await?;
    copy(pool, burns.effect_table(), burns.effects()).await?;
    for rows in [&deposits, &burns] {
        for first in (0..rows.batches()).step_by(BATCHES_AT_ONCE) {
            let last = first.saturating_add(STEP).min(rows.batches());
            let made = rows.make_batches(first..last)?;
            copy(pool, rows::BATCHES, [made.batches].into_iter()).await?;
            copy(pool, rows::MESSAGES, [made.messages].into_iter()).await?;
            copy(pool, rows::PROOFS, [made.proofs].into_iter()).await?;
        }
    }
    for mark in [&volume.source, &volume.destination] {
        copy(pool, rows::WATERMARKS, [rows::watermark(mark)].into_iter()).await?;
    }
    sqlx::raw_sql(AFTERWARDS).execute(pool).await.map_err(Error::sql("analyse the tables"))?;
    Ok(Totals {
        deposited: deposits.total(deposits.count),
        minted: deposits.total(deposits.settled()),
        burned: burns.total(burns.count),
        released: burns.total(burns.settled()),
        batches: deposits.batches().saturating_add(burns.batches()),
    })
}

/// Whoever makes the next batch continues the ids, and the planner knows how large the tables are.
const AFTERWARDS: &str =
    "SELECT setval(pg_get_serial_sequence('settlement_batch', 'id'), max(id)) FROM settlement_batch;
    ANALYZE";

/// Bounds the memory: proofs and members of so many batches are some ten megabytes of text.
const BATCHES_AT_ONCE: usize = 500;
const STEP: u64 = 500;

/// Sends chunks of COPY's text format.
async fn copy(pool: &PgPool, statement: &str, chunks: impl Iterator<Item = String>) -> Result<(), Error> {
    let mut sink = pool.copy_in_raw(statement).await.map_err(Error::sql("start a copy"))?;
    for chunk in chunks {
        sink.send(chunk.into_bytes()).await.map_err(Error::sql("copy rows"))?;
    }
    sink.finish().await.map_err(Error::sql("finish a copy")).map(drop)
}

/// Stands for the hash of something that was never hashed. Not a real hash: a million of them would take a debug build
/// minutes. Different inputs give different outputs, by the mixing of SplitMix64, which is a bijection.
fn digest(what: &str, number: u64) -> B256 {
    let salt = what.bytes().fold(0_u64, |salt, byte| salt.wrapping_mul(0x100_0000_01b3) ^ u64::from(byte));
    let mut words = [0_u8; 32];
    for (word, position) in words.chunks_exact_mut(8).zip(1_u64..) {
        let state = number.wrapping_add(salt.wrapping_mul(position)).wrapping_add(position);
        word.copy_from_slice(&mixed(state).to_be_bytes());
    }
    B256::from(words)
}

const fn mixed(state: u64) -> u64 {
    let state = state.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}
