//! Addresses and request headers. Both may carry API keys, so neither prints more than a host or a name.

use std::fmt;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::Error;

/// Addresses of one API in the order in which they are tried. Never empty.
#[derive(Clone, PartialEq, Eq)]
pub struct Urls {
    first: Box<Url>,
    others: Vec<Url>,
}

impl Urls {
    /// # Errors
    /// [`Error::Urls`] when there is none, or one that is not `http` or `https`.
    pub fn http(urls: Vec<Url>) -> Result<Self, Error> {
        Self::with_schemes(urls, ["http", "https"], "http or https")
    }

    /// # Errors
    /// [`Error::Urls`] when there is none, or one that is not `ws` or `wss`.
    pub fn socket(urls: Vec<Url>) -> Result<Self, Error> {
        Self::with_schemes(urls, ["ws", "wss"], "ws or wss")
    }

    fn with_schemes(urls: Vec<Url>, schemes: [&str; 2], expected: &'static str) -> Result<Self, Error> {
        let fits = |url: &Url| schemes.contains(&url.scheme()) && url.has_host() && url.fragment().is_none();
        if !urls.iter().all(fits) {
            return Err(Error::Urls(expected));
        }
        let mut urls = urls.into_iter();
        let first = Box::new(urls.next().ok_or(Error::Urls(expected))?);
        Ok(Self { first, others: urls.collect() })
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.others.len().saturating_add(1)
    }

    /// The address of the given attempt: after the last one comes the first again.
    pub(crate) fn nth(&self, attempt: usize) -> &Url {
        let position = attempt.checked_rem(self.count()).unwrap_or_default();
        position.checked_sub(1).and_then(|index| self.others.get(index)).unwrap_or(&self.first)
    }
}

impl fmt::Debug for Urls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let urls = std::iter::once(&*self.first).chain(&self.others);
        f.debug_list().entries(urls.map(|url| url.host_str().unwrap_or("[no host]"))).finish()
    }
}

/// Request headers, each of them treated as a secret: API keys travel here.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Headers(Box<HeaderMap>);

impl Headers {
    /// # Errors
    /// [`Error::Header`] when a name or a value cannot be sent.
    pub fn new(headers: &[(String, SecretString)]) -> Result<Self, Error> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| Error::Header)?;
            let mut value = HeaderValue::from_str(value.expose_secret()).map_err(|_| Error::Header)?;
            value.set_sensitive(true);
            map.insert(name, value);
        }
        Ok(Self(Box::new(map)))
    }

    pub(crate) fn map(&self) -> &HeaderMap {
        &self.0
    }
}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.0.keys().map(|name| (name.as_str(), "[redacted]"))).finish()
    }
}
