//! Names that operators give: of terms, equations, endpoints, slots. They become labels, rows and words in a report.

use std::{fmt, str::FromStr, sync::Arc};

/// Not a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a name is 1 to 64 characters of a-z, 0-9, '-', '_' and '.'")]
pub struct NameError;

/// The longest name: fits a label.
const MAX_LEN: usize = 64;

/// A name of the operators' own.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(Arc<str>);

impl Name {
    /// A name that stands in the source of this domain.
    pub(crate) fn literal(text: &'static str) -> Self {
        debug_assert!(text.parse::<Self>().is_ok(), "{text:?} is no name");
        Self(Arc::from(text))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Name {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_' | b'.');
        let fine = (1..=MAX_LEN).contains(&text.len()) && text.bytes().all(plain);
        if fine { Ok(Self(text.into())) } else { Err(NameError) }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_as_labels() {
        assert!("in_flight.in-2".parse::<Name>().is_ok());
        for bad in ["", "A", "a b", "a/b", "ä", &"a".repeat(65)] {
            assert_eq!(bad.parse::<Name>(), Err(NameError), "{bad:?}");
        }
    }
}
