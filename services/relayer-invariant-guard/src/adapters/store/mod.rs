//! PostgreSQL: the guard's own state, and under [`books`] the relayer's. What is halted comes first: [`Store::insert_halt`] is one statement that needs no
//! lease, no lock of the record and no other table, and everything else about a halt is written after it, again after a
//! crash if need be.

mod adapter;
mod audit;
pub mod books;
mod latch;
mod leases;
mod operations;
mod values;
mod verdicts;

pub use self::{
    adapter::{MIGRATIONS, Store},
    audit::{AuditRow, Entry, Head},
    latch::HaltRow,
    leases::LeaseRow,
    operations::Operation,
    verdicts::{NewVerdict, VerdictRow, evidence_hash},
};
