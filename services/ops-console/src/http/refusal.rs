//! A page that says why something was not done.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse as _, Response},
};

use super::{
    page::{Frame, html},
    posted::Sent,
    routes::Pages,
};
use crate::app::Person;

#[derive(Template)]
#[template(path = "refused.html")]
struct Refusal {
    frame: Frame,
    words: String,
    page: String,
    written: Vec<(String, String)>,
}

/// What somebody is told who did not get his way, with what he sent.
pub(super) fn told(pages: &Pages, person: &Person, (status, words): (StatusCode, String), sent: Sent) -> Response {
    let frame = Frame::of(pages, person, "Not done");
    let Sent { page, written } = sent;
    (status, html(&Refusal { frame, words, page, written })).into_response()
}
