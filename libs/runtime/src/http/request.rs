//! What every request of an API gets: a span in its caller's trace, a correlation id, and limits.

use std::time::Duration;

use axum::{
    Router,
    extract::{MatchedPath, Request},
    middleware::{Next, from_fn, map_response},
    response::Response,
};
use causeway_telemetry::propagation;
use http::{HeaderName, HeaderValue, StatusCode, header};
use tower_http::{limit::RequestBodyLimitLayer, timeout::TimeoutLayer};
use tracing::{Instrument, Span, field::Empty};

/// The header by which a caller names its request, and by which we name it back.
pub const CORRELATION_ID: HeaderName = HeaderName::from_static("x-correlation-id");

/// Long enough for a UUID or a trace id with a prefix, short enough for a column.
const MAX_CORRELATION_CHARS: usize = 64;

/// A caller's name for its request: 1 to 64 letters, digits, dots, dashes, underscores or colons.
///
/// Handlers find it in the request's extensions and save it with what they cause. A request that brought
/// none, or an invalid one, goes by its trace id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CorrelationId(String);

impl CorrelationId {
    /// The id, if the text is one.
    pub fn parse(text: &str) -> Option<Self> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:".contains(&byte);
        let valid = (1..=MAX_CORRELATION_CHARS).contains(&text.len()) && text.bytes().all(allowed);
        valid.then(|| Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What one request may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The longest body that is read; a longer one is answered with 413.
    pub body_bytes: usize,
    /// How long an answer may take to begin; after that it is 504. A stream may go on for longer.
    pub timeout: Duration,
}

/// Puts the routes of an API under `limits`, into traces, and under correlation ids.
pub fn with_limits(api: Router, limits: Limits) -> Router {
    api.layer(RequestBodyLimitLayer::new(limits.body_bytes))
        .layer(map_response(ending))
        .layer(TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, limits.timeout))
        .layer(from_fn(trace))
}

/// What was not read of a request is still in its connection. Whoever kept that for another request, because nobody said that it
/// ends, would lose it half sent.
async fn ending(mut response: Response) -> Response {
    if matches!(response.status(), StatusCode::PAYLOAD_TOO_LARGE | StatusCode::REQUEST_TIMEOUT) {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

async fn trace(mut request: Request, next: Next) -> Response {
    let span = propagation::continue_trace(span_of(&request), request.headers());
    let given = request.headers().get(CORRELATION_ID).and_then(|value| value.to_str().ok());
    let correlation_id = given
        .and_then(CorrelationId::parse)
        .or_else(|| span.in_scope(propagation::current_trace_id).map(CorrelationId));
    if let Some(id) = &correlation_id {
        span.record("correlation_id", id.as_str());
        request.extensions_mut().insert(id.clone());
    }
    let mut response = next.run(request).instrument(span.clone()).await;
    finish(&span, response.status());
    if let Some(value) = correlation_id.and_then(|id| HeaderValue::from_str(id.as_str()).ok()) {
        response.headers_mut().insert(CORRELATION_ID, value);
    }
    response
}

/// Named by the route and not by the path, which may hold ids without bound.
fn span_of(request: &Request) -> Span {
    let route = request.extensions().get::<MatchedPath>().map_or("unmatched", MatchedPath::as_str);
    let method = request.method().as_str();
    tracing::info_span!(
        "http.request",
        otel.name = format!("{method} {route}"),
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = method,
        http.route = route,
        http.response.status_code = Empty,
        correlation_id = Empty,
    )
}

fn finish(span: &Span, status: StatusCode) {
    span.record("http.response.status_code", status.as_u16());
    if status.is_server_error() {
        span.record("otel.status_code", "ERROR");
    }
}

#[cfg(test)]
mod tests {
    use axum::{body::Body, routing::post};
    use tower::Service as _;

    use super::*;

    #[tokio::test]
    async fn a_connection_ends_in_which_a_body_was_left() {
        let limits = Limits { body_bytes: 8, timeout: Duration::from_secs(5) };
        let mut api = with_limits(Router::new().route("/", post(async |body: String| body)), limits);
        for (body, status, ends) in [("short", 200, false), ("much too long", 413, true)] {
            let request = Request::post("/").header(header::CONTENT_LENGTH, body.len()).body(Body::from(body)).unwrap();
            let answer = api.call(request).await.unwrap();
            assert_eq!(answer.status(), status, "{body}");
            assert_eq!(answer.headers().get(header::CONNECTION).is_some_and(|value| value == "close"), ends, "{body}");
        }
    }

    #[test]
    fn a_correlation_id_is_short_and_plain() {
        assert_eq!(CorrelationId::parse("ops:2024-01.a_b").unwrap().as_str(), "ops:2024-01.a_b");
        for text in ["", "a b", "a\"b", "über", &"x".repeat(65)] {
            assert_eq!(CorrelationId::parse(text), None, "{text}");
        }
    }
}
