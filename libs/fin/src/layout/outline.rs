//! A message's fields sorted into the sequences of its layout.

use super::{Node, cash, node::allows, securities};
use crate::{Expected, Field, Variant};

/// A sequence: its name in the layout, its fields, the sequence it is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Section {
    name: &'static str,
    start: usize,
    end: usize,
    parent: Option<usize>,
}

/// The sequences of a message that follows its layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outline<'m, 'a> {
    fields: &'m [Field<'a>],
    sections: Vec<Section>,
}

/// A sequence of fields, with what is in it and in its parts.
#[derive(Debug, Clone, Copy)]
pub struct Sequence<'o, 'm, 'a> {
    outline: &'o Outline<'m, 'a>,
    /// `None` for the whole message.
    section: Option<usize>,
}

impl<'m, 'a> Outline<'m, 'a> {
    /// The whole message.
    pub const fn root(&self) -> Sequence<'_, 'm, 'a> {
        Sequence { outline: self, section: None }
    }
}

impl<'o, 'm, 'a> Sequence<'o, 'm, 'a> {
    /// Its fields and those of the sequences within it, without its own 16R and 16S.
    pub fn all_fields(&self) -> &'m [Field<'a>] {
        match self.section.and_then(|section| self.outline.sections.get(section)) {
            None => self.outline.fields,
            Some(section) => self.outline.fields.get(section.start..section.end).unwrap_or_default(),
        }
    }

    /// Its own fields, without those of the sequences within it and without 16R and 16S.
    pub fn fields(&self) -> impl Iterator<Item = &'m Field<'a>> + use<'o, 'm, 'a> {
        let start = self.start();
        let children: Vec<(usize, usize)> = self.sections().map(|section| (section.start, section.end)).collect();
        let all = self.all_fields().iter().enumerate();
        all.filter(move |(index, _)| {
            let place = start + index;
            !children.iter().any(|(from, to)| (*from..*to).contains(&place))
        })
        .map(|(_, field)| field)
        .filter(|field| field.tag.number() != 16)
    }

    /// The first of its own fields with this tag.
    pub fn get(&self, tag: &str) -> Option<&'m Field<'a>> {
        self.fields().find(|field| field.tag.is(tag))
    }

    /// The first of its own fields with this number, whatever the option.
    pub fn numbered(&self, number: u8) -> Option<&'m Field<'a>> {
        self.fields().find(|field| field.tag.number() == number)
    }

    /// The first of its own fields with this number and qualifier: `(98, "SETT")`.
    pub fn qualified(&self, number: u8, qualifier: &str) -> Option<&'m Field<'a>> {
        self.fields().find(|field| field.tag.number() == number && field.qualifier() == Some(qualifier))
    }

    /// The sequences of this name directly within it.
    pub fn children(&self, name: &str) -> impl Iterator<Item = Self> {
        let outline = self.outline;
        let found = outline.sections.iter().enumerate();
        let own = self.section;
        found
            .filter(move |(_, section)| section.parent == own && section.name == name)
            .map(move |(index, _)| Self { outline, section: Some(index) })
    }

    /// The first sequence of this name directly within it.
    pub fn child(&self, name: &str) -> Option<Self> {
        self.children(name).next()
    }

    fn sections(&self) -> impl Iterator<Item = &'o Section> {
        let own = self.section;
        self.outline.sections.iter().filter(move |section| section.parent == own)
    }

    fn start(&self) -> usize {
        self.section.and_then(|section| self.outline.sections.get(section)).map_or(0, |section| section.start)
    }
}

/// Where a message leaves its layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Misfit {
    /// The field that does not belong there; the number of fields at the end.
    pub(crate) at: usize,
    pub(crate) expected: Expected,
    /// Whether it is one repetition too many.
    pub(crate) is_excess: bool,
}

/// Sorts the fields; `None` when the message type has no layout here.
pub(crate) fn outline<'m, 'a>(
    message_type: &str,
    variant: Variant,
    fields: &'m [Field<'a>],
) -> Option<Result<Outline<'m, 'a>, Misfit>> {
    let nodes = cash::layout(message_type, variant).or_else(|| securities::layout(message_type))?;
    let mut walk = Walk { fields, at: 0, sections: Vec::new(), wanted: None };
    let result = walk.nodes(nodes, None).and_then(|()| match fields.get(walk.at) {
        None => Ok(()),
        Some(_) => Err(walk.misfit(walk.wanted.unwrap_or(Expected::End))),
    });
    Some(result.map(|()| Outline { fields, sections: walk.sections }))
}

