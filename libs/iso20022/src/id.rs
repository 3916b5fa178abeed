//! Message identifiers: `pacs.008.001.08`.

use std::{fmt, str::FromStr};

/// Which message, in which version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId {
    /// Four letters: `pacs`, `camt`.
    area: [u8; 4],
    /// Three digits.
    pub function: u16,
    /// Three digits.
    pub variant: u16,
    /// Two digits.
    pub version: u16,
}

/// The text is no message identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a message identifier is four letters and three, three and two digits, as in pacs.008.001.08")]
pub struct NotAMessageId;

impl MessageId {
    /// Four letters.
    pub fn area(&self) -> &str {
        str::from_utf8(&self.area).unwrap_or_default()
    }

    /// Area and function, which say what a message is for: `("pacs", 8)`.
    pub fn kind(&self) -> (&str, u16) {
        (self.area(), self.function)
    }

    /// The identifier at the end of a namespace, `urn:iso:std:iso:20022:tech:xsd:…` or `urn:swift:xsd:…`.
    pub(crate) fn of_namespace(namespace: &str) -> Option<Self> {
        namespace.strip_prefix("urn:")?.rsplit_once(':')?.1.parse().ok()
    }
}

impl FromStr for MessageId {
    type Err = NotAMessageId;

    fn from_str(text: &str) -> Result<Self, NotAMessageId> {
        let parts: Vec<_> = text.split('.').collect();
        let [area, function, variant, version] = parts[..] else { return Err(NotAMessageId) };
        let number = |digits: &str, length: usize| {
            let is_right = digits.len() == length && digits.bytes().all(|byte| byte.is_ascii_digit());
            digits.parse().ok().filter(|_| is_right).ok_or(NotAMessageId)
        };
        let area: [u8; 4] = area.as_bytes().try_into().map_err(|_| NotAMessageId)?;
        if !area.iter().all(u8::is_ascii_lowercase) {
            return Err(NotAMessageId);
        }
        Ok(Self { area, function: number(function, 3)?, variant: number(variant, 3)?, version: number(version, 2)? })
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:03}.{:03}.{:02}", self.area(), self.function, self.variant, self.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tok_4_an_identifier_is_read_from_a_namespace() {
        let id = MessageId::of_namespace("urn:iso:std:iso:20022:tech:xsd:pacs.008.001.08").unwrap();
        assert_eq!((id.kind(), id.version, id.to_string()), (("pacs", 8), 8, "pacs.008.001.08".to_owned()));
        assert!(MessageId::of_namespace("urn:swift:xsd:sese.023.002.01").is_some());
        for bad in ["", "pacs.008.001.8", "PACS.008.001.08", "pacs.008.001", "pacs.8.1.8", "pacs.008.001.08.01"] {
            assert_eq!(bad.parse::<MessageId>(), Err(NotAMessageId), "{bad:?}");
        }
    }
}
