//! Valid messages as values: what a program does with them, without tags and options.
//!
//! A view is made of a [`Validation`](crate::Validation) without findings, so nothing in it is half right. What a
//! view leaves out is still there, field by field, in the message.

mod advice;
mod error;
mod holdings;
mod orders;
mod party;
mod read;
mod settlement;
mod statement;
mod status;
mod transfer;

pub use self::{
    advice::{Advice, Side},
    error::Error,
    holdings::{Holding, Holdings},
    orders::{Instruction, TransferRequest},
    party::{Identity, Party},
    settlement::{Direction, Payment, Quantity, Settlement, SettlementParty},
    statement::{Balance, Entry, Statement},
    status::{Reason, Status, StatusAdvice},
    transfer::{Banks, Charges, Covered, Transfer},
};
