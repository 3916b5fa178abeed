//! The nodes of a document, in one list.

use std::borrow::Cow;

use super::{Element, reader};
use crate::{Error, Limits, Position};

/// An element. Indexes are into the tree's lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Node<'a> {
    /// Into the namespaces; 0 is none.
    pub(super) namespace: usize,
    pub(super) local: &'a str,
    /// Empty for an element with elements in it.
    pub(super) text: Cow<'a, str>,
    pub(super) parent: Option<usize>,
    pub(super) first_child: Option<usize>,
    pub(super) next_sibling: Option<usize>,
    /// The first attribute and how many.
    pub(super) attributes: (usize, usize),
    /// Where its start tag begins.
    pub(super) offset: usize,
}

/// An attribute, declarations of namespaces left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Attribute<'a> {
    pub(super) namespace: usize,
    pub(super) local: &'a str,
    pub(super) value: Cow<'a, str>,
}

/// A document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree<'a> {
    pub(super) input: &'a str,
    pub(super) namespaces: Vec<String>,
    pub(super) nodes: Vec<Node<'a>>,
    pub(super) attributes: Vec<Attribute<'a>>,
}

impl<'a> Tree<'a> {
    /// Reads a document. Comments and processing instructions are passed over, whitespace between elements is
    /// dropped, CDATA is text.
    ///
    /// # Errors
    /// When the input is not well-formed, too large, or holds a document type or an entity.
    pub fn parse(input: &'a [u8], limits: Limits) -> Result<Self, Error> {
        reader::read(input, limits)
    }

    /// The outermost element.
    pub const fn root(&self) -> Element<'_, 'a> {
        Element { tree: self, index: 0 }
    }

    /// All elements, in the order of their start tags.
    pub fn elements(&self) -> impl Iterator<Item = Element<'_, 'a>> {
        (0..self.nodes.len()).map(|index| Element { tree: self, index })
    }

    pub(super) fn position(&self, offset: usize) -> Position {
        Position::of(self.input.as_bytes(), offset)
    }
}
