//! A simulated relayer of the bridge of [`crate::bridge`]: real tables, real transactions, and a list of misdeeds.

mod error;
mod generate;
mod tables;

pub use self::{
    error::Error,
    generate::{Mark, Totals, Volume, generate},
    tables::{open, prepare, reader},
};
