//! The account of a mapping.

use std::fmt;

use causeway_fin::Tag;

/// What neither message holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// When the new message is made, `2026-07-22T09:15:00+00:00`: for ISO 20022, which asks for it.
    pub created: String,
}

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// A field of the FIN message's text.
    Field {
        /// Its tag.
        tag: Tag,
        /// Its line in the input.
        line: usize,
    },
    /// A header of the FIN message: which part.
    Header(&'static str),
    /// An element of the ISO 20022 message.
    Element {
        /// Its path.
        path: String,
    },
    /// The caller.
    Context,
    /// Nothing but the rule itself: a value that the standard asks for and the message does not hold.
    Rule,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field { tag, line } => write!(f, "field {tag}, line {line}"),
            Self::Header(part) => write!(f, "header: {part}"),
            Self::Element { path } => f.write_str(path),
            Self::Context => f.write_str("context"),
            Self::Rule => f.write_str("the rule alone"),
        }
    }
}

/// A value of the new message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Path or tag.
    pub target: String,
    /// As it is written.
    pub value: String,
    /// Where it came from.
    pub origin: Origin,
    /// By which rule.
    pub rule: &'static str,
    /// The whole of the original, when the value holds less or other than it.
    pub original: Option<String>,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.value.replace("\r\n", " | ").replace('\n', " | ");
        write!(f, "{} = {value} ← {}: {}", self.target, self.origin, self.rule)?;
        self.original.as_ref().map_or(Ok(()), |original| write!(f, " (changed from {original:?})"))
    }
}

/// A value of the old message that found no place in the new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// Where it stands.
    pub origin: Origin,
    /// What it says.
    pub value: String,
}

/// A new message and how it came to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapped {
    /// `103`, or `pacs.008.001.08`.
    pub kind: String,
    /// The message: FIN, or canonical XML without envelope.
    pub text: String,
    /// Its values, in their order.
    pub lines: Vec<Line>,
    /// What is not in it.
    pub losses: Vec<Loss>,
}

impl Mapped {
    /// Whether nothing was cut, changed or left out.
    pub fn is_lossless(&self) -> bool {
        self.losses.is_empty() && self.lines.iter().all(|line| line.original.is_none())
    }
}
