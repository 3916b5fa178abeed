//! `[broker]`.

use std::path::PathBuf;

use causeway_runtime::config::Validator;
use serde::Deserialize;

/// `[broker]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawBroker {
    /// `nats://host:4222`, or `tls://host:4222`; nothing is offered unless it is set.
    pub url: Option<String>,
    /// JWT and seed of an account, as `nsc` writes them.
    pub credentials_file: Option<PathBuf>,
    /// The stream.
    pub stream: String,
}

/// Where events are offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broker {
    /// `nats://host:4222` or `tls://host:4222`.
    pub url: String,
    /// JWT and seed of an account.
    pub credentials: Option<PathBuf>,
    /// The stream; made when it is not there.
    pub stream: String,
}

impl RawBroker {
    /// `Some(None)`: nothing is offered; `None` left a complaint.
    pub(crate) fn validate(&self, validator: &mut Validator<'_>) -> Option<Option<Broker>> {
        let Some(url) = self.url.clone().filter(|url| !url.is_empty()) else { return Some(None) };
        let expected = "nats://host:port or tls://host:port; a password belongs into broker.credentials_file";
        let host = url.strip_prefix("nats://").or_else(|| url.strip_prefix("tls://")).ok_or(());
        let host = host.and_then(|host| if host.is_empty() || host.contains('@') { Err(()) } else { Ok(()) });
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let stream = if !self.stream.is_empty() && self.stream.bytes().all(is_word) { Ok(()) } else { Err(()) };
        let stream = validator.accept("broker.stream", "letters, digits, - and _", stream);
        validator.accept("broker.url", expected, host)?;
        stream?;
        Some(Some(Broker { url, credentials: self.credentials_file.clone(), stream: self.stream.clone() }))
    }
}
