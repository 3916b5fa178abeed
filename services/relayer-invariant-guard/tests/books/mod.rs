//! The relayer's database through the eyes of the guard: one snapshot, a role that cannot write, rows that are checked.

mod counting;
mod isolation;
mod reading;
mod stand;
mod terms;
