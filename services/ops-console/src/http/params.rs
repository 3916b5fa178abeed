//! What a page is asked for, in its address. Everything that is not allowed is refused with what is.

use std::collections::BTreeMap;

use axum::{
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
    response::{IntoResponse as _, Response},
};
use url::form_urlencoded;

use super::{error::problem, routes::Pages};
use crate::{app::Person, domain::text::inert};

/// Characters of a value; the longest is the token of a page.
const LONGEST: usize = 600;
/// Of a value that is shown back.
const SHOWN: usize = 80;

/// Something in the address that is not allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} is “{given}”: it must be {expected}")]
pub(super) struct Wrong {
    field: String,
    given: String,
    expected: String,
}

/// What stands in the address, by name. An empty value is none, as forms send them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Params(BTreeMap<&'static str, String>);

impl Params {
    /// Of an address's query, which may hold these names and no others, each once.
    pub(super) fn of(query: Option<&str>, names: &[&'static str]) -> Result<Self, Wrong> {
        let mut params = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            let known = names.iter().find(|known| **known == name);
            let Some(known) = known else {
                let expected =
                    if names.is_empty() { "left out".to_owned() } else { format!("one of {}", names.join(", ")) };
                return Err(Wrong { field: "a name in the address".to_owned(), given: inert(&name, SHOWN), expected });
            };
            let value = value.trim();
            if value.chars().count() > LONGEST {
                return Err(wrong(known, value, format!("at most {LONGEST} characters long")));
            }
            if !value.is_empty() && params.insert(*known, value.to_owned()).is_some() {
                return Err(wrong(known, value, "given once".to_owned()));
            }
        }
        Ok(Self(params))
    }

    /// The value of a name; empty for none.
    pub(super) fn text(&self, name: &'static str) -> &str {
        self.0.get(name).map(String::as_str).unwrap_or_default()
    }

    /// The value of a name as one of these.
    pub(super) fn one_of<T: Copy>(&self, name: &'static str, values: &[(&'static str, T)]) -> Result<Option<T>, Wrong> {
        let Some(text) = self.0.get(name) else { return Ok(None) };
        let found = values.iter().find(|(word, _)| word == text).map(|(_, value)| *value);
        let words = || values.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
        found.map(Some).ok_or_else(|| wrong(name, text, format!("one of {}", words())))
    }

    /// The value of a name as a number; 0 for none.
    pub(super) fn number(&self, name: &'static str) -> Result<u64, Wrong> {
        let Some(text) = self.0.get(name) else { return Ok(0) };
        text.parse().map_err(|_| wrong(name, text, "a whole number, for example 138".to_owned()))
    }

    /// The value of a name as `0x` and so many bytes, or any number of them up to 64; empty for none.
    pub(super) fn hex(&self, name: &'static str, bytes: Option<usize>) -> Result<&str, Wrong> {
        let text = self.text(name);
        if text.is_empty() || is_hex(text, bytes) {
            return Ok(text);
        }
        let digits = bytes.map_or_else(|| "2 to 128".to_owned(), |bytes| bytes.saturating_mul(2).to_string());
        Err(wrong(name, text, format!("0x and {digits} hexadecimal digits")))
    }

    /// The same address on another page of the list; the first for an empty token.
    pub(super) fn page(&self, path: &str, token: &str) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(self.0.iter().filter(|(name, _)| **name != "page"));
        if !token.is_empty() {
            query.append_pair("page", token);
        }
        let query = query.finish();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }

    /// The whole address: what tells one page from another.
    pub(super) fn key(&self, path: &str) -> String {
        self.page(path, self.text("page"))
    }
}

/// What stands first under a name in a query that this console did not write, as a provider's; empty for nothing.
pub(super) fn one(query: Option<&str>, name: &str) -> String {
    let mut pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    pairs.find(|(one, _)| one == name).map(|(_, value)| value.into_owned()).unwrap_or_default()
}

