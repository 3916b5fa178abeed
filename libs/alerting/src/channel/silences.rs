//! Alertmanager's silences, API v2: what is to be quiet is compared with what is, and made so. Asked again, nothing changes.

use std::collections::BTreeMap;

use causeway_primitives::Timestamp;
use http::{HeaderMap, HeaderValue, header::CONTENT_TYPE};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    http::{Endpoint, Outgoing, SettingError},
    port::Error,
};

/// Who made a silence, and so may end it.
const AUTHOR: &str = "causeway";

/// Alertmanager's own answer about all silences, also those of others.
const MOST_BYTES: usize = 4 * 1024 * 1024;

/// A label and what it must be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Matcher {
    /// The label.
    pub name: String,
    /// One of these, whole; never as a pattern of the caller's.
    pub one_of: Vec<String>,
    /// Whether it must be, or must not.
    pub relation: Relation,
}

/// Whether a label must be one of the values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Relation {
    /// It must.
    Is,
    /// It must not.
    IsNot,
}

/// Something that is to be quiet for a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Silence {
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// All of them must fit.
    pub matchers: Vec<Matcher>,
    /// Why.
    pub comment: String,
}

/// One Alertmanager.
#[derive(Debug, Clone)]
pub struct Silences {
    outgoing: Outgoing,
    silences: Endpoint,
    silence: Endpoint,
}

/// A silence as Alertmanager tells it.
#[derive(Debug, Deserialize)]
struct Told {
    id: String,
    #[serde(rename = "createdBy")]
    created_by: String,
    comment: String,
    status: Status,
}

#[derive(Debug, Deserialize)]
struct Status {
    state: String,
}

impl Silences {
    /// The Alertmanager below a base URL.
    ///
    /// # Errors
    /// [`SettingError::Address`] when the base takes no path.
    pub fn new(outgoing: Outgoing, base: &Endpoint) -> Result<Self, SettingError> {
        Ok(Self { outgoing, silences: base.join("api/v2/silences")?, silence: base.join("api/v2/silence")? })
    }

    /// Makes those of `wanted` that are not there, by the name that each comment begins with, and ends those of ours that
    /// are not wanted any more. Silences of others stay as they are. Says how many it made and ended.
    ///
    /// # Errors
    /// [`enum@Error`]: some may have been made; asked again, it goes on where it stopped.
    pub async fn mirror(&self, wanted: &BTreeMap<String, Silence>) -> Result<(usize, usize), Error> {
        let body = self.outgoing.get(&self.silences, MOST_BYTES).await?;
        let told: Vec<Told> = serde_json::from_slice(&body).map_err(|cause| Error::Form(cause.into()))?;
        let ours: Vec<&Told> =
            told.iter().filter(|one| one.created_by == AUTHOR && one.status.state != "expired").collect();
        let is_of = |one: &Told, name: &str| one.comment.split(' ').next() == Some(name);
        let (mut made, mut ended) = (0_usize, 0_usize);
        for (name, silence) in wanted {
            if !ours.iter().any(|one| is_of(one, name)) {
                let body = document(name, silence).to_string().into_bytes();
                let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
                self.outgoing.post(&self.silences, headers, body).await?;
                made = made.saturating_add(1);
            }
        }
        for one in ours.iter().filter(|one| !wanted.keys().any(|name| is_of(one, name))) {
            let place = self.silence.join(&one.id).map_err(|cause| Error::Form(cause.into()))?;
            self.outgoing.delete(&place).await?;
            ended = ended.saturating_add(1);
        }
        Ok((made, ended))
    }
}

fn document(name: &str, silence: &Silence) -> Value {
    let matcher = |one: &Matcher| {
        let value = one.one_of.iter().map(|value| quoted(value)).collect::<Vec<_>>().join("|");
        json!({ "name": one.name, "value": value, "isRegex": true, "isEqual": one.relation == Relation::Is })
    };
    json!({
        "matchers": silence.matchers.iter().map(matcher).collect::<Vec<_>>(),
        "startsAt": silence.from.to_string(),
        "endsAt": silence.until.to_string(),
        "createdBy": AUTHOR,
        "comment": format!("{name} {}", silence.comment),
    })
}

/// The text as a pattern that fits it alone. Alertmanager anchors patterns at both ends.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len());
    for character in text.chars() {
        if !character.is_alphanumeric() && character != '_' && character != ' ' && character.is_ascii() {
            quoted.push('\\');
        }
        quoted.push(character);
    }
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ops_5_a_value_is_matched_as_it_is_and_not_as_a_pattern() {
        assert_eq!(quoted("ccip-monitor"), r"ccip\-monitor");
        assert_eq!(quoted(".*"), r"\.\*");
    }
}
