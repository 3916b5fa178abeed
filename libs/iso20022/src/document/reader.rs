//! From bytes to a tree, in one pass, with every cap checked before memory is taken.

use std::borrow::Cow;

use quick_xml::{
    NsReader,
    events::{BytesStart, Event},
    name::ResolveResult,
};

use super::{
    name::is_name,
    tree::{Attribute, Node, Tree},
};
use crate::{Error, Fault, Limits, Position};

/// Hints where a schema may be; nothing of the message, and never followed.
const SCHEMA_INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";
/// What addresses hold beside letters and digits (RFC 3986), but for `&` and `'`, which XML would write otherwise.
const OF_ADDRESSES: &str = "-._~:/?#[]@!$()*+,;=%";

pub(super) fn read(input: &[u8], limits: Limits) -> Result<Tree<'_>, Error> {
    let fail = |offset, fault| Error { at: Position::of(input, offset), fault };
    if input.len() > limits.bytes {
        return Err(fail(limits.bytes, Fault::TooLarge("bytes")));
    }
    if input.starts_with("\u{feff}".as_bytes()) {
        return Err(fail(0, Fault::Encoding));
    }
    let text = str::from_utf8(input).map_err(|error| fail(error.valid_up_to(), Fault::Encoding))?;
    let control = input.iter().position(|byte| *byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r'));
    if let Some(offset) = control {
        return Err(fail(offset, Fault::Character(input.get(offset).copied().unwrap_or_default())));
    }
    let tree = Tree { input: text, namespaces: vec![String::new()], nodes: Vec::new(), attributes: Vec::new() };
    let mut builder = Builder { tree, limits, open: Vec::new(), last_child: Vec::new() };
    let mut reader = NsReader::from_str(text);
    loop {
        let offset = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        match step(&mut reader, &mut builder, offset) {
            Ok(true) => {}
            Ok(false) => return Ok(builder.tree),
            Err(Fault::NotWellFormed(error)) => {
                let at = usize::try_from(reader.error_position()).unwrap_or(offset);
                return Err(fail(at, Fault::NotWellFormed(error)));
            }
            Err(fault) => return Err(fail(offset, fault)),
        }
    }
}

/// One event; false at the end of the document.
fn step<'a>(reader: &mut NsReader<&'a [u8]>, builder: &mut Builder<'a>, offset: usize) -> Result<bool, Fault> {
    let (resolved, event) = reader.read_resolved_event().map_err(Fault::NotWellFormed)?;
    match event {
        Event::Start(start) => {
            let namespace = builder.namespace(&resolved)?;
            builder.start(&start, namespace, offset)?;
            builder.attributes(&start, reader)?;
        }
        Event::Empty(start) => {
            let namespace = builder.namespace(&resolved)?;
            builder.start(&start, namespace, offset)?;
            builder.attributes(&start, reader)?;
            builder.end()?;
        }
        Event::End(_) => builder.end()?,
        Event::Text(text) => builder.text(text.xml10_content())?,
        Event::CData(text) => builder.text(text.xml10_content())?,
        Event::GeneralRef(reference) => {
            let character = match reference.resolve_char_ref().map_err(|_| Fault::Entity)? {
                Some(character) => character,
                None => predefined(&reference.into_inner()).ok_or(Fault::Entity)?,
            };
            if character.is_control() && !matches!(character, '\t' | '\n' | '\r') {
                return Err(Fault::Entity);
            }
            builder.text(Cow::Owned(character.to_string()))?;
        }
        Event::Decl(declaration) => {
            let encoding = declaration.encoding().transpose().map_err(|_| Fault::Encoding)?;
            let is_right = encoding.is_none_or(|name| name.eq_ignore_ascii_case("utf-8"));
            if !is_right || offset != 0 {
                return Err(Fault::Encoding);
            }
        }
        Event::DocType(_) => return Err(Fault::DocumentType),
        Event::Comment(_) | Event::PI(_) => {}
        Event::Eof => return builder.finish().map(|()| false),
    }
    Ok(true)
}

fn predefined(name: &str) -> Option<char> {
    match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "apos" => Some('\''),
        "quot" => Some('"'),
        _ => None,
    }
}

struct Builder<'a> {
    tree: Tree<'a>,
    limits: Limits,
    /// The elements that are open, outermost first.
    open: Vec<usize>,
    /// For each of them its last child so far.
    last_child: Vec<Option<usize>>,
}

