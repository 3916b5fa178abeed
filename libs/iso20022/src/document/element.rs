//! An element, asked by local name. Within one message all elements share its namespace, so a path is of local
//! names, and an element of another namespace is never on it.

use std::fmt::Write as _;

use super::Tree;
use crate::Position;

/// An element of a [`Tree`].
#[derive(Debug, Clone, Copy)]
pub struct Element<'d, 'a> {
    pub(super) tree: &'d Tree<'a>,
    pub(super) index: usize,
}

impl PartialEq for Element<'_, '_> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.tree, other.tree) && self.index == other.index
    }
}

impl<'d, 'a> Element<'d, 'a> {
    fn node(&self) -> Option<&'d super::tree::Node<'a>> {
        self.tree.nodes.get(self.index)
    }

    /// The name without prefix.
    pub fn local(&self) -> &'a str {
        self.node().map(|node| node.local).unwrap_or_default()
    }

    /// The namespace, empty for none.
    pub fn namespace(&self) -> &'d str {
        let place = self.node().map(|node| node.namespace).unwrap_or_default();
        self.tree.namespaces.get(place).map(String::as_str).unwrap_or_default()
    }

    /// The text, blanks at both ends left out; empty for an element with elements in it.
    pub fn text(&self) -> &'d str {
        self.raw_text().trim_ascii()
    }

    /// The text as it stands.
    pub fn raw_text(&self) -> &'d str {
        self.node().map(|node| node.text.as_ref()).unwrap_or_default()
    }

    /// The value of an attribute of no namespace.
    pub fn attribute(&self, local: &str) -> Option<&'d str> {
        self.attributes().find(|(namespace, name, _)| namespace.is_empty() && *name == local).map(|(.., value)| value)
    }

    /// All attributes: namespace, local name, value.
    pub fn attributes(&self) -> impl Iterator<Item = (&'d str, &'a str, &'d str)> + use<'d, 'a> {
        let (first, count) = self.node().map(|node| node.attributes).unwrap_or_default();
        let found = self.tree.attributes.get(first..first + count).unwrap_or_default();
        let namespaces = &self.tree.namespaces;
        found.iter().map(move |attribute| {
            let namespace = namespaces.get(attribute.namespace).map(String::as_str).unwrap_or_default();
            (namespace, attribute.local, attribute.value.as_ref())
        })
    }

    /// What it is in.
    pub fn parent(&self) -> Option<Self> {
        Some(Self { index: self.node()?.parent?, ..*self })
    }

    /// The elements directly within it.
    pub fn children(&self) -> impl Iterator<Item = Self> + use<'d, 'a> {
        let tree = self.tree;
        let first = self.node().and_then(|node| node.first_child);
        let next = move |index: &usize| tree.nodes.get(*index)?.next_sibling;
        std::iter::successors(first, next).map(move |index| Self { tree, index })
    }

    /// The elements of this name and of its own namespace directly within it.
    pub fn all<'n>(&self, local: &'n str) -> impl Iterator<Item = Self> + use<'n, 'd, 'a> {
        let own = self.node().map(|node| node.namespace);
        self.children().filter(move |child| child.local() == local && child.node().map(|node| node.namespace) == own)
    }

    /// The first element of this name and of its own namespace directly within it.
    pub fn child(&self, local: &str) -> Option<Self> {
        self.all(local).next()
    }

    /// The first element at the end of a path of local names, `"GrpHdr/MsgId"`, each the first of its name.
    pub fn at(&self, path: &str) -> Option<Self> {
        path.split('/').try_fold(*self, |element, local| element.child(local))
    }

    /// The text at the end of a path, when it is there and not empty.
    pub fn text_at(&self, path: &str) -> Option<&'d str> {
        self.at(path).map(|element| element.text()).filter(|text| !text.is_empty())
    }

    /// It and all elements within it.
    pub fn descendants(&self) -> impl Iterator<Item = Self> + use<'d, 'a> {
        let tree = self.tree;
        (self.index..self.end()).map(move |index| Self { tree, index })
    }

    /// The index after its last descendant: elements stand in the order of their start tags.
    fn end(&self) -> usize {
        let mut element = *self;
        loop {
            let Some(node) = element.node() else { return self.tree.nodes.len() };
            match (node.next_sibling, node.parent) {
                (Some(next), _) => return next,
                (None, Some(parent)) => element.index = parent,
                (None, None) => return self.tree.nodes.len(),
            }
        }
    }

    /// Its number among all elements of the tree, in the order of their start tags: a name that costs nothing.
    pub const fn number(&self) -> usize {
        self.index
    }

    /// Where its start tag begins.
    pub fn position(&self) -> Position {
        self.tree.position(self.node().map(|node| node.offset).unwrap_or_default())
    }

    /// Where it is: `/Envelope/Document/FIToFICstmrCdtTrf/CdtTrfTxInf[3]/IntrBkSttlmAmt`; local names, and a number where
    /// there are several of one name.
    pub fn path(&self) -> String {
        let mut steps = Vec::new();
        let mut place = Some(*self);
        while let Some(element) = place {
            steps.push(element.step());
            place = element.parent();
        }
        steps.iter().rev().fold(String::new(), |mut path, step| {
            // Writing to a string cannot fail.
            let _ = write!(path, "/{step}");
            path
        })
    }

    fn step(&self) -> String {
        let local = self.local();
        let Some(parent) = self.parent() else { return local.to_owned() };
        let twins: Vec<_> = parent.children().filter(|child| child.local() == local).collect();
        match twins.iter().position(|twin| twin == self) {
            Some(place) if twins.len() > 1 => format!("{local}[{}]", place + 1),
            Some(_) | None => local.to_owned(),
        }
    }
}
