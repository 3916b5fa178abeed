//! What people do to a change, by a form: one step, and back to its page.

use std::collections::BTreeMap;

use askama::Template;
use axum::{
    Extension, Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use causeway_primitives::B256;
use causeway_telemetry::Chain;
use uuid::Uuid;

use super::{
    page::{Frame, html},
    routes::Pages,
};
use crate::{
    app::{Person, changes::Error},
    domain::change::Found,
};

/// A form's fields.
pub(super) type Fields = BTreeMap<String, String>;

#[derive(Template)]
#[template(path = "refused.html")]
struct Refusal {
    frame: Frame,
    words: String,
}

/// A field; empty when it is not there.
pub(super) fn field<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.get(name).map(String::as_str).unwrap_or_default()
}

/// What the sender of a form is told that is not of this sign-in.
pub(super) fn foreign(person: &Person, fields: &Fields) -> Option<Response> {
    let words = "this form is not of this sign-in; go back and load the page again";
    let is_own = person.gave(field(fields, "token"));
    (!is_own).then(|| (StatusCode::FORBIDDEN, words).into_response())
}

/// What somebody is told who did not get his way.
pub(super) fn refused(pages: &Pages, person: &Person, error: &Error) -> Response {
    let status = match error {
        Error::MayNot { .. } => StatusCode::FORBIDDEN,
        Error::Unknown => StatusCode::NOT_FOUND,
        Error::Plan(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Error::Refused(_) | Error::NameTaken | Error::Meanwhile => StatusCode::CONFLICT,
        Error::Store(error) => {
            tracing::error!(error = %Chain(error), "a change could not be dealt with");
            StatusCode::SERVICE_UNAVAILABLE
        }
    };
    told(pages, person, status, error.words())
}

/// A page that says why something was not done.
pub(super) fn told(pages: &Pages, person: &Person, status: StatusCode, words: String) -> Response {
    let frame = Frame::of(pages, person, "Not done");
    (status, html(&Refusal { frame, words })).into_response()
}

pub(super) async fn step(
    State(pages): State<Pages>,
    Extension(person): Extension<Person>,
    Path((id, verb)): Path<(Uuid, String)>,
    Form(fields): Form<Fields>,
) -> Response {
    if let Some(told) = foreign(&person, &fields) {
        return told;
    }
    let (desk, how) = (&pages.desk, field(&fields, "how"));
    let done = match verb.as_str() {
        "check" => desk.check(&person, id).await,
        "approve" => match field(&fields, "plan").parse::<B256>() {
            Ok(plan) => desk.approve(&person, id, plan).await,
            Err(_) => return (StatusCode::UNPROCESSABLE_ENTITY, "the form names no plan").into_response(),
        },
        "refuse" => desk.refuse(&person, id, how).await,
        "withdraw" => desk.withdraw(&person, id).await,
        "begin" => desk.begin(&person, id).await,
        "finish" => desk.finish(&person, id, how).await,
        "happened" => desk.settle(&person, id, Found::Happened, how).await,
        "did-not-happen" => desk.settle(&person, id, Found::DidNotHappen, how).await,
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    match done {
        Ok(filed) => Redirect::to(&format!("/changes/{}", filed.id)).into_response(),
        Err(error) => refused(&pages, &person, &error),
    }
}