/// A page that is asked for nothing: whatever its address says besides is refused.
pub(super) struct Bare;

impl FromRequestParts<Pages> for Bare {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, pages: &Pages) -> Result<Self, Response> {
        let Err(wrong) = Params::of(parts.uri.query(), &[]) else { return Ok(Self) };
        let Some(person) = parts.extensions.get::<Person>() else {
            return Err(StatusCode::UNAUTHORIZED.into_response());
        };
        Err(problem(pages, person, &wrong.into()))
    }
}

/// An address with one thing that is asked for.
pub(super) fn link(path: &str, name: &str, value: &str) -> String {
    format!("{path}?{}", form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish())
}

/// Where a change is proposed that needs approval, filled in.
pub(super) fn change(service: &str, action: &str, parameters: &[(&str, &str)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("service", service).append_pair("action", action).extend_pairs(parameters);
    format!("/changes/new?{}", query.finish())
}

fn wrong(field: &str, given: &str, expected: String) -> Wrong {
    Wrong { field: field.to_owned(), given: inert(given, SHOWN), expected }
}

/// Whether a text is `0x` and so many bytes, or any number of them up to 64.
pub(super) fn is_hex(text: &str, bytes: Option<usize>) -> bool {
    let Some(digits) = text.strip_prefix("0x") else { return false };
    let fits = bytes.map_or((2..=128).contains(&digits.len()) && digits.len() % 2 == 0, |bytes| {
        digits.len() == bytes.saturating_mul(2)
    });
    fits && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Whether this looks like an id of a service's: a UUID as it is written.
pub(super) fn is_id(text: &str) -> bool {
    text.len() == 36 && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 3] = ["status", "from", "page"];

    fn told(query: &str) -> String {
        Params::of(Some(query), &NAMES).map_or_else(|wrong| wrong.to_string(), |params| params.key("/x"))
    }

    #[test]
    fn ops_1_what_is_not_allowed_is_refused_with_what_is() {
        assert_eq!(told("q=1"), "a name in the address is “q”: it must be one of status, from, page");
        assert_eq!(told("status=a&status=b"), "status is “b”: it must be given once");
        assert!(told(&format!("status={}", "x".repeat(601))).contains("at most 600 characters"));
        let params = Params::of(Some("status=sent&from=x&page=%3Cb%3E"), &NAMES).unwrap();
        assert_eq!(params.one_of("status", &[("sent", 1), ("failed", 5)]), Ok(Some(1)));
        assert!(params.one_of("status", &[("failed", 5)]).unwrap_err().to_string().contains("one of failed"));
        assert!(params.number("from").unwrap_err().to_string().contains("whole number"));
        assert!(params.hex("from", Some(20)).unwrap_err().to_string().contains("40 hexadecimal"));
        assert_eq!(Params::default().number("from"), Ok(0));
    }

    #[test]
    fn another_page_keeps_what_was_asked_for() {
        let params = Params::of(Some("from=138&status=&page=a%2Bb"), &NAMES).unwrap();
        assert_eq!(params.page("/messages", "c&d"), "/messages?from=138&page=c%26d");
        assert_eq!(params.page("/messages", ""), "/messages?from=138");
        assert_eq!(params.key("/messages"), "/messages?from=138&page=a%2Bb");
        let link = change("oracle-publisher", "source.exclude", &[("source_id", "a&b=<c>")]);
        assert_eq!(link, "/changes/new?service=oracle-publisher&action=source.exclude&source_id=a%26b%3D%3Cc%3E");
    }

    #[test]
    fn hexadecimal_is_that_and_nothing_else() {
        assert!(is_hex("0xAb", None) && is_hex(&format!("0x{}", "0".repeat(64)), Some(32)));
        assert!(!is_hex("0x", None) && !is_hex("0xabc", None) && !is_hex("ab", None) && !is_hex("0xzz", None));
    }
}
