//! Why the database did not do what it was asked, and whether asking again can help.

use std::time::Duration;

/// A failed query, transaction or connection.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address is none. It may hold a password, so it is not repeated here.
    #[error("the database address is not valid: expected postgres://user:password@host:port/database")]
    Address,
    /// The database answered with an error, or did not answer.
    #[error("query {query} failed: {class}")]
    Query {
        /// The name that the query was run under.
        query: &'static str,
        /// What kind of failure it is.
        class: Class,
        /// The driver's error.
        #[source]
        source: sqlx::Error,
    },
    /// No answer within the limit, not even the server's own statement timeout.
    #[error("query {query} was not answered within {limit:?}")]
    Timeout {
        /// The name that the query was run under.
        query: &'static str,
        /// How long was waited.
        limit: Duration,
    },
    /// The connection broke while a commit was under way: it may have happened or not. Read before
    /// writing again.
    #[error("the connection broke during a commit: its outcome is unknown")]
    CommitUnknown(#[source] Option<sqlx::Error>),
    /// The lease has another epoch, or has expired: whoever asked does not lead any more.
    #[error("lease {lease} is not held at epoch {epoch} any more")]
    Fenced {
        /// The lease.
        lease: String,
        /// The epoch of whoever asked.
        epoch: u64,
    },
    /// A value that no column can hold.
    #[error("column {column} cannot hold what is to be written")]
    Unwritable {
        /// Table and column.
        column: &'static str,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A stored value that this version of the program cannot have written.
    #[error("column {column} holds a value that cannot be read")]
    Unreadable {
        /// Table and column.
        column: &'static str,
    },
}

/// The kinds of failure that callers tell apart; also the metric's label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// The server cannot be reached, or is going down, or has no room for one more connection.
    Unavailable,
    /// All connections of the pool are in use.
    PoolExhausted,
    /// Another transaction was in the way: a serialisation failure, a deadlock, a lock not available.
    Contention,
    /// The server's statement timeout ended the query.
    Cancelled,
    /// A constraint refused the row.
    Constraint,
    /// One row was expected and none was there.
    NotFound,
    /// The query or its values do not fit the schema: a bug, or a schema of another version.
    Mismatch,
}

impl Class {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::Unavailable,
        Self::PoolExhausted,
        Self::Contention,
        Self::Cancelled,
        Self::Constraint,
        Self::NotFound,
        Self::Mismatch,
    ];

    /// For labels and log fields.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unavailable => "unavailable",
            Self::PoolExhausted => "pool_exhausted",
            Self::Contention => "contention",
            Self::Cancelled => "cancelled",
            Self::Constraint => "constraint",
            Self::NotFound => "not_found",
            Self::Mismatch => "mismatch",
        }
    }

    /// True when the same statement may succeed later, unchanged.
    pub const fn is_retryable(self) -> bool {
        match self {
            Self::Unavailable | Self::PoolExhausted | Self::Contention | Self::Cancelled => true,
            Self::Constraint | Self::NotFound | Self::Mismatch => false,
        }
    }

    pub(crate) fn of(error: &sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(database) => {
                database.code().map_or(Self::Mismatch, |code| Self::of_sqlstate(code.as_ref()))
            }
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::BeginFailed => Self::Unavailable,
            sqlx::Error::PoolTimedOut => Self::PoolExhausted,
            sqlx::Error::RowNotFound => Self::NotFound,
            sqlx::Error::Configuration(_)
            | sqlx::Error::InvalidArgument(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::TypeNotFound { .. }
            | sqlx::Error::ColumnIndexOutOfBounds { .. }
            | sqlx::Error::ColumnNotFound(_)
            | sqlx::Error::ColumnDecode { .. }
            | sqlx::Error::Encode(_)
            | sqlx::Error::Decode(_)
            | sqlx::Error::AnyDriverError(_)
            | sqlx::Error::Migrate(_)
            | sqlx::Error::InvalidSavePointStatement
            // The driver's list is open; whatever it adds is no reason to try again.
            | _ => Self::Mismatch,
        }
    }

    /// By the classes of PostgreSQL's appendix A, "Error Codes".
    fn of_sqlstate(code: &str) -> Self {
        match code {
            "40001" | "40P01" | "55P03" => Self::Contention,
            "57014" => Self::Cancelled,
            // Admin shutdown, crash shutdown, cannot connect now, idle session and transaction timeouts.
            "57P01" | "57P02" | "57P03" | "57P05" | "25P03" | "53300" => Self::Unavailable,
            _ if code.starts_with("08") => Self::Unavailable,
            _ if code.starts_with("23") => Self::Constraint,
            _ => Self::Mismatch,
        }
    }
}

impl std::fmt::Display for Class {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Error {
    /// True when the whole transaction may succeed if it is run again from its start.
    ///
    /// [`Error::CommitUnknown`] is not: what was to be written may be there already.
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::Query { class, .. } => class.is_retryable(),
            Self::Timeout { .. } => true,
            Self::Address
            | Self::CommitUnknown(_)
            | Self::Fenced { .. }
            | Self::Unreadable { .. }
            | Self::Unwritable { .. } => false,
        }
    }

    /// The constraint that refused a row, by its name in the schema.
    pub fn violated_constraint(&self) -> Option<&str> {
        match self {
            Self::Query { source: sqlx::Error::Database(database), class: Class::Constraint, .. } => {
                database.constraint()
            }
            Self::Query { .. }
            | Self::Address
            | Self::Timeout { .. }
            | Self::CommitUnknown(_)
            | Self::Fenced { .. }
            | Self::Unreadable { .. }
            | Self::Unwritable { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_another_moment_can_change_is_retried() {
        for (code, class, retryable) in [
            ("40001", Class::Contention, true),
            ("40P01", Class::Contention, true),
            ("55P03", Class::Contention, true),
            ("57014", Class::Cancelled, true),
            ("57P01", Class::Unavailable, true),
            ("08006", Class::Unavailable, true),
            ("53300", Class::Unavailable, true),
            ("23505", Class::Constraint, false),
            ("42P01", Class::Mismatch, false),
            ("22003", Class::Mismatch, false),
        ] {
            assert_eq!(Class::of_sqlstate(code), class, "{code}");
            assert_eq!(class.is_retryable(), retryable, "{code}");
        }
    }

    fn failed(source: sqlx::Error) -> Error {
        Error::Query { query: "insert_round", class: Class::of(&source), source }
    }

    #[test]
    fn a_broken_connection_is_retried_and_a_broken_commit_is_not() {
        let broken = || sqlx::Error::Io(std::io::ErrorKind::ConnectionReset.into());
        assert!(failed(broken()).is_retryable());
        assert!(!Error::CommitUnknown(Some(broken())).is_retryable());
    }

    #[test]
    fn the_message_names_the_query_and_not_its_cause() {
        let error = failed(sqlx::Error::PoolTimedOut);
        assert_eq!(error.to_string(), "query insert_round failed: pool_exhausted");
        assert!(std::error::Error::source(&error).is_some());
    }
}
