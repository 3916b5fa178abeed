//! JSON pointers (RFC 6901) that lead to a value without reading its neighbours as numbers.
//!
//! `serde_json::Value` would turn every number on the way into binary floating point, so the walk stays
//! on raw text. Each step reads one level of the document; nesting is bounded by serde_json (128).

use std::{collections::HashMap, fmt, str::FromStr};

use serde_json::value::RawValue;

/// Deeper than any price document: a longer pointer is a mistake.
const MAX_STEPS: usize = 32;

/// A text that is no JSON pointer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a JSON pointer such as /data/0/price, at most 32 steps deep")]
pub struct PointerError;

/// A way into a JSON document.
#[derive(Clone, PartialEq, Eq)]
pub struct Pointer(Vec<String>);

impl FromStr for Pointer {
    type Err = PointerError;

    fn from_str(text: &str) -> Result<Self, PointerError> {
        let Some(steps) = text.strip_prefix('/') else {
            return if text.is_empty() { Ok(Self(Vec::new())) } else { Err(PointerError) };
        };
        let steps: Vec<String> = steps.split('/').map(unescape).collect::<Option<_>>().ok_or(PointerError)?;
        if steps.len() <= MAX_STEPS { Ok(Self(steps)) } else { Err(PointerError) }
    }
}

impl Pointer {
    /// The value that it leads to; `None` where the document has none.
    pub(crate) fn resolve<'a>(&self, document: &'a RawValue) -> Option<&'a RawValue> {
        self.0.iter().try_fold(document, |value, step| descend(value, step))
    }
}

impl fmt::Debug for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|step| write!(f, "/{}", step.replace('~', "~0").replace('/', "~1")))
    }
}

fn unescape(step: &str) -> Option<String> {
    let mut plain = String::with_capacity(step.len());
    let mut characters = step.chars();
    while let Some(character) = characters.next() {
        plain.push(match character {
            '~' => match characters.next() {
                Some('0') => '~',
                Some('1') => '/',
                Some(_) | None => return None,
            },
            other => other,
        });
    }
    Some(plain)
}

fn descend<'a>(value: &'a RawValue, step: &str) -> Option<&'a RawValue> {
    if value.get().starts_with('[') {
        // "01" and "+1" name no element.
        let index: usize = step.parse().ok().filter(|index: &usize| index.to_string() == step)?;
        let elements: Vec<&RawValue> = serde_json::from_str(value.get()).ok()?;
        return elements.get(index).copied();
    }
    let members: HashMap<String, &'a RawValue> = serde_json::from_str(value.get()).ok()?;
    members.get(step).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str =
        r#"{"data":[{"p":1.10},{"p":"27123.1234567890123456"}],"a/b":{"~":3,"":4},"esc\u0061ped":5,"null":null}"#;

    fn resolve(pointer: &str) -> Option<&'static str> {
        let document: &RawValue = serde_json::from_str(DOCUMENT).expect("JSON");
        pointer.parse::<Pointer>().expect("a pointer").resolve(document).map(RawValue::get)
    }

    #[test]
    fn ora_7_a_pointer_leads_to_the_exact_text_of_a_value() {
        assert_eq!(resolve("/data/0/p"), Some("1.10"));
        assert_eq!(resolve("/data/1/p"), Some("\"27123.1234567890123456\""));
        assert_eq!(resolve("/a~1b/~0"), Some("3"));
        assert_eq!(resolve("/a~1b/"), Some("4"));
        assert_eq!(resolve("/escaped"), Some("5"));
        assert_eq!(resolve(""), Some(DOCUMENT));
    }

    #[test]
    fn a_pointer_beside_the_document_leads_nowhere() {
        for pointer in ["/data/2", "/data/-1", "/data/00", "/data/+0", "/data/p", "/missing", "/null/x", "/data/0/p/0"]
        {
            assert_eq!(resolve(pointer), None, "{pointer}");
        }
    }

    #[test]
    fn a_text_that_is_no_pointer_is_refused() {
        for text in ["data/0", "/a~2", "/a~", &"/x".repeat(33)] {
            assert_eq!(text.parse::<Pointer>(), Err(PointerError), "{text}");
        }
        assert_eq!(format!("{:?}", "/a~1b/~0/0".parse::<Pointer>().expect("a pointer")), "/a~1b/~0/0");
    }
}
