//! Answers by HTTP POST, signed.
//!
//! The body is the answer's JSON as the outbox holds it. `x-causeway-signature` is `v1=` and the hexadecimal HMAC-SHA256 of
//! `<x-causeway-timestamp>.<body>`, as the house's alerts have it; the timestamp is when the answer was written, so that
//! every attempt has the same bytes, and a receiver drops repetitions by `idempotency-key`.

use std::{fmt, time::Duration};

use async_trait::async_trait;
use causeway_store::outbox::{Failure, Handler, Message};
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;

use super::answer::Outgoing;

/// A secret that is too short to sign with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a webhook's secret has at least 32 characters")]
pub struct SecretError;

/// What a receiver knows a webhook by.
#[derive(Debug, Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// # Errors
    /// [`SecretError`] for fewer than 32 characters.
    pub fn new(secret: SecretString) -> Result<Self, SecretError> {
        if secret.expose_secret().len() >= 32 { Ok(Self(secret)) } else { Err(SecretError) }
    }

    /// Hexadecimal HMAC-SHA256 of `timestamp.body`.
    fn sign(&self, timestamp: &str, body: &[u8]) -> String {
        // HMAC takes keys of any length: there is no error to tell.
        let mac = Hmac::<Sha256>::new_from_slice(self.0.expose_secret().as_bytes());
        let signed = mac.map(|mac| mac.chain_update(timestamp).chain_update(b".").chain_update(body));
        signed.map(|mac| hex::encode(mac.finalize().into_bytes())).unwrap_or_default()
    }
}

/// A receiver of answers.
pub struct Webhook {
    http: reqwest::Client,
    url: url::Url,
    secret: Secret,
    timeout: Duration,
}

impl Webhook {
    /// A receiver at this address. The client follows no redirect: the signature is for this receiver.
    pub const fn new(http: reqwest::Client, url: url::Url, secret: Secret, timeout: Duration) -> Self {
        Self { http, url, secret, timeout }
    }
}

#[async_trait]
impl Handler for Webhook {
    async fn deliver(&self, message: &Message) -> Result<(), Failure> {
        let outgoing = Outgoing::of(message)?;
        let body = message.payload.to_string();
        let timestamp = message.enqueued_at.as_secs().to_string();
        let request = self
            .http
            .post(self.url.clone())
            .timeout(self.timeout)
            .header("content-type", "application/json")
            .header("idempotency-key", &outgoing.answer_id)
            .header("x-causeway-message-type", &outgoing.message_type)
            .header("x-causeway-signature", format!("v1={}", self.secret.sign(&timestamp, body.as_bytes())))
            .header("x-causeway-timestamp", timestamp)
            .body(body);
        // The client's error names the address, which may hold a credential.
        let answered = request.send().await.map_err(|error| {
            let what = if error.is_timeout() { "no answer in time" } else { "no connection" };
            Failure::Retry { detail: what.to_owned(), after: None }
        })?;
        judge(answered.status().as_u16(), answered.headers().get("retry-after").and_then(|value| value.to_str().ok()))
    }
}

/// A receiver that is busy or broken is asked again; one that does not want it is not.
fn judge(status: u16, retry_after: Option<&str>) -> Result<(), Failure> {
    let detail = format!("status {status}");
    match status {
        200..=299 => Ok(()),
        408 | 425 | 429 | 500..=599 => {
            let after = retry_after.and_then(|text| text.parse().ok()).map(Duration::from_secs);
            Err(Failure::Retry { detail, after })
        }
        _ => Err(Failure::Reject { detail }),
    }
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook").field("host", &self.url.host_str()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tok_4_a_signature_is_what_any_other_tool_computes() {
        let secret = Secret::new(SecretString::from("0123456789abcdef0123456789abcdef")).unwrap();
        // printf '1700000000.{}' | openssl dgst -sha256 -hmac 0123456789abcdef0123456789abcdef
        let expected = "417adf36b901772f658597a76d329694e335e65fc0849d7715c3ca33406309b5";
        assert_eq!(secret.sign("1700000000", b"{}"), expected);
        assert!(Secret::new(SecretString::from("short")).is_err());
    }

    #[test]
    fn tok_4_only_what_may_be_taken_later_is_sent_again() {
        for status in [200, 202, 204] {
            assert_eq!(judge(status, None), Ok(()));
        }
        for status in [408, 425, 429, 500, 503] {
            let Err(Failure::Retry { after, .. }) = judge(status, Some("7")) else { panic!("{status}") };
            assert_eq!(after, Some(Duration::from_secs(7)), "{status}");
        }
        for status in [301, 400, 401, 404, 409, 422] {
            assert!(matches!(judge(status, None), Err(Failure::Reject { .. })), "{status}");
        }
    }
}
