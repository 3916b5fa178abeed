//! The provider's pages, as OpenID Connect Core 1.0, Discovery 1.0 and RP-Initiated Logout 1.0 have them.

use std::collections::HashMap;

use axum::{
    Form, Json, Router,
    extract::{Query, Request, State},
    http::{HeaderMap, StatusCode},
    middleware::{Next, from_fn_with_state},
    response::{Html, IntoResponse, Redirect, Response},
    routing::{get, post},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use ring::digest::{SHA256, digest};
use serde::Deserialize;
use serde_json::{Value, json};
use url::{Url, form_urlencoded};

use super::{
    keys::encoded,
    misdeed::Misdeed,
    provider::{CLIENT, SECRET, Shared},
};

/// What a client asks for by a browser.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Question {
    response_type: String,
    client_id: String,
    redirect_uri: String,
    scope: String,
    state: String,
    pub(super) nonce: String,
    code_challenge: String,
    code_challenge_method: String,
}

#[derive(Deserialize)]
struct Redeemed {
    grant_type: String,
    code: String,
    redirect_uri: String,
    code_verifier: String,
}

pub(super) fn router(shared: Shared) -> Router {
    let pages = Router::new()
        .route("/.well-known/openid-configuration", get(discovery))
        .route("/jwks", get(jwks))
        .route("/authorize", get(authorize))
        .route("/continue", get(go_on))
        .route("/refuse", get(refuse))
        .route("/token", post(token))
        .route("/end-session", get(end_session));
    Router::new().nest("/realms/house", pages).layer(from_fn_with_state(shared.clone(), noted)).with_state(shared)
}

/// Writes down what is asked, and does what is wrong with everything.
async fn noted(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let page = request.uri().path().rsplit('/').next().unwrap_or_default().to_owned();
    shared.note(&page);
    let misdeed = shared.lock().misdeed;
    match misdeed {
        Some(Misdeed::Broken) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Some(Misdeed::Slow) if page == "token" => std::future::pending().await,
        Some(_) | None => next.run(request).await,
    }
}

async fn discovery(State(shared): State<Shared>) -> Json<Value> {
    let place = |page: &str| format!("{}/{page}", shared.issuer);
    let is_impostor = shared.lock().misdeed == Some(Misdeed::Impostor);
    let issuer = if is_impostor { "https://elsewhere.example" } else { &shared.issuer };
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": place("authorize"),
        "token_endpoint": place("token"),
        "jwks_uri": place("jwks"),
        "end_session_endpoint": place("end-session"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256", "ES256"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        "authorization_response_iss_parameter_supported": true,
    }))
}

async fn jwks(State(shared): State<Shared>) -> Json<Value> {
    Json(json!({ "keys": shared.keys() }))
}

/// Why a question is none; `None`: it is one.
fn wrong(shared: &Shared, question: &Question) -> Option<&'static str> {
    let book = shared.lock();
    let is_home = if book.redirects.is_empty() {
        question.redirect_uri.parse::<Url>().is_ok_and(|url| url.host_str() == Some("127.0.0.1"))
    } else {
        book.redirects.contains(&question.redirect_uri)
    };
    [
        (question.response_type == "code", "response_type"),
        (question.client_id == CLIENT, "client_id"),
        (is_home, "redirect_uri"),
        (question.scope.split(' ').any(|scope| scope == "openid"), "scope"),
        (question.state.len() >= 32 && question.nonce.len() >= 32, "state or nonce"),
        (question.code_challenge_method == "S256" && question.code_challenge.len() == 43, "code_challenge"),
    ]
    .into_iter()
    .find(|(is_right, _)| !is_right)
    .map(|(_, what)| what)
}

