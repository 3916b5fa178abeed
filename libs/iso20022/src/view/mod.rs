//! Messages of several versions as the same values: what a program does with them, without paths.
//!
//! A view reads what is there and leaves out what is not; it does not check. Make it of a message that
//! [`validate`](crate::validate) had nothing against, and what it leaves out was never said.

mod cancellation;
mod error;
mod party;
mod read;
mod returns;
mod settlement;
mod statement;
mod status;
mod transfer;

pub use self::{
    cancellation::{Cancellation, Cancellations},
    error::Error,
    party::Party,
    returns::{Return, Returns},
    settlement::{Direction, Payment, Settlement, SettlementParty},
    statement::{Balance, Detail, Entry, Report, Reports, Side},
    status::{Reason, StatusReport, TransactionStatus},
    transfer::{Covered, Transfer, Transfers},
};
