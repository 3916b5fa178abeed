//! The connections of one process to its database, all waits bounded.

use std::{str::FromStr as _, time::Duration};

use secrecy::{ExposeSecret as _, SecretString};
use sqlx::{
    ConnectOptions as _, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use crate::{Error, Metrics, Named as _, Queries, Transaction, nodelay};

/// Waiting for a connection longer than this means that the pool is too small or the database too slow.
const DEFAULT_ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);
const DEFAULT_STATEMENT_TIMEOUT: Duration = Duration::from_secs(5);
/// Connections that nobody needed for this long are given back to the server.
const IDLE_TIMEOUT: Duration = Duration::from_secs(300);
/// So that connections follow a fail-over and the server's memory per connection stays small.
const MAX_LIFETIME: Duration = Duration::from_secs(1_800);
/// Seconds until the server asks a silent peer, then between questions, and how many may stay unanswered: what a machine
/// that is gone held is let go within a minute. Left alone, the server waits for two hours.
const KEEPALIVES: [(&str, &str); 4] = [
    ("tcp_keepalives_idle", "30"),
    ("tcp_keepalives_interval", "10"),
    ("tcp_keepalives_count", "3"),
    // In milliseconds: the same for what was sent to it and never acknowledged.
    ("tcp_user_timeout", "60000"),
];
/// The server ends a statement first; this much later nobody answers any more, as behind a cut cable.
const ANSWER_GRACE: Duration = Duration::from_secs(1);

/// How to reach the database and what to expect of it.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `postgres://user:password@host:port/database`. Never printed.
    pub url: SecretString,
    /// What the server's administrators see.
    pub application_name: String,
    /// The most connections at one time, at least 1.
    pub max_connections: u32,
    /// The longest wait for a connection of the pool.
    pub acquire_timeout: Duration,
    /// The server ends a statement after this, and a transaction that idles for twice as long.
    pub statement_timeout: Duration,
}

impl Settings {
    /// With 10 connections, 3 s to get one, and 5 s for a statement.
    pub fn new(url: SecretString, application_name: impl Into<String>) -> Self {
        Self {
            url,
            application_name: application_name.into(),
            max_connections: 10,
            acquire_timeout: DEFAULT_ACQUIRE_TIMEOUT,
            statement_timeout: DEFAULT_STATEMENT_TIMEOUT,
        }
    }

    fn connect_options(&self) -> Result<PgConnectOptions, Error> {
        let options = PgConnectOptions::from_str(self.url.expose_secret()).map_err(|_| Error::Address)?;
        let statement = self.statement_timeout.as_millis();
        Ok(options
            .application_name(&self.application_name)
            .options([
                ("statement_timeout", statement.to_string()),
                ("idle_in_transaction_session_timeout", statement.saturating_mul(2).to_string()),
                ("timezone", "UTC".to_owned()),
                // Ours are short statements. Over tables that nobody has analysed yet they are priced high, and compiling
                // one takes a hundred times as long as running it.
                ("jit", "off".to_owned()),
            ])
            .options(KEEPALIVES)
            // Queries are measured and traced under their names; the driver's own log would carry SQL.
            .disable_statement_logging())
    }
}

/// A handle to the database. Clones share the connections.
#[derive(Debug, Clone)]
pub struct Pool {
    inner: PgPool,
    queries: Queries,
}

impl Pool {
    /// Connects when the first query comes, so a database that is down delays nobody's start: ask
    /// [`Pool::probe`].
    ///
    /// # Errors
    /// [`Error::Address`].
    pub fn open(settings: &Settings, metrics: Metrics) -> Result<Self, Error> {
        let options = settings.connect_options()?;
        let port = options.get_port();
        let inner = PgPoolOptions::new()
            .after_connect(move |_, _| {
                nodelay::set(port);
                Box::pin(std::future::ready(Ok(())))
            })
            .max_connections(settings.max_connections.max(1))
            .acquire_timeout(settings.acquire_timeout)
            .idle_timeout(IDLE_TIMEOUT)
            .max_lifetime(MAX_LIFETIME)
            .connect_lazy_with(options);
        let limit = settings.acquire_timeout + settings.statement_timeout + ANSWER_GRACE;
        Ok(Self { inner, queries: Queries::new(limit, metrics) })
    }

    /// What a query outside of a transaction runs on.
    pub const fn executor(&self) -> &PgPool {
        &self.inner
    }

    /// What a query is named with.
    pub const fn queries(&self) -> &Queries {
        &self.queries
    }

    /// Starts a transaction at read committed. It rolls back unless it is committed.
    ///
    /// # Errors
    /// [`Error::Query`] or [`Error::Timeout`].
    pub async fn begin(&self) -> Result<Transaction, Error> {
        let inner = self.inner.begin().named("begin", &self.queries).await?;
        Ok(Transaction::new(inner, self.queries.clone()))
    }

    /// One round trip to the database.
    ///
    /// # Errors
    /// [`Error::Query`] or [`Error::Timeout`].
    pub async fn probe(&self) -> Result<(), Error> {
        sqlx::query("SELECT 1").execute(&self.inner).named("probe", &self.queries).await.map(drop)
    }

    /// Waits for the connections in use and closes all.
    pub async fn close(&self) {
        self.inner.close().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESS: &str = "postgres://publisher:hunter2@db.example:5432/oracle";

    #[test]
    fn neither_settings_nor_errors_show_the_password() {
        let good = Settings::new(ADDRESS.into(), "oracle-publisher");
        assert!(!format!("{good:?}").contains("hunter2"));
        let bad = Settings::new("postgres://publisher:hunter2@db.example:port/x".into(), "oracle-publisher");
        let error = Pool::open(&bad, Metrics::default()).unwrap_err();
        assert!(matches!(error, Error::Address));
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }

    #[test]
    fn the_server_ends_what_the_client_has_given_up_on() {
        let options = Settings::new(ADDRESS.into(), "oracle-publisher").connect_options().unwrap();
        let text = options.get_options().unwrap().to_owned();
        assert!(text.contains("statement_timeout=5000"), "{text}");
        assert!(text.contains("idle_in_transaction_session_timeout=10000"), "{text}");
        assert!(text.contains("tcp_keepalives_idle=30"), "{text}");
    }
}
