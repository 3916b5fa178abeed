//! The console's own database: all its SQL.

mod adapter;
mod audit;
mod change_columns;
mod change_lists;
mod change_rows;
mod changes;
mod deployments;
mod events;
mod people;
mod spans;
mod told;
mod values;
mod vouched;
mod windows;

pub use self::{
    adapter::{KEPT, MIGRATIONS, Store},
    audit::AuditRow,
    changes::{Changes, Filed, Listed, Step, Which},
    deployments::Deployment,
    events::EventRow,
    people::{Account, Session},
    spans::{Change, Seen},
    told::Telling,
    vouched::Vouched,
    windows::{Told, words as notice_words},
};
