//! What the HTTP carriers share: an address that does not print itself, and one bounded POST.

use std::{fmt, time::Duration};

use http::{HeaderMap, StatusCode, header::RETRY_AFTER};
use reqwest::redirect::Policy;
use secrecy::{ExposeSecret, SecretString};
use url::{Host, Url};

use super::port::Error;

/// Why a channel cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum SettingError {
    /// The address is no http or https URL.
    #[error("a channel's address is an http or https URL")]
    Address,
    /// Credentials would cross the network in the clear.
    #[error("a channel with a credential needs an https URL, except on loopback")]
    Plaintext,
    /// The credential cannot be sent: wrong length, or bytes that no header carries.
    #[error("the channel's credential is malformed")]
    Credential,
    /// A sender or recipient that is no address of the channel.
    #[error("the channel's sender or recipient is malformed")]
    Recipient,
    /// The HTTP client could not be built, for example without a TLS provider.
    #[error("the channel's HTTP client cannot be built")]
    Client(#[source] reqwest::Error),
    /// The mail server's name is no TLS name.
    #[error("the mail server's TLS settings are malformed")]
    Mail(#[source] lettre::transport::smtp::Error),
}

/// Where a channel posts. Such URLs carry secrets in path, query and user part (Slack's hook is nothing
/// but), so it prints as scheme and host.
#[derive(Clone)]
pub struct Endpoint {
    url: SecretString,
    shown: String,
    confidential: bool,
}

impl Endpoint {
    /// Reads an address.
    ///
    /// # Errors
    /// [`SettingError::Address`], which does not repeat the text.
    pub fn parse(text: &str) -> Result<Self, SettingError> {
        let url = Url::parse(text.trim()).map_err(|_| SettingError::Address)?;
        let (Some(host), "http" | "https") = (url.host(), url.scheme()) else { return Err(SettingError::Address) };
        let is_loopback = match host {
            Host::Domain(name) => name == "localhost",
            Host::Ipv4(ip) => ip.is_loopback(),
            Host::Ipv6(ip) => ip.is_loopback(),
        };
        Ok(Self {
            confidential: is_loopback || url.scheme() == "https",
            shown: format!("{}://{}/[redacted]", url.scheme(), url.host_str().unwrap_or_default()),
            url: SecretString::from(String::from(url)),
        })
    }

    /// # Errors
    /// [`SettingError::Plaintext`] when what is sent there can be read on the way.
    pub(super) const fn require_confidential(&self) -> Result<(), SettingError> {
        if self.confidential { Ok(()) } else { Err(SettingError::Plaintext) }
    }

    /// The address with this path below it; a base URL's own path is kept.
    pub(super) fn join(&self, path: &str) -> Result<Self, SettingError> {
        Self::parse(&format!("{}/{path}", self.url.expose_secret().trim_end_matches('/')))
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The HTTP client that the carriers of one process share.
#[derive(Debug, Clone)]
pub struct Outgoing(reqwest::Client);

impl Outgoing {
    /// A client whose requests take at most `timeout`, answer included. It follows no redirect: a receiver
    /// could otherwise hand our credentials to another host.
    ///
    /// # Errors
    /// [`SettingError::Client`] when the process has installed no TLS provider.
    pub fn new(timeout: Duration) -> Result<Self, SettingError> {
        let builder = reqwest::Client::builder().timeout(timeout).connect_timeout(timeout).redirect(Policy::none());
        builder.build().map(Self).map_err(SettingError::Client)
    }

    /// Tells a dead-man's switch that somebody lives: a short text, by POST.
    ///
    /// # Errors
    /// [`Error`]: it may have heard or not.
    pub async fn beat(&self, to: &Endpoint, text: &str) -> Result<(), Error> {
        self.post(to, HeaderMap::new(), text.as_bytes().to_vec()).await
    }

    /// Reads a document of at most so many bytes.
    pub(super) async fn get(&self, from: &Endpoint, most: usize) -> Result<Vec<u8>, Error> {
        let mut response = self.0.get(from.url.expose_secret()).send().await.map_err(unanswered)?;
        judge(response.status(), response.headers())?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(unanswered)? {
            if body.len().saturating_add(chunk.len()) > most {
                return Err(Error::Form("the answer is too long".into()));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    /// Has something taken away.
    pub(super) async fn delete(&self, what: &Endpoint) -> Result<(), Error> {
        let response = self.0.delete(what.url.expose_secret()).send().await.map_err(unanswered)?;
        judge(response.status(), response.headers())
    }

    /// Posts a body and judges the status. The answer's body is not read: it says nothing that the status
    /// does not, and it is the receiver's to make endless.
    pub(super) async fn post(&self, to: &Endpoint, headers: HeaderMap, body: Vec<u8>) -> Result<(), Error> {
        let request = self.0.post(to.url.expose_secret()).headers(headers).body(body);
        let response = request.send().await.map_err(unanswered)?;
        judge(response.status(), response.headers())
    }
}

fn unanswered(cause: reqwest::Error) -> Error {
    if cause.is_timeout() { Error::Timeout } else { Error::Unreachable(cause.without_url()) }
}

fn judge(status: StatusCode, headers: &HeaderMap) -> Result<(), Error> {
    if status.is_success() {
        return Ok(());
    }
    if status == StatusCode::TOO_MANY_REQUESTS {
        // The other notation, a date, needs a clock; the usual backoff is good enough for it.
        let seconds = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
        return Err(Error::Throttled { retry_after: seconds.map(Duration::from_secs) });
    }
    if status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT {
        return Err(Error::Broken { status: status.as_u16() });
    }
    Err(Error::Refused { status: status.as_u16() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_shows_its_host_and_nothing_else() {
        let endpoint = Endpoint::parse("https://user:pw@hooks.example.com/services/T0/B0/secret?k=v").unwrap();
        assert_eq!(format!("{endpoint} {endpoint:?}").matches("https://hooks.example.com/[redacted]").count(), 2);
        let error = Endpoint::parse("ftp://hidden-host/secret").unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hidden"), "{error:?}");
    }

    #[test]
    fn credentials_travel_in_the_clear_only_on_loopback() {
        for (text, ok) in [
            ("https://example.com", true),
            ("http://127.0.0.1:9", true),
            ("http://[::1]:9", true),
            ("http://localhost:9", true),
            ("http://example.com", false),
            ("http://127.0.0.1.example.com", false),
        ] {
            assert_eq!(Endpoint::parse(text).unwrap().require_confidential().is_ok(), ok, "{text}");
        }
    }

    #[test]
    fn statuses_are_told_apart_by_what_helps() {
        let judged = |status: u16| judge(StatusCode::from_u16(status).unwrap(), &HeaderMap::new());
        for status in [200, 202, 204] {
            assert!(judged(status).is_ok());
        }
        for (status, retryable) in
            [(301, false), (400, false), (401, false), (404, false), (408, true), (429, true), (500, true), (503, true)]
        {
            assert_eq!(judged(status).unwrap_err().is_retryable(), retryable, "{status}");
        }
    }

    #[test]
    fn a_pause_that_is_asked_for_in_seconds_is_kept() {
        let after = |value: &str| {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, value.parse().unwrap())]);
            judge(StatusCode::TOO_MANY_REQUESTS, &headers).unwrap_err().retry_after()
        };
        assert_eq!(after("30"), Some(Duration::from_secs(30)));
        assert_eq!(after("Wed, 21 Oct 2026 07:28:00 GMT"), None);
        assert_eq!(after("-1"), None);
    }
}
