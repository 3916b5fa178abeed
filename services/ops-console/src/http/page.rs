//! What all pages have: the frame around them, and how they are sent.

use askama::Template;
use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

use super::{ages::exact, routes::Pages};
use crate::{app::Person, domain::condition::Condition};

/// A condition as pages show it: by colour, by shape and in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    /// Class of the style sheet.
    pub(super) class: &'static str,
    /// Shape.
    pub(super) shape: &'static str,
    /// Word.
    pub(super) word: &'static str,
}

impl From<Condition> for Mark {
    fn from(condition: Condition) -> Self {
        Self { class: condition.as_str(), shape: condition.shape(), word: condition.words() }
    }
}

/// The frame of a page.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) title: String,
    /// How everything is.
    pub(super) mark: Mark,
    /// Alerts that fire anywhere.
    pub(super) alerts: usize,
    /// Who looks; empty for whoever did not sign in.
    pub(super) person: String,
    /// Of his forms.
    pub(super) token: String,
    /// When the page was made.
    pub(super) made_at: String,
    pub(super) version: &'static str,
}

impl Frame {
    pub(super) fn of(pages: &Pages, person: &Person, title: &str) -> Self {
        let (fleet, now) = (pages.board.fleet(), pages.clock.now());
        Self {
            title: title.to_owned(),
            mark: fleet.condition(now).into(),
            alerts: fleet.alerts(now).len(),
            person: if person.signed_in { person.name.clone() } else { String::new() },
            token: person.form_token.clone(),
            made_at: exact(now),
            version: env!("CARGO_PKG_VERSION"),
        }
    }
}

/// A page.
pub(super) fn html(template: &impl Template) -> Response {
    match template.render() {
        // A page is of the moment: the browser's back shows what is, not what was.
        Ok(text) => {
            let headers = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
            (headers, text).into_response()
        }
        Err(error) => {
            tracing::error!(error = %error, "a page could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
