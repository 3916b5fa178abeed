//! The store on a real PostgreSQL.

mod ingest;
mod stand;
mod unwind;
