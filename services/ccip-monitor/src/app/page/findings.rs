//! Pages of findings, open and closed, newest first.

use super::ask;
use crate::{
    error::Error,
    ports::{FindingView, Reports},
};

/// A page of findings.
#[derive(Debug)]
pub struct FindingPage {
    /// Newest first.
    pub rows: Vec<FindingView>,
    /// Token of the next page; `None` when this is the last.
    pub next: Option<String>,
}

/// A page of findings. `asked` is the number of items (0: the default), `cursor` the token of the page before, or
/// empty.
///
/// # Errors
/// [`Error::Invalid`] for more than 500 items or a token that no page gave.
pub async fn findings(reports: &dyn Reports, asked: u32, cursor: &str) -> Result<FindingPage, Error> {
    let size = ask::size("limit", asked)?;
    let before = if cursor.is_empty() { None } else { Some(sequence(cursor)?) };
    let mut rows = reports.list_all_findings(before, size.saturating_add(1)).await?;
    let wanted = usize::try_from(size).unwrap_or(usize::MAX);
    let goes_on = rows.len() > wanted;
    rows.truncate(wanted);
    let next = rows.last().filter(|_| goes_on).map(|row| format!("f.{}", row.sequence));
    Ok(FindingPage { rows, next })
}

fn sequence(token: &str) -> Result<u64, Error> {
    let invalid = Error::Invalid { field: "cursor", expected: "the cursor that a page of findings gave, unchanged" };
    token.strip_prefix("f.").and_then(|number| number.parse().ok()).ok_or(invalid)
}
