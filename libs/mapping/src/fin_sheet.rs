//! A FIN message in the making, with its account.

use std::collections::BTreeSet;

use causeway_fin::Draft;
use causeway_identifiers::{Bic, Uetr};
use causeway_iso20022::Element;

use crate::{Error, Line, Loss, Mapped, Origin};

/// Where an element stands.
pub(crate) fn from(element: Element<'_, '_>) -> Origin {
    Origin::Element { path: element.path() }
}

/// A draft and its lines.
pub(crate) struct FinSheet {
    kind: String,
    draft: Draft,
    lines: Vec<Line>,
    used: BTreeSet<usize>,
}

/// The terminal of a bank: letter `X` is any, `XXX` the head office.
fn terminal(bic: Bic) -> String {
    format!("{}X{}", bic.institution(), bic.branch())
}

impl FinSheet {
    pub(crate) fn new(kind: &str, sender: Bic, receiver: Bic) -> Result<Self, Error> {
        let draft = Draft::new(kind, &terminal(sender), &terminal(receiver)).map_err(Error::Fin)?;
        Ok(Self { kind: kind.to_owned(), draft, lines: Vec::new(), used: BTreeSet::new() })
    }

    /// Adds the validation flag to block 3.
    pub(crate) fn flag(&mut self, flag: &str, rule: &'static str) {
        self.draft = std::mem::take(&mut self.draft).user("119", flag);
        self.note("119", flag, &[], rule);
    }

    /// Adds the UETR to block 3.
    pub(crate) fn uetr(&mut self, element: Element<'_, '_>) {
        if let Ok(uetr) = element.text().parse::<Uetr>() {
            self.draft = std::mem::take(&mut self.draft).uetr(uetr);
            self.note("121", uetr.as_str(), &[element], "the UETR stays with the payment");
        }
    }

    /// Writes a field made of these elements; the first is named as the origin.
    pub(crate) fn put(&mut self, tag: &str, value: &str, elements: &[Element<'_, '_>], rule: &'static str) {
        self.draft = std::mem::take(&mut self.draft).field(tag, value);
        self.note(tag, value, elements, rule);
    }

    /// As [`FinSheet::put`], with the whole of the original when the value holds less or other than it.
    pub(crate) fn put_cut(
        &mut self,
        tag: &str,
        (value, original): (&str, &str),
        elements: &[Element<'_, '_>],
        rule: &'static str,
    ) {
        self.put(tag, value, elements, rule);
        if value != original {
            self.changed(original);
        }
    }

    /// The line written last holds less or other than this.
    pub(crate) fn changed(&mut self, original: &str) {
        if let Some(line) = self.lines.last_mut() {
            line.original = Some(original.to_owned());
        }
    }

    /// Marks an element whose content is told by something else.
    pub(crate) fn told(&mut self, element: Option<Element<'_, '_>>) {
        self.used.extend(element.map(|element| element.number()));
    }

    fn note(&mut self, target: &str, value: &str, elements: &[Element<'_, '_>], rule: &'static str) {
        self.used.extend(elements.iter().map(Element::number));
        let origin = elements.first().map_or(Origin::Rule, |element| from(*element));
        let (target, value) = (target.to_owned(), value.to_owned());
        self.lines.push(Line { target, value, origin, rule, original: None });
    }

    /// The message, and as losses all leaves of these parts of the original that no line came from.
    pub(crate) fn finish(self, parts: &[Element<'_, '_>]) -> Result<Mapped, Error> {
        let leaves = parts.iter().flat_map(Element::descendants).filter(|element| !element.text().is_empty());
        let unused = leaves.filter(|element| !self.used.contains(&element.number()));
        let losses = unused.map(|element| Loss { origin: from(element), value: element.text().to_owned() }).collect();
        let text = self.draft.finish().map_err(Error::Fin)?;
        Ok(Mapped { kind: self.kind, text, lines: self.lines, losses })
    }
}
