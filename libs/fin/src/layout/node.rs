//! The words in which a layout is written.

use crate::Tag;

/// A place in a layout.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Node {
    /// A field: number and the options that are allowed, `-` for none.
    Field { tag: &'static str, least: u16, most: u16 },
    /// Fields between 16R and 16S of this code.
    Block { code: &'static str, nodes: &'static [Node], least: u16, most: u16 },
    /// Fields that repeat together; the first of them is mandatory and begins each repetition.
    Group { name: &'static str, nodes: &'static [Node], least: u16, most: u16 },
    /// Anything, up to the end of the block or text: copies of other messages' fields.
    Any,
}

/// More repetitions than any message has room for.
const MANY: u16 = u16::MAX;

/// Exactly one.
pub(super) const fn one(tag: &'static str) -> Node {
    Node::Field { tag, least: 1, most: 1 }
}

/// One or none.
pub(super) const fn maybe(tag: &'static str) -> Node {
    Node::Field { tag, least: 0, most: 1 }
}

/// Any number.
pub(super) const fn any(tag: &'static str) -> Node {
    Node::Field { tag, least: 0, most: MANY }
}

/// One or more.
pub(super) const fn some(tag: &'static str) -> Node {
    Node::Field { tag, least: 1, most: MANY }
}

/// One to so many.
pub(super) const fn up_to(most: u16, tag: &'static str) -> Node {
    Node::Field { tag, least: 1, most }
}

/// A block that stands once.
pub(super) const fn block(code: &'static str, nodes: &'static [Node]) -> Node {
    Node::Block { code, nodes, least: 1, most: 1 }
}

/// A block that may stand once.
pub(super) const fn maybe_block(code: &'static str, nodes: &'static [Node]) -> Node {
    Node::Block { code, nodes, least: 0, most: 1 }
}

/// A block that stands any number of times.
pub(super) const fn any_block(code: &'static str, nodes: &'static [Node]) -> Node {
    Node::Block { code, nodes, least: 0, most: MANY }
}

/// A block that stands at least once.
pub(super) const fn some_block(code: &'static str, nodes: &'static [Node]) -> Node {
    Node::Block { code, nodes, least: 1, most: MANY }
}

/// A group that stands so often.
pub(super) const fn group(name: &'static str, least: u16, most: u16, nodes: &'static [Node]) -> Node {
    Node::Group { name, nodes, least, most }
}

/// A group that stands any number of times.
pub(super) const fn any_group(name: &'static str, nodes: &'static [Node]) -> Node {
    group(name, 0, MANY, nodes)
}

/// Whether a tag is one of those that a place allows.
pub(super) fn allows(place: &str, tag: Tag) -> bool {
    let (number, options) = place.split_at_checked(2).unwrap_or_default();
    if number.parse() != Ok(tag.number()) {
        return false;
    }
    match tag.option() {
        Some(option) => options.contains(option),
        None => options.is_empty() || options.contains('-'),
    }
}
