//! The gateway's own database: all its SQL.
//!
//! A step of a request is whole: its place, the books, the intent, what is told, and the record, in one transaction. Whoever
//! writes a step names the place that he saw, and finds himself overtaken when it is another one by now.

mod adapter;
mod answers;
mod audit;
mod books;
mod errands;
mod idempotency;
mod intake;
mod lists;
mod requests;
mod sights;
mod steps;
mod survey;
mod values;

pub use self::{
    adapter::{BY_FOLDER, BY_WEBHOOK, MIGRATIONS, Store},
    answers::{AnswerRow, Ended, TransactionEnd},
    audit::AuditRow,
    books::EntryRow,
    errands::{ErrandRow, Moved},
    idempotency::{Call, Stored},
    intake::{NewMessage, NewRequest, Taken},
    lists::{Filter, StepRow},
    steps::{NewAnswer, Reporter, Step, Way, Written},
    survey::Open,
};
