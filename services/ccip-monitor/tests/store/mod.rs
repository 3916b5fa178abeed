//! The store on a real PostgreSQL.

mod audit;
mod fill;
mod ingest;
mod judge;
mod links;
mod listing;
mod missing;
mod order;
mod stand;
mod tails;
mod unwind;
