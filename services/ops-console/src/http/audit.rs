//! The record of what people did, newest first, and whether its chain holds.

use askama::Template;
use axum::{
    Extension,
    extract::{RawQuery, State},
    response::Response,
};

use super::{
    changes::{Line, line},
    error::{Error, problem},
    page::{Frame, html},
    params::{Params, Wrong},
    routes::Pages,
};
use crate::app::Person;

/// Lines of a page.
const LINES: u64 = 200;

/// Lines from the end that a page checks; the whole is checked by the console's watch, and on demand.
const CHECKED: u64 = 2_000;

#[derive(Template)]
#[template(path = "audit.html")]
struct Audit {
    frame: Frame,
    lines: Vec<Line>,
    head: String,
    last: u64,
    /// Whether the lines from here on were checked.
    is_checked: bool,
    /// The first line that does not hold; `None` when all do.
    broken: Option<u64>,
    before: Option<u64>,
    next: Option<u64>,
}

pub(super) async fn audit(
    State(pages): State<Pages>,
    Extension(person): Extension<Person>,
    RawQuery(query): RawQuery,
) -> Response {
    let made = match after(query.as_deref()) {
        Ok(after) => made(&pages, &person, after).await.map_err(Error::from),
        Err(wrong) => Err(wrong.into()),
    };
    match made {
        Ok(page) => html(&page),
        Err(error) => problem(&pages, &person, &error),
    }
}

/// From where.
fn after(query: Option<&str>) -> Result<Option<u64>, Wrong> {
    let params = Params::of(query, &["after"])?;
    let number = params.number("after")?;
    Ok((!params.text("after").is_empty()).then_some(number))
}

async fn made(pages: &Pages, person: &Person, after: Option<u64>) -> Result<Audit, causeway_store::Error> {
    let head = pages.store.audit_head().await?;
    // Without a place: the newest.
    let after = after.unwrap_or_else(|| head.index.saturating_sub(LINES));
    let lines = pages.store.list_audit(after, None, u32::try_from(LINES).unwrap_or(u32::MAX)).await?;
    // From the page's first line to the end; a page far back would have everybody compute everything.
    let is_checked = head.index.saturating_sub(after) <= CHECKED;
    let broken = if is_checked { pages.store.verify_audit(after.saturating_add(1), None).await?.err() } else { None };
    let last = lines.last().map_or(after, |line| line.index);
    Ok(Audit {
        frame: Frame::of(pages, person, "Audit"),
        lines: lines.into_iter().rev().map(line).collect(),
        head: head.link.map(|link| link.to_string()).unwrap_or_default(),
        last: head.index,
        is_checked,
        broken,
        before: (after > 0).then(|| after.saturating_sub(LINES)),
        next: (last < head.index).then_some(last),
    })
}
