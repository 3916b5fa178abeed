//! New messages, written leaf by leaf in the order of their schema, in canonical form.

use std::fmt::Write as _;

use crate::{
    MessageId,
    document::{escape, is_name},
};

/// Why a draft is no message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DraftError {
    /// A step of a path is no name, or a path is empty.
    #[error("a path is names with slashes between them")]
    Path,
    /// Nothing was written.
    #[error("the message is empty")]
    Empty,
    /// A control character that XML does not allow.
    #[error("a value holds a character that XML does not allow")]
    Character,
}

/// A document in the making. Leaves are given by their path from `Document`, and what two neighbours share is opened
/// once: `GrpHdr/MsgId`, then `GrpHdr/CreDtTm`. To repeat an element, its step is numbered: `Tx[1]/Id`, `Tx[2]/Id`.
#[derive(Debug, Clone)]
pub struct Draft {
    id: MessageId,
    text: String,
    /// The steps that are open, numbers included.
    open: Vec<String>,
    error: Option<DraftError>,
}

impl Draft {
    /// A message of this kind and version.
    pub fn new(id: MessageId) -> Self {
        let text = format!("<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:{id}\">");
        Self { id, text, open: Vec::new(), error: None }
    }

    /// Which message it is going to be.
    pub const fn id(&self) -> MessageId {
        self.id
    }

    /// Writes a leaf.
    #[must_use]
    pub fn leaf(self, path: &str, value: &str) -> Self {
        self.leaf_with(path, None, value)
    }

    /// Writes a leaf when there is a value.
    #[must_use]
    pub fn maybe(self, path: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.leaf(path, value),
            None => self,
        }
    }

    /// Writes an amount.
    #[must_use]
    pub fn amount(self, path: &str, amount: causeway_identifiers::Amount) -> Self {
        self.leaf_with(path, Some(amount.currency().code()), &amount.value().to_string())
    }

    fn leaf_with(mut self, path: &str, currency: Option<&str>, value: &str) -> Self {
        if let Err(error) = self.write(path, currency, value) {
            self.error = self.error.or(Some(error));
        }
        self
    }

    fn write(&mut self, path: &str, currency: Option<&str>, value: &str) -> Result<(), DraftError> {
        let steps: Vec<&str> = path.split('/').collect();
        let (leaf, branch) = steps.split_last().ok_or(DraftError::Path)?;
        if value.chars().any(|character| character.is_control() && !matches!(character, '\t' | '\n' | '\r')) {
            return Err(DraftError::Character);
        }
        for step in &steps {
            name(step).ok_or(DraftError::Path)?;
        }
        let shared = self.open.iter().zip(branch).take_while(|(open, step)| open == *step).count();
        self.close(shared);
        for step in branch.get(shared..).unwrap_or_default() {
            let _ = write!(self.text, "<{}>", name(step).unwrap_or_default());
            self.open.push((*step).to_owned());
        }
        let leaf = name(leaf).unwrap_or_default();
        match currency {
            Some(currency) => {
                let _ = write!(self.text, "<{leaf} Ccy=\"{currency}\">");
            }
            None => {
                let _ = write!(self.text, "<{leaf}>");
            }
        }
        escape(value, false, &mut self.text);
        let _ = write!(self.text, "</{leaf}>");
        Ok(())
    }

    /// Closes what is open, down to so many steps.
    fn close(&mut self, down_to: usize) {
        while self.open.len() > down_to {
            let step = self.open.pop().unwrap_or_default();
            let _ = write!(self.text, "</{}>", name(&step).unwrap_or_default());
        }
    }

    /// The document: canonical, without XML declaration. Validate it like any other.
    ///
    /// # Errors
    /// The first that any leaf met, or [`DraftError::Empty`].
    pub fn finish(mut self) -> Result<String, DraftError> {
        if let Some(error) = self.error {
            return Err(error);
        }
        if self.text.ends_with("\">") {
            return Err(DraftError::Empty);
        }
        self.close(0);
        self.text.push_str("</Document>");
        Ok(self.text)
    }
}

/// The name of a step without its number; `None` when it is none.
fn name(step: &str) -> Option<&str> {
    let name = match step.split_once('[') {
        None => step,
        Some((name, number)) => {
            let number = number.strip_suffix(']')?;
            number.bytes().all(|byte| byte.is_ascii_digit()).then_some(name)?
        }
    };
    is_name(name).then_some(name)
}
