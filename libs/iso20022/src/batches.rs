//! A message in pieces that a schema validator can be trusted with.
//!
//! The validator looks the place of each complaint up from the beginning of the document, so that its time grows with
//! complaints times size: tens of thousands of wrong elements would take minutes. A large message is therefore checked in
//! batches: whole but for its longest list, of which each batch has a part. That is the same as at once, because the
//! lists of ISO 20022 that may be this long are unbounded; and the first batches with a hundred complaints are the last.

use std::collections::BTreeMap;

use crate::document::Element;

/// What one batch may weigh: elements, attributes, and texts by their length. 4,000 wrong elements take about 0.1 s.
const HEAVY: usize = 4_000;
/// So many bytes of text weigh as much as an element.
const TEXT: usize = 50;

/// A part of a document: everything, or everything but what other batches have of the list.
pub(crate) struct Batch<'d, 'a> {
    /// The element that holds the list and the list's name; `None` for the whole document.
    list: Option<(Element<'d, 'a>, &'a str)>,
    /// The first and last number of the list's elements in this batch.
    numbers: (usize, usize),
}

impl<'d, 'a> Batch<'d, 'a> {
    /// Whether the batch has this element, if it has what that is in.
    pub(crate) fn keeps(&self, element: Element<'d, 'a>) -> bool {
        let Some((holder, name)) = self.list else { return true };
        let (first, last) = self.numbers;
        element.local() != name || element.parent() != Some(holder) || (first..=last).contains(&element.number())
    }
}

/// The batches of a document; `None` when it is heavy in a way that no list explains.
pub(crate) fn batches<'d, 'a>(document: Element<'d, 'a>) -> Option<Vec<Batch<'d, 'a>>> {
    let total = weight(document);
    if total <= HEAVY {
        return Some(vec![Batch { list: None, numbers: (0, 0) }]);
    }
    let holder = holder(document)?;
    let mut names: BTreeMap<&str, usize> = BTreeMap::new();
    for child in holder.children() {
        *names.entry(child.local()).or_default() += weight(child);
    }
    let (name, list) = names.into_iter().max_by_key(|(_, weight)| *weight)?;
    // What every batch must have.
    let rest = total - list;
    if rest > HEAVY {
        return None;
    }
    let (mut all, mut filled) = (Vec::<Batch<'d, 'a>>::new(), HEAVY);
    for child in holder.children().filter(|child| child.local() == name) {
        let number = child.number();
        let own = weight(child);
        if filled + own > HEAVY {
            filled = rest;
            all.push(Batch { list: Some((holder, name)), numbers: (number, number) });
        }
        filled += own;
        if let Some(batch) = all.last_mut() {
            batch.numbers.1 = number;
        }
    }
    Some(all)
}

/// The innermost element that is too heavy while nothing in it is; `None` when two of its elements are.
fn holder<'d, 'a>(document: Element<'d, 'a>) -> Option<Element<'d, 'a>> {
    let mut holder = document;
    loop {
        let mut heavy = holder.children().filter(|child| weight(*child) > HEAVY);
        match (heavy.next(), heavy.next()) {
            (None, _) => return (holder.children().next().is_some()).then_some(holder),
            (Some(only), None) => holder = only,
            (Some(_), Some(_)) => return None,
        }
    }
}

fn weight(element: Element<'_, '_>) -> usize {
    let own = |one: Element<'_, '_>| 1 + one.attributes().count() + one.raw_text().len() / TEXT;
    element.descendants().map(own).sum()
}
