//! Text messages through any HTTP gateway: the request is a template, because every gateway has its own.
//!
//! Gateways know no idempotency key, so a retry after a lost answer may ring twice. A page that rings
//! twice is better than one that does not ring.

use std::fmt;

use async_trait::async_trait;
use http::{HeaderMap, HeaderValue, header::AUTHORIZATION, header::CONTENT_TYPE};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::form_urlencoded;

use super::{
    http::{Endpoint, Outgoing, SettingError},
    port::{Channel, Error},
    text::{Wording, cut},
};
use crate::notification::{ChannelId, Notification};

/// The request's body. `{to}`, `{text}` and `{key}` are replaced in every value.
#[derive(Debug, Clone)]
pub enum SmsBody {
    /// Name and value pairs, as Twilio's API takes them: `To`, `From`, `Body`.
    Form(Vec<(String, String)>),
    /// A JSON document, replaced in its strings.
    Json(Value),
}

/// How a gateway wants to be asked.
#[derive(Debug, Clone)]
pub struct Gateway {
    /// Where to post.
    pub endpoint: Endpoint,
    /// The whole `Authorization` header, for example `Basic …` or `Bearer …`.
    pub authorization: Option<SecretString>,
    /// What to post.
    pub body: SmsBody,
    /// Longer texts are cut. Two parts of a long message hold 306 characters.
    pub max_chars: usize,
}

/// Sends to a fixed list of numbers.
pub struct Sms {
    id: ChannelId,
    outgoing: Outgoing,
    gateway: Gateway,
    authorization: Option<HeaderValue>,
    recipients: Vec<String>,
    wording: Wording,
}

impl Sms {
    /// The people on these numbers (`+` and 8 to 15 digits, as E.164 writes them).
    ///
    /// # Errors
    /// [`SettingError`] for a number that is none, no number at all, a header that cannot be sent, or a
    /// gateway that is not https.
    pub fn new(
        id: ChannelId,
        outgoing: Outgoing,
        gateway: Gateway,
        recipients: Vec<String>,
        wording: Wording,
    ) -> Result<Self, SettingError> {
        gateway.endpoint.require_confidential()?;
        if recipients.is_empty() || !recipients.iter().all(|number| is_e164(number)) {
            return Err(SettingError::Recipient);
        }
        let authorization = gateway.authorization.as_ref().map(|secret| {
            let mut value = HeaderValue::try_from(secret.expose_secret()).map_err(|_| SettingError::Credential)?;
            value.set_sensitive(true);
            Ok(value)
        });
        Ok(Self { id, outgoing, authorization: authorization.transpose()?, gateway, recipients, wording })
    }

    fn text(&self, notification: &Notification) -> String {
        let summary = notification.alerts.first().map(|alert| alert.summary.as_str()).unwrap_or_default();
        cut(&format!("{}: {summary}", self.wording.headline(notification)), self.gateway.max_chars)
    }

    fn headers(&self) -> HeaderMap {
        let content_type = match self.gateway.body {
            SmsBody::Form(_) => "application/x-www-form-urlencoded",
            SmsBody::Json(_) => "application/json",
        };
        let mut headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(content_type))]);
        headers.extend(self.authorization.iter().map(|value| (AUTHORIZATION, value.clone())));
        headers
    }
}

fn is_e164(number: &str) -> bool {
    number
        .strip_prefix('+')
        .is_some_and(|digits| (8..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()))
}

/// What stands for the three placeholders.
struct Filling<'a> {
    to: &'a str,
    text: &'a str,
    key: &'a str,
}

impl Filling<'_> {
    fn body(&self, template: &SmsBody) -> Vec<u8> {
        match template {
            SmsBody::Form(pairs) => {
                let filled = pairs.iter().map(|(name, value)| (name, self.fill(value)));
                form_urlencoded::Serializer::new(String::new()).extend_pairs(filled).finish().into_bytes()
            }
            SmsBody::Json(document) => self.fill_json(document).to_string().into_bytes(),
        }
    }

    /// One pass from left to right: what was filled in is not searched again, so a summary that mentions
    /// `{to}` stays as it is.
    fn fill(&self, template: &str) -> String {
        let mut filled = String::with_capacity(template.len());
        let mut rest = template;
        while let Some((before, found)) = rest.split_once('{') {
            filled.push_str(before);
            let known = [("to}", self.to), ("text}", self.text), ("key}", self.key)];
            match known.iter().find_map(|(name, value)| found.strip_prefix(name).map(|tail| (value, tail))) {
                Some((value, tail)) => {
                    filled.push_str(value);
                    rest = tail;
                }
                None => {
                    filled.push('{');
                    rest = found;
                }
            }
        }
        filled.push_str(rest);
        filled
    }

    fn fill_json(&self, document: &Value) -> Value {
        match document {
            Value::String(template) => Value::String(self.fill(template)),
            Value::Array(items) => Value::Array(items.iter().map(|item| self.fill_json(item)).collect()),
            Value::Object(fields) => {
                Value::Object(fields.iter().map(|(name, value)| (name.clone(), self.fill_json(value))).collect())
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => document.clone(),
        }
    }
}

#[async_trait]
impl Channel for Sms {
    fn id(&self) -> &ChannelId {
        &self.id
    }

    /// Tries every number before it reports the first failure: one wrong number must not keep the others
    /// asleep.
    async fn deliver(&self, notification: &Notification) -> Result<(), Error> {
        let (text, key) = (self.text(notification), notification.key.to_string());
        let mut outcome = Ok(());
        for to in &self.recipients {
            let body = Filling { to, text: &text, key: &key }.body(&self.gateway.body);
            let sent = self.outgoing.post(&self.gateway.endpoint, self.headers(), body).await;
            outcome = outcome.and(sent);
        }
        outcome
    }
}

impl fmt::Debug for Sms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (endpoint, recipients) = (&self.gateway.endpoint, self.recipients.len());
        f.debug_struct("Sms")
            .field("id", &self.id)
            .field("endpoint", endpoint)
            .field("recipients", &recipients)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_filled_in_is_not_searched_again() {
        let filling = Filling { to: "+4917012345678", text: "about {to} & {key}", key: "k" };
        assert_eq!(filling.fill("{text} to {to} {other} {"), "about {to} & {key} to +4917012345678 {other} {");
        let form = SmsBody::Form(vec![("Body".to_owned(), "{text}".to_owned())]);
        assert_eq!(filling.body(&form), b"Body=about+%7Bto%7D+%26+%7Bkey%7D");
    }

    #[test]
    fn numbers_are_written_as_e164_writes_them() {
        for (number, ok) in [("+4917012345678", true), ("017012345678", false), ("+49 170", false), ("+1", false)] {
            assert_eq!(is_e164(number), ok, "{number}");
        }
    }
}
