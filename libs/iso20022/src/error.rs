//! Why bytes are no ISO 20022 message at all. What a message says wrongly is a [`Finding`](crate::Finding) instead.

use std::fmt;

/// A place in the input. Lines and columns count from 1, in characters; the offset counts bytes from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Bytes before it.
    pub offset: usize,
    /// The line it is on.
    pub line: usize,
    /// The character within the line.
    pub column: usize,
}

impl Position {
    /// The position of an offset; O(n).
    pub(crate) fn of(input: &[u8], offset: usize) -> Self {
        let before = input.get(..offset).unwrap_or(input);
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let on_line = before.iter().rev().take_while(|byte| **byte != b'\n');
        // Continuation bytes of UTF-8 are no characters of their own.
        let column = on_line.filter(|byte| **byte & 0b1100_0000 != 0b1000_0000).count() + 1;
        Self { offset, line, column }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// The input is no ISO 20022 message.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{at}: {fault}")]
pub struct Error {
    /// Where the reader stopped.
    pub at: Position,
    /// Why.
    #[source]
    pub fault: Fault,
}

/// What is wrong with the input.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Fault {
    /// More than [`Limits`](crate::Limits) allow.
    #[error("larger than the limit for {0}")]
    TooLarge(&'static str),
    /// Not UTF-8, or a declaration of another encoding, or a byte order mark.
    #[error("the encoding is UTF-8 without a byte order mark, and nothing else")]
    Encoding,
    /// A control character that XML does not allow.
    #[error("the byte 0x{0:02X} is no character of XML")]
    Character(u8),
    /// A document type, which could define entities.
    #[error("a document type is not allowed")]
    DocumentType,
    /// An entity that is not one of the five of XML.
    #[error("only the five entities of XML and character references are allowed")]
    Entity,
    /// The parser's complaint.
    #[error("not well-formed")]
    NotWellFormed(#[source] quick_xml::Error),
    /// An attribute without quotes, twice, or otherwise wrong; a namespace that is no address.
    #[error("an attribute is not well-formed")]
    Attribute,
    /// A prefix that nothing declares.
    #[error("a prefix is not declared")]
    Prefix,
    /// Not a name.
    #[error("not a name of XML")]
    Name,
    /// Nothing, several roots, or text outside of the root.
    #[error("a document has one root and nothing beside it")]
    Root,
    /// Text beside elements, which ISO 20022 has nowhere.
    #[error("text and elements stand side by side")]
    Mixed,
    /// No element `Document` of a message namespace.
    #[error("there is no Document of an ISO 20022 message")]
    NoDocument,
    /// A Document with nothing in it.
    #[error("the Document is empty")]
    EmptyDocument,
    /// Two of them: it would be a guess which is meant.
    #[error("there is more than one Document or header")]
    SeveralDocuments,
}
