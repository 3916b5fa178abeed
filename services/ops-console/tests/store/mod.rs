//! The console's database.

mod people;
mod seen;
mod stand;
