//! Millions of stored messages, made of a few real ones: the same again and again under other ids, numbers, accounts, lanes
//! and times, ten a second up to the chains' heads. For measurements of questions; the service must not run meanwhile.

use causeway_primitives::keccak256;
use sqlx::{Connection as _, PgConnection, Row as _};

use crate::postgres::Database;

/// Accounts that send and receive; the first of them sends 8 % of all.
const ACCOUNTS: i64 = 50_000;
/// On twenty lanes: the one that is there, and nineteen more.
const LANES: i64 = 20;
/// Rows of one statement.
const CHUNK: usize = 250_000;

/// Stored messages.
#[derive(Debug)]
pub struct Many {
    connection: PgConnection,
    messages: i64,
}

/// One of them, as questions name it: `0x`-hex, a lane's name, RFC 3339.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "the names say it")]
pub struct Example {
    pub id: String,
    pub tx: String,
    pub sender: String,
    pub receiver: String,
    pub lane: String,
    pub sent_at: String,
    /// The account that sends most.
    pub busiest: String,
}

impl Many {
    /// Makes so many, of those that ccip-monitor has stored in this database: executed ones of a single lane. Lays the
    /// indexes aside that a first back-fill lays aside; the service builds them when it starts.
    ///
    /// # Errors
    /// What PostgreSQL says.
    pub async fn make(database: &Database, messages: i64) -> Result<Self, sqlx::Error> {
        let mut connection = PgConnection::connect(database.url()).await?;
        sqlx::raw_sql(include_str!("many/prepare.sql")).execute(&mut connection).await?;
        insert_accounts(&mut connection).await?;
        let real: i64 = sqlx::query_scalar("SELECT count(*) FROM load_sent").fetch_one(&mut connection).await?;
        for first in (0..messages).step_by(CHUNK) {
            let last = first.saturating_add(i64::try_from(CHUNK).unwrap_or(i64::MAX)).min(messages).saturating_sub(1);
            let rows =
                [include_str!("many/sent.sql"), include_str!("many/attempt.sql"), include_str!("many/message.sql")];
            for statement in rows {
                let statement = sqlx::query(statement).bind(first).bind(last).bind(messages);
                statement.bind(ACCOUNTS).bind(LANES).bind(real).execute(&mut connection).await?;
            }
        }
        sqlx::raw_sql(include_str!("many/finish.sql")).execute(&mut connection).await?;
        sqlx::raw_sql("VACUUM (ANALYZE) sent, attempt, message").execute(&mut connection).await?;
        Ok(Self { connection, messages })
    }

    /// How large the database is, in words.
    ///
    /// # Errors
    /// What PostgreSQL says.
    pub async fn size(&mut self) -> Result<String, sqlx::Error> {
        let size = "SELECT pg_size_pretty(pg_database_size(current_database()))";
        sqlx::query_scalar(size).fetch_one(&mut self.connection).await
    }

    /// One of the messages; those of successive numbers are spread over all.
    ///
    /// # Errors
    /// What PostgreSQL says.
    pub async fn example(&mut self, number: i64) -> Result<Example, sqlx::Error> {
        let place = number.wrapping_mul(2_654_435_761).rem_euclid(self.messages.max(1));
        let row = sqlx::query(include_str!("many/example.sql")).bind(place).fetch_one(&mut self.connection).await?;
        let busiest: String = account(0).iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Example {
            id: row.try_get("id")?,
            tx: row.try_get("tx")?,
            sender: row.try_get("sender")?,
            receiver: row.try_get("receiver")?,
            lane: row.try_get("lane")?,
            sent_at: row.try_get("sent_at")?,
            busiest: format!("0x{busiest}"),
        })
    }
}

/// Receivers stand as the real messages have them: padded, where those are.
async fn insert_accounts(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let width = "SELECT octet_length(receiver) FROM sent LIMIT 1";
    let width: i32 = sqlx::query_scalar(width).fetch_one(&mut *connection).await?;
    let padding = vec![0; usize::try_from(width).unwrap_or_default().saturating_sub(20)];
    let addresses: Vec<Vec<u8>> = (0..ACCOUNTS).map(account).collect();
    let receivers: Vec<Vec<u8>> = addresses.iter().map(|address| [padding.clone(), address.clone()].concat()).collect();
    let tags = |accounts: &[Vec<u8>]| accounts.iter().map(|account| tag(account)).collect::<Vec<i64>>();
    sqlx::query(include_str!("many/account.sql"))
        .bind((0..ACCOUNTS).collect::<Vec<i64>>())
        .bind(&addresses)
        .bind(tags(&addresses))
        .bind(&receivers)
        .bind(tags(&receivers))
        .execute(connection)
        .await
        .map(drop)
}

fn account(number: i64) -> Vec<u8> {
    keccak256(number.to_be_bytes()).iter().copied().take(20).collect()
}

/// As the service's tables have it: the first eight bytes of the hash.
fn tag(bytes: &[u8]) -> i64 {
    keccak256(bytes).first_chunk().copied().map(i64::from_be_bytes).unwrap_or_default()
}
