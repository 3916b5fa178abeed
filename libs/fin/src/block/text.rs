//! Block 4 of a user message: fields, each on a line of its own, ended by `-}`.

use std::fmt;

use crate::{Fault, Tag};

/// A field as it stands: tag and value, line ends within the value untouched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field<'a> {
    /// `32A`
    pub tag: Tag,
    /// Everything after `:32A:`, without the line end that closes the field.
    pub value: &'a str,
    /// The line of the input that the tag is on, from 1.
    pub line: usize,
    /// The line end that closes the field.
    pub(crate) newline: &'a str,
}

impl<'a> Field<'a> {
    /// The lines of the value, without their ends.
    pub fn lines(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.value.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line))
    }

    /// The qualifier of an ISO 15022 field: `SETT` of `:98A::SETT//20260722`.
    pub fn qualifier(&self) -> Option<&'a str> {
        let (qualifier, _) = self.value.strip_prefix(':')?.split_once('/')?;
        Some(qualifier)
    }
}

/// The fields of a message, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text<'a> {
    /// The line end after `{4:`.
    pub(crate) opening: &'a str,
    pub(crate) fields: Vec<Field<'a>>,
}

impl<'a> Text<'a> {
    /// Reads what follows `{4:`, up to and including `-}`; `line` is the one that `{4:` is on.
    /// Returns how much that was.
    ///
    /// # Errors
    /// The fault and its offset in the text.
    pub(crate) fn read(text: &'a str, line: usize, most: usize) -> Result<(Self, usize), (Fault, usize)> {
        let opening = newline(text).ok_or((Fault::TextStart, 0))?;
        let mut reader = Reader { text, at: opening.len(), line: line + 1 };
        let mut fields = Vec::with_capacity(16);
        loop {
            let rest = reader.rest();
            if rest.starts_with("-}") {
                return Ok((Self { opening, fields }, reader.at + 2));
            }
            if fields.len() >= most {
                return Err((Fault::TooLarge("fields"), reader.at));
            }
            fields.push(reader.field()?);
        }
    }

    /// All fields.
    pub fn fields(&self) -> &[Field<'a>] {
        &self.fields
    }

    /// The first field with this tag.
    pub fn get(&self, tag: &str) -> Option<&Field<'a>> {
        self.fields.iter().find(|field| field.tag.is(tag))
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    line: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// One field: its first line, and all lines that start neither with a colon nor with a hyphen.
    fn field(&mut self) -> Result<Field<'a>, (Fault, usize)> {
        let (rest, line, at) = (self.rest(), self.line, self.at);
        let (tag, start) = match rest.as_bytes() {
            [b':', first, second, b':', ..] => (Tag::from_bytes(&[*first, *second]), 4),
            [b':', first, second, option, b':', ..] => (Tag::from_bytes(&[*first, *second, *option]), 5),
            [] => return Err((Fault::TextEnd, at)),
            [b':', ..] => (None, 0),
            [b'-', ..] => return Err((Fault::LineStart('-'), at)),
            _ => return Err((Fault::NoField, at)),
        };
        let tag = tag.ok_or((Fault::LineStart(':'), at))?;
        let body = rest.get(start..).unwrap_or_default();
        let mut length = 0;
        loop {
            let from = body.get(length..).unwrap_or_default();
            let end = from.find('\n').ok_or((Fault::TextEnd, at))?;
            self.line += 1;
            let next = length + end + 1;
            if matches!(body.as_bytes().get(next), Some(b':' | b'-') | None) {
                let whole = body.get(..next).unwrap_or_default();
                let value = whole.strip_suffix('\n').unwrap_or(whole);
                let value = value.strip_suffix('\r').unwrap_or(value);
                self.at += start + next;
                return Ok(Field { tag, value, line, newline: whole.get(value.len()..).unwrap_or_default() });
            }
            length = next;
        }
    }
}

fn newline(text: &str) -> Option<&str> {
    let length = if text.starts_with("\r\n") { 2 } else { usize::from(text.starts_with('\n')) };
    text.get(..length).filter(|found| !found.is_empty())
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.opening)?;
        for Field { tag, value, newline, line: _ } in &self.fields {
            write!(f, ":{tag}:{value}{newline}")?;
        }
        f.write_str("-")
    }
}
