//! Block 1: who sent or received, in which session, as which message of it.

use std::fmt;

use causeway_identifiers::Bic;

/// A terminal's address: the first eight characters of a BIC, the terminal's letter, the branch.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct LogicalTerminal<'a>(&'a str);

impl<'a> LogicalTerminal<'a> {
    /// `None` unless it is 12 capital letters and digits.
    pub(crate) fn new(text: &'a str) -> Option<Self> {
        let is_right = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        is_right.then_some(Self(text))
    }

    /// All twelve characters.
    pub const fn as_str(self) -> &'a str {
        self.0
    }

    /// The BIC: without the terminal's letter. `None` when it is no BIC, as in many a made-up message.
    pub fn bic(self) -> Option<Bic> {
        let mut text = [0; 11];
        let without = self.0.bytes().enumerate().filter(|(place, _)| *place != 8).map(|(_, byte)| byte);
        text.iter_mut().zip(without).for_each(|(place, byte)| *place = byte);
        str::from_utf8(&text).ok()?.parse().ok()
    }

    /// A test and training address has `0` in the eighth place; nothing it says moves money.
    pub fn is_test(self) -> bool {
        self.0.as_bytes().get(7) == Some(&b'0')
    }
}

impl fmt::Display for LogicalTerminal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Debug for LogicalTerminal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LogicalTerminal({self})")
    }
}

/// The basic header, 25 characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BasicHeader<'a> {
    /// `F` for FIN, `A` and `L` for the general purpose application.
    pub application: char,
    /// Two digits: `01` a message, `21` an acknowledgement of one.
    pub service: &'a str,
    /// The terminal: the sender's in an input message, the receiver's in an output message.
    pub terminal: LogicalTerminal<'a>,
    /// Four digits.
    pub session: &'a str,
    /// Six digits.
    pub sequence: &'a str,
}

impl<'a> BasicHeader<'a> {
    pub(crate) fn read(text: &'a str) -> Option<Self> {
        let digits = |text: &'a str| text.bytes().all(|byte| byte.is_ascii_digit()).then_some(text);
        if text.len() != 25 || !text.is_ascii() {
            return None;
        }
        let application = text.chars().next().filter(|letter| matches!(letter, 'F' | 'A' | 'L'))?;
        Some(Self {
            application,
            service: digits(text.get(1..3)?)?,
            terminal: LogicalTerminal::new(text.get(3..15)?)?,
            session: digits(text.get(15..19)?)?,
            sequence: digits(text.get(19..25)?)?,
        })
    }

    /// Whether the message acknowledges or refuses another (service 21).
    pub fn is_acknowledgement(&self) -> bool {
        self.service == "21"
    }
}

impl fmt::Display for BasicHeader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{}{}{}", self.application, self.service, self.terminal, self.session, self.sequence)
    }
}
