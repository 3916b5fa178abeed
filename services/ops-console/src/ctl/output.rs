//! Answers as a table for people, or as JSON for programs.

use std::io::Write as _;

use causeway_primitives::Timestamp;
use serde_json::Value;

use super::error::Error;
use crate::domain::text::inert;

/// How answers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(super) enum Format {
    /// Columns for people.
    #[default]
    Table,
    /// One JSON document, or one a line where there is no end.
    Json,
}

/// Characters of a cell.
const CELL: usize = 100;

/// A table, or the same as JSON.
pub(super) fn rows(format: Format, head: &[&str], rows: &[Vec<String>], json: &Value) -> Result<(), Error> {
    match format {
        Format::Json => document(json),
        Format::Table => {
            say(&table(head, rows));
            Ok(())
        }
    }
}

/// A JSON document.
pub(super) fn document(json: &Value) -> Result<(), Error> {
    say(&format!("{}\n", serde_json::to_string_pretty(json)?));
    Ok(())
}

/// Text on standard output. A reader that went away is no failure of ours.
pub(super) fn say(text: &str) {
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

/// Columns as wide as their widest cell; the last is not padded.
fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let head: Vec<String> = head.iter().map(|name| (*name).to_owned()).collect();
    let clean = |row: &Vec<String>| row.iter().map(|cell| inert(cell, CELL)).collect::<Vec<_>>();
    let all: Vec<Vec<String>> = std::iter::once(head).chain(rows.iter().map(clean)).collect();
    let columns = all.iter().map(Vec::len).max().unwrap_or_default();
    let widths: Vec<usize> = (0..columns)
        .map(|column| all.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0))
        .collect();
    let mut text = String::new();
    for row in &all {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}

/// A time of the wire as RFC 3339; empty when there is none.
pub(super) fn time(wire: Option<&prost_types::Timestamp>) -> String {
    let seconds = wire.and_then(|time| u64::try_from(time.seconds).ok());
    seconds.and_then(|seconds| Timestamp::from_secs(seconds).ok()).map(|time| time.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_columns_that_line_up_and_cells_that_turn_nothing() {
        let rows = [vec!["a".to_owned(), "long cell".to_owned()], vec!["abc\u{202e}".to_owned(), "x".to_owned()]];
        assert_eq!(table(&["ID", "WHAT"], &rows), "ID    WHAT\na     long cell\nabc\u{fffd}  x\n");
    }
}
