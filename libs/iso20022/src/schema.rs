//! XML schemas, which are the user's: ISO's download, or whatever a market infrastructure hands out.
//!
//! Nothing here reads files. A schema is compiled once and used for every message of its namespace.

use std::collections::BTreeMap;

use uppsala::XsdValidator;

use crate::{Canonical, Message, MessageId, Rule, batches::batches, finding::Findings};

/// Why a schema cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// Not XML, or with a document type.
    #[error("the schema is no XML document")]
    Xml(#[source] uppsala::XmlError),
    /// No target namespace of an ISO 20022 message.
    #[error("the schema has no target namespace of an ISO 20022 message")]
    Namespace,
    /// Not a schema that can be compiled.
    #[error("the schema cannot be compiled")]
    Compile(#[source] uppsala::XmlError),
}

/// Whether a schema was there to check against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SchemaCheck {
    /// The message follows the schema, or each deviation is a finding.
    Applied,
    /// There is no schema for the message's version: only the rules of this crate hold.
    NoSchema,
}

/// Compiled schemas by message.
#[derive(Default)]
pub struct Schemas {
    compiled: BTreeMap<MessageId, XsdValidator>,
}

impl Schemas {
    /// Compiles the text of a schema and returns which message it is for. A second schema of one message takes the
    /// place of the first.
    ///
    /// # Errors
    /// When the text is no schema of an ISO 20022 message.
    pub fn add(&mut self, text: &str) -> Result<MessageId, SchemaError> {
        let parser = uppsala::Parser::new().with_forbid_dtd(true);
        let document = parser.parse(text).map_err(SchemaError::Xml)?;
        let root = document.document_element().and_then(|root| document.element(root));
        let namespace = root.and_then(|root| root.get_attribute("targetNamespace")).unwrap_or_default();
        let id = MessageId::of_namespace(namespace).ok_or(SchemaError::Namespace)?;
        let validator = XsdValidator::from_schema(&document).map_err(SchemaError::Compile)?;
        self.compiled.insert(id, validator);
        Ok(id)
    }

    /// Which messages can be checked.
    pub fn messages(&self) -> impl Iterator<Item = MessageId> {
        self.compiled.keys().copied()
    }

    /// Checks the document of a message against the schema of its version.
    pub(crate) fn check(&self, message: &Message<'_, '_>, findings: &mut Findings) -> SchemaCheck {
        let Some(validator) = self.compiled.get(&message.id) else { return SchemaCheck::NoSchema };
        let Some(batches) = batches(message.document) else {
            findings.add_detailed(message.document, Rule::Schema, "too large to be checked: split the message");
            return SchemaCheck::Applied;
        };
        for batch in batches {
            if findings.is_full() {
                break;
            }
            check_part(validator, message, &message.document.canonical_of(&|element| batch.keeps(element)), findings);
        }
        SchemaCheck::Applied
    }
}

/// The validator builds a tree of its own. It sees the canonical form, which this crate has read under its caps and
/// written: the input itself could keep it busy for minutes.
fn check_part(validator: &XsdValidator, message: &Message<'_, '_>, part: &Canonical<'_, '_>, findings: &mut Findings) {
    let document = match uppsala::Parser::new().with_forbid_dtd(true).parse(&part.text) {
        Ok(document) => document,
        Err(error) => return findings.add_detailed(message.document, Rule::Schema, &error.to_string()),
    };
    for error in validator.validate(&document).iter().take(Findings::MOST) {
        let place = error.line.zip(error.column);
        let element = place.and_then(|(line, column)| part.element_at_line(line, column));
        findings.add_detailed(element.unwrap_or(message.document), Rule::Schema, &error.message);
    }
}

impl std::fmt::Debug for Schemas {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.compiled.keys().map(MessageId::to_string)).finish()
    }
}