struct Walk<'m, 'a> {
    fields: &'m [Field<'a>],
    at: usize,
    sections: Vec<Section>,
    /// The optional place that was tried last without a field: what might have stood here.
    wanted: Option<Expected>,
}

impl Walk<'_, '_> {
    fn nodes(&mut self, nodes: &'static [Node], parent: Option<usize>) -> Result<(), Misfit> {
        nodes.iter().try_for_each(|node| self.node(node, parent))
    }

    fn node(&mut self, node: &'static Node, parent: Option<usize>) -> Result<(), Misfit> {
        match *node {
            Node::Field { tag, least, most } => {
                let mut count = 0;
                while count < most && self.next_is(tag) {
                    self.at += 1;
                    count += 1;
                }
                self.counted(count, least, Expected::Field(tag))
            }
            Node::Block { code, nodes, least, most } => {
                let mut count = 0;
                while count < most && self.marks("16R", code) {
                    self.section(code, nodes, parent, 1)?;
                    if !self.marks("16S", code) {
                        let expected = self.wanted.unwrap_or(Expected::Block(code));
                        return Err(self.misfit(expected));
                    }
                    self.at += 1;
                    self.wanted = None;
                    count += 1;
                }
                self.counted(count, least, Expected::Block(code))
            }
            Node::Group { name, nodes, least, most } => {
                let mut count = 0;
                let first = nodes.first().and_then(Node::tag).unwrap_or_default();
                while self.next_is(first) {
                    if count == most {
                        return Err(Misfit { is_excess: true, ..self.misfit(Expected::End) });
                    }
                    self.section(name, nodes, parent, 0)?;
                    count += 1;
                }
                self.counted(count, least, Expected::Field(first))
            }
            Node::Any => self.skip(parent.is_some()),
        }
    }

    /// One repetition of a sequence. The 16R that opens it is not of it, `opening` fields.
    fn section(
        &mut self,
        name: &'static str,
        nodes: &'static [Node],
        parent: Option<usize>,
        opening: usize,
    ) -> Result<(), Misfit> {
        let index = self.sections.len();
        self.at += opening;
        self.sections.push(Section { name, start: self.at, end: self.at, parent });
        self.wanted = None;
        self.nodes(nodes, Some(index))?;
        if let Some(section) = self.sections.get_mut(index) {
            section.end = self.at;
        }
        Ok(())
    }

    /// Passes over anything: to the end of the block that is open, or of the text.
    fn skip(&mut self, is_within: bool) -> Result<(), Misfit> {
        let mut depth = 0_usize;
        while let Some(field) = self.fields.get(self.at) {
            if field.tag.is("16R") {
                depth += 1;
            }
            if field.tag.is("16S") {
                match depth.checked_sub(1) {
                    Some(less) => depth = less,
                    None if is_within => return Ok(()),
                    None => return Err(self.misfit(Expected::End)),
                }
            }
            self.at += 1;
        }
        Ok(())
    }

    fn counted(&mut self, count: u16, least: u16, expected: Expected) -> Result<(), Misfit> {
        if count < least {
            return Err(self.misfit(expected));
        }
        self.wanted = if count == 0 { self.wanted.or(Some(expected)) } else { None };
        Ok(())
    }

    fn next_is(&self, place: &str) -> bool {
        self.fields.get(self.at).is_some_and(|field| allows(place, field.tag))
    }

    fn marks(&self, tag: &str, code: &str) -> bool {
        self.fields.get(self.at).is_some_and(|field| field.tag.is(tag) && field.value == code)
    }

    const fn misfit(&self, expected: Expected) -> Misfit {
        Misfit { at: self.at, expected, is_excess: false }
    }
}

impl Node {
    const fn tag(&self) -> Option<&'static str> {
        match self {
            Self::Field { tag, .. } => Some(tag),
            Self::Block { .. } | Self::Group { .. } | Self::Any => None,
        }
    }
}
