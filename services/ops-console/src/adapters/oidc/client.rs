//! The console as the provider's client, and the questions it asks: bounded in time and in length, never redirected, and never
//! with the secret where somebody could read it.

use std::{fmt, time::Duration};

use causeway_runtime::config::{ExposeSecret as _, SecretString};
use reqwest::{Certificate, RequestBuilder, Response, redirect::Policy};
use serde::de::DeserializeOwned;
use url::{Host, Url};

use super::{error::Error, token::Places};

/// Bytes of an answer.
const LONGEST: usize = 512 * 1024;

/// Who we are to whom.
#[derive(Clone)]
pub struct Settings {
    /// The provider, exactly as its tokens name it.
    pub issuer: String,
    /// The console's name there.
    pub client: String,
    /// And what proves it; `None`: a public client.
    pub secret: Option<SecretString>,
    /// Where people come back to.
    pub redirect: Url,
    /// What is asked for; `openid` among it.
    pub scopes: Vec<String>,
    /// Where the name and the groups are.
    pub places: Places,
    /// Certificates of the provider's authority, in PEM; none: the public ones.
    pub authority: Option<Vec<u8>>,
    /// For one question.
    pub timeout: Duration,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").field("issuer", &self.issuer).field("client", &self.client).finish_non_exhaustive()
    }
}

/// Whether nobody on the way can read what goes there: https, or this host.
pub fn is_private(url: &Url) -> bool {
    let is_here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    url.scheme() == "https" || (url.scheme() == "http" && is_here)
}

/// An HTTP client for the provider alone.
///
/// # Errors
/// [`Error::Client`].
pub(super) fn client(settings: &Settings) -> Result<reqwest::Client, Error> {
    let builder =
        reqwest::Client::builder().timeout(settings.timeout).connect_timeout(settings.timeout).redirect(Policy::none());
    let builder = match &settings.authority {
        Some(pem) => builder.tls_certs_only(Certificate::from_pem_bundle(pem).map_err(Error::Client)?),
        None => builder,
    };
    builder.build().map_err(Error::Client)
}

/// The provider's address in what it says of itself.
///
/// # Errors
/// [`Error::Strange`] when what goes there could be read on the way.
pub(super) fn address(text: &str) -> Result<Url, Error> {
    let url = text.parse().ok().filter(is_private);
    url.ok_or(Error::Strange("an address that is no https URL"))
}

/// Asks, and reads the answer with whether it is a yes.
pub(super) async fn answer<T: DeserializeOwned>(request: RequestBuilder) -> Result<T, Error> {
    let response = request.send().await.map_err(Error::Unreachable)?;
    let status = response.status();
    if !status.is_success() && !status.is_client_error() {
        return Err(Error::Failed(status.as_u16()));
    }
    let body = body(response).await?;
    if status.is_client_error() {
        return Err(refusal(&body, status.as_u16()));
    }
    serde_json::from_slice(&body).map_err(|_| Error::Strange("an answer of another shape"))
}

async fn body(mut response: Response) -> Result<Vec<u8>, Error> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(Error::Unreachable)? {
        if body.len().saturating_add(chunk.len()) > LONGEST {
            return Err(Error::Strange("an answer that is too long"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// The word of an error answer (RFC 6749, section 5.2). Its description may hold what we sent, and is left out.
fn refusal(body: &[u8], status: u16) -> Error {
    let word = serde_json::from_slice::<serde_json::Value>(body).ok();
    let word = word.as_ref().and_then(|answer| answer.get("error")?.as_str());
    word.and_then(word_of).map_or(Error::Failed(status), Error::Refused)
}

/// An error's word, which is plain; anything else is none.
pub(super) fn word_of(text: &str) -> Option<String> {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
    ((1..=60).contains(&text.len()) && text.bytes().all(is_plain)).then(|| text.to_owned())
}

/// Shows the console's name and what proves it, in the way the provider takes (RFC 6749, section 2.3.1).
pub(super) fn prove(
    settings: &Settings,
    methods: Option<&[String]>,
    request: RequestBuilder,
    mut form: Vec<(&str, String)>,
) -> RequestBuilder {
    let takes = |method: &str| methods.is_none_or(|methods| methods.iter().any(|one| one == method));
    let encoded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let request = match &settings.secret {
        Some(secret) if takes("client_secret_basic") => {
            request.basic_auth(encoded(&settings.client), Some(encoded(secret.expose_secret())))
        }
        Some(secret) => {
            form.push(("client_id", settings.client.clone()));
            form.push(("client_secret", secret.expose_secret().to_owned()));
            request
        }
        None => {
            form.push(("client_id", settings.client.clone()));
            request
        }
    };
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    request.header("content-type", "application/x-www-form-urlencoded").body(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ops_9_a_secret_goes_over_https_or_nowhere() {
        assert!(address("https://id.example/token").is_ok() && address("http://127.0.0.1:9000/token").is_ok());
        for open in [
            "http://id.example/token",
            "ftp://localhost/",
            "javascript:alert(1)",
            "/token",
            "http://127.0.0.1.evil.example/",
        ] {
            assert!(address(open).is_err(), "{open}");
        }
    }

    #[test]
    fn ops_9_a_providers_words_are_words() {
        let said = |body: &str| refusal(body.as_bytes(), 400).to_string();
        assert_eq!(
            said(r#"{"error":"invalid_grant","error_description":"code abc"}"#),
            "the provider says no: invalid_grant"
        );
        assert_eq!(said(r#"{"error":"<b>"}"#), "the provider answered 400");
        assert_eq!(said("<html>"), "the provider answered 400");
    }
}
