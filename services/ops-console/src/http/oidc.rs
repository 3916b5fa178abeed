//! Sign-in at a provider: the way there, the way back, and what somebody is told who is not let in.

use askama::Template;
use axum::{
    extract::{RawQuery, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use causeway_telemetry::Chain;

use super::{
    page::html,
    params::{link, one},
    routes::Pages,
    sign_in::{cookie, set_cookie, within},
};
use crate::{
    adapters::oidc::{Error, LASTS},
    app::{Reception, Returned, Turned},
};

/// The cookie of a sign-in that is not ended yet.
const COOKIE: &str = "causeway_sign_in";

#[derive(Template)]
#[template(path = "sign-in-provider.html")]
struct Ask<'a> {
    way: String,
    label: &'a str,
    complaint: String,
    /// What somebody wrote before his sign-in ended.
    written: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "signed-out.html")]
struct Out<'a> {
    label: &'a str,
    farewell: String,
}

/// The page before the provider's.
pub(super) async fn ask(reception: &Reception, next: &str) -> Response {
    let complaint = match reception.is_open().await {
        Ok(()) => String::new(),
        Err(error) => silent(reception, &error),
    };
    page(reception, next, complaint)
}

fn page(reception: &Reception, next: &str, complaint: String) -> Response {
    again(reception, next, (complaint, Vec::new()))
}

/// The same after a sign-in that has ended, with what was written meanwhile.
pub(super) fn again(
    reception: &Reception,
    next: &str,
    (complaint, written): (String, Vec<(String, String)>),
) -> Response {
    html(&Ask { way: link("/sign-in/provider", "next", next), label: reception.label(), complaint, written })
}

/// The way there.
pub(super) async fn begin(State(pages): State<Pages>, RawQuery(query): RawQuery) -> Response {
    let Some(reception) = &pages.reception else { return StatusCode::NOT_FOUND.into_response() };
    let next = one(query.as_deref(), "next");
    let next = within(&next);
    match reception.begin(next).await {
        Ok((way, kept)) => {
            let mut response = Redirect::to(way.as_str()).into_response();
            keep(&pages, &mut response, &kept);
            response
        }
        Err(error) => {
            let page = page(reception, next, silent(reception, &error));
            (StatusCode::SERVICE_UNAVAILABLE, page).into_response()
        }
    }
}

/// And back.
pub(super) async fn end(State(pages): State<Pages>, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    let Some(reception) = &pages.reception else { return StatusCode::NOT_FOUND.into_response() };
    let said = |name| one(query.as_deref(), name);
    let returned = Returned { state: said("state"), code: said("code"), error: said("error"), issuer: said("iss") };
    let kept = cookie(&headers, COOKIE).unwrap_or_default();
    let ended = reception.end(kept, &returned).await;
    pages.metrics.signed_in(ended.as_ref().map_or_else(Turned::as_str, |_| "in"));
    let mut response = match ended {
        Ok((secret, next)) => {
            let mut response = Redirect::to(within(&next)).into_response();
            set_cookie(&pages, &mut response, &secret);
            response
        }
        Err(turned) => turned_away(reception, &turned),
    };
    keep(&pages, &mut response, "");
    response
}

/// Who has left the console is still signed in at the provider.
pub(super) async fn out(State(pages): State<Pages>) -> Response {
    let Some(reception) = &pages.reception else { return Redirect::to("/sign-in").into_response() };
    let farewell = reception.farewell().await.map(String::from).unwrap_or_default();
    html(&Out { label: reception.label(), farewell })
}

fn silent(reception: &Reception, error: &Error) -> String {
    tracing::warn!(error = %Chain(error), "nobody can be sent to the provider of sign-ins");
    let label = reception.label();
    format!("{label} does not answer as it should, so nobody can sign in now. Whoever is signed in stays so.")
}

fn turned_away(reception: &Reception, turned: &Turned) -> Response {
    let label = reception.label();
    let (status, complaint) = match turned {
        Turned::Stray => {
            let words = "This sign-in was not begun in this browser, or took longer than ten minutes. Begin again.";
            (StatusCode::BAD_REQUEST, words.to_owned())
        }
        Turned::Provider(Error::Busy) => {
            (StatusCode::SERVICE_UNAVAILABLE, "Too many people sign in at once. Try again in a moment.".to_owned())
        }
        Turned::Provider(Error::Refused(word)) => (StatusCode::FORBIDDEN, format!("{label} says no: {word}.")),
        Turned::Provider(error) if error.is_of_the_provider() => (StatusCode::BAD_GATEWAY, silent(reception, error)),
        Turned::Provider(_) | Turned::Judged(_) => {
            let words = format!("What {label} said cannot be taken: {}. The console's log has more.", why(turned));
            (StatusCode::FORBIDDEN, words)
        }
        Turned::NoRole(name) => {
            let words = format!(
                "{name} is in none of the groups that may do something here. Whoever keeps {label} can add you."
            );
            (StatusCode::FORBIDDEN, words)
        }
        Turned::Taken(name) => {
            let words = format!(
                "The name {name} is already another account's here. An administrator can join them: ops-console account \
                 link {name}."
            );
            (StatusCode::FORBIDDEN, words)
        }
        Turned::Closed(name) => (StatusCode::FORBIDDEN, format!("The account {name} was closed here.")),
        Turned::Store(_) => {
            let words = "The console's database does not answer. Its own health is under /health.".to_owned();
            (StatusCode::SERVICE_UNAVAILABLE, words)
        }
    };
    tracing::warn!(reason = turned.as_str(), error = %Chain(turned), "sign-in refused");
    (status, page(reception, "/", complaint)).into_response()
}

/// The last thing that is said of a refusal.
fn why(turned: &Turned) -> String {
    match turned {
        Turned::Judged(judged) => judged.to_string(),
        Turned::Provider(error) => error.to_string(),
        Turned::Stray | Turned::NoRole(_) | Turned::Taken(_) | Turned::Closed(_) | Turned::Store(_) => {
            turned.to_string()
        }
    }
}

/// For the way there and back alone; `Lax`, because the way back begins at the provider's. Empty: it is over.
fn keep(pages: &Pages, response: &mut Response, kept: &str) {
    let secure = if pages.config.people.https { "; Secure" } else { "" };
    let age = if kept.is_empty() { 0 } else { LASTS.as_secs() };
    let cookie = format!("{COOKIE}={kept}; HttpOnly; SameSite=Lax; Path=/sign-in; Max-Age={age}{secure}");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}
