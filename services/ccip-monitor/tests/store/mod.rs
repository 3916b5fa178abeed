//! The store on a real PostgreSQL.

mod accept;
mod audit;
mod bounds;
mod dossier;
mod fill;
mod findings;
mod ingest;
mod judge;
mod links;
mod listing;
mod missing;
mod numbers;
mod order;
mod ramps;
mod reports;
mod rounds;
mod stand;
mod unwind;
mod watch;
mod young;
