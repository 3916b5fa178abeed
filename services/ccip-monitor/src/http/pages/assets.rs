//! The style, the script and the icon, as they were built in.

use axum::{Router, http::header, response::IntoResponse, routing::get};

use crate::http::api::Api;

/// An hour: a new version of the service may bring new ones under the same names.
const KEEP: &str = "public, max-age=3600";

pub(super) fn router() -> Router<Api> {
    Router::new()
        .route("/assets/page.css", get(style))
        .route("/assets/page.js", get(script))
        .route("/assets/icon.svg", get(icon))
}

async fn style() -> impl IntoResponse {
    asset("text/css; charset=utf-8", include_str!("../../../templates/assets/page.css"))
}

async fn script() -> impl IntoResponse {
    asset("text/javascript; charset=utf-8", include_str!("../../../templates/assets/page.js"))
}

async fn icon() -> impl IntoResponse {
    asset("image/svg+xml", include_str!("../../../templates/assets/icon.svg"))
}

fn asset(kind: &'static str, text: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, KEEP), (header::X_CONTENT_TYPE_OPTIONS, "nosniff")], text)
}
