//! Everything that is wrong with one message, in the order of its elements.

use crate::{Finding, Message, SchemaCheck, Schemas, finding::Findings, rules};

/// What validation found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Validation {
    findings: Vec<Finding>,
    schema: SchemaCheck,
}

impl Validation {
    /// What is wrong, by place; no more than a hundred findings, the first of each step of the checks.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Whether nothing is wrong that could be known.
    pub const fn is_valid(&self) -> bool {
        self.findings.is_empty()
    }

    /// Whether a schema was applied. Without one, the order and presence of elements was hardly checked.
    pub const fn schema(&self) -> SchemaCheck {
        self.schema
    }
}

/// Checks a message: against the schema of its version where there is one; the values wherever they stand; counts and sums;
/// header against document.
pub fn validate(message: &Message<'_, '_>, schemas: &Schemas) -> Validation {
    let mut findings = Findings::default();
    let schema = schemas.check(message, &mut findings);
    if schema == SchemaCheck::NoSchema {
        rules::check_mandatory(message, &mut findings);
    }
    rules::check_header(message, &mut findings);
    rules::check_values(message, &mut findings);
    rules::check_totals(message, &mut findings);
    let mut findings = findings.list;
    findings.sort_by_key(|finding| (finding.at.offset, finding.rule));
    Validation { findings, schema }
}
