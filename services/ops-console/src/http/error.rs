//! Pages for what cannot be shown: what happened, and where to go on.

use askama::Template;
use axum::{
    Extension,
    extract::State,
    http::{Method, StatusCode, Uri},
    response::{IntoResponse, Redirect, Response},
};
use causeway_telemetry::Chain;

use super::{
    page::{Frame, html},
    params::Wrong,
    posted::{Fields, Sent},
    routes::Pages,
};

use crate::app::Person;

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// There is nothing under this address.
    #[error("not found")]
    NotFound,
    /// The address asks for something that is not allowed.
    #[error("the address asks for something that is not allowed")]
    Question(#[from] Wrong),
    /// The console's database did not answer.
    #[error("the store failed")]
    Store(#[from] causeway_store::Error),
}

#[derive(Template)]
#[template(path = "problem.html")]
struct Problem<'a> {
    frame: Frame,
    title: &'a str,
    text: &'a str,
    detail: String,
}

/// A page instead of the one that was asked for.
pub(super) fn problem(pages: &Pages, person: &Person, error: &Error) -> Response {
    let mut detail = String::new();
    let (status, title, text) = match error {
        Error::NotFound => (
            StatusCode::NOT_FOUND,
            "There is nothing here",
            "The address names no page. The overview has everything that is looked at.",
        ),
        Error::Question(wrong) => {
            detail = wrong.to_string();
            let text =
                "The address asks for something that is not allowed. Go back and look again at what was filled in.";
            (StatusCode::BAD_REQUEST, "This cannot be asked for", text)
        }
        Error::Store(error) => {
            tracing::error!(error = %Chain(error), "a page could not be made");
            (
                StatusCode::SERVICE_UNAVAILABLE,
                "The console's database does not answer",
                "What the services say now is on the overview; history, events and deployments come back with the \
                 database. Look at the console's own health under /health.",
            )
        }
    };
    let frame = Frame::of(pages, person, title);
    (status, html(&Problem { frame, title, text, detail })).into_response()
}

/// For an address that takes only forms: whoever looks there, after a sign-in or by a browser's history, wants the page of the
/// form.
pub(super) async fn no_page(
    State(pages): State<Pages>,
    Extension(person): Extension<Person>,
    (method, uri): (Method, Uri),
) -> Response {
    if matches!(method, Method::GET | Method::HEAD) {
        return Redirect::to(&Sent::of(uri.path(), &Fields::new()).page).into_response();
    }
    problem(&pages, &person, &Error::NotFound)
}

/// For every other address.
pub(super) async fn not_found(State(pages): State<Pages>, Extension(person): Extension<Person>) -> Response {
    problem(&pages, &person, &Error::NotFound)
}
