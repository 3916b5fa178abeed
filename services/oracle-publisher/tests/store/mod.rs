//! The store on a real PostgreSQL: one server for this binary, one database for each test.

mod journal;
mod ledger;
mod retention;
mod rounds;
mod stand;
