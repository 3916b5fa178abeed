//! The console's own database: all its SQL.

mod adapter;
mod deployments;
mod events;
mod people;
mod spans;
mod values;

pub use self::{
    adapter::{MIGRATIONS, Store},
    deployments::Deployment,
    events::EventRow,
    people::{Account, Session},
    spans::{Change, Seen},
};
