//! The world: dialects of contracts, chains, the database.
