//! Coming in by name and password, going out, and the question of who asks, before every page.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use askama::Template;
use axum::{
    Form,
    extract::{ConnectInfo, FromRequest as _, RawQuery, Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use causeway_telemetry::Chain;

use super::{
    ages::span,
    oidc,
    page::html,
    params::one,
    posted::{Fields, Posted, Sent, field},
    routes::Pages,
    unanswered::unanswered,
};
use crate::{
    app::{By, Refused},
    config::CALLBACK,
};

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

/// Lets nobody on who is not known, and no form in that another site sent. While nobody signs in, only pages of this host are
/// asked for: a site whose name is made to lead here would have its visitor's browser ask under that name.
pub(super) async fn known(State(pages): State<Pages>, mut request: Request, next: Next) -> Response {
    if pages.config.people.lasting.is_none() && !is_of_this_host(request.headers()) {
        let words = "nobody signs in at this console, so it answers under localhost, 127.0.0.1 and [::1] alone";
        return (StatusCode::MISDIRECTED_REQUEST, words).into_response();
    }
    if request.method() == Method::POST && is_from_elsewhere(request.headers()) {
        return (StatusCode::FORBIDDEN, "this form was sent by another site").into_response();
    }
    let path = request.uri().path();
    if OPEN.contains(&path) {
        return next.run(request).await;
    }
    let is_stream = path == "/live";
    let path = request.uri().path_and_query().map_or("/", |whole| whole.as_str()).to_owned();
    match pages.door.who(secret(request.headers()), by(&request)).await {
        Ok(Some(person)) => {
            request.extensions_mut().insert(person);
            next.run(request).await
        }
        Ok(None) if request.method() == Method::POST => ended(&pages, request).await,
        Ok(None) if is_stream => (StatusCode::UNAUTHORIZED, "sign in first").into_response(),
        Ok(None) => Redirect::to(&format!("/sign-in?next={}", encoded(&path))).into_response(),
        Err(error) => {
            tracing::error!(error = %Chain(&error), "nobody could be let in");
            let words = "The console's database does not answer, so nobody can be let in, and nothing was done. The console's \
                         own health is under /health.";
            let sent = if request.method() == Method::POST {
                let path = request.uri().path().to_owned();
                Sent::of(&path, &fields(request, &pages).await)
            } else {
                Sent { page: path, written: Vec::new() }
            };
            unanswered((StatusCode::SERVICE_UNAVAILABLE, words), sent)
        }
    }
}

/// What asks. A browser says which of its requests are somebody's way to a page; one that does not say it is taken at its best.
fn by(request: &Request) -> By {
    let mode = request.headers().get("sec-fetch-mode").and_then(|mode| mode.to_str().ok());
    if request.method() == Method::POST || matches!(mode, None | Some("navigate")) { By::Person } else { By::Page }
}

/// The fields of a form; none when it is none.
async fn fields(request: Request, pages: &Pages) -> Fields {
    Form::<Fields>::from_request(request, pages).await.map(|Form(fields)| fields).unwrap_or_default()
}

/// A form that came after its sign-in had ended: nothing is done, what was written is shown, and the way leads back to the form.
async fn ended(pages: &Pages, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let Sent { page, written } = Sent::of(&path, &fields(request, pages).await);
    let complaint = "Your sign-in has ended, so nothing was done. Sign in, and send it again.".to_owned();
    let page = match &pages.reception {
        Some(reception) => oidc::again(reception, &page, (complaint, written)),
        None => html(&SignIn { next: page, complaint, written }),
    };
    (StatusCode::UNAUTHORIZED, page).into_response()
}

/// Whether this is asked of a name that no other host can have, with any port.
fn is_of_this_host(headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let is_port = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit());
    let name = host.rsplit_once(':').filter(|(_, port)| is_port(port)).map_or(host, |(name, _)| name);
    matches!(name, "127.0.0.1" | "[::1]") || name.eq_ignore_ascii_case("localhost")
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

pub(super) async fn form(State(pages): State<Pages>, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    let next = one(query.as_deref(), "next");
    if matches!(pages.door.who(secret(&headers), By::Person).await, Ok(Some(_))) {
        return Redirect::to(within(&next)).into_response();
    }
    if let Some(reception) = &pages.reception {
        return oidc::ask(reception, within(&next)).await;
    }
    html(&SignIn::new(within(&next).to_owned(), String::new()))
}

pub(super) async fn enter(State(pages): State<Pages>, request: Request) -> Response {
    if pages.reception.is_some() {
        return (StatusCode::FORBIDDEN, "nobody signs in here with a password").into_response();
    }
    let from = came_from(&pages, &request);
    let given = fields(request, &pages).await;
    let (name, password) = (field(&given, "name").trim(), field(&given, "password"));
    let next = within(field(&given, "next")).to_owned();
    if name.is_empty() || password.is_empty() {
        let complaint = "It takes a name and a password.".to_owned();
        return (StatusCode::UNPROCESSABLE_ENTITY, html(&SignIn::new(next, complaint))).into_response();
    }
    let refused = match pages.door.sign_in(name, from, password.to_owned()).await {
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
        Refused::Busy => {
            let words = "Too many people sign in at this moment, so nothing was looked at. Try again in a few seconds.";
            (StatusCode::SERVICE_UNAVAILABLE, words.to_owned())
        }
        Refused::Store(_) | Refused::Hash(_) => {
            tracing::error!(error = %Chain(&refused), "a sign-in could not be looked at");
            let words = "The console cannot look at passwords now. Its own health is under /health.".to_owned();
            (StatusCode::SERVICE_UNAVAILABLE, words)
        }
    };
    (status, html(&SignIn::new(next, complaint))).into_response()
}

/// Where somebody comes from: the other end of the connection, or, where people come by https, what the proxy there says of it.
fn came_from(pages: &Pages, request: &Request) -> IpAddr {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(address)| address.ip());
    if pages.config.people.https { forwarded(request.headers()).unwrap_or(peer) } else { peer }
}

/// The last address that a proxy added: the ones before are whatever the other end says.
fn forwarded(headers: &HeaderMap) -> Option<IpAddr> {
    let last = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
    last.rsplit(',').next()?.trim().parse().ok()
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
    fn ops_9_what_a_page_asks_for_by_itself_is_nobody() {
        let asked = |method: Method, mode: Option<&str>| {
            let mut request = Request::builder().method(method);
            if let Some(mode) = mode {
                request = request.header("sec-fetch-mode", mode);
            }
            by(&request.body(axum::body::Body::empty()).unwrap())
        };
        assert_eq!(asked(Method::GET, Some("navigate")), By::Person);
        assert_eq!(asked(Method::GET, None), By::Person);
        assert_eq!(asked(Method::POST, Some("cors")), By::Person);
        for mode in ["cors", "same-origin", "no-cors", "websocket"] {
            assert_eq!(asked(Method::GET, Some(mode)), By::Page, "{mode}");
        }
    }

    #[test]
    fn ops_9_of_what_proxies_say_only_the_last_word_counts() {
        let of = |values: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append("x-forwarded-for", HeaderValue::from_static(value));
            }
            forwarded(&headers).map(|address| address.to_string())
        };
        assert_eq!(of(&["1.1.1.1, 192.0.2.7"]).as_deref(), Some("192.0.2.7"));
        assert_eq!(of(&["1.1.1.1", "2001:db8::1"]).as_deref(), Some("2001:db8::1"));
        assert_eq!(of(&["1.1.1.1, somebody"]), None);
        assert_eq!(of(&[]), None);
    }

    #[test]
    fn ops_9_only_names_that_no_other_host_can_have_are_of_this_host() {
        let asked = |host: &'static str| HeaderMap::from_iter([(header::HOST, HeaderValue::from_static(host))]);
        for here in ["localhost", "LOCALHOST:8080", "127.0.0.1", "127.0.0.1:1", "[::1]", "[::1]:8080"] {
            assert!(is_of_this_host(&asked(here)), "{here}");
        }
        for elsewhere in [
            "evil.example",
            "evil.example:8080",
            "localhost.evil.example",
            "127.0.0.1.evil.example:80",
            "::1",
            "localhost:80:evil",
            "localhost:evil",
            "",
        ] {
            assert!(!is_of_this_host(&asked(elsewhere)), "{elsewhere}");
        }
        assert!(!is_of_this_host(&HeaderMap::new()));
    }

    #[test]
    fn the_secret_is_found_among_other_cookies() {
        let mut headers = HeaderMap::new();
        assert_eq!(secret(&headers), None);
        headers.insert(header::COOKIE, HeaderValue::from_static("a=b; causeway_console=77; c=d"));
        assert_eq!(secret(&headers), Some("77"));
    }
}
