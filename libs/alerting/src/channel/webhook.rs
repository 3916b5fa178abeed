//! A JSON webhook, for tickets and everything else: the notification as it stands in the outbox, signed. The signed post is
//! there for whoever else tells other systems something.

use std::fmt;

use async_trait::async_trait;
use causeway_primitives::Timestamp;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderName, HeaderValue, header::CONTENT_TYPE};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

use super::{
    http::{Endpoint, Outgoing},
    port::{Channel, Error},
};
use crate::{
    notification::{ChannelId, Notification},
    wire,
};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const TIMESTAMP: HeaderName = HeaderName::from_static("x-causeway-timestamp");
const SIGNATURE: HeaderName = HeaderName::from_static("x-causeway-signature");

/// Where JSON documents are posted to, signed when there is a secret.
///
/// With one, `x-causeway-signature` is `v1=` and the hexadecimal HMAC-SHA256 of `<x-causeway-timestamp>.<body>`. The timestamp
/// is that of what is told, so every attempt carries the same bytes; a receiver drops repetitions by `idempotency-key`.
#[derive(Clone)]
pub struct Hook {
    outgoing: Outgoing,
    endpoint: Endpoint,
    secret: Option<SecretString>,
}

impl Hook {
    /// At this address.
    pub const fn new(outgoing: Outgoing, endpoint: Endpoint, secret: Option<SecretString>) -> Self {
        Self { outgoing, endpoint, secret }
    }

    /// Posts a document that was decided at a time, under its idempotency key.
    ///
    /// # Errors
    /// [`enum@Error`]; ask [`Error::is_retryable`] whether the same document may be taken later.
    pub async fn post(&self, key: &str, at: Timestamp, body: Vec<u8>) -> Result<(), Error> {
        let headers = self.headers(key, at, &body)?;
        self.outgoing.post(&self.endpoint, headers, body).await
    }

    fn headers(&self, key: &str, at: Timestamp, body: &[u8]) -> Result<HeaderMap, Error> {
        let value = |text: &str| HeaderValue::try_from(text).map_err(|cause| Error::Form(cause.into()));
        let timestamp = at.as_secs().to_string();
        let mut headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
        headers.insert(IDEMPOTENCY_KEY, value(key)?);
        if let Some(secret) = &self.secret {
            headers.insert(SIGNATURE, value(&format!("v1={}", sign(secret, &timestamp, body)?))?);
        }
        headers.insert(TIMESTAMP, value(&timestamp)?);
        Ok(headers)
    }
}

impl fmt::Debug for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hook").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

/// Posts the document of [`wire::encode`] to a [`Hook`].
#[derive(Debug)]
pub struct Webhook {
    id: ChannelId,
    hook: Hook,
}

impl Webhook {
    /// A webhook at this address, signed when there is a secret.
    pub const fn new(id: ChannelId, outgoing: Outgoing, endpoint: Endpoint, secret: Option<SecretString>) -> Self {
        Self { id, hook: Hook::new(outgoing, endpoint, secret) }
    }
}

fn sign(secret: &SecretString, timestamp: &str, body: &[u8]) -> Result<String, Error> {
    let key = secret.expose_secret().as_bytes();
    let mut mac = Hmac::<Sha256>::new_from_slice(key).map_err(|cause| Error::Form(cause.into()))?;
    mac.update(timestamp.as_bytes());
    mac.update(b".");
    mac.update(body);
    Ok(hex::encode(mac.finalize().into_bytes()))
}

#[async_trait]
impl Channel for Webhook {
    fn id(&self) -> &ChannelId {
        &self.id
    }

    async fn deliver(&self, notification: &Notification) -> Result<(), Error> {
        let body = wire::encode(notification).map_err(|cause| Error::Form(cause.into()))?;
        self.hook.post(&notification.key.to_string(), notification.at, body).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_hmac_sha256_over_time_dot_body() {
        let signed = sign(&SecretString::from("key"), "1700000000", b"{}").unwrap();
        // printf '1700000000.{}' | openssl dgst -sha256 -hmac key
        assert_eq!(signed, "9d713ed406bb7076d4123f0dc2c39d2df5c654ed4b0cd56b52c8b4c940bd63ae");
    }
}
