//! What the gateway does: takes orders, carries requests on, answers, lets people decide, and says what is wrong.

mod alerts;
mod answers;
mod api;
mod calls;
mod catalogue;
mod decide;
mod door;
mod error;
mod inbox;
mod names;
mod orders;
mod pins;
mod reconciler;
mod runner;
mod tail;

pub use self::{
    alerts::{Alerts, CONCERNS, Limits, REFUSALS_WITHIN},
    answers::{Composer, report},
    api::Api,
    calls::{Calls, Kept, NotCalled, digest_of},
    catalogue::{Asset, Catalogue, CatalogueError, Unresolved},
    decide::{Decision, Desk, NotDecided},
    door::{Door, NotAdmitted, Shown},
    error::Error,
    inbox::{Inbox, InboxError},
    orders::{Asked, NotTaken, Orders, Receipt, Taken, TransactionReceipt},
    pins::{Differences, Pins},
    reconciler::{Comparison, Comparisons, Reconciler},
    runner::{Pace, Parts, Runner},
    tail::Tail,
};
