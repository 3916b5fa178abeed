//! The tag of a text field: two digits and perhaps a letter, the option.

use std::{fmt, str::FromStr};

/// `32A`: number 32, option A. Fits two bytes and compares as one number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag {
    number: u8,
    /// Zero for none.
    option: u8,
}

/// The text is no tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a tag is two digits and at most one capital letter")]
pub struct NotATag;

impl Tag {
    /// From its bytes; `None` unless they are two digits and at most one capital letter.
    pub const fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (first, second, option) = match bytes {
            [first, second] => (*first, *second, 0),
            [first, second, option] if option.is_ascii_uppercase() => (*first, *second, *option),
            _ => return None,
        };
        if !first.is_ascii_digit() || !second.is_ascii_digit() {
            return None;
        }
        Some(Self { number: (first - b'0') * 10 + (second - b'0'), option })
    }

    /// 0 to 99.
    pub const fn number(self) -> u8 {
        self.number
    }

    /// The letter, if there is one.
    pub const fn option(self) -> Option<char> {
        if self.option == 0 { None } else { Some(self.option as char) }
    }

    /// A place in a table of 100 × 27.
    pub(crate) const fn index(self) -> usize {
        let option = if self.option == 0 { 0 } else { self.option - b'A' + 1 };
        self.number as usize * 27 + option as usize
    }

    /// Whether this is the tag that the text spells.
    pub fn is(self, text: &str) -> bool {
        Self::from_bytes(text.as_bytes()) == Some(self)
    }
}

impl FromStr for Tag {
    type Err = NotATag;

    fn from_str(text: &str) -> Result<Self, NotATag> {
        Self::from_bytes(text.as_bytes()).ok_or(NotATag)
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}", self.number)?;
        self.option().map_or(Ok(()), |option| write!(f, "{option}"))
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tag({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tok_5_a_tag_is_two_digits_and_an_option() {
        for text in ["20", "32A", "00Z", "99"] {
            assert_eq!(text.parse::<Tag>().unwrap().to_string(), text);
        }
        for bad in ["", "2", "A20", "32a", "320", "32AB", "3 A", "²0"] {
            assert_eq!(bad.parse::<Tag>(), Err(NotATag), "{bad:?}");
        }
        assert!("99Z".parse::<Tag>().unwrap().index() < 2700);
    }
}
