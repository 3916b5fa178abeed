//! The console's database.

mod changes;
mod hand;
mod people;
mod seen;
mod stand;
