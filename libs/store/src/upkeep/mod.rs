//! What keeps a database small: how it stands, and old rows that go into files before they go.
//!
//! [`archive`] writes rows to a compressed file with a checksum, reads the file again, and only then commits their removal;
//! [`restore`] puts them back as they were. Which rows are old is each service's to say ([`Table`]). What is evidence of
//! money or part of a linked record is in no such list: it stays.
//!
//! A service also removes old rows by itself, so that a database without upkeep stays small as well. From the first archive on
//! it leaves that to upkeep ([`is_archiving`]).

mod archive;
mod error;
mod file;
mod report;
mod restore;

pub use self::{
    archive::{Order, Taken, archive, count, is_archiving},
    error::Error,
    file::{Contents, verify},
    report::{IndexUse, Report, TableUse, report},
    restore::restore,
};

/// A table from which old rows may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Which rows are old, in SQL: `old` is the row and `$1` the time. Of what refers to others, only what nobody refers to.
    pub condition: &'static str,
    /// How old they are then, in days, unless somebody says otherwise.
    pub days: u64,
    /// In which order they go, in SQL: where what remains must be one stretch, from its start.
    pub turn: &'static str,
}
