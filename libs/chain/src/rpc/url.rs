//! The URL of an endpoint, which is a secret: providers put API keys into path, query and user name.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use url::Url;

/// Why a text is no endpoint. Says nothing about the text, which may hold a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// Not a URL.
    #[error("not a URL")]
    Malformed,
    /// Not `http` or `https`, or without a host.
    #[error("an endpoint is an http or https URL with a host")]
    Scheme,
}

/// Where an endpoint is. Prints as scheme, host and port; nothing else of it ever prints.
#[derive(Clone, PartialEq, Eq)]
pub struct EndpointUrl(Url);

impl EndpointUrl {
    /// # Errors
    /// [`UrlError`] when the text is no http(s) URL.
    pub fn parse(text: &SecretString) -> Result<Self, UrlError> {
        let url = Url::parse(text.expose_secret().trim()).map_err(|_| UrlError::Malformed)?;
        if matches!(url.scheme(), "http" | "https") && url.has_host() { Ok(Self(url)) } else { Err(UrlError::Scheme) }
    }

    /// The whole URL, for the HTTP client alone.
    pub(super) const fn expose(&self) -> &Url {
        &self.0
    }
}

impl fmt::Display for EndpointUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.0.scheme(), self.0.host_str().unwrap_or_default())?;
        match self.0.port() {
            Some(port) => write!(f, ":{port}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for EndpointUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ora_12_prints_neither_path_nor_query_nor_user() {
        let text = "https://user:hunter2@rpc.example:8545/v3/abcdef0123456789?key=s3cr3t#frag";
        let url = EndpointUrl::parse(&text.into()).unwrap();
        assert_eq!(url.to_string(), "https://rpc.example:8545");
        assert_eq!(format!("{url:?}"), "https://rpc.example:8545");
    }

    #[test]
    fn takes_only_http_with_a_host() {
        for (text, error) in [
            ("ws://127.0.0.1:8546", UrlError::Scheme),
            ("file:///etc/passwd", UrlError::Scheme),
            ("localhost:8545", UrlError::Scheme),
            ("", UrlError::Malformed),
            ("http://", UrlError::Malformed),
        ] {
            assert_eq!(EndpointUrl::parse(&text.into()), Err(error), "{text:?}");
        }
    }
}
