//! PostgreSQL: the guard's own state, and under [`books`] the relayer's. What is halted comes first: [`Store::insert_halt`] is one statement that needs no
//! lease, no lock of the record and no other table, and everything else about a halt is written after it, again after a
//! crash if need be.

mod adapter;
mod adjustments;
mod audit;
pub mod books;
mod evidence;
mod incidents;
mod investigations;
mod judged;
mod events;
mod figures;
mod latch;
mod leases;
mod logbook;
mod operations;
mod resume_work;
mod resumes;
mod retention;
mod replays;
mod values;
mod verdicts;

pub use self::{
    adapter::{MIGRATIONS, Store},
    adjustments::{AdjustmentRow, DecisionRow, Outcome},
    audit::{AuditRow, Entry, Head},
    evidence::{Known, Snapshot},
    incidents::{EntryRow, IncidentChange, IncidentRow, IncidentWork, Line},
    investigations::InvestigationRow,
    judged::Judged,
    latch::HaltRow,
    leases::LeaseRow,
    logbook::LogLine,
    operations::{About, Operation, OperationSum, OperationTotal},
    resume_work::ResumeWork,
    resumes::{ApprovalRow, NotProposed, ResumeRow},
    retention::Kept,
    figures::Evaluated,
    replays::Verdicts,
    verdicts::{NewVerdict, VerdictRow, evidence_hash},
};
