//! An XML document as a tree that borrows from its text: read in one pass under caps, asked by namespace and local
//! name, written in one canonical form.

mod canonical;
mod element;
mod name;
mod reader;
mod tree;

pub use self::{canonical::Canonical, element::Element, tree::Tree};
pub(crate) use self::{canonical::escape, name::is_name};
