//! Coming in by name and password, going out, and the question of who asks, before every page.

use askama::Template;
use axum::{
    Form,
    extract::{FromRequest as _, Query, Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use causeway_telemetry::Chain;
use serde::Deserialize;

use super::{
    ages::span,
    oidc,
    page::html,
    posted::{Fields, Posted, Sent},
    routes::Pages,
};
use crate::{app::Refused, config::CALLBACK};

/// The cookie's name.
const COOKIE: &str = "causeway_console";

/// What anybody may see: what a sign-in needs.
const OPEN: [&str; 7] = [
    "/sign-in",
    "/sign-in/provider",
    CALLBACK,
    "/signed-out",
    "/assets/console.css",
    "/assets/console.js",
    "/assets/icon.svg",
];

#[derive(Template)]
#[template(path = "sign-in.html")]
struct SignIn {
    next: String,
    complaint: String,
    /// What somebody wrote before his sign-in ended.
    written: Vec<(String, String)>,
}

impl SignIn {
    const fn new(next: String, complaint: String) -> Self {
        Self { next, complaint, written: Vec::new() }
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    next: String,
}

impl Asked {
    /// Where somebody wanted to go.
    pub(super) fn next(&self) -> &str {
        &self.next
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Given {
    name: String,
    password: String,
    #[serde(default)]
    next: String,
}

/// Lets nobody on who is not known, and no form in that another site sent.
pub(super) async fn known(State(pages): State<Pages>, mut request: Request, next: Next) -> Response {
    if request.method() == Method::POST && is_from_elsewhere(request.headers()) {
        return (StatusCode::FORBIDDEN, "this form was sent by another site").into_response();
    }
    let path = request.uri().path();
    if OPEN.contains(&path) {
        return next.run(request).await;
    }
    let is_stream = path == "/live";
    let path = request.uri().path_and_query().map_or("/", |whole| whole.as_str()).to_owned();
    match pages.door.who(secret(request.headers())).await {
        Ok(Some(person)) => {
            request.extensions_mut().insert(person);
            next.run(request).await
        }
        Ok(None) if request.method() == Method::POST => ended(&pages, request).await,
        Ok(None) if is_stream => (StatusCode::UNAUTHORIZED, "sign in first").into_response(),
        Ok(None) => Redirect::to(&format!("/sign-in?next={}", encoded(&path))).into_response(),
        Err(error) => {
            tracing::error!(error = %Chain(&error), "nobody could be let in");
            let words =
                "Nobody can be let in: the console's database does not answer. Its own health is under /health.";
            (StatusCode::SERVICE_UNAVAILABLE, words).into_response()
        }
    }
}

/// A form that came after its sign-in had ended: nothing is done, what was written is shown, and the way leads back to the form.
async fn ended(pages: &Pages, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let fields = Form::<Fields>::from_request(request, pages).await.map(|Form(fields)| fields).unwrap_or_default();
    let Sent { page, written } = Sent::of(&path, &fields);
    let complaint = "Your sign-in has ended, so nothing was done. Sign in, and send it again.".to_owned();
    let page = match &pages.reception {
        Some(reception) => oidc::again(reception, &page, (complaint, written)),
        None => html(&SignIn { next: page, complaint, written }),
    };
    (StatusCode::UNAUTHORIZED, page).into_response()
}

/// A browser says where a form comes from; what says nothing is no browser, and has no cookie of somebody else.
fn is_from_elsewhere(headers: &HeaderMap) -> bool {
    let site = headers.get("sec-fetch-site").and_then(|site| site.to_str().ok());
    let origin = headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    match (site, origin) {
        (Some(site), _) => !matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => origin.split_once("://").map(|(_, from)| from) != host,
        (None, None) => false,
    }
}

pub(super) async fn form(State(pages): State<Pages>, headers: HeaderMap, Query(asked): Query<Asked>) -> Response {
    if matches!(pages.door.who(secret(&headers)).await, Ok(Some(_))) {
        return Redirect::to(within(&asked.next)).into_response();
    }
    if let Some(reception) = &pages.reception {
        return oidc::ask(reception, within(&asked.next)).await;
    }
    html(&SignIn::new(within(&asked.next).to_owned(), String::new()))
}

pub(super) async fn enter(State(pages): State<Pages>, Form(given): Form<Given>) -> Response {
    if pages.reception.is_some() {
        return (StatusCode::FORBIDDEN, "nobody signs in here with a password").into_response();
    }
    let next = within(&given.next).to_owned();
    let refused = match pages.door.sign_in(given.name.trim(), given.password).await {
        Ok(secret) => {
            let mut response = Redirect::to(&next).into_response();
            set_cookie(&pages, &mut response, &secret);
            return response;
        }
        Err(refused) => refused,
    };
    let (status, complaint) = match refused {
        Refused::Wrong => (StatusCode::UNAUTHORIZED, "Name or password is wrong.".to_owned()),
        Refused::Later(again_at) => {
            let wait = span(again_at.since(pages.clock.now()));
            (StatusCode::TOO_MANY_REQUESTS, format!("Too many attempts failed. Try again in {wait}."))
        }
        Refused::Store(_) | Refused::Hash(_) => {
            tracing::error!(error = %Chain(&refused), "a sign-in could not be looked at");
            let words = "The console cannot look at passwords now. Its own health is under /health.".to_owned();
            (StatusCode::SERVICE_UNAVAILABLE, words)
        }
    };
    (status, html(&SignIn::new(next, complaint))).into_response()
}

/// The form's own sign-in is ended: another's was refused with the form.
pub(super) async fn leave(State(pages): State<Pages>, headers: HeaderMap, _: Posted) -> Response {
    if let Some(secret) = secret(&headers)
        && let Err(error) = pages.door.sign_out(secret).await
    {
        tracing::error!(error = %Chain(&error), "a sign-in could not be ended");
        return (StatusCode::SERVICE_UNAVAILABLE, "not signed out: the database does not answer").into_response();
    }
    let mut response = Redirect::to("/signed-out").into_response();
    set_cookie(&pages, &mut response, "");
    response
}

/// The secret that a browser shows.
fn secret(headers: &HeaderMap) -> Option<&str> {
    cookie(headers, COOKIE)
}

/// A cookie that a browser shows.
pub(super) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|cookies| cookies.to_str().ok());
    let mut pairs = cookies.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(one, _)| *one == name).map(|(_, value)| value)
}

/// `Lax`: a link from a chat opens the page; forms are protected by their token and their origin. An empty secret ends it.
pub(super) fn set_cookie(pages: &Pages, response: &mut Response, secret: &str) {
    let secure = if pages.config.people.https { "; Secure" } else { "" };
    let age =
        if secret.is_empty() { 0 } else { pages.config.people.lasting.map_or(0, |lasting| lasting.whole.as_secs()) };
    let cookie = format!("{COOKIE}={secret}; HttpOnly; SameSite=Lax; Path=/; Max-Age={age}{secure}");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

/// A path of this console, or its first page: nobody is sent elsewhere.
pub(super) fn within(next: &str) -> &str {
    let is_path = next.starts_with('/') && !next.starts_with("//") && !next.contains(['\\', '\r', '\n']);
    if is_path { next } else { "/" }
}

fn encoded(path: &str) -> String {
    url::form_urlencoded::byte_serialize(path.as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ops_9_a_sign_in_leads_to_pages_of_this_console_only() {
        assert_eq!(within("/services/ccip-monitor"), "/services/ccip-monitor");
        for elsewhere in ["https://evil.example", "//evil.example", "/\\evil.example", "", "javascript:alert(1)"] {
            assert_eq!(within(elsewhere), "/", "{elsewhere}");
        }
    }

    #[test]
    fn ops_9_a_form_of_another_site_is_from_elsewhere() {
        let headers = |pairs: &[(&'static str, &'static str)]| {
            pairs
                .iter()
                .map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value)))
                .collect::<HeaderMap>()
        };
        assert!(is_from_elsewhere(&headers(&[("sec-fetch-site", "cross-site")])));
        assert!(is_from_elsewhere(&headers(&[("origin", "https://evil.example"), ("host", "console.example")])));
        assert!(is_from_elsewhere(&headers(&[("origin", "null"), ("host", "console.example")])));
        assert!(!is_from_elsewhere(&headers(&[("origin", "https://console.example"), ("host", "console.example")])));
        assert!(!is_from_elsewhere(&headers(&[("sec-fetch-site", "same-origin")])));
    }

    #[test]
    fn the_secret_is_found_among_other_cookies() {
        let mut headers = HeaderMap::new();
        assert_eq!(secret(&headers), None);
        headers.insert(header::COOKIE, HeaderValue::from_static("a=b; causeway_console=77; c=d"));
        assert_eq!(secret(&headers), Some("77"));
    }
}
