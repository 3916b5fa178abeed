//! A new change: the catalogue, the form of one procedure, its dry run, and the proposal.

use std::collections::BTreeMap;

use askama::Template;
use axum::{
    Extension,
    extract::{RawQuery, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use uuid::Uuid;

use super::{
    change_step::refused,
    changes::{Shown, shown},
    error::problem,
    page::{Frame, html},
    params::{Params, one},
    posted::Posted,
    refusal::told,
    routes::Pages,
};
use crate::{
    app::{
        Person,
        changes::{Error, Preview, Proposal},
    },
    domain::{
        change::{
            catalogue::{CATALOGUE, Doing, Procedure, find},
            rights::Verb,
        },
        text::inert,
    },
};

/// Characters of a value that a link brings.
const VALUE: usize = 200;

/// Before the name of a parameter's field, so that none is taken for one of the form's own.
const PREFIX: &str = "p.";

/// What the address of the form may hold besides the procedure's parameters.
const OWN: [&str; 3] = ["service", "action", "reason"];

#[derive(Template)]
#[template(path = "catalogue.html")]
struct Catalogue {
    frame: Frame,
    procedures: Vec<Offer>,
}

/// A procedure to choose.
struct Offer {
    name: &'static str,
    does: &'static str,
    service: &'static str,
    by_hand: bool,
}

#[derive(Template)]
#[template(path = "change-new.html")]
struct New {
    frame: Frame,
    procedure: &'static Procedure,
    by_hand: &'static str,
    id: Uuid,
    inputs: Vec<Input>,
    reason: String,
    approvals: u32,
    complaint: String,
    look: Option<Shown>,
    /// Why this person may not; empty when he may.
    may_not: String,
}

struct Input {
    name: &'static str,
    expected: &'static str,
    value: String,
    required: bool,
}

/// What is in the form.
struct Filled {
    id: Uuid,
    values: BTreeMap<String, String>,
    reason: String,
}

/// With `action`, and `service` where two have it, the form; else everything there is. Other parts of the query fill it in.
pub(super) async fn form(
    State(pages): State<Pages>,
    Extension(person): Extension<Person>,
    RawQuery(query): RawQuery,
) -> Response {
    let Some(procedure) = find(&one(query.as_deref(), "action")) else {
        return match Params::of(query.as_deref(), &OWN) {
            Ok(_) => html(&Catalogue { frame: Frame::of(&pages, &person, "What can be done"), procedures: offers() }),
            Err(wrong) => problem(&pages, &person, &wrong.into()),
        };
    };
    let names: Vec<&str> = procedure.parameters.iter().map(|parameter| parameter.name).collect();
    let asked = match Params::of(query.as_deref(), &[&OWN, names.as_slice()].concat()) {
        Ok(asked) => asked,
        Err(wrong) => return problem(&pages, &person, &wrong.into()),
    };
    let values = names.iter().map(|name| ((*name).to_owned(), inert(asked.text(name), VALUE))).collect();
    let filled = Filled { id: Uuid::new_v4(), values, reason: inert(asked.text("reason"), VALUE) };
    page(&pages, &person, procedure, filled, (String::new(), None)).await
}

/// The form comes back with what a dry run shows or with what is wrong; or the change is filed.
pub(super) async fn propose(
    State(pages): State<Pages>,
    Extension(person): Extension<Person>,
    posted: Posted,
) -> Response {
    let Some(procedure) = find(posted.field("procedure")) else {
        let words = "The form names no procedure, so nothing was done.".to_owned();
        return told(&pages, &person, (StatusCode::UNPROCESSABLE_ENTITY, words), posted.sent());
    };
    let values: BTreeMap<String, String> = posted
        .fields
        .iter()
        .filter_map(|(name, value)| Some((name.strip_prefix(PREFIX)?.to_owned(), value.clone())))
        .collect();
    let id = posted.field("id").parse().unwrap_or_else(|_| Uuid::new_v4());
    let reason = posted.field("reason").to_owned();
    let filled = Filled { id, values: values.clone(), reason: reason.clone() };
    let proposal = Proposal { id, procedure: procedure.name.to_owned(), values, reason };
    if posted.field("do") == "preview" {
        return match pages.desk.preview(&proposal).await {
            Ok(Preview { look, .. }) => {
                page(&pages, &person, procedure, filled, (String::new(), Some(shown(&look)))).await
            }
            Err(error) => page(&pages, &person, procedure, filled, (error.words(), None)).await,
        };
    }
    match pages.desk.propose(&person, &proposal).await {
        Ok(filed) => Redirect::to(&format!("/changes/{}", filed.id)).into_response(),
        Err(error @ Error::Plan(_)) => {
            let again = page(&pages, &person, procedure, filled, (error.words(), None)).await;
            (StatusCode::UNPROCESSABLE_ENTITY, again).into_response()
        }
        Err(error) => refused(&pages, &person, &error, posted.sent()),
    }
}

async fn page(
    pages: &Pages,
    person: &Person,
    procedure: &'static Procedure,
    filled: Filled,
    (complaint, look): (String, Option<Shown>),
) -> Response {
    let may_not = match pages.desk.may(person, Verb::Propose).await {
        Ok(()) => String::new(),
        Err(error) => error.words(),
    };
    let input = |parameter: &'static crate::domain::change::catalogue::Parameter| Input {
        name: parameter.name,
        expected: parameter.expected,
        value: filled.values.get(parameter.name).cloned().unwrap_or_default(),
        required: parameter.optional.is_none(),
    };
    html(&New {
        frame: Frame::of(pages, person, &format!("New change: {}", procedure.name)),
        procedure,
        by_hand: instructions(procedure),
        id: filled.id,
        inputs: procedure.parameters.iter().map(input).collect(),
        reason: filled.reason,
        approvals: pages.desk.approvals(procedure),
        complaint,
        look,
        may_not,
    })
}

const fn instructions(procedure: &Procedure) -> &'static str {
    match procedure.doing {
        Doing::ByHand(instructions) => instructions,
        Doing::Action { .. } => "",
    }
}

fn offers() -> Vec<Offer> {
    let offer = |one: &Procedure| Offer {
        name: one.name,
        does: one.does,
        service: one.service,
        by_hand: matches!(one.doing, Doing::ByHand(_)),
    };
    CATALOGUE.iter().map(offer).collect()
}
