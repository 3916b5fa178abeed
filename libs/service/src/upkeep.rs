//! `upkeep`: how the service's database stands, and its old rows into files, looked at and back.
//!
//! It needs the database and nothing else of the settings, so that a job can run it beside the service.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
    time::Duration,
};

use causeway_runtime::{
    clock::{Clock as _, SystemClock},
    process::Failure,
};
use causeway_store::{
    Metrics, Pool, Settings,
    upkeep::{self, Order, Report, Table},
};
use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use crate::{cli::print, config::Store};

/// Upkeep reads whole tables: its statements may take longer than a service's.
const STATEMENT_WITHIN: Duration = Duration::from_secs(300);

/// What can be done.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// What is large, what is dead, and which index nobody asks
    Report(Looks),
    /// Put old rows into compressed files with checksums, then remove them
    Archive(Archive),
    /// Read files from start to end and compare their checksums
    Verify(Files),
    /// Put the rows of files back, newest file first; what is there stays as it is
    Restore(Files),
}

/// How an answer looks.
#[derive(Debug, Clone, Copy, Args)]
pub struct Looks {
    /// How the answer is written
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Table,
    Json,
}

/// What to put into files.
#[derive(Debug, Args)]
pub struct Archive {
    /// The folder of the files; it must be there
    #[arg(long, value_name = "FOLDER")]
    into: PathBuf,
    /// Rows older than this, as 90d or 36h; each table's own age unless given
    #[arg(long, value_name = "AGE", value_parser = age)]
    older_than: Option<Duration>,
    /// Only count
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    looks: Looks,
}

/// Files that `archive` wrote.
#[derive(Debug, Args)]
pub struct Files {
    /// They lie beside their checksums
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    looks: Looks,
}

/// A number and its unit.
fn age(text: &str) -> Result<Duration, String> {
    let expected = || "expected a number with d for days or h for hours, as 90d or 36h".to_owned();
    let unit = match text.chars().last() {
        Some('d') => 24 * 3_600,
        Some('h') => 3_600,
        Some(_) | None => return Err(expected()),
    };
    let number: u64 = text.trim_end_matches(['d', 'h']).parse().map_err(|_| expected())?;
    number.checked_mul(unit).filter(|seconds| *seconds > 0).map(Duration::from_secs).ok_or_else(expected)
}

/// Runs one of them. `tables`: what the service lets go.
pub(crate) async fn run(verb: Verb, store: &Store, tables: &[Table]) -> Result<(), Failure> {
    let (answer, format) = match verb {
        Verb::Report(looks) => (report(&open(store)?).await?, looks.format),
        Verb::Archive(order) => (archive(&open(store)?, tables, &order).await?, order.looks.format),
        Verb::Verify(files) => (verify(&files.files)?, files.looks.format),
        Verb::Restore(files) => (restore(&open(store)?, tables, &files.files).await?, files.looks.format),
    };
    print(&match format {
        Format::Table => answer.table(),
        Format::Json => answer.json(),
    });
    Ok(())
}

fn open(store: &Store) -> Result<Pool, Failure> {
    let settings = Settings {
        max_connections: 2,
        statement_timeout: STATEMENT_WITHIN,
        ..Settings::new(store.url.clone(), "upkeep")
    };
    Pool::open(&settings, Metrics::default()).map_err(Failure::new)
}

async fn report(pool: &Pool) -> Result<Answer, Failure> {
    Ok(described(&upkeep::report(pool).await.map_err(Failure::new)?))
}

fn described(report: &Report) -> Answer {
    let table = |one: &upkeep::TableUse| {
        json!({
            "kind": "table", "name": one.name, "rows": one.live, "dead": one.dead, "bytes": one.bytes,
            "index_bytes": one.index_bytes, "spare_bytes": one.spare_bytes, "scans": one.scans, "note": "",
        })
    };
    let index = |one: &upkeep::IndexUse| {
        json!({
            "kind": "index", "name": one.name, "rows": "", "dead": "", "bytes": one.bytes, "index_bytes": "",
            "spare_bytes": "", "scans": one.asked, "note": if one.is_idle() { "nobody asks it" } else { "" },
        })
    };
    let (lines, files) = report.archived;
    let archived = json!({
        "kind": "archive", "name": format!("{files} files"), "rows": lines, "dead": "", "bytes": "", "index_bytes": "",
        "spare_bytes": "", "scans": "", "note": "",
    });
    let rows = report.tables.iter().map(table).chain(report.indexes.iter().map(index)).chain([archived]);
    let columns = &["kind", "name", "rows", "dead", "bytes", "index_bytes", "spare_bytes", "scans", "note"];
    Answer { columns, rows: rows.collect() }
}

