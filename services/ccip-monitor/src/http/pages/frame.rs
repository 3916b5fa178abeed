//! The routes, and what every page has: its headers, and its own form of a refusal.

use askama::Template;
use axum::{
    Router,
    http::{HeaderName, HeaderValue, StatusCode, header},
    middleware::map_response,
    response::{Html, IntoResponse, Response},
    routing::get,
};

use super::{assets, home, message};
use crate::{
    error::Error,
    http::{api::Api, problem},
};

/// Styles, scripts and the stream from here; nothing else, and no frame around it.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; \
     base-uri 'none'; frame-ancestors 'none'",
);

/// The pages and what they are made of.
pub(in crate::http) fn router() -> Router<Api> {
    let pages = Router::new()
        .route("/", get(home::page))
        .route("/messages/{message_id}", get(message::page))
        .route("/messages/{message_id}/diagnosis", get(message::diagnosis))
        .layer(map_response(guard));
    pages.merge(assets::router())
}

/// Content changes with the chains: nobody keeps it.
async fn guard(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, POLICY);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin"));
    response
}

/// A page that is made.
pub(super) fn rendered(page: &impl Template) -> Result<Response, Refused> {
    let text = page.render().map_err(|error| Error::Unwritable(Box::new(error)))?;
    Ok(Html(text).into_response())
}

/// An error as a page.
pub(super) struct Refused(Error);

impl<E: Into<Error>> From<E> for Refused {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

#[derive(Template)]
#[template(path = "refused.html")]
struct Page {
    title: &'static str,
    message: String,
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = problem::status(&self.0);
        let title = match status {
            StatusCode::NOT_FOUND => "Not found",
            StatusCode::BAD_REQUEST => "That is no question",
            _ => "No answer now",
        };
        let page = Page { title, message: self.0.to_string() };
        if status.is_server_error() {
            tracing::error!(error = &self.0 as &dyn std::error::Error, "page failed");
        }
        // A page that only says this cannot fail to be written; if it does, the status still says it.
        (status, Html(page.render().unwrap_or_default())).into_response()
    }
}
