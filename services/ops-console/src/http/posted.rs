//! A form as it was sent, of this sign-in: no handler sees another one. When nothing comes of it, what somebody wrote is shown to
//! him again, and the page that it stood on is a click away: a phone keeps no text of its own.

use std::collections::BTreeMap;

use axum::{
    Form,
    extract::{FromRequest, Request},
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use url::form_urlencoded;

use super::{refusal::told, routes::Pages};
use crate::{app::Person, domain::text::inert};

/// Bytes of a form. The longest text that somebody can write has 4,000 characters, of twelve bytes each as they are sent.
pub(super) const LONGEST: usize = 64 * 1_024;
/// Lines of a text that is shown again, and characters of each.
const LINES: usize = 200;
const LINE: usize = 4_000;
/// Characters of a value in an address.
const VALUE: usize = 200;
/// What a form says that nobody wrote.
const UNWRITTEN: [&str; 8] = ["token", "id", "procedure", "plan", "do", "sure", "password", "next"];
/// The form of a new change, which its address can fill in.
const NEW_CHANGE: &str = "/changes/new";

/// A form's fields.
pub(super) type Fields = BTreeMap<String, String>;

/// A field; empty when it is not there.
pub(super) fn field<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.get(name).map(String::as_str).unwrap_or_default()
}

/// See the module.
pub(super) struct Posted {
    pub(super) fields: Fields,
    path: String,
}

impl Posted {
    pub(super) fn field(&self, name: &str) -> &str {
        field(&self.fields, name)
    }

    pub(super) fn sent(&self) -> Sent {
        Sent::of(&self.path, &self.fields)
    }
}

impl FromRequest<Pages> for Posted {
    type Rejection = Response;

    async fn from_request(request: Request, pages: &Pages) -> Result<Self, Response> {
        let path = request.uri().path().to_owned();
        let Some(person) = request.extensions().get::<Person>().cloned() else {
            return Err(StatusCode::UNAUTHORIZED.into_response());
        };
        let fields = match Form::<Fields>::from_request(request, pages).await {
            Ok(Form(fields)) => fields,
            Err(rejection) => {
                let sent = Sent::of(&path, &Fields::new());
                return Err(told(pages, &person, (rejection.status(), unreadable(rejection.status())), sent));
            }
        };
        let posted = Self { fields, path };
        if !person.gave(posted.field("token")) {
            let words =
                "This form is not of this sign-in, so nothing was done. Load its page again, and send it from there.";
            return Err(told(pages, &person, (StatusCode::FORBIDDEN, words.to_owned()), posted.sent()));
        }
        Ok(posted)
    }
}

pub(super) fn unreadable(status: StatusCode) -> String {
    if status == StatusCode::PAYLOAD_TOO_LARGE {
        format!("What was sent is longer than {} kB, so nothing was done.", LONGEST / 1_024)
    } else {
        "What was sent is no form of this console, so nothing was done.".to_owned()
    }
}

/// A form of which nothing came.
#[derive(Debug, Default)]
pub(super) struct Sent {
    /// The page that it stands on.
    pub(super) page: String,
    /// What somebody wrote into it, by field.
    pub(super) written: Vec<(String, String)>,
}

impl Sent {
    pub(super) fn of(path: &str, fields: &Fields) -> Self {
        let written =
            fields.iter().filter(|(name, text)| !UNWRITTEN.contains(&name.as_str()) && !text.trim().is_empty());
        let shown = |(name, text): (&String, &String)| {
            let lines: Vec<_> = text.lines().take(LINES).map(|line| inert(line, LINE)).collect();
            (inert(name.strip_prefix("p.").unwrap_or(name), VALUE), lines.join("\n"))
        };
        Self { page: page_of(path, fields), written: written.map(shown).collect() }
    }
}

/// The page that a form stands on, filled in again where its address can say how: the one above the form's own address.
fn page_of(path: &str, fields: &Fields) -> String {
    if path != NEW_CHANGE {
        let page = path.rsplit_once('/').map(|(page, _)| page).filter(|page| !page.is_empty());
        return page.unwrap_or("/").to_owned();
    }
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("action", &inert(field(fields, "procedure"), VALUE));
    for (name, value) in fields {
        let name = name.strip_prefix("p.").or_else(|| (name == "reason").then_some(name.as_str()));
        if let Some(name) = name.filter(|_| !value.is_empty()) {
            query.append_pair(&inert(name, VALUE), &inert(value, VALUE));
        }
    }
    format!("{NEW_CHANGE}?{}", query.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ops_1_a_form_that_came_to_nothing_leads_back_to_its_page_with_what_was_written() {
        let fields: Fields = [("token", "t"), ("comment", "it was\r\nthe \u{202e}oracle"), ("empty", " ")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
        let sent = Sent::of("/bridge/incidents/7/note", &fields);
        assert_eq!(sent.page, "/bridge/incidents/7");
        assert_eq!(sent.written, [("comment".to_owned(), "it was\nthe \u{fffd}oracle".to_owned())]);
        assert_eq!(Sent::of("/sign-out", &fields).page, "/");
        let change: Fields =
            [("procedure", "source.exclude"), ("p.source_id", "a&b"), ("reason", "why not"), ("id", "x")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into();
        let sent = Sent::of("/changes/new", &change);
        assert_eq!(sent.page, "/changes/new?action=source.exclude&source_id=a%26b&reason=why+not");
        assert_eq!(sent.written.len(), 2, "{sent:?}");
    }
}
