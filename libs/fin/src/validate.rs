//! Everything that is wrong with one message, in the order of its lines.

use crate::{
    Message,
    field::{at, check},
    finding::{Finding, Rule},
    layout::{Misfit, Outline, outline},
    rules,
};

const MISPLACED: Rule = Rule { code: "T13", text: "this field does not belong here, or one before it is missing" };
const MISSING: Rule = Rule { code: "T13", text: "the text ends too early" };
const REPEATED: Rule = Rule { code: "T10", text: "the sequence repeats too often" };

/// How much of a message's rules this crate knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coverage {
    /// Formats, order of fields and the rules between them.
    Full,
    /// Only the formats of those fields that other messages share: the type has no layout here.
    FieldsOnly,
}

/// What validation found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Validation<'m, 'a> {
    message: &'m Message<'a>,
    findings: Vec<Finding>,
    outline: Option<Outline<'m, 'a>>,
    coverage: Coverage,
}

impl<'m, 'a> Validation<'m, 'a> {
    /// What is wrong, by line.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Whether nothing is wrong that this crate can know.
    pub const fn is_valid(&self) -> bool {
        self.findings.is_empty()
    }

    /// How much was checked.
    pub const fn coverage(&self) -> Coverage {
        self.coverage
    }

    /// The message.
    pub const fn message(&self) -> &'m Message<'a> {
        self.message
    }

    /// The sequences, when the fields follow their layout.
    pub const fn outline(&self) -> Option<&Outline<'m, 'a>> {
        self.outline.as_ref()
    }
}

/// Checks a message: block 3, every field by itself, the order of the fields, the rules between them.
///
/// The rules between fields are run only when the fields stand where they should: else each of them would repeat in
/// other words that a field is missing.
pub fn validate<'m, 'a>(message: &'m Message<'a>) -> Validation<'m, 'a> {
    let mut findings = Vec::new();
    let fields = message.fields();
    let first_line = fields.first().map_or(1, |field| field.line.saturating_sub(1).max(1));
    rules::check_headers(message, first_line, &mut findings);
    for field in fields {
        check(field, &mut findings);
    }
    let kind = message.message_type().unwrap_or_default();
    let sorted = outline(kind, message.variant(), fields);
    let coverage = if sorted.is_some() { Coverage::Full } else { Coverage::FieldsOnly };
    let outline = match sorted {
        Some(Ok(outline)) => {
            rules::run(message, &outline, &mut findings);
            Some(outline)
        }
        Some(Err(misfit)) => {
            findings.push(misplaced(message, misfit));
            None
        }
        None => None,
    };
    findings.sort_by_key(|finding| (finding.line, finding.column));
    Validation { message, findings, outline, coverage }
}

fn misplaced(message: &Message<'_>, misfit: Misfit) -> Finding {
    let fields = message.fields();
    let found = match fields.get(misfit.at) {
        Some(field) if misfit.is_excess => Finding { column: 1, ..at(field, 0, REPEATED) },
        Some(field) => Finding { column: 1, ..at(field, 0, MISPLACED) },
        None => {
            let line = fields.last().map_or(1, |field| field.line + field.lines().count());
            Finding { rule: MISSING, line, column: 1, tag: None, expected: None }
        }
    };
    Finding { expected: Some(misfit.expected), ..found }
}
