//! The body of an HTTP answer, read as JSON-RPC without copying the results out of it.
//!
//! A window of logs is megabytes of JSON: its result stays where it is ([`RawValue`]) until its own type
//! reads it, once.

use std::time::Duration;

use alloy::primitives::Bytes;
use reqwest::StatusCode;
use serde::{Deserialize, de::Error as _};
use serde_json::{Value, value::RawValue};

use super::{Error, Refusal};

/// What came back for one call: its result (`None` for `null`), or the endpoint's refusal.
pub(crate) type Answer<'a> = Result<Option<&'a RawValue>, Refusal>;

#[derive(Deserialize)]
struct Envelope<'a> {
    /// A number, as we send it; whatever else stands here belongs to no call of ours.
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    result: Option<&'a RawValue>,
    error: Option<ErrorObject>,
}

/// The `error` member. `data` is hex for a revert, a sentence elsewhere, or an object that holds the hex.
#[derive(Deserialize)]
struct ErrorObject {
    code: i64,
    #[serde(default)]
    message: String,
    #[serde(default)]
    data: Value,
}

#[derive(Debug)]
pub(super) struct Body {
    pub(super) bytes: Vec<u8>,
    pub(super) status: StatusCode,
    pub(super) retry_after: Option<Duration>,
}

impl Body {
    /// Whether it answers call by call; an endpoint that takes no batches answers with one object.
    pub(super) fn is_batch(&self) -> bool {
        self.bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[')
    }

    /// The answer to a single call.
    pub(super) fn result(&self) -> Result<Option<&RawValue>, Error> {
        // Some nodes send a JSON-RPC error with an HTTP error status; what they say in it counts.
        let envelope: Envelope<'_> = self.parse()?;
        match envelope.error {
            Some(error) => Err(Error::Refused(self.refusal(&error))),
            None if !self.status.is_success() => Err(self.failed()),
            None => Ok(envelope.result),
        }
    }

    /// The answers to a batch of `count` calls, in the order of the calls: an endpoint may answer in another.
    pub(super) fn results(&self, count: usize) -> Result<Vec<Answer<'_>>, Error> {
        let envelopes: Vec<Envelope<'_>> = self.parse()?;
        let mut answers: Vec<Option<Answer<'_>>> = (0..count).map(|_| None).collect();
        for envelope in envelopes {
            let index = envelope.id.and_then(|id| id.get().parse::<usize>().ok());
            let Some(place) = index.and_then(|index| answers.get_mut(index)) else {
                return Err(malformed("an answer to no call"));
            };
            *place = Some(match envelope.error {
                Some(error) => Err(self.refusal(&error)),
                None => Ok(envelope.result),
            });
        }
        answers.into_iter().collect::<Option<_>>().ok_or_else(|| malformed("a call without an answer"))
    }

    fn parse<'a, T: Deserialize<'a>>(&'a self) -> Result<T, Error> {
        serde_json::from_slice(&self.bytes)
            .map_err(|source| if self.status.is_success() { Error::Shape(source) } else { self.failed() })
    }

    fn failed(&self) -> Error {
        Error::Status { status: self.status.as_u16(), retry_after: self.retry_after }
    }

    fn refusal(&self, error: &ErrorObject) -> Refusal {
        Refusal::new(error.code, &error.message, revert_data(&error.data)).with_retry_after(self.retry_after)
    }
}

fn malformed(what: &'static str) -> Error {
    Error::Shape(serde_json::Error::custom(what))
}

/// The bytes of a revert, wherever the node puts them: geth and anvil as a string, others in an object, and
/// older ones behind the words `Reverted `.
fn revert_data(data: &Value) -> Option<Bytes> {
    let text = match data {
        Value::String(text) => text,
        Value::Object(fields) => match fields.get("data") {
            Some(Value::String(text)) => text,
            Some(_) | None => return None,
        },
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => return None,
    };
    let hex = text.strip_prefix("Reverted ").unwrap_or(text);
    if hex.starts_with("0x") { hex.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rpc::RefusalKind;

    fn body(status: u16, text: &str) -> Body {
        let status = StatusCode::from_u16(status).unwrap();
        Body { bytes: text.as_bytes().to_vec(), status, retry_after: Some(Duration::from_secs(7)) }
    }

    #[test]
    fn a_batch_is_put_into_the_order_of_its_calls() {
        let body = body(200, r#" [{"id":1,"result":null},{"id":0,"result":[1, 2]},{"id":2,"error":{"code":-32005}}]"#);
        assert!(body.is_batch());
        let answers = body.results(3).unwrap();
        assert_eq!(answers[0].as_ref().unwrap().unwrap().get(), "[1, 2]");
        assert!(answers[1].as_ref().unwrap().is_none());
        assert_eq!(answers[2].as_ref().unwrap_err().kind(), RefusalKind::RateLimited);
    }

    #[test]
    fn an_answer_that_is_missing_or_belongs_to_no_call_is_malformed() {
        for text in [r#"[{"id":0,"result":1}]"#, r#"[{"id":0,"result":1},{"id":9,"result":1}]"#, r#"[{"id":"a"}]"#, "["]
        {
            assert!(matches!(body(200, text).results(2), Err(Error::Shape(_))), "{text}");
        }
    }

    #[test]
    fn ccip_17_a_refusal_carries_what_the_endpoint_asks_for_in_retry_after() {
        let body = body(429, r#"{"id":null,"error":{"code":429,"message":"Too Many Requests"}}"#);
        let error = body.result().unwrap_err();
        assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
        assert!(!body.is_batch());
    }

    #[test]
    fn a_page_of_html_with_an_error_status_is_that_status() {
        let error = body(502, "<html>bad gateway</html>").result().unwrap_err();
        assert!(matches!(error, Error::Status { status: 502, .. }), "{error:?}");
    }

    #[test]
    fn the_bytes_of_a_revert_are_found_wherever_the_node_puts_them() {
        for data in [r#""0x08c3""#, r#""Reverted 0x08c3""#, r#"{"data":"0x08c3"}"#] {
            let text = format!(r#"{{"error":{{"code":3,"message":"execution reverted","data":{data}}}}}"#);
            let Err(Error::Refused(refusal)) = body(200, &text).result() else { panic!("{data}") };
            assert_eq!(refusal.data().unwrap().as_ref(), [0x08, 0xc3], "{data}");
        }
    }
}
