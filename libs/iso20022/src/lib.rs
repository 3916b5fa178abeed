//! ISO 20022: messages read, validated and written, in any version and in any envelope.
//!
//! ```
//! use causeway_iso20022::{Limits, Message, Schemas, Tree, validate};
//!
//! let xml = br#"<p:Document xmlns:p="urn:iso:std:iso:20022:tech:xsd:pacs.002.001.10"><p:FIToFIPmtStsRpt>
//!     <p:GrpHdr><p:MsgId>STATUS-1</p:MsgId><p:CreDtTm>2026-07-22T09:15:00Z</p:CreDtTm></p:GrpHdr>
//! </p:FIToFIPmtStsRpt></p:Document>"#;
//! let tree = Tree::parse(xml, Limits::default())?;
//! let message = Message::find(&tree)?;
//! assert_eq!(message.id.to_string(), "pacs.002.001.10");
//! assert_eq!(message.body.text_at("GrpHdr/MsgId"), Some("STATUS-1"));
//! assert!(validate(&message, &Schemas::default()).is_valid());
//! # Ok::<(), causeway_iso20022::Error>(())
//! ```
//!
//! 1. [`Tree`] reads XML in one pass under caps: no document type, no entities, bounded bytes, depth, attributes, elements.
//! 2. [`Message`] finds header and document by namespace and local name, whatever prefixes and wrappers there are.
//! 3. [`validate`] says what is wrong, with path, line and column: against the user's schemas ([`Schemas`]) where there is
//!    one for the message's version, and against rules that hold without.
//! 4. [`view`] turns messages of several versions into the same values.
//! 5. [`Element::canonical`] writes one form for one content, and [`Draft`] writes new messages in it.
//!
//! No I/O, no async, no floats, no unsafe code.
#![forbid(unsafe_code)]

mod batches;
mod document;
mod draft;
mod error;
mod finding;
mod id;
mod limits;
mod message;
mod rules;
mod schema;
mod validate;
pub mod view;

pub use crate::{
    document::{Canonical, Element, Tree},
    draft::{Draft, DraftError},
    error::{Error, Fault, Position},
    finding::{Finding, Rule},
    id::{MessageId, NotAMessageId},
    limits::Limits,
    message::{Header, Message},
    schema::{SchemaCheck, SchemaError, Schemas},
    validate::{Validation, validate},
};
