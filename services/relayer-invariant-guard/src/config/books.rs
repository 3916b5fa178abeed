//! The relayer's database: where it is and what its tables are called.

use causeway_runtime::config::Validator;

use super::{BooksSettings, raw};
use crate::adapters::store::books::Mapping;

/// What a table or a column may be called, for complaints.
const IDENTIFIER: &str = "one of our words, and as its value the name of a table or column: letters, digits and \
                          underscores, for tables with a schema before a point";

pub(super) fn books(raw: &raw::Books, validator: &mut Validator<'_>) -> Option<BooksSettings> {
    let max_connections = validator.within("books.max_connections", raw.max_connections, 1..=100);
    let statement_timeout = validator.positive_ms("books.statement_timeout_ms", raw.statement_timeout_ms);
    let expected = "the relayer's database, with a role that may only read: set RELAYER_DATABASE_URL or \
                    RELAYER_DATABASE_URL_FILE to postgres://user:password@host/database";
    let url = validator.accept("books.url", expected, raw.url.clone().ok_or(()));
    let names = raw.names.iter().map(|(word, name)| (word.as_str(), name.as_str()));
    let mapping = match Mapping::with(names) {
        Ok(mapping) => Some(mapping),
        Err(word) => {
            validator.refuse(&format!("books.names.{word}"), IDENTIFIER);
            None
        }
    };
    Some(BooksSettings { url: url?, max_connections, statement_timeout, mapping: mapping? })
}
