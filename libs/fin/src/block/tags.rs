//! Blocks 3, 5, S and the text of system messages: lists of `{label:value}`.

use std::fmt;

/// One `{label:value}`, with the blanks before it, which no standard message has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SubBlock<'a> {
    pub(crate) gap: &'a str,
    /// `121`, `MAC`: up to the first colon.
    pub label: &'a str,
    /// Up to the closing brace; may be empty, as in `{TNG:}`.
    pub value: &'a str,
}

/// The sub-blocks of one block, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubBlocks<'a> {
    pub(crate) items: Vec<SubBlock<'a>>,
    /// Blanks before the closing brace.
    pub(crate) tail: &'a str,
}

/// Why a list could not be read, with the offset in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotAList {
    Content(usize),
    TooMany(usize),
    Unclosed,
}

impl<'a> SubBlocks<'a> {
    /// Reads up to and including the brace that closes the block; returns how much that was.
    pub(crate) fn read(text: &'a str, most: usize) -> Result<(Self, usize), NotAList> {
        let (mut items, mut at) = (Vec::new(), 0);
        loop {
            let rest = text.get(at..).unwrap_or_default();
            let blank = rest.len() - rest.trim_ascii_start().len();
            let gap = rest.get(..blank).unwrap_or_default();
            at += blank;
            match text.as_bytes().get(at) {
                None => return Err(NotAList::Unclosed),
                Some(b'}') => return Ok((Self { items, tail: gap }, at + 1)),
                Some(b'{') if items.len() >= most => return Err(NotAList::TooMany(at)),
                Some(b'{') => {
                    let inner = text.get(at + 1..).unwrap_or_default();
                    let end = inner.find(['{', '}']).ok_or(NotAList::Unclosed)?;
                    let content = inner.get(..end).unwrap_or_default();
                    let is_closed = inner.as_bytes().get(end) == Some(&b'}');
                    let (label, value) = content.split_once(':').ok_or(NotAList::Content(at))?;
                    if !is_closed || label.is_empty() || !label.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                        return Err(NotAList::Content(at));
                    }
                    items.push(SubBlock { gap, label, value });
                    at += end + 2;
                }
                Some(_) => return Err(NotAList::Content(at)),
            }
        }
    }

    /// The value of the first sub-block with this label.
    pub fn get(&self, label: &str) -> Option<&'a str> {
        self.items.iter().find(|item| item.label == label).map(|item| item.value)
    }

    /// All of them, in their order.
    pub fn iter(&self) -> impl Iterator<Item = &SubBlock<'a>> {
        self.items.iter()
    }
}

impl fmt::Display for SubBlocks<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for SubBlock { gap, label, value } in &self.items {
            write!(f, "{gap}{{{label}:{value}}}")?;
        }
        f.write_str(self.tail)
    }
}
