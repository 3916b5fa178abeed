//! The relayer's database: a pool of its own, with a role that may only read.

use causeway_runtime::process::Failure;
use causeway_store::{Metrics, Pool, Settings};
use causeway_telemetry::Chain;

use crate::{
    adapters::store::books::{BooksReader, Rights},
    config::{Config, SERVICE},
};

/// A reader of the books of a configuration.
///
/// # Errors
/// [`Failure`] when the address cannot be read.
pub(super) fn open(config: &Config, metrics: Metrics) -> Result<(Pool, BooksReader), Failure> {
    let books = &config.books;
    let settings = Settings {
        max_connections: books.max_connections,
        statement_timeout: books.statement_timeout,
        ..Settings::new(books.url.clone(), SERVICE)
    };
    let pool = Pool::open(&settings, metrics).map_err(Failure::new)?;
    Ok((pool.clone(), BooksReader::new(pool, &books.mapping, config.scope.clone())))
}

/// Refuses a role that may do more than read. A database that does not answer is asked again by every evaluation, which is
/// Indeterminate until it does.
pub(super) async fn check(config: &Config, reader: &BooksReader) -> Result<(), Failure> {
    match reader.rights(&config.books.mapping).await {
        Ok(Rights::ReadOnly) => terms(config, reader).await,
        Ok(Rights::MayWrite { table }) => {
            let expected = format!("a role that may only read; this one may change {table}");
            Err(config.base.effective.refuse("books.url", expected).into())
        }
        Ok(Rights::NoTable { table }) => {
            let expected = format!("names of tables that exist and may be read; {table} does not or may not");
            Err(config.base.effective.refuse("books.names", expected).into())
        }
        Err(error) => {
            tracing::warn!(error = %Chain(&error), "relayer's database does not answer yet");
            Ok(())
        }
    }
}

/// Refuses a term whose statement the database refuses.
async fn terms(config: &Config, reader: &BooksReader) -> Result<(), Failure> {
    match reader.find_refused_term().await {
        Ok(None) => Ok(()),
        Ok(Some((term, words))) => {
            let expected = format!("a statement that the relayer's database takes for `{}`: {words}", term.name);
            Err(config.base.effective.refuse("assets", expected).into())
        }
        Err(error) => {
            tracing::warn!(error = %Chain(&error), "relayer's database does not answer yet");
            Ok(())
        }
    }
}
