//! New messages: written field by field, and given out only when they are valid.

use std::fmt::Write as _;

use causeway_identifiers::{Amount, Decimal, Uetr};
use time::Date;

use crate::{Error, Finding, block::LogicalTerminal, parse, validate};

/// Why a draft is no message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DraftError {
    /// A terminal is not 12 capital letters and digits.
    #[error("a terminal is 12 capital letters and digits")]
    Terminal,
    /// A value would break out of its field.
    #[error("the draft is no FIN message")]
    Structure(#[source] Error),
    /// The message would break rules.
    #[error("the draft breaks {} rules", .0.len())]
    Rules(Vec<Finding>),
}

/// A message to be sent: an input message of the FIN application, lines ended by CR LF. The default one has no headers
/// and never becomes a message.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    headers: String,
    user: String,
    text: String,
    fields: usize,
}

impl Draft {
    /// Starts a message. Session and sequence are zero: the interface to the network sets them.
    ///
    /// # Errors
    /// [`DraftError::Terminal`]
    pub fn new(message_type: &str, sender: &str, receiver: &str) -> Result<Self, DraftError> {
        if LogicalTerminal::new(sender).is_none() || LogicalTerminal::new(receiver).is_none() {
            return Err(DraftError::Terminal);
        }
        let headers = format!("{{1:F01{sender}0000000000}}{{2:I{message_type}{receiver}N}}");
        Ok(Self { headers, user: String::new(), text: String::new(), fields: 0 })
    }

    /// Adds a tag to block 3; tags are written in the order of the calls.
    #[must_use]
    pub fn user(mut self, label: &str, value: &str) -> Self {
        // Writing to a string cannot fail.
        let _ = write!(self.user, "{{{label}:{value}}}");
        self
    }

    /// Adds the UETR, tag 121.
    #[must_use]
    pub fn uetr(self, uetr: Uetr) -> Self {
        self.user("121", uetr.as_str())
    }

    /// Adds a field. Line ends within the value may be LF or CR LF.
    #[must_use]
    pub fn field(mut self, tag: &str, value: &str) -> Self {
        let value = value.replace("\r\n", "\n").replace('\n', "\r\n");
        let _ = write!(self.text, ":{tag}:{value}\r\n");
        self.fields += 1;
        self
    }

    /// Adds a field when there is a value.
    #[must_use]
    pub fn maybe(self, tag: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.field(tag, value),
            None => self,
        }
    }

    /// The message.
    ///
    /// # Errors
    /// When the text is no message with the fields that were given, or one that breaks rules. A value with a line
    /// that begins like a field would be another field: that is [`DraftError::Structure`] too.
    pub fn finish(self) -> Result<String, DraftError> {
        let user = if self.user.is_empty() { String::new() } else { format!("{{3:{}}}", self.user) };
        let text = format!("{}{user}{{4:\r\n{}-}}", self.headers, self.text);
        let message = parse(text.as_bytes()).map_err(DraftError::Structure)?;
        if message.fields().len() != self.fields {
            let at = crate::Position { offset: 0, line: 1, column: 1 };
            return Err(DraftError::Structure(Error { at, fault: crate::Fault::LineStart(':') }));
        }
        let findings = validate(&message).findings().to_vec();
        if findings.is_empty() { Ok(text) } else { Err(DraftError::Rules(findings)) }
    }
}

/// A number as FIN writes it: a comma always, no sign.
pub fn write_number(value: Decimal) -> String {
    let text = value.abs().to_string();
    if text.contains('.') { text.replace('.', ",") } else { format!("{text},") }
}

/// Currency and amount, as in 32B.
pub fn write_amount(amount: Amount) -> String {
    format!("{}{}", amount.currency(), write_number(amount.value()))
}

/// `YYMMDD`; only the last two digits of the year are told.
pub fn write_date(date: Date) -> String {
    format!("{:02}{:02}{:02}", date.year().rem_euclid(100), u8::from(date.month()), date.day())
}
