//! PostgreSQL: the guard's own state, and under [`books`] the relayer's. What is halted comes first: [`Store::insert_halt`] is one statement that needs no
//! lease, no lock of the record and no other table, and everything else about a halt is written after it, again after a
//! crash if need be.

mod adapter;
mod adjustments;
mod audit;
pub mod books;
mod events;
mod evidence;
mod figures;
mod incidents;
mod investigations;
mod judged;
mod latch;
mod leases;
mod logbook;
mod operations;
mod replays;
mod resume_work;
mod resumes;
mod retention;
mod values;
mod verdicts;

pub use self::{
    adapter::{MIGRATIONS, Store},
    adjustments::{AdjustmentRow, DecisionRow, Outcome},
    audit::{AuditRow, Entry},
    evidence::{Known, Snapshot},
    figures::Evaluated,
    incidents::{EntryRow, IncidentChange, IncidentRow, IncidentWork, Line},
    investigations::InvestigationRow,
    judged::Judged,
    latch::HaltRow,
    leases::LeaseRow,
    logbook::LogLine,
    operations::{About, Operation, OperationSum, OperationTotal},
    replays::Verdicts,
    resume_work::ResumeWork,
    resumes::{ApprovalRow, NotProposed, ResumeRow},
    retention::{KEPT, Kept},
    verdicts::{NewVerdict, VerdictRow, evidence_hash},
};
