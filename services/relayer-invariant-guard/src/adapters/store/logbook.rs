//! Log lines that somebody must look at, where a query finds them (GRD-12).

use causeway_primitives::Timestamp;
use causeway_store::{Error, Named as _};
use serde_json::{Value, json};

use super::{Store, values::timestamp};

/// A line of the log.
#[derive(Debug, Clone, PartialEq)]
pub struct LogLine {
    /// When.
    pub at: Timestamp,
    /// "critical" or "error".
    pub level: &'static str,
    /// Which replica.
    pub instance: String,
    /// Where in the program.
    pub target: String,
    /// The constant message.
    pub message: String,
    /// Its fields.
    pub fields: Value,
}

impl Store {
    /// Adds lines.
    ///
    /// # Errors
    /// [`Error`]: none is added. The log itself has them all the same.
    pub async fn insert_log_lines(&self, lines: &[LogLine]) -> Result<(), Error> {
        let row = |line: &LogLine| {
            let LogLine { at, level, instance, target, message, fields } = line;
            json!({ "at": at.to_string(), "level": level, "instance": instance, "target": target, "message": message,
                    "fields": fields })
        };
        sqlx::query!(
            r#"
            INSERT INTO logbook (at, level, instance, target, message, fields)
            SELECT at, level, instance, target, message, fields
            FROM jsonb_to_recordset($1::JSONB) AS told (
                at TIMESTAMPTZ, level TEXT, instance TEXT, target TEXT, message TEXT, fields JSONB)
            "#,
            Value::Array(lines.iter().map(row).collect()),
        )
        .execute(self.pool.executor())
        .named("insert_log_lines", self.pool.queries())
        .await
        .map(drop)
    }

    /// The newest lines, newest first.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn list_log_lines(&self, limit: u32) -> Result<Vec<LogLine>, Error> {
        let rows = sqlx::query!(
            "SELECT at, level, instance, target, message, fields FROM logbook ORDER BY at DESC, entry DESC LIMIT $1",
            i64::from(limit),
        )
        .fetch_all(self.pool.executor())
        .named("list_log_lines", self.pool.queries())
        .await?;
        let row = rows.into_iter().map(|row| {
            Ok(LogLine {
                at: timestamp(row.at, "logbook.at")?,
                level: if row.level == "critical" { "critical" } else { "error" },
                instance: row.instance,
                target: row.target,
                message: row.message,
                fields: row.fields,
            })
        });
        row.collect()
    }
}