async fn archive(pool: &Pool, tables: &[Table], order: &Archive) -> Result<Answer, Failure> {
    let (at, age) = (SystemClock::new().now(), order.older_than);
    let whole = Order { at, age, into: order.into.clone() };
    let mut rows = Vec::new();
    if order.dry_run {
        for table in tables {
            let old = upkeep::count(pool, table, &whole).await.map_err(Failure::new)?;
            rows.push(json!({ "table": table.name, "rows": old, "bytes": "", "file": "" }));
        }
    } else {
        for taken in upkeep::archive(pool, tables, &whole).await.map_err(Failure::new)? {
            for (path, contents) in &taken.files {
                rows.push(row(path, contents));
            }
        }
    }
    Ok(Answer { columns: COLUMNS, rows })
}

fn verify(files: &[PathBuf]) -> Result<Answer, Failure> {
    let mut rows = Vec::new();
    for path in files {
        rows.push(row(path, &upkeep::verify(path).map_err(Failure::new)?));
    }
    Ok(Answer { columns: COLUMNS, rows })
}

async fn restore(pool: &Pool, tables: &[Table], files: &[PathBuf]) -> Result<Answer, Failure> {
    let mut rows = Vec::new();
    for path in files {
        let restored = upkeep::restore(pool, tables, path).await.map_err(Failure::new)?;
        rows.push(json!({ "file": path.display().to_string(), "restored": restored }));
    }
    Ok(Answer { columns: &["file", "restored"], rows })
}

const COLUMNS: &[&str] = &["table", "rows", "bytes", "file"];

fn row(path: &Path, contents: &upkeep::Contents) -> Value {
    json!({ "table": contents.table, "rows": contents.rows, "bytes": contents.bytes, "file": path.display().to_string() })
}

/// What a verb found, for people or for programs.
#[derive(Debug, Clone, PartialEq)]
struct Answer {
    columns: &'static [&'static str],
    rows: Vec<Value>,
}

impl Answer {
    /// Columns as wide as what stands in them; numbers to the right.
    fn table(&self) -> String {
        let cell = |row: &Value, column: &str| match row.get(column) {
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => String::new(),
        };
        let width = |column: &str| {
            let widest = self.rows.iter().map(|row| cell(row, column).chars().count()).max();
            widest.unwrap_or_default().max(column.len())
        };
        let mut text = String::new();
        // Writing to a text does not fail.
        let mut line = |cells: Vec<(String, usize, bool)>| {
            let mut line = String::new();
            for (cell, width, is_number) in cells {
                let _ = if is_number { write!(line, "{cell:>width$}  ") } else { write!(line, "{cell:<width$}  ") };
            }
            let _ = writeln!(text, "{}", line.trim_end());
        };
        line(self.columns.iter().map(|column| ((*column).to_owned(), width(column), false)).collect());
        for row in &self.rows {
            let cells = self
                .columns
                .iter()
                .map(|column| (cell(row, column), width(column), row.get(*column).is_some_and(Value::is_number)));
            line(cells.collect());
        }
        text
    }

    /// One object a line.
    fn json(&self) -> String {
        self.rows.iter().fold(String::new(), |mut text, row| {
            let _ = writeln!(text, "{row}");
            text
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_has_a_unit_and_is_none_of_nothing() {
        assert_eq!(age("90d"), Ok(Duration::from_secs(7_776_000)));
        assert_eq!(age("36h"), Ok(Duration::from_secs(129_600)));
        for wrong in ["", "90", "d", "0d", "-1d", "1.5d", "90m", "99999999999999999999d", "18446744073709551615d"] {
            assert!(age(wrong).unwrap_err().contains("as 90d or 36h"), "{wrong}");
        }
    }

    #[test]
    fn a_table_is_as_wide_as_what_stands_in_it_and_json_is_a_line_a_row() {
        let contents = upkeep::Contents { table: "event".to_owned(), rows: 12, bytes: 345, sha256: [0; 32] };
        let answer = Answer { columns: COLUMNS, rows: vec![row(Path::new("/a/event-1-0.jsonl.gz"), &contents)] };
        let expected = "table  rows  bytes  file\nevent    12    345  /a/event-1-0.jsonl.gz\n";
        assert_eq!(answer.table(), expected);
        assert_eq!(answer.json(), format!("{}\n", answer.rows[0]));
    }

    #[test]
    fn ops_5_an_index_that_nobody_asks_is_named_and_one_that_keeps_rows_apart_is_not() {
        let index = |unique| upkeep::IndexUse { name: "i".into(), table: "t".into(), bytes: 1, asked: 0, unique };
        let report = Report { tables: Vec::new(), indexes: vec![index(false), index(true)], archived: (0, 0) };
        let notes: Vec<_> = described(&report).rows.iter().map(|row| row["note"].clone()).collect();
        assert_eq!(notes, ["nobody asks it", "", ""]);
    }
}