impl<'a> Builder<'a> {
    /// The place of a namespace in the list. Messages have a handful, so a search from the end is short.
    fn namespace(&mut self, resolved: &ResolveResult<'_>) -> Result<usize, Fault> {
        let name = match resolved {
            ResolveResult::Unbound => return Ok(0),
            ResolveResult::Unknown(_) => return Err(Fault::Prefix),
            ResolveResult::Bound(namespace) => namespace.into_inner(),
        };
        if let Some(place) = self.tree.namespaces.iter().rposition(|known| known == name) {
            return Ok(place);
        }
        // References are not resolved in it: what an address cannot have could be another name when it is written.
        if !name.chars().all(|character| character.is_alphanumeric() || OF_ADDRESSES.contains(character)) {
            return Err(Fault::Attribute);
        }
        // A document with a namespace for each element is no message, and would make this search slow.
        if self.tree.namespaces.len() > 256 {
            return Err(Fault::TooLarge("namespaces"));
        }
        self.tree.namespaces.push(name.to_owned());
        Ok(self.tree.namespaces.len() - 1)
    }

    fn start(&mut self, start: &BytesStart<'a>, namespace: usize, offset: usize) -> Result<(), Fault> {
        let name = start.name();
        let local = self.locate(name.local_name().into_inner()).ok_or(Fault::Name)?;
        let is_right = is_name(local) && name.prefix().is_none_or(|prefix| is_name(prefix.into_inner()));
        if !is_right {
            return Err(Fault::Name);
        }
        let index = self.tree.nodes.len();
        if index >= self.limits.elements {
            return Err(Fault::TooLarge("elements"));
        }
        if self.open.len() >= self.limits.depth {
            return Err(Fault::TooLarge("depth"));
        }
        let parent = self.open.last().copied();
        if parent.is_none() && index > 0 {
            return Err(Fault::Root);
        }
        if let Some(last) = self.last_child.last_mut() {
            let before = last.replace(index);
            let link = match (before, parent) {
                (Some(sibling), _) => self.tree.nodes.get_mut(sibling).map(|node| &mut node.next_sibling),
                (None, Some(parent)) => self.tree.nodes.get_mut(parent).map(|node| &mut node.first_child),
                (None, None) => None,
            };
            if let Some(link) = link {
                *link = Some(index);
            }
        }
        let attributes = (self.tree.attributes.len(), 0);
        let text = Cow::Borrowed("");
        self.tree.nodes.push(Node {
            namespace,
            local,
            text,
            parent,
            first_child: None,
            next_sibling: None,
            attributes,
            offset,
        });
        self.open.push(index);
        self.last_child.push(None);
        Ok(())
    }

    fn attributes(&mut self, start: &BytesStart<'a>, reader: &NsReader<&'a [u8]>) -> Result<(), Fault> {
        for (count, attribute) in start.attributes().enumerate() {
            // Before the check for duplicates, which compares each with all before it.
            if count >= self.limits.attributes {
                return Err(Fault::TooLarge("attributes of one element"));
            }
            let attribute = attribute.map_err(|_| Fault::Attribute)?;
            if attribute.key.as_namespace_binding().is_some() {
                continue;
            }
            let (resolved, local) = reader.resolver().resolve_attribute(attribute.key);
            let namespace = self.namespace(&resolved)?;
            if self.tree.namespaces.get(namespace).is_some_and(|name| name == SCHEMA_INSTANCE) {
                continue;
            }
            let local = self.locate(local.into_inner()).filter(|local| is_name(local)).ok_or(Fault::Name)?;
            let value = attribute.normalized_value(quick_xml::XmlVersion::Explicit1_0).map_err(|_| Fault::Entity)?;
            let value = match self.locate(&value) {
                Some(borrowed) => Cow::Borrowed(borrowed),
                None => Cow::Owned(value.into_owned()),
            };
            self.tree.attributes.push(Attribute { namespace, local, value });
            let index = self.open.last().copied().unwrap_or_default();
            if let Some(node) = self.tree.nodes.get_mut(index) {
                node.attributes.1 += 1;
            }
        }
        Ok(())
    }

    /// The same text as a part of the input, when it is one: the parser's borrows end with its event.
    fn locate(&self, part: &str) -> Option<&'a str> {
        let offset = part.as_ptr().addr().checked_sub(self.tree.input.as_ptr().addr())?;
        self.tree.input.get(offset..offset.checked_add(part.len())?).filter(|found| *found == part)
    }

    fn text(&mut self, text: Cow<'a, str>) -> Result<(), Fault> {
        let Some(node) = self.open.last().and_then(|index| self.tree.nodes.get_mut(*index)) else {
            return if text.trim_ascii().is_empty() { Ok(()) } else { Err(Fault::Root) };
        };
        if node.text.is_empty() {
            node.text = text;
        } else {
            node.text.to_mut().push_str(&text);
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), Fault> {
        let index = self.open.pop().ok_or(Fault::Root)?;
        self.last_child.pop();
        if let Some(node) = self.tree.nodes.get_mut(index).filter(|node| node.first_child.is_some()) {
            if !node.text.trim_ascii().is_empty() {
                return Err(Fault::Mixed);
            }
            node.text = Cow::Borrowed("");
        }
        Ok(())
    }

    fn finish(&self) -> Result<(), Fault> {
        if self.open.is_empty() && !self.tree.nodes.is_empty() { Ok(()) } else { Err(Fault::Root) }
    }
}
