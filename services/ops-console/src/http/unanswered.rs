//! Forms and pages that get no answer of their own: nobody can say who asks, or it takes too long. What somebody wrote is
//! shown to him again, as after every other refusal. These pages have no frame and no `main` by name, so that no open page
//! takes them for what it shows.

use std::time::Duration;

use askama::Template;
use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::{Method, StatusCode},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use causeway_service::ports::ANSWER_WITHIN;
use tokio::time::timeout;
use url::form_urlencoded;

use super::{
    page::html,
    posted::{Fields, LONGEST, Sent, unreadable},
};

/// Before the end that every request has, which is an answer without a word.
const BEFORE: Duration = Duration::from_secs(3);

#[derive(Template)]
#[template(path = "unanswered.html")]
struct Unanswered {
    words: String,
    page: String,
    written: Vec<(String, String)>,
}

/// Why there is no answer, and what was sent.
pub(super) fn unanswered((status, words): (StatusCode, &str), sent: Sent) -> Response {
    let Sent { page, written } = sent;
    (status, html(&Unanswered { words: words.to_owned(), page, written })).into_response()
}

/// Gives each form an end of its own.
pub(super) async fn in_time(request: Request, next: Next) -> Response {
    if request.method() != Method::POST {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    let limit = ANSWER_WITHIN.saturating_sub(BEFORE);
    let bytes = match timeout(limit, to_bytes(body, LONGEST)).await {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(_)) => {
            let status = StatusCode::PAYLOAD_TOO_LARGE;
            return unanswered((status, &unreadable(status)), Sent::of(&path, &Fields::new()));
        }
        Err(_) => {
            let words = "The form did not arrive in time, so nothing was done.";
            return unanswered((StatusCode::REQUEST_TIMEOUT, words), Sent::of(&path, &Fields::new()));
        }
    };
    let request = Request::from_parts(parts, Body::from(bytes.clone()));
    match timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            tracing::warn!(path, "a form was not answered in time");
            let fields: Fields = form_urlencoded::parse(&bytes).into_owned().collect();
            let words = "No answer came in time, so it is not known whether it was done. Look at its page before you send it \
                         again.";
            unanswered((StatusCode::GATEWAY_TIMEOUT, words), Sent::of(&path, &fields))
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::{Router, http::header, middleware::from_fn, routing::post};
    use tower::ServiceExt as _;

    use super::*;

    async fn sent(form: Body) -> (StatusCode, String) {
        let never = || async { std::future::pending::<StatusCode>().await };
        let router = Router::new().route("/changes/new", post(never)).layer(from_fn(in_time));
        let request = Request::post("/changes/new").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let answer = router.oneshot(request.body(form).unwrap()).await.unwrap();
        let status = answer.status();
        let page = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        (status, String::from_utf8(page.to_vec()).unwrap())
    }

    #[tokio::test(start_paused = true)]
    async fn ops_1_a_form_that_gets_no_answer_in_time_shows_what_was_written() {
        let began = tokio::time::Instant::now();
        let (status, page) = sent("token=t&procedure=source.exclude&reason=it+is+%3Cb%3Efrozen".into()).await;
        assert_eq!(status, StatusCode::GATEWAY_TIMEOUT);
        assert!(began.elapsed() < ANSWER_WITHIN, "before the end that says nothing");
        for shown in ["it is not known whether", "it is &#60;b&#62;frozen", "/changes/new?action=source.exclude"] {
            assert!(page.contains(shown), "no {shown}: {page}");
        }
        assert!(!page.contains("id=\"main\""), "no open page takes it for its own: {page}");
    }

    #[tokio::test(start_paused = true)]
    async fn ops_1_a_form_that_is_too_long_or_does_not_arrive_is_said_to_be_so() {
        let (status, page) = sent("x".repeat(LONGEST + 1).into()).await;
        assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
        assert!(page.contains("longer than 64 kB"), "{page}");
        let endless = futures_util::stream::pending::<Result<Vec<u8>, std::io::Error>>();
        let (status, page) = sent(Body::from_stream(endless)).await;
        assert_eq!(status, StatusCode::REQUEST_TIMEOUT);
        assert!(page.contains("did not arrive in time"), "{page}");
    }
}
