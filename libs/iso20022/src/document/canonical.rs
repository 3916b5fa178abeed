//! One spelling for one content: two documents that say the same are the same bytes, and a document written so is read
//! back as itself.
//!
//! Not the W3C's canonical XML, which keeps prefixes and blanks: here no element has a prefix (a namespace is declared
//! where it changes), attributes are sorted, comments and blanks between elements are gone, and what must be escaped is
//! escaped in one way. Texts are kept as they are, blanks included.

use std::{collections::BTreeSet, fmt::Write as _};

use super::Element;
use crate::Position;

/// An element in its canonical form, with the way back from a column to the element that stands there.
#[derive(Debug, Clone)]
pub struct Canonical<'d, 'a> {
    /// The text, without XML declaration, on one line unless a text holds line ends.
    pub text: String,
    /// Where each element's start tag begins, in characters.
    starts: Vec<(usize, Element<'d, 'a>)>,
}

impl<'d, 'a> Canonical<'d, 'a> {
    /// The element that stands at this place of the canonical text: the last one that starts at or before it.
    pub(crate) fn element_at(&self, place: usize) -> Option<Element<'d, 'a>> {
        let after = self.starts.partition_point(|(start, _)| *start <= place);
        self.starts.get(after.checked_sub(1)?).map(|(_, element)| *element)
    }

    /// As [`Canonical::element_at`], by line and column.
    pub(crate) fn element_at_line(&self, line: usize, column: usize) -> Option<Element<'d, 'a>> {
        let mut offset = 0;
        for before in self.text.split_inclusive('\n').take(line.saturating_sub(1)) {
            offset += before.len();
        }
        let rest = self.text.get(offset..)?;
        let within: usize = rest.chars().take(column.saturating_sub(1)).map(char::len_utf8).sum();
        self.element_at(offset + within)
    }
}

impl<'d, 'a> Element<'d, 'a> {
    /// The element and all within it in canonical form.
    pub fn canonical(&self) -> Canonical<'d, 'a> {
        self.canonical_of(&|_| true)
    }

    /// As [`Element::canonical`], of those elements only that are kept; what is in one that is not goes with it.
    pub(crate) fn canonical_of(&self, keeps: &dyn Fn(Element<'d, 'a>) -> bool) -> Canonical<'d, 'a> {
        let mut writer = Canonical { text: String::new(), starts: Vec::new() };
        writer.element(*self, "", keeps);
        writer
    }

    /// Where the element is, in the input that it was read from.
    pub(crate) fn place(&self) -> (String, Position) {
        (self.path(), self.position())
    }
}

impl<'d, 'a> Canonical<'d, 'a> {
    /// Recursion is as deep as the document, which the reader has capped.
    fn element(&mut self, element: Element<'d, 'a>, outer: &str, keeps: &dyn Fn(Element<'d, 'a>) -> bool) {
        let (local, namespace) = (element.local(), element.namespace());
        self.starts.push((self.text.len(), element));
        let _ = write!(self.text, "<{local}");
        if namespace != outer {
            self.attribute("xmlns", namespace);
        }
        self.attributes(element);
        self.text.push('>');
        if element.children().next().is_none() {
            escape(element.raw_text(), false, &mut self.text);
        }
        for child in element.children().filter(|child| keeps(*child)) {
            self.element(child, namespace, keeps);
        }
        let _ = write!(self.text, "</{local}>");
    }

    fn attributes(&mut self, element: Element<'d, 'a>) {
        let attributes: BTreeSet<_> = element.attributes().collect();
        let namespaces: BTreeSet<_> =
            attributes.iter().map(|(namespace, ..)| *namespace).filter(|name| !name.is_empty()).collect();
        // Attributes have no default namespace; those that have one need a prefix, numbered here. `xml` is reserved.
        let prefix = |namespace: &str| match namespace {
            "http://www.w3.org/XML/1998/namespace" => "xml".to_owned(),
            other => format!("a{}", namespaces.iter().position(|known| *known == other).unwrap_or_default()),
        };
        for namespace in &namespaces {
            let prefix = prefix(namespace);
            if prefix != "xml" {
                self.attribute(&format!("xmlns:{prefix}"), namespace);
            }
        }
        for (namespace, local, value) in &attributes {
            match namespace.is_empty() {
                true => self.attribute(local, value),
                false => self.attribute(&format!("{}:{local}", prefix(namespace)), value),
            }
        }
    }

    fn attribute(&mut self, name: &str, value: &str) {
        let _ = write!(self.text, " {name}=\"");
        escape(value, true, &mut self.text);
        self.text.push('"');
    }
}

/// Writes a text with what must be escaped escaped. A carriage return, and in an attribute a tab or a line end, would
/// be changed by whoever reads it.
pub(crate) fn escape(text: &str, is_attribute: bool, to: &mut String) {
    for character in text.chars() {
        match character {
            '<' => to.push_str("&lt;"),
            '>' => to.push_str("&gt;"),
            '&' => to.push_str("&amp;"),
            '\r' => to.push_str("&#13;"),
            '"' if is_attribute => to.push_str("&quot;"),
            '\t' if is_attribute => to.push_str("&#9;"),
            '\n' if is_attribute => to.push_str("&#10;"),
            other => to.push(other),
        }
    }
}
