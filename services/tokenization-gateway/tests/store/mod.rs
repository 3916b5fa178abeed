//! The gateway's own database: a step is whole or not there, names are there once, and the record holds.

mod calls;
mod intake;
mod reports;
mod stand;
mod steps;
