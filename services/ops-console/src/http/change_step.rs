//! What people do to a change, by a form: one step, and back to its page.

use axum::{
    Extension,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use causeway_primitives::B256;
use causeway_telemetry::Chain;
use uuid::Uuid;

use super::{
    error::{Error as NoPage, problem},
    posted::{Posted, Sent},
    refusal::told,
    routes::Pages,
};
use crate::{
    app::{Person, changes::Error},
    domain::change::Found,
};

/// What somebody is told who did not get his way, with what he sent.
pub(super) fn refused(pages: &Pages, person: &Person, error: &Error, sent: Sent) -> Response {
    let status = match error {
        Error::MayNot { .. } => StatusCode::FORBIDDEN,
        Error::Unknown => StatusCode::NOT_FOUND,
        Error::Plan(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Error::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
        Error::Refused(_) | Error::NameTaken | Error::Meanwhile => StatusCode::CONFLICT,
        Error::Store(error) => {
            tracing::error!(error = %Chain(error), "a change could not be dealt with");
            StatusCode::SERVICE_UNAVAILABLE
        }
    };
    told(pages, person, (status, error.words()), sent)
}

pub(super) async fn step(
    State(pages): State<Pages>,
    Extension(person): Extension<Person>,
    Path((id, verb)): Path<(String, String)>,
    posted: Posted,
) -> Response {
    let Ok(id) = id.parse::<Uuid>() else { return problem(&pages, &person, &NoPage::NotFound) };
    let (desk, how) = (&pages.desk, posted.field("how"));
    let done = match verb.as_str() {
        "check" => desk.check(&person, id).await,
        "approve" => match posted.field("plan").parse::<B256>() {
            Ok(plan) => desk.approve(&person, id, plan).await,
            Err(_) => {
                let words = "The form names no plan, so nothing was done.".to_owned();
                return told(&pages, &person, (StatusCode::UNPROCESSABLE_ENTITY, words), posted.sent());
            }
        },
        "refuse" => desk.refuse(&person, id, how).await,
        "withdraw" => desk.withdraw(&person, id).await,
        "begin" => desk.begin(&person, id).await,
        "finish" => desk.finish(&person, id, how).await,
        "happened" => desk.settle(&person, id, Found::Happened, how).await,
        "did-not-happen" => desk.settle(&person, id, Found::DidNotHappen, how).await,
        _ => return problem(&pages, &person, &NoPage::NotFound),
    };
    match done {
        Ok(filed) => Redirect::to(&format!("/changes/{}", filed.id)).into_response(),
        Err(error) => refused(&pages, &person, &error, posted.sent()),
    }
}
