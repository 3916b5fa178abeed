//! One bounded HTTP request: a deadline over all of it, a cap on the body, and every way to fail named.
//!
//! It neither retries nor paces; that is the poller's business. What it says about a failure never holds
//! an address (keys travel in them) nor what the stranger wrote.

use std::time::Duration;

use causeway_primitives::Timestamp;
use reqwest::{
    Client, Response, StatusCode, Url,
    header::{HeaderMap, RETRY_AFTER},
};
use time::{OffsetDateTime, PrimitiveDateTime, format_description::BorrowedFormatItem, macros::format_description};

use super::{line::Trouble, settings::Rest};
use crate::ports::Fault;

/// The longest ban that a venue documents (Binance, 418). A longer `Retry-After` is a mistake.
const LONGEST_PAUSE: Duration = Duration::from_secs(3 * 24 * 60 * 60);

/// The one form of an HTTP date that senders may still use (RFC 9110, 5.6.7).
const HTTP_DATE: &[BorrowedFormatItem<'_>] =
    format_description!("[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT");

/// The client for all venues. It follows no redirect, because our headers hold keys and would follow too;
/// and it names itself, because Coinbase refuses clients that do not. It needs the process's default TLS
/// provider to be installed.
///
/// # Errors
/// When no TLS provider is installed.
pub fn client() -> Result<Client, reqwest::Error> {
    Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("causeway-oracle-publisher/", env!("CARGO_PKG_VERSION")))
        .build()
}

/// What came of a request. Headers tell of budgets also when the answer is a refusal.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) body: Result<Vec<u8>, Trouble>,
    pub(crate) headers: HeaderMap,
}

/// Fetches one document from `path` below `base`.
pub(crate) async fn get(client: &Client, rest: &Rest, base: &Url, path: &str, now: Timestamp) -> Outcome {
    let failed = |trouble| Outcome { body: Err(trouble), headers: HeaderMap::new() };
    let Ok(url) = Url::parse(&format!("{}{path}", base.as_str().trim_end_matches('/'))) else {
        return failed(Trouble::new(Fault::Connect, "address and path do not fit together"));
    };
    let request = async {
        let response = match client.get(url).headers(rest.headers.map().clone()).send().await {
            Ok(response) => response,
            Err(error) => return failed(lost(&error)),
        };
        let headers = response.headers().clone();
        let body = match refusal(response.status(), &headers, now) {
            Some(trouble) => Err(trouble),
            None => read(response, rest.max_body_bytes).await,
        };
        Outcome { body, headers }
    };
    match tokio::time::timeout(rest.request_timeout, request).await {
        Ok(outcome) => outcome,
        Err(_) => failed(Trouble::new(Fault::Timeout, "no whole answer within the request timeout")),
    }
}

/// What a status means for us; `None` for success.
pub(crate) fn refusal(status: StatusCode, headers: &HeaderMap, now: Timestamp) -> Option<Trouble> {
    let fault = match status.as_u16() {
        200..=299 => return None,
        401 | 403 => Fault::Credential,
        418 | 429 => Fault::RateLimited,
        _ => Fault::HttpStatus,
    };
    let mut trouble = Trouble::new(fault, format_args!("status {}", status.as_u16()));
    trouble.retry_after = retry_after(headers, now);
    Some(trouble)
}

/// The pause that a venue asks for, in seconds or until a date.
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let pause = match text.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => http_date(text)?.since(now),
    };
    Some(pause.min(LONGEST_PAUSE))
}

fn http_date(text: &str) -> Option<Timestamp> {
    let date: OffsetDateTime = PrimitiveDateTime::parse(text, HTTP_DATE).ok()?.assume_utc();
    Timestamp::from_datetime(date).ok()
}

async fn read(mut response: Response, max_bytes: usize) -> Result<Vec<u8>, Trouble> {
    let too_long = || Trouble::new(Fault::Payload, "body longer than the limit");
    let is_announced_too_long =
        response.content_length().is_some_and(|length| usize::try_from(length).map_or(true, |l| l > max_bytes));
    if is_announced_too_long {
        return Err(too_long());
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| lost(&error))? {
        if body.len().saturating_add(chunk.len()) > max_bytes {
            return Err(too_long());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// reqwest's own message names the address, so it is not passed on.
fn lost(error: &reqwest::Error) -> Trouble {
    if error.is_timeout() {
        Trouble::new(Fault::Timeout, "timed out")
    } else if error.is_connect() {
        Trouble::new(Fault::Connect, "could not connect")
    } else {
        Trouble::new(Fault::Connect, "connection lost")
    }
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    fn headers(retry_after: &str) -> HeaderMap {
        HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_str(retry_after).expect("a value"))])
    }

    fn now() -> Timestamp {
        Timestamp::from_rfc3339("2015-10-21T07:27:00Z").expect("a time")
    }

    #[test]
    fn ora_6_statuses_tell_a_wrong_key_from_a_used_up_budget() {
        let fault = |status| {
            let status = StatusCode::from_u16(status).expect("a status");
            refusal(status, &HeaderMap::new(), now()).map(|trouble| trouble.fault)
        };
        assert_eq!([fault(200), fault(204)], [None, None]);
        assert_eq!([fault(401), fault(403)], [Some(Fault::Credential); 2]);
        assert_eq!([fault(418), fault(429)], [Some(Fault::RateLimited); 2]);
        assert_eq!([fault(301), fault(400), fault(404), fault(500), fault(503)], [Some(Fault::HttpStatus); 5]);
    }

    #[test]
    fn ora_6_retry_after_is_read_as_seconds_and_as_a_date() {
        assert_eq!(retry_after(&headers("120"), now()), Some(Duration::from_secs(120)));
        assert_eq!(retry_after(&headers("Wed, 21 Oct 2015 07:28:00 GMT"), now()), Some(Duration::from_secs(60)));
        assert_eq!(retry_after(&headers("Wed, 21 Oct 2015 07:26:00 GMT"), now()), Some(Duration::ZERO));
        assert_eq!(retry_after(&headers("18446744073709551615"), now()), Some(LONGEST_PAUSE));
        for text in ["soon", "-1", "1.5", ""] {
            assert_eq!(retry_after(&headers(text), now()), None, "{text}");
        }
    }
}
