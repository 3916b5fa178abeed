//! Why bytes are no FIN message at all. What a message says wrongly is a [`Finding`](crate::Finding) instead.

use std::fmt;

/// A place in the input. Lines and columns count from 1, as editors do; the offset counts bytes from 0.
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
    /// The position of an offset; O(n), for the one error that ends the reading.
    pub(crate) fn of(input: &[u8], offset: usize) -> Self {
        let before = input.get(..offset).unwrap_or(input);
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let column = before.iter().rev().take_while(|byte| **byte != b'\n').count() + 1;
        Self { offset, line, column }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// The input is not made of FIN messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{at}: {fault}")]
pub struct Error {
    /// Where the reader stopped.
    pub at: Position,
    /// Why.
    pub fault: Fault,
}

/// What is wrong with the structure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Nothing but blanks and separators.
    #[error("there is no message")]
    Empty,
    /// More bytes, fields or tags than [`Limits`](crate::Limits) allow.
    #[error("larger than the limit for {0}")]
    TooLarge(&'static str),
    /// A byte that is in none of SWIFT's character sets, NUL and everything above ASCII among them.
    #[error("the byte 0x{0:02X} is in no SWIFT character set")]
    NotSwift(u8),
    /// Something between blocks that is no block.
    #[error("expected `{{` and a block, found {0:?}")]
    NotABlock(char),
    /// A block without its closing brace.
    #[error("block {0} does not end")]
    Unclosed(char),
    /// A block that stands twice, or before one that it must follow.
    #[error("block {0} is out of order")]
    Order(char),
    /// The first block is not the basic header.
    #[error("a message begins with block 1")]
    NoBasicHeader,
    /// Block 1 is not `F01` and its kin, a terminal of 12 characters, session and sequence.
    #[error(
        "block 1 is an application, a service, a terminal of 12 characters, a session and a sequence number: 25 characters"
    )]
    BasicHeader,
    /// Block 2 is neither an input nor an output header.
    #[error("block 2 is `I`, type, receiver, priority (17 to 21 characters) or `O`, type, times, origin (46 or 47)")]
    ApplicationHeader,
    /// A sub-block that is not `{label:value}`.
    #[error("block {0} holds something other than {{label:value}}")]
    SubBlock(char),
    /// The text does not begin on a line of its own.
    #[error("the text of block 4 begins on a new line")]
    TextStart,
    /// The text does not end with `-}` on a line of its own.
    #[error("block 4 does not end with `-}}` on a line of its own")]
    TextEnd,
    /// A line before the first field.
    #[error("the text of block 4 begins with a field")]
    NoField,
    /// A line that starts with a colon and no tag, or with a hyphen (SWIFT error T13).
    #[error("a line that starts with `{0}` is no content: expected `:` and a tag, or `-}}` (T13)")]
    LineStart(char),
}

impl Fault {
    /// SWIFT's code, where it has one for this.
    pub const fn code(self) -> Option<&'static str> {
        match self {
            Self::TooLarge(_) => Some("M50"),
            Self::NotSwift(_) => Some("M60"),
            Self::LineStart(_) | Self::NoField => Some("T13"),
            Self::Empty
            | Self::NotABlock(_)
            | Self::Unclosed(_)
            | Self::Order(_)
            | Self::NoBasicHeader
            | Self::BasicHeader
            | Self::ApplicationHeader
            | Self::SubBlock(_)
            | Self::TextStart
            | Self::TextEnd => None,
        }
    }
}
