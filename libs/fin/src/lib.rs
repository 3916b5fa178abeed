//! SWIFT FIN: messages read, validated and written.
//!
//! ```
//! let file = b"{1:F01BANKBEBBAXXX0000000000}{2:I103BANKDEFFXXXXN}{4:\r\n:20:REF1\r\n:23B:CRED\r\n\
//!     :32A:260722EUR1234,5\r\n:33B:EUR1234,5\r\n:50K:/BE71096123456769\r\nANNA\r\n:59:/DE89370400440532013000\r\nBERT\r\n:71A:SHA\r\n-}";
//! let message = causeway_fin::parse(file)?;
//! let validation = causeway_fin::validate(&message);
//! assert!(validation.is_valid(), "{:?}", validation.findings());
//! assert_eq!(message.to_string().as_bytes(), file);
//! # Ok::<(), causeway_fin::Error>(())
//! ```
//!
//! Three steps, each of use alone:
//!
//! 1. [`Messages`] (or [`parse`] for one) reads bytes into [`Message`]s: blocks, tags, fields, borrowed from the input.
//!    What is no FIN message is an [`Error`] with its position. `Display` writes the same bytes back.
//! 2. [`validate`] says what a message says wrongly, as [`Finding`]s with SWIFT's own error codes: formats and character
//!    sets of every field, order and repetition of fields, and the rules between fields.
//! 3. [`view`] turns a valid message into values: payments, statements, settlement instructions.
//!
//! And back: [`Draft`] writes a new message and gives it out only when it is valid.
//!
//! No I/O, no async, no floats, no unsafe code; caps on everything that input can make large ([`Limits`]).
//! Deliberately absent: directories (is this BIC registered?), MAC and PKI checks, and message types beside those of
//! the README.
#![forbid(unsafe_code)]

pub mod block;
mod charset;
mod draft;
mod error;
mod field;
mod finding;
mod format;
mod layout;
mod limits;
mod message;
mod reader;
mod rules;
mod tag;
mod validate;
pub mod view;

pub use crate::{
    block::{ApplicationHeader, BasicHeader, Field, LogicalTerminal, Priority, SubBlock, SubBlocks, Text},
    charset::Charset,
    draft::{Draft, DraftError, write_amount, write_date, write_number},
    error::{Error, Fault, Position},
    field::{Part, Parts, amount, number},
    finding::{Expected, Finding, Rule},
    layout::{Outline, Sequence},
    limits::Limits,
    message::{Acknowledgement, Message, Variant},
    reader::{Messages, parse},
    tag::{NotATag, Tag},
    validate::{Coverage, Validation, validate},
};
