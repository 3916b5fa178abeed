//! What a rule sees, and how it speaks.

use crate::{
    Field, Message, Part,
    field::at,
    finding::{Finding, Rule},
    layout::Sequence,
};

/// A message that follows its layout, and the list of what is wrong with it.
pub(super) struct Context<'c, 'm, 'a> {
    pub(super) message: &'m Message<'a>,
    pub(super) root: Sequence<'c, 'm, 'a>,
    pub(super) findings: &'c mut Vec<Finding>,
}

impl<'m, 'a> Context<'_, 'm, 'a> {
    /// The rule must hold; if not, this field breaks it, or, when it is a field that is missing, the text does.
    pub(super) fn require(&mut self, holds: bool, field: Option<&Field<'a>>, rule: Rule) {
        if !holds {
            self.findings.push(finding(self.message, field, rule));
        }
    }
}

/// A finding about a field, or about the text when no field can be named.
pub(super) fn finding(message: &Message<'_>, field: Option<&Field<'_>>, rule: Rule) -> Finding {
    match field {
        Some(field) => Finding { column: 1, ..at(field, 0, rule) },
        None => {
            let line = message.fields().first().map_or(1, |field| field.line);
            Finding { rule, line, column: 1, tag: None, expected: None }
        }
    }
}

/// A part of a field, when the field is there and fits its format.
pub(super) fn part<'a>(field: Option<&Field<'a>>, kind: Part) -> Option<&'a str> {
    field?.parts()?.get(kind)
}

/// The letter of a field's tag.
pub(super) fn option(field: Option<&Field<'_>>) -> Option<char> {
    field?.tag.option()
}
