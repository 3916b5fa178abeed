//! Between SWIFT FIN and ISO 20022, and what happened on the way.
//!
//! | FIN | ISO 20022 |
//! | --- | --- |
//! | MT103 | pacs.008.001.08 |
//! | MT202, MT205, COV | pacs.009.001.08 |
//! | MT900, MT910 | camt.054.001.08 |
//! | MT940, MT950 | camt.053.001.08 |
//! | MT540 to MT543 | sese.023.001.09 |
//! | MT544 to MT547 | sese.025.001.09 |
//!
//! [`to_iso`] and [`to_fin`] take a valid message and give a [`Mapped`]: the new message, a line for each of its values
//! (whence, by which rule, what was cut), and every value of the old message that found no place. The last list is
//! complete by construction: whatever no line names as its origin is on it.
//!
//! The rules follow the public translation practice for payments (CBPR+); where that leaves a choice, the rule's text
//! says which was taken. A new FIN message is validated before it is given out; validate a new ISO 20022 message with your
//! schemas. Pure: no clock, no I/O; what neither message holds comes from [`Context`].
#![forbid(unsafe_code)]

mod cash_to_fin;
mod cash_to_iso;
mod error;
mod explain;
mod fin_sheet;
mod iso_sheet;
mod party_to_fin;
mod party_to_iso;
mod run;
mod settlement_to_fin;
mod settlement_to_iso;
mod text;
mod transfer_to_fin;
mod transfer_to_iso;

pub use crate::{
    error::Error,
    explain::{Context, Line, Loss, Mapped, Origin},
    run::{to_fin, to_iso},
};
