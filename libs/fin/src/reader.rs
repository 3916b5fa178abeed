//! From bytes to messages: a file may hold several, with acknowledgements between them.

use crate::{
    Error, Fault, Limits, Message, Position,
    block::{ApplicationHeader, BasicHeader, SubBlocks, Text, tags::NotAList},
    message::{Block, Body},
};

/// Reads the messages of a file, one after the other. Ends after the first error: what follows broken structure
/// has no sure beginning.
///
/// Between messages may stand blanks, line ends, `$` (RJE files), and the control bytes 0x01 and 0x03 (DOS-PCC).
#[derive(Debug, Clone)]
pub struct Messages<'a> {
    text: &'a str,
    at: usize,
    line: usize,
    limits: Limits,
    is_done: bool,
}

impl<'a> Messages<'a> {
    /// Over a whole file. Nothing is read yet but the bytes themselves.
    ///
    /// # Errors
    /// When there are too many bytes, or one that no character set of SWIFT holds.
    pub fn new(input: &'a [u8], limits: Limits) -> Result<Self, Error> {
        let fail = |offset, fault| Error { at: Position::of(input, offset), fault };
        if input.len() > limits.bytes {
            return Err(fail(limits.bytes, Fault::TooLarge("bytes")));
        }
        if let Some(offset) = input.iter().position(|byte| !is_swift(*byte)) {
            return Err(fail(offset, Fault::NotSwift(input.get(offset).copied().unwrap_or_default())));
        }
        // Every byte is ASCII, so this cannot fail.
        let text = str::from_utf8(input).map_err(|error| fail(error.valid_up_to(), Fault::NotSwift(0)))?;
        let mut messages = Self { text, at: 0, line: 1, limits, is_done: false };
        messages.skip_separators();
        Ok(messages)
    }

    /// The rest of the input is skipped up to the next `{`. Blanks before the first block belong to nobody.
    fn skip_separators(&mut self) {
        let rest = self.rest();
        let separators = rest.bytes().take_while(|byte| byte.is_ascii_whitespace() || matches!(byte, b'$' | 1 | 3));
        self.advance(separators.count());
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn advance(&mut self, length: usize) {
        let passed = self.rest().as_bytes().get(..length).unwrap_or_default();
        self.line += passed.iter().filter(|byte| **byte == b'\n').count();
        self.at += length;
    }

    fn fail(&self, offset: usize, fault: Fault) -> Error {
        Error { at: Position::of(self.text.as_bytes(), offset), fault }
    }

    fn message(&mut self) -> Result<Message<'a>, Error> {
        let mut blocks: Vec<Block<'a>> = Vec::with_capacity(5);
        let mut basic = None;
        let start = self.at;
        loop {
            let rest = self.rest();
            let blank = rest.len() - rest.trim_ascii_start().len();
            let after = rest.get(blank..).unwrap_or_default();
            // The next message, a separator or the end: what stood before is whole.
            let is_end = after.is_empty() || after.starts_with(['$', '\x01', '\x03']);
            if is_end || (after.starts_with("{1:") && !blocks.is_empty()) {
                let basic = basic.ok_or_else(|| self.fail(start, Fault::NoBasicHeader))?;
                return Ok(Message { basic, blocks });
            }
            self.advance(blank);
            let gap = rest.get(..blank).unwrap_or_default();
            let id = self.block_id()?;
            let last = blocks.last().map(|block| block.id);
            if id.is_ascii_digit() && last.is_some_and(|last| last >= id) {
                return Err(self.fail(self.at, Fault::Order(id)));
            }
            if blocks.is_empty() && id != '1' {
                return Err(self.fail(self.at, Fault::NoBasicHeader));
            }
            let body = self.body(id)?;
            if let Body::Basic(header) = &body {
                basic = Some(*header);
            }
            blocks.push(Block { gap, id, body });
        }
    }

