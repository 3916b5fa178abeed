//! What the gateway does: takes orders, carries requests on, answers, and lets people decide.

mod answers;
mod catalogue;
mod decide;
mod error;
mod orders;
mod reconciler;
mod runner;

pub use self::{
    answers::compose,
    catalogue::{Asset, Catalogue, CatalogueError, Unresolved},
    decide::{Decision, Desk, NotDecided},
    error::Error,
    orders::{Asked, NotTaken, Orders, Receipt, Taken, TransactionReceipt},
    reconciler::{Comparison, Comparisons, Reconciler},
    runner::{Pace, Parts, Runner},
};