/// A person who is signed in at the provider is asked whether he goes on.
async fn authorize(State(shared): State<Shared>, Query(question): Query<Question>, request: Request) -> Response {
    if let Some(what) = wrong(&shared, &question) {
        return (StatusCode::BAD_REQUEST, format!("{what} is wrong")).into_response();
    }
    let query = request.uri().query().unwrap_or_default().replace('&', "&amp;");
    let name = shared.lock().person.name.clone();
    Html(format!(
        "<!doctype html><html lang=en><link rel=icon href=\"data:,\"><title>Provider</title><main><h1>Provider</h1>\
         <p><a href=\"continue?{query}\">Continue as {name}</a></p><p><a href=\"refuse?{query}\">Refuse</a></p></main>"
    ))
    .into_response()
}

async fn go_on(State(shared): State<Shared>, Query(question): Query<Question>) -> Response {
    if let Some(what) = wrong(&shared, &question) {
        return (StatusCode::BAD_REQUEST, format!("{what} is wrong")).into_response();
    }
    let is_mixed_up = shared.lock().misdeed == Some(Misdeed::MixedUp);
    let issuer = if is_mixed_up { "https://elsewhere.example".to_owned() } else { shared.issuer.clone() };
    let (back, state) = (question.redirect_uri.clone(), question.state.clone());
    let code = shared.grant(question);
    return_to(&back, &[("code", &code), ("state", &state), ("iss", &issuer)])
}

async fn refuse(State(shared): State<Shared>, Query(question): Query<Question>) -> Response {
    let error = [("error", "access_denied"), ("state", question.state.as_str()), ("iss", shared.issuer.as_str())];
    return_to(&question.redirect_uri, &error)
}

fn return_to(back: &str, with: &[(&str, &str)]) -> Response {
    let Ok(mut back) = back.parse::<Url>() else { return StatusCode::BAD_REQUEST.into_response() };
    back.query_pairs_mut().extend_pairs(with);
    Redirect::to(back.as_str()).into_response()
}

/// A code for a token, by the client that it was given for, once.
async fn token(State(shared): State<Shared>, headers: HeaderMap, Form(redeemed): Form<Redeemed>) -> Response {
    let no = |status, word: &str| (status, Json(json!({"error": word, "error_description": "no"}))).into_response();
    if !is_client(&headers) {
        return no(StatusCode::UNAUTHORIZED, "invalid_client");
    }
    let grant = shared.redeem(&redeemed.code).filter(|grant| {
        let proof = encoded(digest(&SHA256, redeemed.code_verifier.as_bytes()).as_ref());
        redeemed.grant_type == "authorization_code"
            && grant.question.redirect_uri == redeemed.redirect_uri
            && grant.question.code_challenge == proof
    });
    let Some(grant) = grant else { return no(StatusCode::BAD_REQUEST, "invalid_grant") };
    match shared.token(&grant) {
        Ok(token) => {
            let answer =
                json!({"access_token": "opaque", "token_type": "Bearer", "expires_in": 300, "id_token": token});
            Json(answer).into_response()
        }
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

/// Name and secret, each as a form has them (RFC 6749, section 2.3.1).
fn is_client(headers: &HeaderMap) -> bool {
    let shown = headers.get("authorization").and_then(|value| value.to_str().ok()?.strip_prefix("Basic "));
    let shown = shown.and_then(|text| STANDARD.decode(text).ok()).and_then(|bytes| String::from_utf8(bytes).ok());
    let form = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    shown == Some(format!("{}:{}", form(CLIENT), form(SECRET)))
}

async fn end_session(State(shared): State<Shared>, Query(query): Query<HashMap<String, String>>) -> Response {
    let back = query.get("post_logout_redirect_uri").cloned().unwrap_or_default();
    let is_home = query.get("client_id").is_some_and(|client| client == CLIENT);
    let origin = |text: &str| text.parse::<Url>().ok().map(|url| url.origin());
    let is_known = is_home && shared.lock().redirects.iter().any(|one| origin(one) == origin(&back));
    if is_known { Redirect::to(&back).into_response() } else { StatusCode::BAD_REQUEST.into_response() }
}