    /// The name of the block that begins here: 1 to 5, or a capital letter for what systems add.
    fn block_id(&self) -> Result<char, Error> {
        let mut start = self.rest().chars();
        match (start.next(), start.next(), start.next()) {
            (Some('{'), Some(id), Some(':')) if matches!(id, '1'..='5' | 'A'..='Z') => Ok(id),
            (Some(other), ..) => Err(self.fail(self.at, Fault::NotABlock(other))),
            (None, ..) => Err(self.fail(self.at, Fault::Empty)),
        }
    }

    /// Reads a block from its `{` to its `}`.
    fn body(&mut self, id: char) -> Result<Body<'a>, Error> {
        let content = self.rest().get(3..).unwrap_or_default();
        let (body, length) = match id {
            '1' => {
                let value = self.header(id, content)?;
                let header = BasicHeader::read(value).ok_or_else(|| self.fail(self.at, Fault::BasicHeader))?;
                (Body::Basic(header), value.len() + 1)
            }
            '2' => {
                let value = self.header(id, content)?;
                let header =
                    ApplicationHeader::read(value).ok_or_else(|| self.fail(self.at, Fault::ApplicationHeader))?;
                (Body::Application(header), value.len() + 1)
            }
            '4' if !content.trim_ascii_start().starts_with('{') => self.text(content)?,
            _ => self.list(id, content)?,
        };
        self.advance(3 + length);
        Ok(body)
    }

    fn header(&self, id: char, content: &'a str) -> Result<&'a str, Error> {
        let end = content.find(['{', '}']).ok_or_else(|| self.fail(self.at, Fault::Unclosed(id)))?;
        let is_closed = content.as_bytes().get(end) == Some(&b'}');
        content.get(..end).filter(|_| is_closed).ok_or_else(|| self.fail(self.at, Fault::Unclosed(id)))
    }

    fn text(&self, content: &'a str) -> Result<(Body<'a>, usize), Error> {
        let read = Text::read(content, self.line, self.limits.fields);
        let (text, length) = read.map_err(|(fault, offset)| self.fail(self.at + 3 + offset, fault))?;
        if length > self.limits.message_bytes {
            return Err(self.fail(self.at, Fault::TooLarge("the text of one message")));
        }
        Ok((Body::Text(text), length))
    }

    fn list(&self, id: char, content: &'a str) -> Result<(Body<'a>, usize), Error> {
        let read = SubBlocks::read(content, self.limits.tags);
        let (list, length) = read.map_err(|reason| match reason {
            NotAList::Content(offset) => self.fail(self.at + 3 + offset, Fault::SubBlock(id)),
            NotAList::TooMany(offset) => self.fail(self.at + 3 + offset, Fault::TooLarge("tags of one block")),
            NotAList::Unclosed => self.fail(self.at, Fault::Unclosed(id)),
        })?;
        Ok((Body::List(list), length))
    }
}

impl<'a> Iterator for Messages<'a> {
    type Item = Result<Message<'a>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_done || self.rest().is_empty() {
            return None;
        }
        let message = self.message();
        self.is_done = message.is_err();
        self.skip_separators();
        Some(message)
    }
}

/// Reads exactly one message, with the default limits.
///
/// # Errors
/// When the bytes are no message, or more than one.
pub fn parse(input: &[u8]) -> Result<Message<'_>, Error> {
    let mut messages = Messages::new(input, Limits::default())?;
    let empty = || Error { at: Position::of(input, input.len()), fault: Fault::Empty };
    let message = messages.next().ok_or_else(empty)??;
    if messages.rest().is_empty() { Ok(message) } else { Err(messages.fail(messages.at, Fault::Order('1'))) }
}

/// Printable ASCII, line ends, and the two control bytes of DOS-PCC files. Which set a field allows is its own
/// rule; a tab or a NUL no field allows.
const fn is_swift(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\r' | b'\n' | 1 | 3)
}
