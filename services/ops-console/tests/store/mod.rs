//! The console's database.

mod changes;
mod people;
mod seen;
mod stand;
