//! A page over what a service answers: as it is, as it was while the service is silent, or why there is nothing to show and
//! what to do. Never blank.

use std::{future::Future, time::Duration};

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use causeway_primitives::Timestamp;
use tokio::time::timeout;

use super::{
    ages::Age,
    error::{Error, problem},
    page::{Frame, html},
    params::Wrong,
    routes::Pages,
};
use crate::{
    adapters::siblings::Unanswered,
    app::{Kept, Person, Shown},
};

/// For all questions of a page together, whatever they are and however many replicas are asked: below the fifteen seconds
/// after which nobody waits for the answer any more, so that there is a page that says what is the matter.
const WITHIN: Duration = Duration::from_secs(12);

/// Which page.
#[derive(Debug)]
pub(super) struct Page {
    /// Above it.
    pub(super) title: String,
    /// The service that is asked.
    pub(super) service: &'static str,
    /// What tells it from other pages: its address.
    pub(super) key: String,
}

#[derive(Template)]
#[template(path = "shown.html")]
struct Whole<'a> {
    frame: Frame,
    page: &'a Page,
    trouble: Option<Trouble>,
    /// When what follows was so, unless that is now.
    old: Option<Age>,
    content: &'a str,
    /// What this person can do there; empty: nothing.
    steps: &'a str,
}

/// Why there is nothing, or nothing new.
struct Trouble {
    what: String,
    heard: Option<Age>,
    todo: Todo,
}

/// What to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Todo {
    /// Look at the service.
    Look,
    /// Tell the console where the service is.
    Name,
    /// Update the service.
    Update,
    /// Give the console leave.
    Allow,
    /// Ask for something else.
    Ask,
}

/// Shows a page, or what in its address is not allowed: `make` asks the service and writes the content, which must not depend
/// on who looks.
pub(super) async fn show(
    who: (&Pages, &Person),
    page: Result<Page, Wrong>,
    make: impl Future<Output = Result<String, Unanswered>> + Send,
) -> Response {
    show_with(who, page, make, "").await
}

/// The same, with what this person can do there, written.
pub(super) async fn show_with(
    (pages, person): (&Pages, &Person),
    page: Result<Page, Wrong>,
    make: impl Future<Output = Result<String, Unanswered>> + Send,
    steps: &str,
) -> Response {
    let page = match page {
        Ok(page) => page,
        Err(wrong) => return problem(pages, person, &Error::Question(wrong)),
    };
    let news = pages.board.heard_of(page.service);
    let make = async {
        let late = |_| Err(Unanswered::Silent(format!("nothing within {} seconds", WITHIN.as_secs())));
        timeout(WITHIN, make).await.unwrap_or_else(late)
    };
    let shown = pages.shelf.show(&page.key, news, make).await;
    let now = pages.clock.now();
    let frame = Frame::of(pages, person, &page.title);
    match shown {
        Shown::Now(kept) => html(&Whole { frame, page: &page, trouble: None, old: None, content: &kept.text, steps }),
        Shown::Before(kept, why) => {
            if !matches!(why, Unanswered::Unknown(_) | Unanswered::Refused(_)) {
                tracing::debug!(service = page.service, error = %why, "a page could not be made anew");
            }
            let trouble = trouble(pages, page.service, &why, now);
            let old = kept.as_ref().map(|Kept { at, .. }| Age::of(*at, now));
            let content = kept.as_ref().map(|kept| kept.text.as_ref()).unwrap_or_default();
            let shown = html(&Whole { frame, page: &page, trouble: Some(trouble), old, content, steps });
            (status(&why), shown).into_response()
        }
    }
}

/// A page about a service that is down is a page: what is asked wrongly, or is not there, is none.
const fn status(why: &Unanswered) -> StatusCode {
    match why {
        Unanswered::Refused(_) => StatusCode::BAD_REQUEST,
        Unanswered::Unknown(_) => StatusCode::NOT_FOUND,
        Unanswered::NotNamed
        | Unanswered::Silent(_)
        | Unanswered::Failed(_)
        | Unanswered::Older
        | Unanswered::NotAllowed(_)
        | Unanswered::Strange(_) => StatusCode::OK,
    }
}

fn trouble(pages: &Pages, service: &str, why: &Unanswered, now: Timestamp) -> Trouble {
    let fleet = pages.board.fleet();
    let replicas = fleet.service(service).into_iter().flat_map(|service| &service.replicas);
    let heard = replicas.filter_map(|seen| seen.heard_at).max();
    let todo = match why {
        Unanswered::Silent(_) | Unanswered::Failed(_) | Unanswered::Strange(_) => Todo::Look,
        Unanswered::NotNamed => Todo::Name,
        Unanswered::Older => Todo::Update,
        Unanswered::NotAllowed(_) => Todo::Allow,
        Unanswered::Refused(_) | Unanswered::Unknown(_) => Todo::Ask,
    };
    Trouble { what: why.to_string(), heard: heard.map(|at| Age::of(at, now)), todo }
}

/// A part of a page, or why it is not there: the rest of the page stands without it.
pub(super) fn part<A, B>(answer: Result<A, Unanswered>, view: impl FnOnce(A) -> B) -> Result<B, String> {
    answer.map(view).map_err(|why| why.to_string())
}

/// Why a page is not there, when no part of it is: what it showed before says more than as many complaints as it has parts.
pub(super) fn nothing<const PARTS: usize>(missing: [Option<&Unanswered>; PARTS]) -> Option<Unanswered> {
    let mut whys = missing.into_iter();
    let first = whys.next().flatten()?;
    whys.all(|why| why.is_some()).then(|| first.clone())
}

/// Writes a part of a page.
pub(super) fn written(template: &impl Template) -> Result<String, Unanswered> {
    template.render().map_err(|error| {
        tracing::error!(error = %error, "a page could not be written");
        Unanswered::Strange("a page of it could not be written")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ops_1_a_page_is_missing_when_every_part_is() {
        let (silent, older) = (Unanswered::Silent("gone".to_owned()), Unanswered::Older);
        assert_eq!(nothing([Some(&silent), Some(&older)]), Some(silent.clone()));
        assert_eq!(nothing([Some(&silent), None]), None);
        assert_eq!(nothing([None, Some(&older)]), None);
    }
}
