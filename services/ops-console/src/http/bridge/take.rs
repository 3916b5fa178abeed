//! Taking an incident, by a form: the guard is told who does it, and its escalation stops.

use askama::Template;
use axum::{
    Extension, Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use causeway_proto::guard::v1::{AcknowledgeIncidentRequest, guard_service_client::GuardServiceClient};

use super::super::{
    change_step::{Fields, field, foreign, told},
    error::{Error, problem},
    params::is_id,
    routes::Pages,
};
use crate::{
    app::Person,
    domain::{people::Role, text::inert},
};

/// Characters of a comment, as the guard takes them at most.
const COMMENT: usize = 1_000;

/// Who acts, for the guard's record: it knows the console by its certificate, and people behind it by this.
const PERSON: &str = "x-causeway-person";

#[derive(Template)]
#[template(path = "bridge/take.html")]
struct Take<'a> {
    id: &'a str,
    token: &'a str,
    may: bool,
}

/// What this person can do about an incident. The page that it stands on is everybody's; this is his.
pub(super) fn form(person: &Person, id: &str) -> String {
    let form = Take { id, token: &person.form_token, may: person.role >= Role::Operator };
    form.render().unwrap_or_else(|error| {
        tracing::error!(error = %error, "a form could not be written");
        String::new()
    })
}

pub(in super::super) async fn take(
    State(pages): State<Pages>,
    Extension(person): Extension<Person>,
    Path(id): Path<String>,
    Form(fields): Form<Fields>,
) -> Response {
    if let Some(told) = foreign(&person, &fields) {
        return told;
    }
    if !is_id(&id) {
        return problem(&pages, &person, &Error::NotFound);
    }
    if person.role < Role::Operator {
        let words = format!("You are {}; taking an incident takes the role operator.", person.role.as_str());
        return told(&pages, &person, StatusCode::FORBIDDEN, words);
    }
    // Taken twice it is taken once: another replica may be asked when one is silent.
    let wish =
        AcknowledgeIncidentRequest { incident_id: id.clone(), comment: inert(field(&fields, "comment"), COMMENT) };
    let taken = pages.siblings.guard.ask(wish, |client, mut request| {
        if let Ok(name) = person.name.parse() {
            request.metadata_mut().insert(PERSON, name);
        }
        async move { GuardServiceClient::new(client).acknowledge_incident(request).await }
    });
    match taken.await {
        Ok(_) => {
            tracing::info!(incident_id = id, name = person.name, "incident taken");
            pages.board.ring();
            Redirect::to(&format!("/bridge/incidents/{id}")).into_response()
        }
        Err(why) => {
            let words = format!("The guard did not take it: {why}. Nothing is known to be changed; look at the page.");
            told(&pages, &person, StatusCode::CONFLICT, words)
        }
    }
}
