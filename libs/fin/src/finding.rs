//! What a message says wrongly, by SWIFT's own rules and codes.

use std::fmt;

use crate::Tag;

/// A rule of the network: its error code and what it asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// SWIFT's error code, as a NAK carries it in tag 405.
    pub code: &'static str,
    /// What must be so.
    pub text: &'static str,
}

/// A rule that a message breaks, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finding {
    /// Which rule.
    pub rule: Rule,
    /// The line of the input, from 1.
    pub line: usize,
    /// The character within the line, from 1; that of the field when the rule is about the whole of it.
    pub column: usize,
    /// The field; `None` when something is missing or stands in a header.
    pub tag: Option<Tag>,
    /// What would have been right there, where that can be said.
    pub expected: Option<Expected>,
}

/// What would have been right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// A value of this format.
    Format(&'static str),
    /// This field: number and options, `-` for none.
    Field(&'static str),
    /// The beginning or end of this block (16R, 16S).
    Block(&'static str),
    /// Nothing more.
    End,
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Format(notation) => write!(f, "the format is {notation}"),
            Self::Field(tag) => match tag.split_at_checked(2) {
                Some((number, "")) => write!(f, "expected field {number}"),
                Some((number, options)) => write!(f, "expected field {number}, option {options}"),
                None => Ok(()),
            },
            Self::Block(code) => write!(f, "expected block {code} to begin or end"),
            Self::End => f.write_str("expected the end of the text"),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)?;
        if let Some(tag) = self.tag {
            write!(f, ", field {tag}")?;
        }
        write!(f, ": {} ({})", self.rule.text, self.rule.code)?;
        self.expected.map_or(Ok(()), |expected| write!(f, "; {expected}"))
    }
}
