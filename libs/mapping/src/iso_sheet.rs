//! An ISO 20022 message in the making, with its account.

use std::collections::BTreeSet;

use causeway_fin::{Field, Message};
use causeway_identifiers::Amount;
use causeway_iso20022::Draft;

use crate::{Error, Line, Loss, Mapped, Origin};

/// Where a FIN field stands.
pub(crate) const fn from(field: &Field<'_>) -> Origin {
    Origin::Field { tag: field.tag, line: field.line }
}

/// A draft and its lines.
pub(crate) struct IsoSheet {
    draft: Draft,
    lines: Vec<Line>,
    used: BTreeSet<usize>,
}

impl IsoSheet {
    pub(crate) fn new(kind: &str) -> Result<Self, Error> {
        let id = kind.parse().map_err(|_| Error::Unsupported)?;
        Ok(Self { draft: Draft::new(id), lines: Vec::new(), used: BTreeSet::new() })
    }

    /// Writes a value.
    pub(crate) fn put(&mut self, path: &str, value: &str, origin: Origin, rule: &'static str) {
        let empty = Draft::new(self.draft.id());
        let draft = std::mem::replace(&mut self.draft, empty);
        self.draft = draft.leaf(path, value);
        self.note(path, value, origin, rule);
    }

    /// Writes an amount.
    pub(crate) fn put_amount(&mut self, path: &str, amount: Amount, origin: Origin, rule: &'static str) {
        let empty = Draft::new(self.draft.id());
        let draft = std::mem::replace(&mut self.draft, empty);
        self.draft = draft.amount(path, amount);
        self.note(path, &amount.to_string(), origin, rule);
    }

    /// Writes what a field says only in part; the account holds the whole.
    pub(crate) fn put_part(&mut self, path: &str, value: &str, field: &Field<'_>, rule: &'static str) {
        self.put(path, value, from(field), rule);
        if let Some(line) = self.lines.last_mut() {
            line.original = Some(field.value.to_owned());
        }
    }

    fn note(&mut self, path: &str, value: &str, origin: Origin, rule: &'static str) {
        if let Origin::Field { line, .. } = &origin {
            self.used.insert(*line);
        }
        self.lines.push(Line { target: path.to_owned(), value: value.to_owned(), origin, rule, original: None });
    }

    /// The message, and as losses all fields that no line came from. Marks of blocks (16R, 16S) say nothing by themselves.
    pub(crate) fn finish(self, message: &Message<'_>) -> Result<Mapped, Error> {
        let unused =
            message.fields().iter().filter(|field| !self.used.contains(&field.line) && field.tag.number() != 16);
        let losses = unused.map(|field| Loss { origin: from(field), value: field.value.to_owned() }).collect();
        let kind = self.draft.id().to_string();
        let text = self.draft.finish().map_err(Error::Iso)?;
        Ok(Mapped { kind, text, lines: self.lines, losses })
    }
}
